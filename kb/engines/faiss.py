"""The vector index on faiss; the only module that knows it.

The vectors are stored as float16 (`vectors.npy`), and scores are computed from these; beside them, an index of 4 bits for
two values that is scanned whole (`index.faiss`) finds candidates. The rows lie in the order of their keys, and axes and
codes are learnt from them, so that the files are a function of the vectors, whatever was there before. Files are replaced
and never changed in place, so that a clone of a folder by hard links is safe.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import faiss
import numpy as np

from kb.engines.releases import installed_release
from kb.errors import EngineError, IndexMissingError
from kb.ports import ItemScore, Vector, VectorHit, VectorKey

#: Raised whenever the files below change, or what is written into them.
LAYOUT = 4
#: Fewer vectors than this are not quantised: it saves little, and they are too few to learn the codes from.
MIN_QUANTISED = 1000
#: How many candidates the quantised index gives for each hit that is wanted; they are scored again on the float16 rows.
OVERSAMPLING = 3
#: Candidates that are scored again at least: the codes are too coarse to tell the first ten from the first hundred.
MIN_CANDIDATES = 400
#: Dimensions of the scanned index. Longer vectors are rotated to the principal axes of the collection, so that these first
#: dimensions hold most of their length, and candidates are found by these alone.
SCANNED_DIMENSIONS = 256
#: Values that one code of the scanned index stands for, and its bits: what processors look up 32 at a time.
_CODED = 2
_CODE_BITS = 4

faiss.omp_set_num_threads(1)


def version() -> str:
    """What an index on the disk depends on: the installed release of faiss, whose format may change, and our layout."""
    return f"faiss{installed_release('faiss-cpu')}-{LAYOUT}"


class FaissBuilder:
    """Writes one vector index; the folder is empty or a private clone."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        kept, rows = self._staying(removed)
        rows = np.concatenate([rows, vectors.astype(np.float16)])
        kept.extend(keys)
        order = sorted(range(len(kept)), key=lambda at: (kept[at].item_id, kept[at].ordinal))
        try:
            self._write([kept[at] for at in order], rows[order])
        except (OSError, RuntimeError) as error:
            raise EngineError(f"Không ghi được chỉ mục véc-tơ {self._folder}: {error}") from error

    def _staying(self, removed: Collection[str]) -> tuple[list[VectorKey], np.ndarray]:
        """The keys and vectors of the last state without the items that leave, copied: Windows replaces no mapped file."""
        if not (self._folder / "keys.json").is_file():
            return [], np.zeros((0, self._dimension), dtype=np.float16)
        keys, rows = _load(self._folder)
        stay = [at for at, key in enumerate(keys) if key.item_id not in removed]
        return [keys[at] for at in stay], np.array(rows[stay], dtype=np.float16)

    def _write(self, keys: list[VectorKey], rows: np.ndarray) -> None:
        axes = _axes(rows)
        exact = rows.astype(np.float32) @ axes
        if len(keys) >= MIN_QUANTISED:
            # Of 153,969 vectors, a scan takes a tenth of the time of one of 8 bits a value, and finds 99 of 100 neighbours.
            codes = -(-exact.shape[1] // _CODED)
            exact = np.pad(exact, ((0, 0), (0, codes * _CODED - exact.shape[1])))
            index: faiss.Index = faiss.IndexPQFastScan(exact.shape[1], codes, _CODE_BITS, faiss.METRIC_INNER_PRODUCT)
            index.train(exact)
        else:
            index = faiss.IndexFlatIP(exact.shape[1])
        index.add(exact)
        with open(self._folder / "axes.new", "wb") as handle:
            np.save(handle, axes)
        os.replace(self._folder / "axes.new", self._folder / "axes.npy")
        faiss.write_index(index, str(self._folder / "index.new"))
        os.replace(self._folder / "index.new", self._folder / "index.faiss")
        with open(self._folder / "vectors.new", "wb") as handle:
            np.save(handle, rows)
        os.replace(self._folder / "vectors.new", self._folder / "vectors.npy")
        listed = json.dumps([[key.item_id, key.ordinal] for key in keys], ensure_ascii=False)
        (self._folder / "keys.new").write_text(listed, "utf-8")
        os.replace(self._folder / "keys.new", self._folder / "keys.json")


def _axes(rows: np.ndarray) -> np.ndarray:
    """The matrix that rotates vectors for the scan, shape (dimension, scanned dimensions); the identity for short or few
    vectors."""
    count, dimension = rows.shape
    if count < MIN_QUANTISED or dimension <= SCANNED_DIMENSIONS:
        return np.eye(dimension, dtype=np.float32)
    sample = rows[:: max(1, count // 20_000)].astype(np.float32)
    _, vectors = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(vectors[:, ::-1][:, :SCANNED_DIMENSIONS], dtype=np.float32)


def _cosines(rows: np.ndarray, vector: Vector) -> Vector:
    """The cosines of unit rows with a unit vector. This uses einsum, which stays on one core: for so little work BLAS would
    wake all cores, and their waiting loop costs twice the work."""
    products: Vector = np.einsum("nd,d->n", rows.astype(np.float32), vector)
    return products


def _load(folder: Path) -> tuple[list[VectorKey], np.ndarray]:
    keys = [VectorKey(item_id, ordinal) for item_id, ordinal in json.loads((folder / "keys.json").read_text("utf-8"))]
    rows = np.load(folder / "vectors.npy", mmap_mode="r" if keys else None)
    return keys, rows


class FaissIndex:
    """One published state, memory-mapped. Raises IndexMissingError, EngineError on opening."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "keys.json").is_file():
            raise IndexMissingError(f"Thiếu chỉ mục véc-tơ {folder}. Hãy chạy `cachhay index --rebuild`.")
        try:
            self._keys, self._rows = _load(folder)
            self._axes = np.load(folder / "axes.npy")
            self._index = faiss.read_index(str(folder / "index.faiss"), faiss.IO_FLAG_MMAP)
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"Không mở được chỉ mục véc-tơ {folder}: {error}") from error
        # The rows of one item are adjacent: the rows lie in the order of their keys.
        self._span: dict[str, tuple[int, int]] = {}
        self._ordinals = np.array([key.ordinal for key in self._keys], dtype=np.int64)
        for at, key in enumerate(self._keys):
            self._span[key.item_id] = (self._span.get(key.item_id, (at, at))[0], at + 1)

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        count = min(max(MIN_CANDIDATES, OVERSAMPLING * limit), len(self._keys))
        if count <= 0 or limit <= 0:
            return []
        turned = np.zeros((1, self._index.d), dtype=np.float32)
        turned[0, : self._axes.shape[1]] = np.einsum("d,ds->s", vector.astype(np.float32), self._axes)
        _, found = self._index.search(turned, count)
        rows = np.sort(found[0][found[0] >= 0])
        scores = _cosines(self._rows[rows], vector)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [VectorHit(self._keys[rows[at]], float(scores[at])) for at in order]

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        known = [item_id for item_id in ids if item_id in self._span]
        if not known:
            return {}
        spans = [self._span[item_id] for item_id in known]
        rows = [row for first, end in spans for row in range(first, end)]
        scores = _cosines(self._rows[rows], vector)
        ordinals = self._ordinals[rows]
        lengths = np.array([end - first for first, end in spans])
        starts = np.cumsum(lengths) - lengths
        # Of an item that has passages, its whole vector (the first, where it has one) is no candidate for the best.
        has_whole = ordinals[starts] == 0
        as_passage = scores.copy()
        as_passage[starts[has_whole & (lengths > 1)]] = -np.inf
        passages = np.maximum.reduceat(as_passage, starts)
        places = np.where(as_passage == np.repeat(passages, lengths), np.arange(len(rows)), len(rows))
        best = np.minimum.reduceat(places, starts)
        wholes = np.where(has_whole, scores[starts], passages)
        values = zip(known, wholes.tolist(), passages.tolist(), ordinals[best].tolist(), strict=True)
        return {item_id: ItemScore(whole, passage, ordinal) for item_id, whole, passage, ordinal in values}

    def item_vector(self, item_id: str) -> Vector | None:
        first, end = self._span.get(item_id, (0, 0))
        if end and self._keys[first].ordinal == 0:
            return np.asarray(self._rows[first], dtype=np.float32)
        return None
