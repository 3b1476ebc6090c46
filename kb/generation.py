"""Publish store and indexes as one state, and open that state for reading.

A generation is a folder with a full-text index and two kinds of vectors. The next one starts as a clone of hard links of
the last, so that a small change costs little; it becomes visible when the store's transaction commits its name together
with the items. A reader who began before keeps the old folder until it lets go; the last but one is kept for it.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from kb.errors import EngineError, IndexMissingError
from kb.model import Item
from kb.passages import split_passages, text_entry
from kb.ports import Embedder, EngineSet, FullTextIndex, TextEntry, Vector, VectorIndex, VectorKey
from kb.store import SCHEMA_VERSION, Draft, Snapshot, Store
from vitext import ANALYSER_VERSION

#: Items laid out and embedded at a time while publishing.
BATCH = 256


@dataclass(frozen=True, slots=True)
class View:
    """One published state, for the time of one request."""

    snapshot: Snapshot
    text: FullTextIndex
    vectors: VectorIndex
    embedder: Embedder
    generation: str


class Library:
    """The published knowledge base: store, engines and embedder together."""

    def __init__(self, store: Store, index_dir: Path, engines: EngineSet, embedder: Embedder) -> None:
        self.store = store
        self.index_dir = index_dir
        self.engines = engines
        self.embedder = embedder
        self._lock = threading.Lock()
        self._open: tuple[str, FullTextIndex, VectorIndex] | None = None

    @property
    def fingerprint(self) -> str:
        """What index data depend on besides the items; data with another fingerprint are rebuilt, never served."""
        parts = (f"schema{SCHEMA_VERSION}", f"analyser{ANALYSER_VERSION}", self.engines.version)
        return " ".join((*parts, self.embedder.name, self.embedder.digest[:16]))

    @contextmanager
    def view(self) -> Iterator[View]:
        """The state published now. Raises IndexMissingError when there is none that fits this program."""
        with self.store.snapshot() as snapshot:
            generation = snapshot.generation
            if not generation:
                raise IndexMissingError("Chưa có chỉ mục. Hãy chạy `cachhay index`.")
            if snapshot.meta.get("fingerprint") != self.fingerprint:
                raise IndexMissingError("Chỉ mục được lập bởi phiên bản hoặc mô hình khác. Hãy chạy `cachhay index`.")
            text, vectors = self._engines_of(generation)
            yield View(snapshot, text, vectors, self.embedder, generation)

    def _engines_of(self, generation: str) -> tuple[FullTextIndex, VectorIndex]:
        with self._lock:
            if self._open is None or self._open[0] != generation:
                folder = self.index_dir / generation
                if not folder.is_dir():
                    raise IndexMissingError(f"Thiếu thư mục chỉ mục {folder}. Hãy chạy `cachhay index --rebuild`.")
                text = self.engines.open_text(folder / "text")
                self._open = (generation, text, self.engines.open_vectors(folder / "vectors"))
            return self._open[1], self._open[2]

    def needs_rebuild(self, snapshot: Snapshot) -> bool:
        """True when the published index does not fit this program, or its folder is gone."""
        current = snapshot.generation
        fits = snapshot.meta.get("fingerprint") == self.fingerprint
        return bool(current) and not (fits and (self.index_dir / current).is_dir())

    def publish(self, draft: Draft, removed: Collection[str], added: Iterable[Item], *, fresh: bool = False) -> str:
        """Index the change and name the new generation in `draft`; visible once `draft` commits.

        `removed` must hold every id that leaves or changes. With `fresh` the indexes start empty. Returns the name.
        """
        generation = f"{int(draft.meta.get('runs', '0')) + 1:06d}-{uuid.uuid4().hex[:8]}"
        folder = self.index_dir / generation
        last = draft.generation
        try:
            for part in ("text", "vectors"):
                target = folder / part
                if fresh or not last:
                    target.mkdir(parents=True)
                else:
                    shutil.copytree(self.index_dir / last / part, target, copy_function=os.link)
            self._build(folder, removed, added)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise EngineError(f"Không ghi được chỉ mục vào {folder}: {error.strerror or error}.") from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        draft.set_meta(
            generation=generation,
            previous=last,
            fingerprint=self.fingerprint,
            runs=str(int(draft.meta.get("runs", "0")) + 1),
        )
        return generation

    def _build(self, folder: Path, removed: Collection[str], added: Iterable[Item]) -> None:
        text = self.engines.build_text(folder / "text")
        vectors = self.engines.build_vectors(folder / "vectors", self.embedder.dimension)
        keys: list[VectorKey] = []
        parts: list[Vector] = []
        entries: list[TextEntry] = []
        items = iter(added)
        while batch := list(islice(items, BATCH)):
            entries.extend(text_entry(item) for item in batch)
            batch_keys, batch_vectors = embed_items(self.embedder, batch)
            keys.extend(batch_keys)
            parts.append(batch_vectors)
        text.apply(removed, entries)
        empty = np.zeros((0, self.embedder.dimension), dtype=np.float32)
        vectors.apply(removed, keys, np.concatenate(parts) if parts else empty)

    def drop_old(self) -> None:
        """Delete the folders of generations that no reader can still begin on. Call with the store's lock held."""
        with self.store.snapshot() as snapshot:
            keep = {snapshot.generation, snapshot.meta.get("previous", "")}
        if self.index_dir.is_dir():
            for folder in self.index_dir.iterdir():
                if folder.name not in keep:
                    shutil.rmtree(folder, ignore_errors=True)


def embed_items(embedder: Embedder, items: Sequence[Item]) -> tuple[list[VectorKey], Vector]:
    """Vectors of every passage (ordinal 1..) and of every whole item (ordinal 0: the mean of its passages, unit norm)."""
    passages = [split_passages(item) for item in items]
    rows = embedder.encode([passage.text for group in passages for passage in group])
    keys: list[VectorKey] = []
    vectors: list[Vector] = []
    start = 0
    for item, group in zip(items, passages, strict=True):
        own = rows[start : start + len(group)]
        start += len(group)
        mean = own.mean(axis=0)
        keys.append(VectorKey(item.id, 0))
        vectors.append((mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32))
        keys.extend(VectorKey(item.id, passage.ordinal) for passage in group)
        vectors.extend(own)
    return keys, np.stack(vectors)
