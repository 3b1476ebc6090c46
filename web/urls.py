"""The addresses of the pages: all state of a search is in its query string, so that a link is a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from kb.ports import FACETS, Sort
from search_api.service import SearchRequest

#: "Search exactly what I typed": no respelling, no jump to a document.
TYPED = "nguyen-van"
#: Which reading of a damaged text the item page shows: what a machine proposes, unless the address says otherwise.
READING, PROPOSED = "doc", "de-xuat"
READINGS = {"nguyen-van": "Nguyên văn nhận dạng", PROPOSED: "Phương án đọc đề xuất", "song-song": "Song song từng dòng"}
#: A page further than this is no page anybody walks to.
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class SearchState:
    """What the address of a results page says."""

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    sort: Sort = "relevance"
    typed: bool = False

    @classmethod
    def read(cls, parameters: QueryParams) -> SearchState:
        """The state of a query string; whatever is malformed counts as not given.

        >>> SearchState.read(QueryParams("q=a&page=x&sort=z&year=2024&color=red")).url()
        '/tim?q=a&year=2024'
        """
        filters = {name: tuple(v for v in parameters.getlist(name) if v) for name in FACETS}
        number = parameters.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        return cls(
            query=parameters.get("q", ""),
            filters={name: values for name, values in filters.items() if values},
            page=min(max(1, page), LAST_PAGE),
            sort="newest" if parameters.get("sort") == "newest" else "relevance",
            typed=parameters.get(TYPED) == "1",
        )

    def request(self) -> SearchRequest:
        return SearchRequest(self.query, self.filters, self.page, sort=self.sort, typed=self.typed)

    def url(self) -> str:
        pairs = [("q", self.query)] if self.query else []
        pairs += [(name, value) for name in FACETS for value in self.filters.get(name, ())]
        pairs += [("sort", "newest")] if self.sort == "newest" else []
        pairs += [(TYPED, "1")] if self.typed else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return "/tim" + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")

    def at(self, page: int) -> str:
        return replace(self, page=page).url()

    def sorted_by(self, sort: Sort) -> str:
        return replace(self, sort=sort, page=1).url()

    def choosing(self, facet: str, value: str) -> str:
        """The address with `value` as the only choice of its facet: the count beside the link counts that."""
        return replace(self, filters={**self.filters, facet: (value,)}, page=1).url()

    def without(self, facet: str, value: str | None = None) -> str:
        """The address without one value of a facet, or without the facet."""
        left = tuple(v for v in self.filters.get(facet, ()) if value is not None and v != value)
        rest = {name: values for name, values in self.filters.items() if name != facet}
        return replace(self, filters={**rest, facet: left} if left else rest, page=1).url()

    def bare(self) -> str:
        """The same query without filters."""
        return replace(self, filters={}, page=1).url()

    def asking(self, query: str) -> str:
        """Another query under the same filters."""
        return replace(self, query=query, page=1, typed=False).url()

    def as_typed(self) -> str:
        return replace(self, typed=True, page=1).url()


def item_url(item_id: str, query: str = "", anchor: str = "", reading: str = PROPOSED) -> str:
    """The page of an item, with the query whose hits it marks and the reading it shows.

    >>> item_url("238-kh-ubnd", "thi đua", "b4")
    '/muc/238-kh-ubnd?q=thi+%C4%91ua#b4'
    >>> item_url("43-kh-lmhtx", reading="song-song")
    '/muc/43-kh-lmhtx?doc=song-song'
    """
    pairs = ([("q", query)] if query else []) + ([(READING, reading)] if reading != PROPOSED else [])
    asked = f"?{urlencode(pairs, errors='replace')}" if pairs else ""
    return f"/muc/{quote(item_id, safe='', errors='replace')}{asked}" + (f"#{quote(anchor)}" if anchor else "")


def read_reading(parameters: QueryParams) -> str:
    """The reading that an address asks for; whatever is malformed counts as not given."""
    asked = parameters.get(READING, "")
    return asked if asked in READINGS else PROPOSED


def field_url(code: str) -> str:
    return SearchState(filters={"field": (code,)}).url()
