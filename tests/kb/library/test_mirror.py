"""The search server beside the store: what waits for it, what it holds, and who answers meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.engines.memory import MemoryText
from kb.engines.open import memory_engines
from kb.errors import IndexMissingError, ServerAwayError
from kb.library import mirror as mirror_module
from kb.library.library import TEXT, Library
from kb.library.mirror import MIRRORED, Mirror
from kb.library.store import Store
from kb.ports import Filters, IndexDocument, ServerContent, Sort, TextPage, TextQuery
from tests.kb.records import HashEmbedder, write
from tests.waiting import until

EVERYTHING = (TextQuery(), Filters())


class FakeServer:
    """A search server in memory that can be away, fail half way, and forget."""

    address = "fake"

    def __init__(self) -> None:
        self.away = False
        self.writes = True
        self.state: ServerContent | None = None
        self.entries: dict[str, IndexDocument] = {}
        self.calls: list[str] = []
        self.break_after: int | None = None

    def _check(self) -> None:
        if self.away:
            raise ServerAwayError("away")

    def content(self) -> ServerContent | None:
        self._check()
        return self.state

    def open(self, generation: str, *, public: bool = False) -> ServerIndex:
        return ServerIndex(self, generation)

    def _taken(self, entries: Iterable[IndexDocument]) -> Iterator[IndexDocument]:
        for at, entry in enumerate(entries):
            if self.break_after is not None and at >= self.break_after:
                self.away = True
                self._check()
            yield entry

    def update(self, base: str, generation: str, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        self._check()
        self.calls.append("update")
        assert self.state and self.state.generation == base
        self.state = ServerContent(base, False, True)
        for item_id in removed:
            self.entries.pop(item_id, None)
        for entry in self._taken(added):
            self.entries[entry.id] = entry
        self.state = ServerContent(generation, True, True)

    def rebuild(self, generation: str, entries: Iterable[IndexDocument]) -> None:
        self._check()
        self.calls.append("rebuild")
        self.entries = {entry.id: entry for entry in self._taken(entries)}
        self.state = ServerContent(generation, True, True)


class ServerIndex:
    def __init__(self, server: FakeServer, generation: str) -> None:
        self.server = server
        self.generation = generation
        self.asked = 0

    def _index(self) -> MemoryText:
        self.asked += 1
        self.server._check()
        if self.server.state != ServerContent(self.generation, True, True):
            raise ServerAwayError("another state")
        return MemoryText(self.server.entries)

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        return self._index().search(query, filters, offset=offset, limit=limit, sort=sort)

    def count(self, query: TextQuery, filters: Filters) -> int:
        return self._index().count(query, filters)

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        return self._index().count_facets(query, filters, codes)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def library(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(mirror_module, "RETRY_SECONDS", 0.0)
    for name in ("a", "b", "c"):
        write(tmp_path, name, f"Mô hình {name}")
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", memory_engines(), HashEmbedder(), server)
    index_corpus(library, tmp_path / "corpus")
    return library


def mirror_of(library: Library) -> Mirror:
    assert library.mirror
    return library.mirror


def code(library: Library) -> str:
    with library.store.snapshot() as snapshot:
        return mirror_of(library).state(snapshot).code


def queued(library: Library) -> list[str]:
    with library.store.snapshot() as snapshot:
        return snapshot.queue()


def count(library: Library) -> int:
    with library.view() as view:
        return view.text.count(*EVERYTHING)


def reindex(library: Library, folder: Path) -> None:
    index_corpus(library, folder / "corpus")


def test_the_first_time_everything_goes_up(library: Library, server: FakeServer) -> None:
    assert code(library) == "behind" and queued(library) == []
    assert mirror_of(library).catch_up() and server.calls == ["rebuild"]
    assert set(server.entries) == {"a", "b", "c"} and code(library) == "in_step"
    assert not mirror_of(library).catch_up() and server.calls == ["rebuild"]


def test_changes_are_queued_and_go_up_alone(library: Library, server: FakeServer, tmp_path: Path) -> None:
    mirror_of(library).catch_up()
    write(tmp_path, "b", "Mô hình khác")
    write(tmp_path, "d", "Mô hình mới")
    (tmp_path / "corpus/a.md").unlink()
    reindex(library, tmp_path)
    assert queued(library) == ["a", "b", "d"] and code(library) == "behind" and count(library) == 3
    told: list[tuple[int, int]] = []
    assert mirror_of(library).catch_up(lambda done, total: told.append((done, total)))
    assert server.calls == ["rebuild", "update"] and told == [(2, 2)]
    assert set(server.entries) == {"b", "c", "d"} and server.entries["b"].title == "Mô hình khác"
    assert queued(library) == [] and code(library) == "in_step"


def test_nothing_is_lost_while_the_server_is_away(library: Library, server: FakeServer, tmp_path: Path) -> None:
    mirror_of(library).catch_up()
    server.away = True
    for name in ("d", "e"):
        write(tmp_path, name, f"Mô hình {name}")
        reindex(library, tmp_path)
    assert queued(library) == ["d", "e"] and code(library) == "away" and count(library) == 5
    with pytest.raises(ServerAwayError):
        mirror_of(library).catch_up()
    assert queued(library) == ["d", "e"]
    server.away = False
    assert mirror_of(library).catch_up() and set(server.entries) == {"a", "b", "c", "d", "e"}


def test_a_run_cut_off_half_way_is_taken_up(library: Library, server: FakeServer, tmp_path: Path) -> None:
    mirror_of(library).catch_up()
    for name in ("b", "d", "e"):
        write(tmp_path, name, f"Mô hình thay {name}")
    reindex(library, tmp_path)
    server.break_after = 1
    with pytest.raises(ServerAwayError):
        mirror_of(library).catch_up()
    server.away, server.break_after = False, None
    with library.store.snapshot() as snapshot:
        assert "Lần đẩy gần nhất không xong: away" in mirror_of(library).state(snapshot).detail
    assert code(library) == "updating" and count(library) == 5, "the embedded index answers"
    write(tmp_path, "f", "Mô hình f")
    reindex(library, tmp_path)
    assert mirror_of(library).catch_up() and server.calls[-1] == "update"
    assert set(server.entries) == {"a", "b", "c", "d", "e", "f"} and code(library) == "in_step"
    with library.store.snapshot() as snapshot:
        assert mirror_of(library).state(snapshot).detail == ""


@pytest.mark.parametrize(
    "held",
    [None, ServerContent("000001-other", True, True), ServerContent("000001-other", False, True), "old layout"],
    ids=str,
)
def test_whatever_else_it_holds_is_built_anew(held: object, library: Library, server: FakeServer) -> None:
    mirror_of(library).catch_up()
    assert server.state
    server.state = ServerContent(server.state.generation, True, False) if held == "old layout" else held  # type: ignore[assignment]
    server.entries = {}
    assert code(library) == "behind" or (isinstance(held, ServerContent) and not held.ready)
    assert count(library) == 3, "the embedded index answers"
    assert mirror_of(library).catch_up() and server.calls[-1] == "rebuild" and set(server.entries) == {"a", "b", "c"}


def test_a_note_that_was_lost_is_written_again(library: Library, server: FakeServer) -> None:
    """The server was brought up to date, and the program died before it wrote that down."""
    mirror_of(library).catch_up()
    with library.store.write() as transaction:
        transaction.set_meta(**{MIRRORED: "000000-before"})
        transaction.enqueue(["a"])
    assert mirror_of(library).catch_up() and server.calls == ["rebuild"] and queued(library) == []
    assert not mirror_of(library).catch_up()


def test_reading_goes_over_within_one_view(library: Library, server: FakeServer) -> None:
    mirror_of(library).catch_up()
    with library.view() as view:
        assert view.text.count(*EVERYTHING) == 3
        server.away = True
        assert view.text.count(*EVERYTHING) == 3 and view.text.search(*EVERYTHING).total == 3
        server.away = False
        server.entries = {}
        assert view.text.count_facets(*EVERYTHING, ("kind",))["kind"] == {"practice": 3}, "one view does not go back"


def test_a_server_that_failed_is_left_alone_for_a_while(
    library: Library, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror_of(library).catch_up()
    monkeypatch.setattr(mirror_module, "RETRY_SECONDS", 60.0)
    server.away = True
    assert count(library) == 3
    monkeypatch.setattr(server, "open", lambda generation: pytest.fail("asked again"))
    for _ in range(3):
        assert count(library) == 3
    server.away = False
    assert not mirror_of(library).catch_up()
    monkeypatch.undo()
    server.entries = {}
    assert count(library) == 0, "the server answers again"


def test_without_an_embedded_index_the_server_answers_or_the_reason_is_clear(
    library: Library, server: FakeServer, tmp_path: Path
) -> None:
    mirror_of(library).catch_up()
    with library.store.snapshot() as snapshot:
        for file in (tmp_path / "index" / snapshot.generation / TEXT).iterdir():
            file.unlink()
    assert count(library) == 3
    server.away = True
    with pytest.raises(IndexMissingError):
        count(library)


def test_who_watches_catches_up(library: Library, server: FakeServer, tmp_path: Path) -> None:
    stop = threading.Event()
    watcher = threading.Thread(target=mirror_of(library).watch, args=(stop, 0.01))
    watcher.start()
    try:
        until(lambda: set(server.entries) == {"a", "b", "c"})
        server.away = True
        until(lambda: mirror_of(library)._failed_at is not None)
        write(tmp_path, "d", "Mô hình d")
        reindex(library, tmp_path)
        server.away = False
        until(lambda: set(server.entries) == {"a", "b", "c", "d"} and queued(library) == [])
        server.state, server.entries = None, {}
        until(lambda: len(server.entries) == 4)
    finally:
        stop.set()
        watcher.join()


def test_who_may_only_read_does_not_write(library: Library, server: FakeServer) -> None:
    server.writes = False
    stop = threading.Event()
    watcher = threading.Thread(target=mirror_of(library).watch, args=(stop, 0.01))
    watcher.start()
    until(lambda: mirror_of(library)._failed_at is not None)
    stop.set()
    watcher.join()
    assert server.calls == [] and count(library) == 3
