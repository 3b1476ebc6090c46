"""When a folder that people fill is indexed: after it is quiet, without what is still written, again after a failure."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from indexer.intake.background import FIRST_PAUSE, LONGEST_PAUSE, LOOK_SECONDS, Background, Job, Result, Tell
from indexer.intake.desk import Desk, RunState
from indexer.intake.watch import FolderWatch


@dataclass
class Office:
    """A corpus that is watched, a clock that goes on by seconds, and runs that end as they are told."""

    corpus: Path
    desk: Desk
    watched: bool = True
    feed_seconds: float = 0.0
    time: float = 0.0
    jobs: list[Job] = field(default_factory=list)
    results: list[Result | Exception] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.background = Background(
            self.desk,
            self.run,
            FolderWatch(self.corpus) if self.watched else None,
            self.feed_seconds,
            now=lambda: self.time,
            utc=lambda: dt.datetime(2026, 11, 29, 8, tzinfo=dt.UTC),
            say=self.said.append,
        )

    def run(self, job: Job, tell: Tell) -> Result:
        self.jobs.append(job)
        tell("read", 1, 2)
        assert self.desk.state() == RunState("running", "read", 1, 2)
        result = self.results.pop(0) if self.results else Result("done")
        if isinstance(result, Exception):
            raise result
        return result

    def wait(self, seconds: int) -> int:
        """Let seconds pass. Returns how many runs there were in them."""
        before = len(self.jobs)
        for _ in range(seconds):
            self.time += 1
            self.background.step()
        return len(self.jobs) - before

    def write(self, name: str, text: str, at: int | None = None) -> None:
        path = self.corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if at is not None:
            os.utime(path, (at, at))


@pytest.fixture
def office(corpus: Path, tmp_path: Path) -> Office:
    (corpus / "a.txt").write_text("a", "utf-8")
    made = Office(corpus, Desk(tmp_path / "var" / "intake"))
    assert made.wait(30) == 1, "what was there at the beginning is indexed once"
    return made


def test_nothing_is_run_while_nothing_changes(office: Office) -> None:
    assert office.wait(1000) == 0


@pytest.mark.parametrize("change", ["new", "other", "touched", "gone", "moved", "in a folder", "manifest"])
def test_a_change_is_indexed_once_when_it_is_quiet(change: str, office: Office) -> None:
    match change:
        case "new":
            office.write("b.txt", "b")
        case "other":
            office.write("a.txt", "other")
        case "touched":
            os.utime(office.corpus / "a.txt", (5, 5))
        case "gone":
            (office.corpus / "a.txt").unlink()
        case "moved":
            (office.corpus / "a.txt").rename(office.corpus / "c.txt")
        case "in a folder":
            office.write("moi/2026/b.txt", "b")
        case "manifest":
            office.write("manifest.toml", "")
    assert office.wait(4) == 0, "not before it is quiet"
    assert office.wait(20) == 1
    assert office.wait(1000) == 0
    assert office.jobs[-1].index and not office.jobs[-1].feeds


def test_a_file_that_grows_is_not_read_until_it_is_whole(office: Office) -> None:
    for size in range(100):
        office.write("lon.pdf", "x" * size, at=size)
        assert office.wait(1) == 0
    assert office.wait(20) == 1 and set(office.jobs[-1].quiet or ()) == {"a.txt", "lon.pdf"}


def test_others_do_not_wait_for_a_file_that_never_rests(office: Office) -> None:
    office.write("b.txt", "b")
    for second in range(400):
        office.write("nhat-ky.txt", "x" * second, at=second)
        office.wait(1)
    assert len(office.jobs) == 2 and set(office.jobs[-1].quiet or ()) == {"a.txt", "b.txt"}
    assert office.wait(20) == 1 and set(office.jobs[-1].quiet or ()) == {"a.txt", "b.txt", "nhat-ky.txt"}


def test_one_look_does_not_say_that_a_file_is_quiet(corpus: Path) -> None:
    """On a drive that answers slowly, minutes may lie between two looks."""
    watch = FolderWatch(corpus)
    watch.look(0)
    (corpus / "a.txt").write_text("half", "utf-8")
    watch.look(100)
    assert not watch.due() and watch.busy() == {"a.txt"}
    (corpus / "a.txt").write_text("more than half", "utf-8")
    watch.look(200)
    assert not watch.due()
    watch.look(300)
    assert watch.due() and watch.busy() == frozenset()


def test_hidden_files_start_no_run(office: Office) -> None:
    office.write(".tmp/x", "x")
    office.write("da-nap/.nguon.jsonl", "{}")
    office.write(".~lock.a.txt#", "x")
    assert office.wait(100) == 0


def test_a_folder_that_is_away_is_waited_for(office: Office) -> None:
    away = office.corpus.with_name("away")
    office.corpus.rename(away)
    assert office.wait(200) == 0
    away.rename(office.corpus)
    assert office.wait(200) == 0, "it came back as it was"
    office.write("b.txt", "b")
    assert office.wait(30) == 1


def test_looking_takes_a_small_share_of_the_time(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(corpus, Desk(tmp_path / "intake"))
    looks = []

    def slow(self: FolderWatch, now: float) -> None:
        looks.append(now)
        office.time += 10  # a drive that answers slowly

    monkeypatch.setattr(FolderWatch, "look", slow)
    office.wait(1000)
    assert len(looks) <= 1 + (1000 + 10 * len(looks)) / 210
    monkeypatch.setattr(FolderWatch, "look", lambda self, now: looks.append(now))
    office.wait(300)
    looks.clear()
    office.wait(300)
    assert 300 / LOOK_SECONDS - 2 <= len(looks) <= 300 / LOOK_SECONDS + 1


# Failures.


@pytest.mark.parametrize("failure", [Result(failure="Một lượt khác đang ghi"), ValueError("bad")])
def test_a_run_that_fails_is_told_and_tried_again(failure: Result | Exception, office: Office) -> None:
    office.results = [failure, failure]
    office.write("b.txt", "b")
    assert office.wait(12) == 1
    state = office.desk.state()
    assert state.state == "failed" and ("đang ghi" in state.reason or "bad" in state.reason)
    assert state.again_at == "2026-11-29T08:00:15+00:00"
    assert office.wait(int(FIRST_PAUSE) + 2) == 1
    assert office.wait(int(FIRST_PAUSE) + 2) == 0, "the pause doubles"
    assert office.wait(int(FIRST_PAUSE)) == 1
    assert office.desk.state() == RunState() and office.wait(1000) == 0


def test_the_pauses_have_an_end(office: Office) -> None:
    office.results = [Result(failure="x")] * 30
    office.write("b.txt", "b")
    office.wait(10_000)
    before = len(office.jobs)
    office.wait(int(LONGEST_PAUSE) * 4)
    assert len(office.jobs) - before == 4


# What is asked for.


def test_what_is_asked_for_is_done_at_once(office: Office) -> None:
    office.write("da-nap/2026-11/b.txt", "b")
    office.desk.ask()
    assert office.wait(4) == 1
    assert not office.desk.asked() and office.wait(100) <= 1


def test_without_watching_only_what_is_asked_for_is_done(corpus: Path, tmp_path: Path) -> None:
    office = Office(corpus, Desk(tmp_path / "intake"), watched=False)
    office.write("a.txt", "a")
    assert office.wait(100) == 0
    office.desk.ask()
    assert office.wait(1) == 1 and office.wait(100) == 0


def test_what_is_asked_for_during_a_run_is_another_run(corpus: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "intake")
    office = Office(corpus, desk, watched=False)
    desk.ask()
    ran = office.background.run

    def ask_again(job: Job, tell: Tell) -> Result:
        if len(office.jobs) == 0:
            desk.ask()
        return ran(job, tell)

    office.background.run = ask_again
    assert office.wait(10) == 2


def test_what_was_asked_for_outlives_a_program_that_was_killed(corpus: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "intake")
    desk.ask()
    desk.begin()  # and then it was killed
    assert Office(corpus, desk, watched=False).wait(2) == 1


def test_a_new_request_does_not_wait_for_the_pause(corpus: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "intake")
    office = Office(corpus, desk, watched=False)
    office.results = [Result(failure="x")]
    desk.ask()
    assert office.wait(2) == 1
    desk.ask()
    assert office.wait(1) == 1 and not desk.asked()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"state": "running", "done": "x"}', '{"other": 1}', "\0\xff"])
def test_a_state_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text, "latin-1")
    assert Desk(tmp_path).state() == RunState()


# Feeds.


def test_feeds_are_looked_at_as_often_as_is_set(corpus: Path, tmp_path: Path) -> None:
    office = Office(corpus, Desk(tmp_path / "intake"), watched=False, feed_seconds=3600)
    assert office.wait(10) == 1 and office.jobs == [Job(feeds=True, index=False, quiet=None)]
    assert office.wait(3500) == 0 and office.wait(200) == 1
    office.results = [Result(failure="x")]
    assert office.wait(3600) == 2, "one that failed, and the same again"
    assert all(job.feeds for job in office.jobs)
