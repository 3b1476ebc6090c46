"""What a visitor asks: one frozen request, the same from the API, the pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.ports import Filters, Sort
from search_api.query.parser import clean

#: Characters of a filter value, at most; the rest is cut.
MAX_VALUE_LENGTH = 300
#: Chosen values of one facet, at most.
MAX_VALUES = 30
#: What stands before the code of a facet in the API and in addresses, for values to exclude.
EXCLUDED_PREFIX = "not_"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a visitor asks.

    `filters` and `excluded` have the chosen and the excluded values by facet. `typed` forbids every guess about the query;
    `accents` asks for the accents as typed (Đúng dấu). Pages count from 1.
    """

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    per_page: int = 10
    sort: Sort = "relevance"
    typed: bool = False
    accents: bool = False
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def chosen(self) -> Filters:
        """The cleaned filters. Names that are no facet are ignored."""
        return Filters(_cleaned(self.filters), excluded=_cleaned(self.excluded))


def _cleaned(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: _clean(values[name]) for name in facets.codes() if values.get(name)}


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(value)[0][:MAX_VALUE_LENGTH] for value in values[:MAX_VALUES]))
