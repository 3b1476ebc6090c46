"""What every recogniser of spans gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from kb.ports import Term
from search_api.schema import ChipKind

Form = tuple[Term, ...]
"""The terms of one way to write a span, side by side."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [`start`, `end`) of the cleaned query that are one thing.

    `forms` are the ways to write it, the one typed first; an item holds the span when it holds one of them as a phrase, in
    its own accents. `reading` is how a chip shows it. `numbers` are the keys of the papers of the collection that a number
    names, `date` the day of a date ("20241018"). An `optional` span need not be in an item: it only adds to the score, and
    `offer` is the filter (facet, code) that it names.
    """

    kind: ChipKind
    start: int
    end: int
    forms: tuple[Form, ...]
    reading: str
    numbers: tuple[str, ...] = ()
    date: str = ""
    optional: bool = False
    offer: tuple[str, str] | None = None


class Known(Protocol):
    """What recognisers may ask of the collection."""

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        """The folded names of the places in which items lie."""
        ...

    def knows(self, term: Term) -> bool:
        """Whether the undamaged text of the collection has the word, accents ignored."""
        ...

    def pair_counts(self, firsts: Collection[str], seconds: Collection[str]) -> Mapping[tuple[str, str], int]:
        """How often words stand side by side in the collection; pairs that never do are absent."""
        ...

    def values(self, facet: str) -> tuple[str, ...]:
        """Every value that a facet has in the collection."""
        ...

    def numbers_of(self, ordinal: str) -> tuple[str, ...]:
        """The keys of the papers of the collection that have this ordinal."""
        ...
