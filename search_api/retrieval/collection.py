"""What planning and interpreting know of one published state besides its items: its words, its places, its facet values."""

from __future__ import annotations

from collections.abc import Collection as Sized
from dataclasses import dataclass, field
from typing import Any

from kb.library.library import View
from kb.ports import Filters, TextQuery, Vector
from search_api.query.parser import Values
from search_api.query.place_names import read_names
from search_api.query.spelling import PairCounts, Speller
from search_api.retrieval.cache import GenerationCache

#: Facts that are kept of a generation: a speller, the names of places, the values of each facet, vectors of queries.
MAX_FACTS = 256


@dataclass(frozen=True, slots=True)
class Collection:
    """The collection as one view shows it. What takes time to make is kept in `facts` until the next state is published."""

    view: View
    facts: GenerationCache[Any] = field(default_factory=lambda: GenerationCache(MAX_FACTS))

    @property
    def speller(self) -> Speller:
        made: Speller = self.facts.get(self.view.generation, "speller", lambda: Speller(self.view.snapshot.words()))
        return made

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        names: frozenset[tuple[str, ...]] = self.facts.get(
            self.view.generation, "places", lambda: read_names(self.view.snapshot.places())
        )
        return names

    @property
    def values(self) -> Values:
        return self._values

    def _values(self, facet: str) -> tuple[str, ...]:
        """Every value that a facet takes."""
        counted = lambda: tuple(self.view.text.count_facet(TextQuery(), Filters(), facet))  # noqa: E731
        values: tuple[str, ...] = self.facts.get(self.view.generation, ("values", facet), counted)
        return values

    @property
    def pair_counts(self) -> PairCounts:
        return self._pair_counts

    def _pair_counts(self, firsts: Sized[str], seconds: Sized[str]) -> dict[tuple[str, str], int]:
        return self.view.snapshot.pair_counts(firsts, seconds)

    def embed(self, text: str) -> Vector:
        """The vector of a query. The ways out of an empty result ask for the same words, so vectors are kept."""

        def make() -> Vector:
            vector: Vector = self.view.embedder.encode([text], query=True)[0]
            return vector

        kept: Vector = self.facts.get(self.view.generation, ("vector", text), make)
        return kept

    def exists(self, query: TextQuery) -> bool:
        """Whether at least one item matches."""
        return self.view.text.count(query, Filters()) > 0
