"""What a visitor asks: one frozen request, from the API, the pages and the command line alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.ports import Filters, Sort
from search_api.query.parser import clean

#: Characters at which a filter value is cut.
MAX_VALUE_LENGTH = 300
#: Values that a facet takes.
MAX_VALUES = 30
#: Before the code of a facet, in the API and in addresses: its values that are left out.
EXCLUDED_PREFIX = "not_"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a visitor asks: `filters` by facet, and values `excluded` by facet; `typed` forbids respelling, `accents` asks
    for the accents as typed (Đúng dấu). Pages count from 1."""

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    per_page: int = 10
    sort: Sort = "relevance"
    typed: bool = False
    accents: bool = False
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def chosen(self) -> Filters:
        """The filters that name a facet, cleaned of what no value holds; others are ignored."""
        return Filters(_cleaned(self.filters), excluded=_cleaned(self.excluded))


def _cleaned(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: _clean(values[name]) for name in facets.codes() if values.get(name)}


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(value)[0][:MAX_VALUE_LENGTH] for value in values[:MAX_VALUES]))
