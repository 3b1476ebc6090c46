"""The addresses of the pages: all state of a search is in its query string, so that a link is a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from kb import facets
from kb.papers.places import Place
from kb.ports import Sort
from search_api.query.parser import clean
from search_api.query.request import NOT, SearchRequest

#: "Search exactly what I typed": no respelling, no jump to a document.
TYPED = "nguyen-van"
#: "Đúng dấu": words typed with accents match in these only.
ACCENTS = "dung-dau"
#: Which reading of a damaged text the item page shows: what a machine proposes, unless the address says otherwise.
READING, PROPOSED = "doc", "de-xuat"
READINGS = {"nguyen-van": "Nguyên văn nhận dạng", PROPOSED: "Phương án đọc đề xuất", "song-song": "Song song từng dòng"}
#: The parameter that names an item, given once for each.
ITEM = "muc"
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
    accents: bool = False
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, parameters: QueryParams) -> SearchState:
        """The state of a query string; whatever is malformed counts as not given.

        >>> SearchState.read(QueryParams("q=a&page=x&sort=z&year=2024&color=red")).url()
        '/tim?q=a&year=2024'
        """
        number = parameters.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        return cls(
            query=clean(parameters.get("q", ""))[0],
            filters=_read_values(parameters),
            page=min(max(1, page), LAST_PAGE),
            sort="newest" if parameters.get("sort") == "newest" else "relevance",
            typed=parameters.get(TYPED) == "1",
            accents=parameters.get(ACCENTS) == "1",
            excluded=_read_values(parameters, NOT),
        )

    def request(self) -> SearchRequest:
        return SearchRequest(
            self.query,
            self.filters,
            self.page,
            sort=self.sort,
            typed=self.typed,
            accents=self.accents,
            excluded=self.excluded,
        )

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What another query typed into the box keeps: filters, order and accents, as parameters."""
        pairs = [(name, value) for name in facets.codes() for value in self.filters.get(name, ())]
        pairs += [(NOT + name, value) for name in facets.codes() for value in self.excluded.get(name, ())]
        pairs += [("sort", "newest")] if self.sort == "newest" else []
        pairs += [(ACCENTS, "1")] if self.accents else []
        return pairs

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """All of the search but its page: what an export, a feed or a block of it is asked with."""
        pairs = [("q", self.query)] if self.query else []
        return pairs + self.kept + ([(TYPED, "1")] if self.typed else [])

    def url(self, path: str = "/tim", more: Sequence[tuple[str, str]] = ()) -> str:
        """The address of the search at `path`: its results, or its feed, its export, its block."""
        pairs = [*self.parameters, *more, *([("page", str(self.page))] if self.page > 1 else [])]
        return path + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")

    def at(self, page: int) -> str:
        return replace(self, page=page).url()

    def sorted_by(self, sort: Sort) -> str:
        return replace(self, sort=sort, page=1).url()

    def choosing(self, facet: str, value: str) -> str:
        """The address with `value` as the only choice of its facet: the count beside the link counts that."""
        return replace(self, filters={**self.filters, facet: (value,)}, page=1).url()

    def excluding(self, facet: str, value: str) -> str:
        """The address with `value` left out (Loại trừ), and no longer chosen."""
        chosen = tuple(v for v in self.filters.get(facet, ()) if v != value)
        out = tuple(dict.fromkeys((*self.excluded.get(facet, ()), value)))
        filters = {**self.filters, facet: chosen} if chosen else _less(self.filters, facet)
        return replace(self, filters=filters, excluded={**self.excluded, facet: out}, page=1).url()

    def including(self, facet: str, value: str) -> str:
        """The address with `value` left out no longer."""
        left = tuple(v for v in self.excluded.get(facet, ()) if v != value)
        excluded = {**self.excluded, facet: left} if left else _less(self.excluded, facet)
        return replace(self, excluded=excluded, page=1).url()

    def without(self, facet: str, value: str | None = None) -> str:
        """The address without one value of a facet, or without the facet."""
        left = tuple(v for v in self.filters.get(facet, ()) if value is not None and v != value)
        return replace(self, filters={**self.filters, facet: left} if left else _less(self.filters, facet), page=1).url()

    def bare(self) -> str:
        """The same query without filters."""
        return replace(self, filters={}, excluded={}, page=1).url()

    def minding_accents(self, accents: bool) -> str:
        """The same search with or without "Đúng dấu"."""
        return replace(self, accents=accents, page=1).url()

    def asking(self, query: str) -> str:
        """Another query under the same filters."""
        return replace(self, query=query, page=1, typed=False).url()

    def as_typed(self) -> str:
        return replace(self, typed=True, page=1).url()


def _read_values(parameters: QueryParams, before: str = "") -> dict[str, tuple[str, ...]]:
    values = {name: tuple(v for v in parameters.getlist(before + name) if v) for name in facets.codes()}
    return {name: given for name, given in values.items() if given}


def _less(values: Mapping[str, tuple[str, ...]], facet: str) -> dict[str, tuple[str, ...]]:
    return {name: given for name, given in values.items() if name != facet}


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


def ids_url(path: str, ids: Sequence[str], more: Sequence[tuple[str, str]] = ()) -> str:
    """An address that names items: of a comparison, a dossier, its exports.

    >>> ids_url("/so-sanh", ["238-kh-ubnd", "43-kh-lmhtx"])
    '/so-sanh?muc=238-kh-ubnd&muc=43-kh-lmhtx'
    """
    pairs = [*((ITEM, item_id) for item_id in ids), *more]
    return path + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")


def read_ids(parameters: QueryParams) -> list[str]:
    """The items that an address names, in order, each once."""
    return list(dict.fromkeys(item_id for item_id in parameters.getlist(ITEM) if item_id))


def read_reading(parameters: QueryParams) -> str:
    """The reading that an address asks for; whatever is malformed counts as not given."""
    asked = parameters.get(READING, "")
    return asked if asked in READINGS else PROPOSED


def place_url(place: Place) -> str:
    """The page of a place.

    >>> from kb import places
    >>> place_url(places.by_name("Xã Tuệ Tĩnh, thành phố Hải Phòng"))
    '/dia-ban/hai-phong.xa-tue-tinh'
    """
    return f"/dia-ban/{place.code}"


def field_page_url(code: str) -> str:
    """The page of a field."""
    return f"/linh-vuc/{code}"
