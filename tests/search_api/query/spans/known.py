"""A small collection as recognisers see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from kb.ports import Term
from search_api.query.spans.recognise import recognise
from search_api.query.spans.span import Span
from vitext import tokenise


class SmallCollection:
    """The words and pairs of a few sentences, the numbers of a few papers, the places of a few items."""

    def __init__(self, text: str = "", numbers: Collection[str] = (), places: Collection[str] = ()) -> None:
        self.words = {token.folded for token in tokenise(text)}
        self.pairs: dict[tuple[str, str], int] = {}
        for sentence in text.lower().split("."):
            words = [sentence[token.start : token.end] for token in tokenise(sentence)]
            for pair in pairwise(words):
                self.pairs[pair] = self.pairs.get(pair, 0) + 1
        self.numbers = tuple(numbers)
        self.places = tuple(places)

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        parts = [part.split() for place in self.places for part in place.split(",")]
        return frozenset(tuple(token.folded for token in tokenise(" ".join(words[1:]))) for words in parts)

    def knows(self, term: Term) -> bool:
        return term.folded in self.words

    def pair_counts(self, firsts: Collection[str], seconds: Collection[str]) -> Mapping[tuple[str, str], int]:
        return {pair: n for pair, n in self.pairs.items() if pair[0] in firsts and pair[1] in seconds}

    def values(self, facet: str) -> tuple[str, ...]:
        return self.places if facet == "place" else ()

    def numbers_of(self, ordinal: str) -> tuple[str, ...]:
        return tuple(key for key in self.numbers if key.replace("-", "/").split("/")[0] == ordinal)


NOTHING = SmallCollection()


def spans_of(query: str, known: SmallCollection = NOTHING, as_text: Collection[str] = ()) -> list[tuple[str, str]]:
    """(kind, piece) of every span."""
    return [(span.kind, query[span.start : span.end]) for span in recognise(query, known, as_text)]


def only(query: str, known: SmallCollection = NOTHING) -> Span:
    """The one span of a query."""
    (span,) = recognise(query, known)
    return span


def written(span: Span) -> set[str]:
    """The forms of a span, in accented keys."""
    return {" ".join(term.accented for term in form) for form in span.forms}
