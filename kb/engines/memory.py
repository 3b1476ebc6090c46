"""In-memory fakes of both indexes: the plainest code with the ports' semantics. For tests; too slow for a collection."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb import facets
from kb.engines.scoring import Field, Texts, excludes, scorer, texts_of, tier_of
from kb.errors import IndexMissingError
from kb.ports import (
    Filters,
    IndexDocument,
    ItemScore,
    Sort,
    TextHit,
    TextPage,
    TextQuery,
    Tier,
    Vector,
    VectorHit,
    VectorKey,
    item_score,
)

_FILE = "memory.pickle"


@dataclass(frozen=True, slots=True)
class _Document:
    entry: IndexDocument
    texts: Texts


class MemoryTextBuilder:
    """Writes the entries to one file; the folder is empty or a private clone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        entries: dict[str, IndexDocument] = pickle.loads(self._path.read_bytes()) if self._path.is_file() else {}
        kept = {item_id: entry for item_id, entry in entries.items() if item_id not in removed}
        kept |= {entry.id: entry for entry in added}
        self._path.unlink(missing_ok=True)
        self._path.write_bytes(pickle.dumps(kept))


def open_text(folder: Path) -> MemoryText:
    """Open a published index. Raises IndexMissingError."""
    path = folder / _FILE
    if not path.is_file():
        raise IndexMissingError(f"Thiếu chỉ mục {path}")
    return MemoryText(pickle.loads(path.read_bytes()))


class MemoryText:
    """One published state."""

    def __init__(self, entries: dict[str, IndexDocument]) -> None:
        self._documents = [_Document(entry, texts_of(entry)) for entry in entries.values()]

    @property
    def documents(self) -> int:
        return len(self._documents)

    def average(self, field: Field) -> float:
        return sum(document.texts.length(field) for document in self._documents) / max(1, len(self._documents))

    def frequency(self, field: Field, key: str) -> int:
        return sum(document.texts.count(field, key) > 0 for document in self._documents)

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        score = scorer(query, self)
        hits = [
            (document, TextHit(document.entry.id, tier, score(document.texts)))
            for document, tier in self._matches(query, filters)
        ]
        if sort == "newest":
            hits.sort(key=lambda pair: -pair[0].entry.sort_date)
        else:
            hits.sort(key=lambda pair: (-pair[1].tier, -pair[1].score))
        return TextPage(tuple(hit for _, hit in hits[offset : offset + limit]), len(hits))

    def count(self, query: TextQuery, filters: Filters) -> int:
        return sum(1 for _ in self._matches(query, filters))

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        facets.by_code(facet)
        counts: Counter[str] = Counter()
        for document, _ in self._matches(query, filters):
            counts.update(set(document.entry.facets.get(facet, ())))
        return dict(counts)

    def _matches(self, query: TextQuery, filters: Filters) -> Iterator[tuple[_Document, Tier]]:
        for document in self._documents:
            allowed = all(_meets(document.entry, restriction) for restriction in (filters, *query.constraints))
            if allowed and not excludes(document.texts, query):
                tier = tier_of(document.texts, query)
                if tier is not None:
                    yield document, tier


def _meets(entry: IndexDocument, restriction: Filters) -> bool:
    facets.check_codes((*restriction.facets, *restriction.excluded))
    for facet, values in restriction.facets.items():
        if values and not set(values) & set(entry.facets.get(facet, ())):
            return False
    for facet, values in restriction.excluded.items():
        if set(values) & set(entry.facets.get(facet, ())):
            return False
    if restriction.ids is not None and entry.id not in restriction.ids:
        return False
    if restriction.public and entry.internal:
        return False
    return not restriction.numbers or entry.number in restriction.numbers


class MemoryVectorBuilder:
    """Writes keys and vectors to one file; the folder is empty or a private clone."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._path = folder / _FILE
        self._dimension = dimension

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        old: list[tuple[VectorKey, Vector]] = []
        if self._path.is_file():
            old = [pair for pair in pickle.loads(self._path.read_bytes()) if pair[0].item_id not in removed]
        self._path.unlink(missing_ok=True)
        self._path.write_bytes(pickle.dumps(old + list(zip(keys, vectors, strict=True))))


def open_vectors(folder: Path) -> MemoryVectors:
    """Open a published index. Raises IndexMissingError."""
    path = folder / _FILE
    if not path.is_file():
        raise IndexMissingError(f"Thiếu chỉ mục {path}")
    return MemoryVectors(pickle.loads(path.read_bytes()))


class MemoryVectors:
    """One published state."""

    def __init__(self, pairs: list[tuple[VectorKey, Vector]]) -> None:
        self._pairs = pairs

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        hits = [VectorHit(key, float(np.dot(row, vector))) for key, row in self._pairs]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        wanted = frozenset(ids)
        cosines: dict[str, dict[int, float]] = {}
        for key, row in self._pairs:
            if key.item_id in wanted:
                cosines.setdefault(key.item_id, {})[key.ordinal] = float(np.dot(row, vector))
        return {item_id: item_score(own) for item_id, own in cosines.items()}

    def item_vector(self, item_id: str) -> Vector | None:
        return next((row for key, row in self._pairs if key.item_id == item_id and key.ordinal == 0), None)
