"""Publish store and indexes as one state, and open that state for reading.

A generation is a folder with a full-text index and a vector index of the public items and, where some items are internal,
the same two of all items. So what the public sees is the same whether there are internal items or not. The next generation
starts as a clone of the last (hard links), so that a small change costs little; but its answers are a function of the items
alone. It becomes visible when the store's transaction commits its name together with the items. A process that began to
read an older generation keeps its files open; the folder of the generation before the current one is kept for it too.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from kb import facets
from kb.errors import EngineError, IndexMissingError
from kb.item import Item
from kb.library.checksums import seal
from kb.library.guard import Guarded, guarded
from kb.library.index_document import index_document
from kb.library.mirror import MIRRORED, Mirror
from kb.library.passages import split_passages
from kb.library.probe import CHECKSUMS, Probe
from kb.library.schema import SCHEMA_VERSION
from kb.library.snapshot import Snapshot
from kb.library.store import Store
from kb.library.visibility import PublicVectors
from kb.library.write_transaction import WriteTransaction
from kb.ports import Embedder, EngineSet, FullTextIndex, FullTextServer, Vector, VectorIndex, VectorKey
from vitext import ANALYSER_VERSION

T = TypeVar("T")

#: Items embedded while publishing between two reports of progress.
BATCH = 64

CountProgress = Callable[[int], None]
"""Called with the number of items embedded so far."""

#: A disk with less room than this, in bytes, is why an index could not be written.
_ROOM = 4_000_000
#: The folder of the full-text index in a generation.
TEXT = "text"
#: The folder of the vector index in a generation.
VECTORS = "vectors"
#: Follows the name of a part that holds the internal items too. It is there where some items are internal.
WHOLE = "-all"


@dataclass(frozen=True, slots=True)
class View:
    """One published state, for the time of one request; `size` is the number of its items."""

    snapshot: Snapshot
    text: FullTextIndex
    vectors: VectorIndex
    embedder: Embedder
    generation: str
    size: int


@dataclass(frozen=True, slots=True)
class _Change:
    """How the next generation differs from the last. The `fresh` parts start empty, the others as clones of the last; then
    `removed` ids are deleted and the items that `added` gives, whenever it is called, are indexed. `hidden` are the ids of
    all items that are internal in the next generation.

    Where only the vectors are fresh, the items are the same, and the full-text index stays as it was cloned.
    """

    removed: Collection[str]
    added: Callable[[], Iterable[Item]]
    hidden: frozenset[str]
    fresh: tuple[str, ...]
    progress: CountProgress


class Library:
    """The published knowledge base: store, engines, embedder and, where there is one, the search server together.

    Views show internal items only when `internal` is true. Threads may share one library.
    """

    def __init__(
        self,
        store: Store,
        index_dir: Path,
        engines: EngineSet,
        embedder: Embedder,
        server: FullTextServer | None = None,
        *,
        internal: bool = True,
    ) -> None:
        self.store = store
        self.internal = internal
        self.mirror = Mirror(store, server, public=not internal) if server else None
        self.index_dir = index_dir
        self.engines = engines
        self.embedder = embedder
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Any]] = {}
        self._size = ("", 0)
        self.probe = Probe(index_dir)

    @property
    def fingerprint(self) -> str:
        """What index data depend on besides the items. Data with another fingerprint are rebuilt and never served."""
        return f"{self.text_fingerprint} {self.embedder.name} {self.embedder.digest[:16]}"

    @property
    def text_fingerprint(self) -> str:
        """What the full-text index depends on: everything but the embedding model."""
        return f"schema{SCHEMA_VERSION} analyser{ANALYSER_VERSION} {facets.fingerprint()} {self.engines.version}"

    @contextmanager
    def view(self) -> Iterator[View]:
        """The state published now. Raises IndexMissingError when there is none that fits this program."""
        with self.store.snapshot(public=not self.internal) as snapshot:
            generation = snapshot.generation
            if not generation:
                raise IndexMissingError("Chưa có chỉ mục. Hãy chạy `cachhay index`.")
            if snapshot.meta.get("fingerprint") != self.fingerprint:
                raise IndexMissingError("Chỉ mục được lập bởi phiên bản hoặc mô hình khác. Hãy chạy `cachhay index`.")
            self.probe.expect(snapshot)
            hidden = snapshot.hidden()
            whole = WHOLE if self.internal and hidden else ""
            shared = self.engines.shared_vectors
            vectors: VectorIndex = self._opened(generation, VECTORS + whole * (not shared), self.engines.open_vectors)
            if shared and hidden and not self.internal:
                vectors = PublicVectors(vectors, hidden)
            text = self._text(generation, TEXT + whole)
            size = self._size  # read once: other threads may look at another generation
            if size[0] != generation:
                size = self._size = (generation, snapshot.count())
            yield View(snapshot, text, vectors, self.embedder, generation, size[1])

    def _text(self, generation: str, part: str) -> FullTextIndex:
        """The server's index while it is up to date, else the embedded one. The embedded one is opened in any case: a view
        may need it at any moment, and its folder may be deleted by then."""
        if self.mirror is None:
            return self._opened(generation, part, self.engines.open_text)
        try:
            own = self._opened(generation, part, self.engines.open_text)
        except EngineError as error:
            return self.mirror.text(generation, partial(_raise, error))
        return self.mirror.text(generation, lambda: own)

    def _opened(self, generation: str, part: str, open_part: Callable[[Path], T]) -> T:
        """A part of a generation, opened once for all views."""
        with self._lock:
            kept = self._open.get(part)
            if kept is None or kept[0] != generation:
                folder = self.probe.check(generation, part)
                kept = self._open[part] = (generation, Guarded(open_part, folder, part))
            opened: T = kept[1]  # type: ignore[assignment]
            return opened

    def needs_rebuild(self, snapshot: Snapshot) -> bool:
        """True when the published index does not fit this program, is damaged, or its folder is gone. All of it is read."""
        fits = snapshot.meta.get("fingerprint") == self.fingerprint
        return bool(snapshot.generation) and not (fits and self.probe.is_whole(snapshot, TEXT, VECTORS))

    def publish(
        self,
        transaction: WriteTransaction,
        removed: Collection[str],
        added: Collection[Item],
        *,
        fresh: bool = False,
        progress: CountProgress = lambda done: None,
    ) -> str:
        """Index the change and name the new generation in `transaction`; visible once `transaction` commits.

        `removed` must hold every id that leaves or changes. With `fresh` the indexes start empty. Returns the name.
        """
        parts = (TEXT, VECTORS) if fresh or not transaction.generation else ()
        change = _Change(removed, lambda: added, transaction.hidden(), parts, progress)
        return self._publish(transaction, change)

    def rebuild(
        self, transaction: WriteTransaction, *, whole: bool = False, progress: CountProgress = lambda done: None
    ) -> str:
        """Index every item of the store again, as `publish` does. Returns the name.

        When only the embedding model has changed, the full-text index is kept; `whole` builds it again too.
        """
        hidden = transaction.hidden()
        last = self.index_dir / transaction.generation
        there = all((last / name).is_dir() for name in self._names(TEXT, hidden))
        fits = there and transaction.meta.get("text_fingerprint") == self.text_fingerprint
        keep = fits and not whole and not self.probe.damage(transaction)
        parts = (VECTORS,) if keep else (TEXT, VECTORS)
        return self._publish(transaction, _Change((), transaction.items, hidden, parts, progress))

    def _publish(self, transaction: WriteTransaction, change: _Change) -> str:
        generation = f"{int(transaction.meta.get('runs', '0')) + 1:06d}-{uuid.uuid4().hex[:8]}"
        folder = self.index_dir / generation
        last = transaction.generation
        try:
            for part in (TEXT, VECTORS):
                for name in self._names(part, change.hidden):
                    if part in change.fresh:
                        (folder / name).mkdir(parents=True)
                        continue
                    # Where no item was internal until now, the public index holds all items.
                    source = next(path for name in (name, part) if (path := self.index_dir / last / name).is_dir())
                    shutil.copytree(source, folder / name, copy_function=_clone)
            with guarded(self.index_dir / last):
                self._build(folder, change)
            checksums = seal(folder, self.index_dir / last if last else None)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise EngineError(f"Không ghi được chỉ mục vào {folder}: {error.strerror or error}.") from error
        except BaseException as error:
            full = isinstance(error, EngineError) and shutil.disk_usage(folder).free < _ROOM
            shutil.rmtree(folder, ignore_errors=True)
            if full:
                raise EngineError(
                    f"Ổ đĩa của {self.index_dir} đã đầy: giải phóng chỗ rồi chạy lại; những gì đã công bố vẫn nguyên."
                ) from error
            raise
        if transaction.meta.get(MIRRORED):
            transaction.enqueue(change.removed)
        transaction.set_meta(
            generation=generation,
            previous=last,
            **{CHECKSUMS: checksums},
            fingerprint=self.fingerprint,
            text_fingerprint=self.text_fingerprint,
            runs=str(int(transaction.meta.get("runs", "0")) + 1),
        )
        return generation

    def _names(self, part: str, hidden: frozenset[str]) -> tuple[str, ...]:
        """The names of the folders of a part, the one with all items last."""
        whole = bool(hidden) and not (part == VECTORS and self.engines.shared_vectors)
        return (part, part + WHOLE) if whole else (part,)

    def _build(self, folder: Path, change: _Change) -> None:
        keys: list[VectorKey] = []
        parts: list[Vector] = [np.zeros((0, self.embedder.dimension), dtype=np.float32)]

        def embed() -> Iterator[Item]:
            """Every item once, as soon as it has been embedded."""
            items, done = iter(change.added()), 0
            while batch := list(islice(items, BATCH)):
                batch_keys, batch_vectors = embed_items(self.embedder, batch)
                keys.extend(batch_keys)
                parts.append(batch_vectors)
                yield from batch
                done += len(batch)
                change.progress(done)

        *public, whole = self._names(TEXT, change.hidden)
        if change.fresh == (VECTORS,):
            deque(embed(), maxlen=0)
        else:
            self.engines.build_text(folder / whole).apply(change.removed, map(index_document, embed()))
            for name in public:
                shown = (item for item in change.added() if not item.internal)
                self.engines.build_text(folder / name).apply(change.removed, map(index_document, shown))
        vectors = np.concatenate(parts)
        *public, whole = self._names(VECTORS, change.hidden)
        self.engines.build_vectors(folder / whole, self.embedder.dimension).apply(change.removed, keys, vectors)
        for name in public:
            shown_rows = [at for at, key in enumerate(keys) if key.item_id not in change.hidden]
            shown_keys = [keys[at] for at in shown_rows]
            builder = self.engines.build_vectors(folder / name, self.embedder.dimension)
            builder.apply(change.removed, shown_keys, vectors[shown_rows])

    def drop_old(self) -> None:
        """Delete the folders of generations that no process can begin to read. The caller holds the store's lock."""
        with self.store.snapshot() as snapshot:
            keep = {snapshot.generation, snapshot.meta.get("previous", "")}
        if self.index_dir.is_dir():
            for folder in self.index_dir.iterdir():
                if folder.name not in keep:
                    shutil.rmtree(folder, ignore_errors=True)


