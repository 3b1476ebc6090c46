"""Keep a search server up to date with the store, and read from the server while it is.

The store is the truth, and the embedded index is always there. `Library.publish` puts the ids of the items that it changes
into the store's queue, in the same transaction. `Mirror.catch_up` sends them to the server and records which generation the
server holds. A view asks the server only for the generation that it reads from the store, and the server's index refuses
when it holds another, so that all answers of a view are of one state, wherever they come from.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

from kb.errors import CachHayError, ServerAwayError, StoreBusyError
from kb.library.index_document import index_document
from kb.library.snapshot import Snapshot
from kb.library.store import Store
from kb.ports import Filters, FullTextIndex, FullTextServer, IndexDocument, Sort, TextPage, TextQuery

T = TypeVar("T")
SendProgress = Callable[[int, int], None]
"""Called with (items sent to the server, items to send)."""

logger = logging.getLogger("cachhay.mirror")

#: Key of the store's `meta`: the generation that the server holds; the queue holds the ids that have changed since.
MIRRORED = "mirrored"
#: Key of the store's `meta`: why the last update of the server failed, "" when it did not.
PROBLEM = "mirror_problem"
#: Seconds until a server that failed is asked again, in a process without a watcher thread.
RETRY_SECONDS = 5.0
#: Seconds between two checks of the watcher thread.
WATCH_SECONDS = 2.0
#: The longest wait of the watcher thread, in checks: after each update that failed it waits twice as long as before.
MAX_BACKOFF = 32
#: Items between two reports of progress.
REPORT_EVERY = 500

StateCode = Literal["in_step", "behind", "updating", "away"]


@dataclass(frozen=True, slots=True)
class ServerState:
    """Whether the server is up to date; `queued` items wait for it. `detail` says what is wrong, "" when nothing is."""

    code: StateCode
    address: str
    queued: int
    detail: str = ""


class Mirror:
    """One server beside one store; with `public` it is read as if there were no internal items. Safe to share between
    threads."""

    def __init__(self, store: Store, server: FullTextServer, *, public: bool = False) -> None:
        self.store = store
        self.server = server
        self._public = public
        self._lock = threading.Lock()
        self._index: tuple[str, FullTextIndex] | None = None
        self._failed_at: float | None = None
        self._watched = False

    # Reading.

    def text(self, generation: str, embedded: Callable[[], FullTextIndex]) -> FullTextIndex:
        """The full-text index for one view: the server's as long as it answers for `generation`, then the embedded one."""
        return _MirroredText(self, self._opened(generation), embedded) if self._usable() else embedded()

    def _opened(self, generation: str) -> FullTextIndex:
        with self._lock:
            if self._index is None or self._index[0] != generation:
                self._index = (generation, self.server.open(generation, public=self._public))
            return self._index[1]

    def _usable(self) -> bool:
        failed = self._failed_at
        return failed is None or (not self._watched and time.monotonic() - failed > RETRY_SECONDS)

    def note_failure(self, error: ServerAwayError) -> None:
        """Record that the server failed: it is not asked again for a while."""
        if self._failed_at is None:
            logger.warning("%s", error)
        self._failed_at = time.monotonic()

    def note_success(self) -> None:
        """Record that the server answers."""
        if self._failed_at is not None:
            logger.warning("Máy chủ tìm kiếm %s trả lời trở lại.", self.server.address)
        self._failed_at = None

    # State.

    def state(self, snapshot: Snapshot) -> ServerState:
        """Ask the server for its state now. An error of the server becomes a state; it is never raised."""
        queued = snapshot.queue_length()
        problem = snapshot.meta.get(PROBLEM, "")

        def server_state(code: StateCode, detail: str = "") -> ServerState:
            if problem and code in ("behind", "updating"):
                detail = f"{detail} Lần đẩy gần nhất không xong: {problem}"
            return ServerState(code, self.server.address, queued, detail)

        try:
            content = self.server.content()
        except ServerAwayError as error:
            self.note_failure(error)
            return server_state("away", str(error))
        if content is None:
            return server_state("behind", "Máy chủ chưa có dữ liệu của kho này.")
        if not content.fits:
            return server_state("behind", "Máy chủ có dữ liệu của một phiên bản khác; sẽ được lập lại.")
        if not content.ready:
            return server_state("updating", "Máy chủ đang nhận thay đổi.")
        if content.generation != snapshot.generation:
            return server_state("behind", "Máy chủ có dữ liệu của một lần lập chỉ mục khác.")
        return server_state("in_step")

    # Writing.

    def catch_up(self, report: SendProgress = lambda done, total: None) -> bool:
        """Bring the server up to date; returns whether there was anything to do.

        When the server holds the generation that the store has recorded, only the queued items are sent; else a new index of
        all items is built beside the old one and replaces it. Raises ServerAwayError (everything stays queued) and
        StoreBusyError.
        """
        with self.store.lock():
            try:
                with self.store.snapshot() as snapshot:
                    reached = self._catch_up(snapshot, report)
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

    def _catch_up(self, snapshot: Snapshot, report: SendProgress) -> str:
        """Update the server. Returns the generation that it holds now, "" when there was nothing to do."""
        generation, known = snapshot.generation, snapshot.meta.get(MIRRORED, "")
        if not generation:
            return ""
        content = self.server.content()
        if content and content.fits and content.ready and content.generation == generation:
            return "" if known == generation and not snapshot.queue_length() else generation
        if content and content.fits and known and content.generation == known:
            changed = snapshot.queue()
            present = [item_id for item_id in changed if snapshot.has_item(item_id)]
            documents = (index_document(snapshot.item(item_id)) for item_id in present)
            self.server.update(known, generation, changed, _counted(documents, len(present), report))
        else:
            documents = (index_document(item) for item in snapshot.items())
            self.server.rebuild(generation, _counted(documents, snapshot.count(), report))
        return generation

    # Watching.

    def watch(self, stop: threading.Event, seconds: float = WATCH_SECONDS) -> None:
        """Check the server again and again until `stop` is set; update it whenever this process may write to it."""
        self._watched = True
        wait = 1
        try:
            while not stop.is_set():
                wait = 1 if self._check() else min(MAX_BACKOFF, 2 * wait)
                stop.wait(wait * seconds)
        finally:
            self._watched = False

    def _check(self) -> bool:
        """One check. False when an update failed: trying again at once does not help against a full disk, for example."""
        writing = False
        try:
            with self.store.snapshot() as snapshot:
                state = self.state(snapshot)
            if state.code == "in_step" and not state.queued:
                self.note_success()
            elif state.code != "away" and self.server.writes:
                writing = True
                # Where the store is busy, the process that writes it updates the server, or the next check does.
                with suppress(StoreBusyError):
                    self.catch_up()
            elif state.code != "away":
                self.note_failure(ServerAwayError(state.detail))
        except ServerAwayError as error:
            self.note_failure(error)
            return not writing
        except CachHayError as error:
            logger.error("%s", error)
        return True


def _counted(documents: Iterable[IndexDocument], total: int, report: SendProgress) -> Iterator[IndexDocument]:
    """The documents, with reports of progress as they are taken."""
    for done, document in enumerate(documents, 1):
        yield document
        if done % REPORT_EVERY == 0 or done == total:
            report(done, total)


class _MirroredText:
    """The full-text index of one view. It asks the server until the server fails once, from then on the embedded index."""

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

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        return self._from(lambda index: index.count_facets(query, filters, codes))

    def _from(self, ask: Callable[[FullTextIndex], T]) -> T:
        if self._server is not None:
            try:
                return ask(self._server)
            except ServerAwayError as error:
                self._mirror.note_failure(error)
                self._server = None
        return ask(self._embedded())
