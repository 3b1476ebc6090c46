"""What a visitor asks: one frozen request, the same from the API, the pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.ports import Filters, Sort
from search_api.query.parser import MAX_CHARACTERS, clean

#: Characters of a filter value, at most; the rest is cut.
MAX_VALUE_LENGTH = 300
#: Chosen values of all facets together, at most, and excluded values: every link of a page of results repeats them.
MAX_VALUES = 30
#: Characters of all chosen values together, at most, and of all excluded values.
MAX_LENGTH_OF_ALL = 1_500
#: Pieces of a query that are plain words, at most. Their characters together are at most those of one query
#: (`parser.MAX_CHARACTERS`), of which they are parts: every link of a page of results repeats them.
MAX_PIECES = 12
#: What stands before the code of a facet in the API and in addresses, for values to exclude.
EXCLUDED_PREFIX = "not_"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a visitor asks.

    `filters` and `excluded` have the chosen and the excluded values by facet. `typed` forbids every guess about the query;
    `accents` asks for the accents as typed (Đúng dấu), `dropped` for the items that match only when accents are dropped.
    `as_text` are pieces of the query that are plain words, whatever else they could be. Pages count from 1.
    """

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    per_page: int = 10
    sort: Sort = "relevance"
    typed: bool = False
    accents: bool = False
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: bool = False
    as_text: tuple[str, ...] = ()

    @property
    def undone(self) -> tuple[str, ...]:
        """The pieces of `as_text` that the query has."""
        query = self.query.casefold()
        return tuple(piece for piece in self.as_text if piece.casefold() in query)

    def chosen(self) -> Filters:
        """The cleaned filters. Names that are no facet are ignored."""
        return Filters(_cleaned(self.filters), excluded=_cleaned(self.excluded))


def first_values(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The values of the facets, as far as one request may have them: the first MAX_VALUES, each one once.

    >>> first_values({"year": ["2023"] * 100_000, "color": ["red"]})
    {'year': ('2023',)}
    """
    kept: dict[str, tuple[str, ...]] = {}
    number, length = MAX_VALUES, MAX_LENGTH_OF_ALL
    for name in facets.codes():
        for value in dict.fromkeys(value[:MAX_VALUE_LENGTH] for value in values.get(name, ())[:MAX_VALUES] if value):
            number, length = number - 1, length - len(value)
            if number < 0 or length < 0:
                return kept
            kept[name] = (*kept.get(name, ()), value)
    return kept


def first_pieces(pieces: Sequence[str]) -> tuple[str, ...]:
    """The pieces of a query to take as plain words, as far as one request may have them: the first MAX_PIECES, each one
    once. What is longer than a query is no part of one.

    >>> first_pieces(["NTM", " NTM ", "", "x" * 10_000, "-hữu cơ"])
    ('NTM', '-hữu cơ')
    """
    kept: list[str] = []
    left = MAX_CHARACTERS
    for piece in dict.fromkeys(clean(piece)[0] for piece in pieces[:MAX_PIECES] if len(piece) <= MAX_CHARACTERS):
        left -= len(piece)
        if left < 0:
            break
        if piece:
            kept.append(piece)
    return tuple(kept)


def _cleaned(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(clean(v)[0] for v in given)) for name, given in first_values(values).items()}