def _clone(source: str, target: str) -> None:
    """A second name for a file, which costs no space; a copy where there are no hard links, and on Windows.

    Builders replace files and never change them, so that a name of its own is enough for a clone. Windows however replaces
    no file that is open or mapped, under whatever name, and those of the last generation are while it is served.
    """
    if sys.platform != "win32":
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


def _raise(error: EngineError) -> FullTextIndex:
    """Raise an error at the time when the embedded index is asked for."""
    raise error


def embed_items(embedder: Embedder, items: Sequence[Item]) -> tuple[list[VectorKey], Vector]:
    """Vectors of every passage (ordinal 1..) and of every whole item (ordinal 0: the mean of its passages, unit norm).

    Each item is embedded by itself: the last digits of what a model gives may depend on the texts beside it, and the vectors
    of an item must be the same whichever items are published with it.
    """
    keys: list[VectorKey] = []
    vectors: list[Vector] = []
    for item in items:
        passages = split_passages(item)
        own = embedder.encode([passage.text for passage in passages])
        mean = own.mean(axis=0)
        keys.append(VectorKey(item.id, 0))
        vectors.append((mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32))
        keys.extend(VectorKey(item.id, passage.ordinal) for passage in passages)
        vectors.extend(own)
    return keys, np.stack(vectors)
