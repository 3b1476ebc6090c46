"""In-memory fakes of both indexes: the plainest code with the ports' semantics. For tests; too slow for a collection."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb.errors import IndexMissingError
from kb.ports import (
    FACETS,
    Clause,
    Filters,
    Reading,
    Sort,
    TextEntry,
    TextHit,
    TextPage,
    TextQuery,
    Tier,
    Vector,
    VectorHit,
    VectorKey,
)
from vitext import Analysis, analyse

_FILE = "memory.pickle"


@dataclass(frozen=True, slots=True)
class _Document:
    entry: TextEntry
    texts: tuple[Analysis, ...]


class MemoryTextBuilder:
    """Writes the entries to one file; the folder is empty or a private clone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def apply(self, removed: Collection[str], added: Iterable[TextEntry]) -> None:
        entries: dict[str, TextEntry] = pickle.loads(self._path.read_bytes()) if self._path.is_file() else {}
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

    def __init__(self, entries: dict[str, TextEntry]) -> None:
        self._documents = [
            _Document(entry, tuple(analyse(text) for text in (entry.title, entry.body, entry.attributes)))
            for entry in entries.values()
        ]
        self._frequency = Counter(
            key for document in self._documents for key in {key for text in document.texts for key in text.f}
        )

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        found = [(document, tier) for document, tier in self._matches(query, filters)]
        hits = [(document, TextHit(document.entry.id, tier, self._score(document, query))) for document, tier in found]
        if sort == "newest":
            hits.sort(key=lambda pair: -pair[0].entry.sort_date)
        else:
            hits.sort(key=lambda pair: (-pair[1].tier, -pair[1].score))
        return TextPage(tuple(hit for _, hit in hits[offset : offset + limit]), len(hits))

    def count(self, query: TextQuery, filters: Filters) -> int:
        return sum(1 for _ in self._matches(query, filters))

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        if facet not in FACETS:
            raise ValueError(f"unknown facet {facet!r}")
        counts: Counter[str] = Counter()
        for document, _ in self._matches(query, filters):
            counts.update(set(document.entry.facets.get(facet, ())))
        return dict(counts)

    def _matches(self, query: TextQuery, filters: Filters) -> Iterator[tuple[_Document, Tier]]:
        for document in self._documents:
            allowed = all(_meets(document.entry, restriction) for restriction in (filters, *query.constraints))
            if allowed and not any(_clause(document, clause, raw=clause.literal) for clause in query.excluded):
                tier = _tier(document, query)
                if tier is not None:
                    yield document, tier

    def _score(self, document: _Document, query: TextQuery) -> float:
        score = 0.0
        for reading in query.readings:
            for clause in reading.clauses:
                for term in clause.terms:
                    seen = sum(text.f.count(term.f) for text in document.texts)
                    rarity = math.log(1 + len(self._documents) / (1 + self._frequency[term.f]))
                    score += rarity * seen / (seen + 1.2)
        return score


def _meets(entry: TextEntry, restriction: Filters) -> bool:
    for facet, values in restriction.facets.items():
        if facet not in FACETS:
            raise ValueError(f"unknown facet {facet!r}")
        if values and not set(values) & set(entry.facets.get(facet, ())):
            return False
    if restriction.ids is not None and entry.id not in restriction.ids:
        return False
    return not restriction.numbers or entry.number in restriction.numbers


def _clause(document: _Document, clause: Clause, *, raw: bool) -> bool:
    if len(clause.terms) == 1:
        term = clause.terms[0]
        if raw and term.accented:
            return any(term.r in text.r for text in document.texts)
        return any(term.f in text.f for text in document.texts)
    accented = any(term.accented for term in clause.terms)
    wanted = tuple(term.r if accented else term.f for term in clause.terms)
    for text in document.texts:
        keys = text.r if accented else text.f
        if any(keys[at : at + len(wanted)] == wanted for at in range(len(keys) - len(wanted) + 1)):
            return True
    return False


def _reading(document: _Document, reading: Reading, *, raw: bool) -> bool:
    return all(_clause(document, clause, raw=raw or clause.literal) for clause in reading.clauses)


def _tier(document: _Document, query: TextQuery) -> Tier | None:
    if not query.readings:
        return Tier.FOLDED
    tiers: list[Tier] = []
    for reading in query.readings:
        together = _reading(document, reading, raw=False) and _pairs(document, reading) >= reading.together
        raw = _reading(document, reading, raw=True)
        if together and reading.repaired:
            tiers.append(Tier.REPAIRED)
        elif together:
            accented = any(term.accented for clause in reading.clauses for term in clause.terms)
            tiers.append(Tier.EXACT if accented and raw else Tier.FOLDED)
        elif raw and not reading.repaired:
            tiers.append(Tier.SCATTERED)
    if query.minimum is not None and _loose(document, query):
        tiers.append(Tier.PARTIAL)
    return max(tiers, default=None)


def _pairs(document: _Document, reading: Reading) -> int:
    return sum(any(pair in text.b for text in document.texts) for pair in reading.pairs)


def _loose(document: _Document, query: TextQuery) -> bool:
    reading = query.readings[0]
    literal = [_clause(document, clause, raw=True) for clause in reading.clauses if clause.literal]
    free = [_clause(document, clause, raw=False) for clause in reading.clauses if not clause.literal]
    needed = min(len(free), max(0, (query.minimum or 0) - len(literal)))
    if not free or needed <= 0:
        return all(literal) if literal else any(free)
    some = sum(free) >= needed and (not reading.pairs or _pairs(document, reading) >= 1)
    return all(literal) and some


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

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, tuple[float, float]]:
        out: dict[str, tuple[float, float]] = {}
        for item_id in ids:
            scores = {k.ordinal: float(np.dot(row, vector)) for k, row in self._pairs if k.item_id == item_id}
            if scores:
                best = max((score for ordinal, score in scores.items() if ordinal), default=scores.get(0, 0.0))
                out[item_id] = (scores.get(0, best), best)
        return out

    def item_vector(self, item_id: str) -> Vector | None:
        return next((row for key, row in self._pairs if key.item_id == item_id and key.ordinal == 0), None)
