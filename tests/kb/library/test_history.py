"""What happened to an item is noted once, survives what cannot be read from files again, and orders what came last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from indexer.pipeline import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.store import Store


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "mot.md").write_text("# Trồng lúa hữu cơ\n\nLàm lúa hữu cơ ở xã.\n", "utf-8")
    return folder


class Clock:
    """Days that pass from run to run."""

    def __init__(self) -> None:
        self.day = 1

    def now(self, zone: dt.timezone) -> dt.datetime:
        return dt.datetime(2026, 11, self.day, tzinfo=zone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    class Moment(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            assert isinstance(tz, dt.timezone)
            return clock.now(tz)

    monkeypatch.setattr(dt, "datetime", Moment)
    return clock


def events(library: Library, item_id: str) -> list[tuple[str, str]]:
    with library.store.snapshot() as snapshot:
        return [(event.at[8:10], event.event) for event in snapshot.history(item_id)]


def test_comes_changes_leaves_and_comes_back(corpus: Path, tmp_path: Path, clock: Clock) -> None:
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        (item_id,) = snapshot.ids()
    clock.day = 2
    index_corpus(library, corpus)
    assert events(library, item_id) == [("01", "added")], "nothing happened on the second day"
    clock.day = 3
    text = (corpus / "mot.md").read_text("utf-8")
    (corpus / "mot.md").write_text(text + "\nThêm một đoạn.\n", "utf-8")
    index_corpus(library, corpus)
    clock.day = 4
    (corpus / "mot.md").unlink()
    (corpus / "khac.md").write_text("# Khác\n\nMột kho rỗng không bỏ gì.\n", "utf-8")
    index_corpus(library, corpus)
    clock.day = 5
    (corpus / "mot.md").write_text(text, "utf-8")
    index_corpus(library, corpus)
    assert events(library, item_id) == [("01", "added"), ("03", "changed"), ("04", "removed"), ("05", "added")]
    with library.store.snapshot() as snapshot:
        assert snapshot.arrivals(10)[item_id].startswith("2026-11-05")
        assert snapshot.read_at(item_id).startswith("2026-11-05")


def test_what_comes_back_unchanged_keeps_its_day_and_is_no_news(corpus: Path, tmp_path: Path, clock: Clock) -> None:
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    index_corpus(library, corpus)
    text = (corpus / "mot.md").read_text("utf-8")
    clock.day = 2
    (corpus / "hai.md").write_text("# Việc thứ hai\n\nĐến sau.\n", "utf-8")
    index_corpus(library, corpus)
    for clock.day in (3, 5):
        (corpus / "mot.md").unlink()
        index_corpus(library, corpus)
        clock.day += 1
        (corpus / "mot.md").write_text(text, "utf-8")
        index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        first = next(item_id for item_id in snapshot.ids() if item_id.startswith("mot"))
        news = snapshot.arrivals(10)
        assert list(news)[1] == first and news[first].startswith("2026-11-01")
    names = ["added", "removed", "returned", "removed", "returned"]
    assert events(library, first) == [(f"{day:02}", name) for day, name in zip((1, 3, 4, 5, 6), names, strict=True)]


@pytest.mark.parametrize("days", [(5, 5, 5, 5), (9, 7, 5, 3)], ids=["stands", "runs back"])
def test_a_clock_that_is_wrong_contradicts_nothing(
    days: tuple[int, ...], corpus: Path, tmp_path: Path, clock: Clock
) -> None:
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    text = (corpus / "mot.md").read_text("utf-8")
    (corpus / "khac.md").write_text("# Việc khác\n\nVẫn còn.\n", "utf-8")  # a corpus without any file removes nothing

    def run(day: int, content: str) -> None:
        clock.day = day
        (corpus / "mot.md").unlink(missing_ok=True)
        if content:
            (corpus / "mot.md").write_text(content, "utf-8")
        index_corpus(library, corpus)

    run(days[0], text)
    with library.store.snapshot() as snapshot:
        item_id = next(item_id for item_id in snapshot.ids() if item_id != "khac")
    run(days[1], "")
    run(days[2], text + "\nThêm.\n")
    (corpus / "hai.md").write_text("# Việc thứ hai\n\nĐến sau.\n", "utf-8")
    run(days[3], text + "\nThêm nữa.\n")
    assert [name for _, name in events(library, item_id)] == ["added", "removed", "added", "changed"]
    with library.store.snapshot() as snapshot:
        assert list(snapshot.arrivals(5))[1] == item_id, "what came last is first, whatever the clock said"


def test_who_came_last_is_first_and_of_one_moment_the_newest_paper(corpus: Path, tmp_path: Path, clock: Clock) -> None:
    (corpus / "cu.md").write_text("---\ntitle: Cũ\nyear: 2019\n---\nViệc cũ đã làm.\n", "utf-8")
    (corpus / "moi.md").write_text("---\ntitle: Mới\nyear: 2025\n---\nViệc mới đang làm.\n", "utf-8")
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    index_corpus(library, corpus)
    clock.day = 2
    (corpus / "sau.md").write_text("---\ntitle: Sau\nyear: 2001\n---\nViệc đến sau cùng.\n", "utf-8")
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        titles = [snapshot.item(item_id).title for item_id in snapshot.arrivals(10)]
        assert titles[:2] == ["Sau", "Mới"] and len(titles) == 4
        assert [snapshot.item(i).title for i in snapshot.arrivals(1, 1)] == ["Mới"]
