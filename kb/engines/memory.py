"""In-memory fakes of both indexes: the plainest code with the semantics of the ports. They are for tests, and too slow for
a real collection."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb import facets
from kb.engines.item_scores import item_score
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
)

_FILE = "memory.pickle"


@dataclass(frozen=True, slots=True)
class _Entry:
    document: IndexDocument
    texts: Texts


class MemoryTextBuilder:
    """Writes all documents to one file; the folder is empty or a private clone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        old: dict[str, IndexDocument] = pickle.loads(self._path.read_bytes()) if self._path.is_file() else {}
        kept = {item_id: document for item_id, document in old.items() if item_id not in removed}
        kept |= {document.id: document for document in added}
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

    def __init__(self, documents: dict[str, IndexDocument]) -> None:
        self._entries = [_Entry(document, texts_of(document)) for _, document in sorted(documents.items())]

    @property
    def documents(self) -> int:
        return len(self._entries)

    def average(self, field: Field) -> float:
        return sum(entry.texts.length(field) for entry in self._entries) / max(1, len(self._entries))

    def frequency(self, field: Field, key: str) -> int:
        return sum(entry.texts.count(field, key) > 0 for entry in self._entries)

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        score = scorer(query, self)
        hits = [
            (entry, TextHit(entry.document.id, tier, score(entry.texts))) for entry, tier in self._matches(query, filters)
        ]
        if sort == "newest":
            hits.sort(key=lambda pair: -pair[0].document.sort_date)
        else:
            hits.sort(key=lambda pair: (-pair[1].tier, -pair[1].score))
        return TextPage(tuple(hit for _, hit in hits[offset : offset + limit]), len(hits))

    def count(self, query: TextQuery, filters: Filters) -> int:
        return sum(1 for _ in self._matches(query, filters))

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        facets.check_codes(codes)
        counts: dict[str, Counter[str]] = {code: Counter() for code in codes}
        for entry, _ in self._matches(query, filters):
            for code in codes:
                counts[code].update(set(entry.document.facets.get(code, ())))
        return {code: dict(sorted(counted.items())) for code, counted in counts.items()}

    def _matches(self, query: TextQuery, filters: Filters) -> Iterator[tuple[_Entry, Tier]]:
        tiers = ((entry, _tier(entry, query, filters)) for entry in self._entries)
        yield from ((entry, tier) for entry, tier in tiers if tier is not None)


def _tier(entry: _Entry, query: TextQuery, filters: Filters) -> Tier | None:
    """The tier of an entry, None where it does not match."""
    if not all(_meets(entry.document, restriction) for restriction in (filters, *query.constraints)):
        return None
    if excludes(entry.texts, query) or any(_tier(entry, other, Filters()) is not None for other in query.besides):
        return None
    return tier_of(entry.texts, query)


def _meets(document: IndexDocument, restriction: Filters) -> bool:
    facets.check_codes((*restriction.facets, *restriction.excluded))
    for facet, values in restriction.facets.items():
        if values and not set(values) & set(document.facets.get(facet, ())):
            return False
    for facet, values in restriction.excluded.items():
        if set(values) & set(document.facets.get(facet, ())):
            return False
    if restriction.ids is not None and document.id not in restriction.ids:
        return False
    return not restriction.numbers or document.number in restriction.numbers


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
        return sorted(hits, key=lambda hit: (-hit.score, hit.key.item_id, hit.key.ordinal))[:limit]

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        wanted = frozenset(ids)
        cosines: dict[str, dict[int, float]] = {}
        for key, row in self._pairs:
            if key.item_id in wanted:
                cosines.setdefault(key.item_id, {})[key.ordinal] = float(np.dot(row, vector))
        return {item_id: item_score(own) for item_id, own in cosines.items()}

    def item_vector(self, item_id: str) -> Vector | None:
        return next((row for key, row in self._pairs if key.item_id == item_id and key.ordinal == 0), None)
