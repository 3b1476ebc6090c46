"""What happened to an item is noted once, survives what cannot be read from files again, and orders what came last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from indexer.pipeline import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.schema import SCHEMA_VERSION
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


def test_a_store_of_an_older_version_keeps_it(corpus: Path, tmp_path: Path, clock: Clock) -> None:
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    index_corpus(library, corpus)
    library.store._connect().execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    clock.day = 9
    again = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    assert not index_corpus(again, corpus).failed
    with again.store.snapshot() as snapshot:
        (item_id,) = snapshot.ids()
        assert snapshot.arrivals(10)[item_id].startswith("2026-11-01"), "it came when it first came"


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
