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
_Texts = tuple[Analysis, ...]


@dataclass(frozen=True, slots=True)
class _Document:
    entry: TextEntry
    texts: tuple[Analysis, ...]
    printed: tuple[Analysis, ...]


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
        self._documents = [_read(entry) for entry in entries.values()]
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
            if allowed and not any(_clause(document.texts, clause, raw=clause.literal) for clause in query.excluded):
                tier = _tier(document, query)
                if tier is not None:
                    yield document, tier

    def _score(self, document: _Document, query: TextQuery) -> float:
        score = 0.0
        for reading in query.readings if query.scored else ():
            for clause in reading.clauses:
                for term in clause.terms:
                    seen = sum(text.f.count(term.f) for text in document.texts)
                    rarity = math.log(1 + len(self._documents) / (1 + self._frequency[term.f]))
                    score += rarity * seen / (seen + 1.2)
        return score


def _read(entry: TextEntry) -> _Document:
    texts = tuple(analyse(text) for text in (entry.title, entry.body, entry.attributes))
    return _Document(entry, texts, tuple(analyse(text) for text in entry.printed) or texts)


def _meets(entry: TextEntry, restriction: Filters) -> bool:
    for facet, values in restriction.facets.items():
        if facet not in FACETS:
            raise ValueError(f"unknown facet {facet!r}")
        if values and not set(values) & set(entry.facets.get(facet, ())):
            return False
    if restriction.ids is not None and entry.id not in restriction.ids:
        return False
    return not restriction.numbers or entry.number in restriction.numbers


def _clause(texts: _Texts, clause: Clause, *, raw: bool) -> bool:
    if len(clause.terms) == 1:
        term = clause.terms[0]
        if raw and term.accented:
            return any(term.r in text.r for text in texts)
        return any(term.f in text.f for text in texts)
    accented = any(term.accented for term in clause.terms)
    wanted = tuple(term.r if accented else term.f for term in clause.terms)
    for text in texts:
        keys = text.r if accented else text.f
        if any(keys[at : at + len(wanted)] == wanted for at in range(len(keys) - len(wanted) + 1)):
            return True
    return False


def _reading(texts: _Texts, reading: Reading, *, raw: bool) -> bool:
    return all(_clause(texts, clause, raw=raw or clause.literal) for clause in reading.clauses)


def _together(texts: _Texts, reading: Reading, *, raw: bool) -> bool:
    return _reading(texts, reading, raw=raw) and _pairs(texts, reading) >= reading.together


def _tier(document: _Document, query: TextQuery) -> Tier | None:
    if not query.readings:
        return Tier.FOLDED
    if not query.tiered:
        terms = (term for clause in query.readings[0].clauses for term in clause.terms)
        return Tier.PARTIAL if any(term.f in text.f for term in terms for text in document.texts) else None
    tiers: list[Tier] = []
    for reading in query.readings:
        if _together(document.texts, reading, raw=False):
            tiers.append(Tier.REPAIRED)
        if reading.repaired:
            continue
        if _reading(document.texts, reading, raw=True):
            tiers.append(Tier.SCATTERED)
        if _together(document.printed, reading, raw=False):
            tiers.append(Tier.FOLDED)
        if any(term.accented for clause in reading.clauses for term in clause.terms):
            tiers += [Tier.READ] * _together(document.texts, reading, raw=True)
            tiers += [Tier.EXACT] * _together(document.printed, reading, raw=True)
    if query.minimum is not None and _loose(document, query):
        tiers.append(Tier.PARTIAL)
    return max(tiers, default=None)


def _pairs(texts: _Texts, reading: Reading) -> int:
    return sum(any(pair in text.b for text in texts) for pair in reading.pairs)


def _loose(document: _Document, query: TextQuery) -> bool:
    reading = query.readings[0]
    literal = [_clause(document.texts, clause, raw=True) for clause in reading.clauses if clause.literal]
    free = [_clause(document.texts, clause, raw=False) for clause in reading.clauses if not clause.literal]
    needed = min(len(free), max(0, (query.minimum or 0) - len(literal)))
    if not free or needed <= 0:
        return all(literal) if literal else any(free)
    some = sum(free) >= needed and (not reading.pairs or _pairs(document.texts, reading) >= 1)
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
