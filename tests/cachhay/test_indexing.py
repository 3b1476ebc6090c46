"""A run in a process of its own: what it does, and what happens when it dies or is ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cachhay import indexing
from cachhay.indexing import indexing_beside, run_in_process
from indexer.intake.background import Job, Result
from indexer.intake.desk import Desk
from kb.library.store import Store
from kb.settings import Settings
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "c").mkdir()
    for number in range(3):
        (tmp_path / "c" / f"{number}.md").write_text(f"# Tổ {number}\n\nTổ tự quản số {number}.", "utf-8")
    return Settings(data_dir=tmp_path / "var", corpus_dir=tmp_path / "c", upload="on")


def count(settings: Settings) -> int:
    with Store(settings.store_path, make=False).snapshot() as snapshot:
        return snapshot.count()


def test_a_run_reads_what_is_quiet_and_tells_how_far_it_is(settings: Settings) -> None:
    told: list[str] = []
    status = (settings.corpus_dir / "0.md").stat()
    quiet = {"0.md": (status.st_size, status.st_mtime_ns)}
    done = run_in_process(settings, Job(quiet=quiet), lambda stage, done, total: told.append(stage), threading.Event())
    assert done.failure == "" and "1 mục trong kho; 3 tệp" in done.text and told
    assert count(settings) == 1
    assert "3 mục trong kho" in run_in_process(settings, Job(), lambda *_: None, threading.Event()).text


def test_a_run_that_cannot_begin_says_why(settings: Settings) -> None:
    settings.corpus_dir.rename(settings.corpus_dir.with_name("away"))
    done = run_in_process(settings, Job(), lambda *_: None, threading.Event())
    assert "Không có thư mục văn bản" in done.failure


def _die(settings: Settings, job: Job, connection: object) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def _hang(settings: Settings, job: Job, connection: object) -> None:
    threading.Event().wait()


def test_a_run_that_dies_is_a_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_work", _die)
    assert run_in_process(settings, Job(), lambda *_: None, threading.Event()) == Result(
        failure="Tiến trình lập chỉ mục dừng giữa chừng."
    )


def test_a_run_ends_when_the_program_does(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_work", _hang)
    stop = threading.Event()
    stop.set()
    assert run_in_process(settings, Job(), lambda *_: None, stop).failure


@pytest.fixture
def asked(settings: Settings) -> Iterator[Desk]:
    desk = Desk(settings.intake_dir)
    desk.ask()
    yield desk


def test_beside_a_server_what_is_asked_for_is_indexed(settings: Settings, asked: Desk) -> None:
    with indexing_beside(settings):
        until(lambda: not asked.asked())
    assert count(settings) == 3


def test_without_the_settings_nothing_runs_beside_a_server(settings: Settings, asked: Desk) -> None:
    before = threading.active_count()
    with indexing_beside(settings.model_copy(update={"upload": "off"})):
        assert threading.active_count() == before
