"""Keep a search server in step with the store, and read from it while it is.

The store is the truth and the embedded index is always there. What a publish changes is noted in the store's queue, in the
same transaction; `Mirror.catch_up` carries it to the server and writes down which generation the server holds. A reader asks
the server only for the generation that it reads from the store, and the server's index refuses when it holds another, so
that an answer is of one state, wherever it comes from.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

from kb.errors import CachHayError, ServerAwayError, StoreBusyError
from kb.library.passages import index_document
from kb.library.store import Snapshot, Store
from kb.ports import Filters, FullTextIndex, FullTextServer, IndexDocument, Sort, TextPage, TextQuery

T = TypeVar("T")
Told = Callable[[int, int], None]
"""Called with (items handed to the server, all of them)."""

logger = logging.getLogger("cachhay.mirror")

#: The store's notes: the generation that the server holds (the queue tells what changed since); why the last push failed.
MIRRORED, PROBLEM = "mirrored", "mirror_problem"
#: Seconds until a server that failed is asked again, where nobody watches it, and between two looks of who watches. After a
#: push that failed, twice as long each time, up to so many looks.
PAUSE, WATCH, PATIENCE = 5.0, 2.0, 32
#: Items between two tellings of progress.
TOLD = 500

StateCode = Literal["in_step", "behind", "updating", "away"]


@dataclass(frozen=True, slots=True)
class ServerState:
    """How the server stands to the store: `queued` items wait for it. `detail` says what is wrong, "" where nothing is."""

    code: StateCode
    address: str
    queued: int
    detail: str = ""


class Mirror:
    """One server beside one store. Safe to share between threads."""

    def __init__(self, store: Store, server: FullTextServer) -> None:
        self.store = store
        self.server = server
        self._lock = threading.Lock()
        self._index: tuple[str, FullTextIndex] | None = None
        self._failed_at: float | None = None
        self._watched = False

    # Variant.

    def text(self, generation: str, embedded: Callable[[], FullTextIndex]) -> FullTextIndex:
        """The full-text index for one view: the server's as long as it answers for `generation`, then the embedded one."""
        return _MirroredText(self, self._opened(generation), embedded) if self._usable() else embedded()

    def _opened(self, generation: str) -> FullTextIndex:
        with self._lock:
            if self._index is None or self._index[0] != generation:
                self._index = (generation, self.server.open(generation))
            return self._index[1]

    def _usable(self) -> bool:
        failed = self._failed_at
        return failed is None or (not self._watched and time.monotonic() - failed > PAUSE)

    def note_failure(self, error: ServerAwayError) -> None:
        """Leave the server alone for a while."""
        if self._failed_at is None:
            logger.warning("%s", error)
        self._failed_at = time.monotonic()

    def note_success(self) -> None:
        """The server answers."""
        if self._failed_at is not None:
            logger.warning("Máy chủ tìm kiếm %s trả lời trở lại.", self.server.address)
        self._failed_at = None

    # State.

    def state(self, snapshot: Snapshot) -> ServerState:
        """How the server stands, asked now. Never raises for the server."""
        queued = snapshot.queue_length()
        problem = snapshot.meta.get(PROBLEM, "")

        def told(code: StateCode, detail: str = "") -> ServerState:
            if problem and code in ("behind", "updating"):
                detail = f"{detail} Lần đẩy gần nhất không xong: {problem}"
            return ServerState(code, self.server.address, queued, detail)

        try:
            held = self.server.held()
        except ServerAwayError as error:
            self.note_failure(error)
            return told("away", str(error))
        if held is None:
            return told("behind", "Máy chủ chưa có dữ liệu của kho này.")
        if not held.fits:
            return told("behind", "Máy chủ có dữ liệu của một phiên bản khác; sẽ được lập lại.")
        if not held.ready:
            return told("updating", "Máy chủ đang nhận thay đổi.")
        if held.generation != snapshot.generation:
            return told("behind", "Máy chủ có dữ liệu của một lần lập chỉ mục khác.")
        return told("in_step")

    # Writing.

    def catch_up(self, tell: Told = lambda done, total: None) -> bool:
        """Bring the server up to date; returns whether anything was to be done.

        Changes go in one by one where the server holds what the store says it does; else its index is built anew beside the
        old one. Raises ServerAwayError (everything stays queued), StoreBusyError.
        """
        with self.store.lock():
            try:
                with self.store.snapshot() as snapshot:
                    reached = self._catch_up(snapshot, tell)
            except ServerAwayError as error:
                self._note({PROBLEM: str(error)})
                raise
            if reached:
                self._note({MIRRORED: reached, PROBLEM: ""}, done=True)
        self.note_success()
        return bool(reached)

    def _note(self, notes: dict[str, str], *, done: bool = False) -> None:
        with self.store.write() as transaction:
            if done:
                transaction.empty_queue()
            transaction.set_meta(**notes)

    def _catch_up(self, snapshot: Snapshot, tell: Told) -> str:
        """The generation that the server holds now, "" where nothing was to be done."""
        generation, known = snapshot.generation, snapshot.meta.get(MIRRORED, "")
        if not generation:
            return ""
        held = self.server.held()
        if held and held.fits and held.ready and held.generation == generation:
            return "" if known == generation and not snapshot.queue_length() else generation
        if held and held.fits and known and held.generation == known:
            changed = snapshot.queue()
            there = [item_id for item_id in changed if snapshot.has_item(item_id)]
            entries = (index_document(snapshot.item(item_id)) for item_id in there)
            self.server.update(known, generation, changed, _counted(entries, len(there), tell))
        else:
            entries = (index_document(item) for item in snapshot.items())
            self.server.rebuild(generation, _counted(entries, snapshot.count(), tell))
        return generation

    # Watching.

    def watch(self, stop: threading.Event, seconds: float = WATCH) -> None:
        """Look after the server until `stop` is set: note when it is away or back; catch up, where this process may."""
        self._watched = True
        looks = 1
        try:
            while not stop.is_set():
                looks = 1 if self._look() else min(PATIENCE, 2 * looks)
                stop.wait(looks * seconds)
        finally:
            self._watched = False

    def _look(self) -> bool:
        """False when a push failed: a full disk is not helped by pushing again at once."""
        pushing = False
        try:
            with self.store.snapshot() as snapshot:
                state = self.state(snapshot)
            if state.code == "in_step" and not state.queued:
                self.note_success()
            elif state.code != "away" and self.server.writes:
                pushing = True
                with suppress(StoreBusyError):  # whoever writes the store will catch up, or the next look
                    self.catch_up()
            elif state.code != "away":
                self.note_failure(ServerAwayError(state.detail))
        except ServerAwayError as error:
            self.note_failure(error)
            return not pushing
        except CachHayError as error:
            logger.error("%s", error)
        return True


def _counted(entries: Iterable[IndexDocument], total: int, tell: Told) -> Iterator[IndexDocument]:
    for done, entry in enumerate(entries, 1):
        yield entry
        if done % TOLD == 0 or done == total:
            tell(done, total)


class _MirroredText:
    """The full text of one view: asks the server until it fails once, then the embedded index."""

    def __init__(self, mirror: Mirror, server: FullTextIndex, embedded: Callable[[], FullTextIndex]) -> None:
        self._mirror = mirror
        self._server: FullTextIndex | None = server
        self._embedded = embedded

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        return self._from(lambda index: index.search(query, filters, offset=offset, limit=limit, sort=sort))

    def count(self, query: TextQuery, filters: Filters) -> int:
        return self._from(lambda index: index.count(query, filters))

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        return self._from(lambda index: index.count_facet(query, filters, facet))

    def _from(self, ask: Callable[[FullTextIndex], T]) -> T:
        if self._server is not None:
            try:
                return ask(self._server)
            except ServerAwayError as error:
                self._mirror.note_failure(error)
                self._server = None
        return ask(self._embedded())
