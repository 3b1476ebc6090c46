"""What interpretation and planning know of one published state besides its items: words, place names, facet values."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import Any

from kb.library.library import View
from kb.ports import Filters, Term, TextQuery, Vector
from search_api.query.place_names import bare_names
from search_api.query.spelling import Speller
from search_api.retrieval.cache import GenerationCache

#: Facts that are kept of a generation: a speller, the place names, the values of each facet, the vectors of queries.
MAX_FACTS = 256


@dataclass(frozen=True, slots=True)
class Collection:
    """The collection as one view shows it (`query.interpretation.Collection`). `facts` keeps what takes time to compute."""

    view: View
    facts: GenerationCache[Any] = field(default_factory=lambda: GenerationCache(MAX_FACTS))

    @property
    def speller(self) -> Speller:
        speller: Speller = self.facts.get(self.view.generation, "speller", lambda: Speller(self.view.snapshot.words()))
        return speller

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        names: frozenset[tuple[str, ...]] = self.facts.get(
            self.view.generation, "places", lambda: bare_names(self.view.snapshot.places())
        )
        return names

    def values(self, facet: str) -> tuple[str, ...]:
        """Every value that a facet has in the collection."""

        def count() -> tuple[str, ...]:
            return tuple(self.view.text.count_facets(TextQuery(), Filters(), (facet,))[facet])

        values: tuple[str, ...] = self.facts.get(self.view.generation, ("values", facet), count)
        return values

    def pair_counts(self, firsts: abc.Collection[str], seconds: abc.Collection[str]) -> dict[tuple[str, str], int]:
        """How often any of `firsts` stands right before any of `seconds`; pairs that never do are absent."""
        return self.view.snapshot.pair_counts(firsts, seconds)

    def knows(self, term: Term) -> bool:
        """Whether the undamaged text of the collection has the word, accents ignored."""
        return self.speller.knows(term)

    def numbers_of(self, ordinal: str) -> tuple[str, ...]:
        """The keys of the papers that have this ordinal."""
        return tuple(self.view.snapshot.numbers_of(ordinal))

    def exists(self, query: TextQuery) -> bool:
        """Whether at least one item matches."""
        return self.view.text.count(query, Filters()) > 0

    def embed(self, text: str) -> Vector:
        """The vector of a query. It is kept, because the ways out of an empty result ask for the same words again."""

        def encode() -> Vector:
            vector: Vector = self.view.embedder.encode([text], query=True)[0]
            return vector

        vector: Vector = self.facts.get(self.view.generation, ("vector", text), encode)
        return vector
