"""Vectors on faiss: the one file that knows it.

The vectors are kept as float16 (`vectors.npy`), which is what scores are taken from; beside them an 8-bit exact-scan
index (`index.faiss`) finds candidates. Files are replaced, never changed in place, so a cloned folder is safe.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import faiss
import numpy as np

from kb.errors import EngineError, IndexMissingError
from kb.ports import Vector, VectorHit, VectorKey

VERSION = "faiss1"
#: Fewer vectors than this are not worth quantising (and too few to learn the ranges from).
QUANTISED_FROM = 1000
#: Candidates taken from the quantised index for each hit asked for; they are scored again on the float16 rows.
OVERSAMPLE = 2

faiss.omp_set_num_threads(1)


class FaissBuilder:
    """Writes one vector index; the folder is empty or a private clone."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        rows = np.zeros((0, self._dimension), dtype=np.float16)
        kept: list[VectorKey] = []
        if (self._folder / "keys.json").is_file():
            old_keys, old_rows = _load(self._folder)
            stay = [at for at, key in enumerate(old_keys) if key.item_id not in removed]
            kept = [old_keys[at] for at in stay]
            rows = np.asarray(old_rows[stay], dtype=np.float16)
        rows = np.concatenate([rows, vectors.astype(np.float16)])
        kept.extend(keys)
        try:
            self._write(kept, rows)
        except (OSError, RuntimeError) as error:
            raise EngineError(f"Không ghi được chỉ mục véc-tơ {self._folder}: {error}") from error

    def _write(self, keys: list[VectorKey], rows: np.ndarray) -> None:
        exact = rows.astype(np.float32)
        if len(keys) >= QUANTISED_FROM:
            kind = faiss.ScalarQuantizer.QT_8bit
            index: faiss.Index = faiss.IndexScalarQuantizer(self._dimension, kind, faiss.METRIC_INNER_PRODUCT)
            index.train(exact)
        else:
            index = faiss.IndexFlatIP(self._dimension)
        index.add(exact)
        faiss.write_index(index, str(self._folder / "index.new"))
        os.replace(self._folder / "index.new", self._folder / "index.faiss")
        with open(self._folder / "vectors.new", "wb") as handle:
            np.save(handle, rows)
        os.replace(self._folder / "vectors.new", self._folder / "vectors.npy")
        listed = json.dumps([[key.item_id, key.ordinal] for key in keys], ensure_ascii=False)
        (self._folder / "keys.new").write_text(listed, "utf-8")
        os.replace(self._folder / "keys.new", self._folder / "keys.json")


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
            self._index = faiss.read_index(str(folder / "index.faiss"), faiss.IO_FLAG_MMAP)
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"Không mở được chỉ mục véc-tơ {folder}: {error}") from error
        self._rows_of: dict[str, list[int]] = {}
        for at, key in enumerate(self._keys):
            self._rows_of.setdefault(key.item_id, []).append(at)

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        count = min(OVERSAMPLE * limit, len(self._keys))
        if count <= 0:
            return []
        _, found = self._index.search(vector.reshape(1, -1).astype(np.float32), count)
        rows = sorted(int(at) for at in found[0] if at >= 0)
        scores = self._rows[rows].astype(np.float32) @ vector
        order = np.argsort(-scores, kind="stable")[:limit]
        return [VectorHit(self._keys[rows[at]], float(scores[at])) for at in order]

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, tuple[float, float]]:
        known = [item_id for item_id in ids if item_id in self._rows_of]
        rows = [at for item_id in known for at in self._rows_of[item_id]]
        if not rows:
            return {}
        scores = self._rows[rows].astype(np.float32) @ vector
        out: dict[str, tuple[float, float]] = {}
        start = 0
        for item_id in known:
            own = self._rows_of[item_id]
            part = dict(zip((self._keys[at].ordinal for at in own), scores[start : start + len(own)], strict=True))
            start += len(own)
            passages = [float(score) for ordinal, score in part.items() if ordinal]
            whole = float(part.get(0, max(passages, default=0.0)))
            out[item_id] = (whole, max(passages, default=whole))
        return out

    def item_vector(self, item_id: str) -> Vector | None:
        for at in self._rows_of.get(item_id, ()):
            if self._keys[at].ordinal == 0:
                return np.asarray(self._rows[at], dtype=np.float32)
        return None
