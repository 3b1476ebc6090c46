"""The addresses of the pages. The whole state of a search is in its query string, so that a link is a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from kb import facets
from kb.papers.places import Place
from kb.ports import Sort
from search_api.query.parser import clean
from search_api.query.request import EXCLUDED_PREFIX, SearchRequest, first_pieces, first_values
from search_api.schema import Offer

#: "Search exactly what I typed": no spelling correction, no jump to a document.
TYPED_PARAMETER = "nguyen-van"
#: "Đúng dấu": words typed with accents match only with the same accents.
ACCENTS_PARAMETER = "dung-dau"
#: The items that match only when accents are dropped.
DROPPED_PARAMETER = "bo-dau"
#: A piece of the query that is plain words; it is given once for each piece.
PIECE_PARAMETER = "nhu-chu"
#: The switches of a search as the API names them.
API_SWITCHES = {TYPED_PARAMETER: "typed", ACCENTS_PARAMETER: "accents", DROPPED_PARAMETER: "dropped"}
#: The parameter that says which version of a damaged text the page of an item shows.
VERSION_PARAMETER = "doc"
#: The parameter that says which part of a very long text the page of an item shows.
PART_PARAMETER = "phan"
#: The parameters of the page of an original: the hit that is looked at, the passage that is framed, and how large it is.
HIT_PARAMETER, PASSAGE_PARAMETER, ZOOM_PARAMETER = "cho", "doan", "co"
#: How large the image of a page is drawn, as shares of the place that it has, with the text of the links.
ZOOMS = {1: "Vừa khung", 2: "Gấp đôi", 3: "Gấp ba"}
#: The original version, with the letters as recognised.
ORIGINAL = "nguyen-van"
#: The version that the machine proposes; it is shown unless the address names another.
PROPOSED = "de-xuat"
#: Both versions, line by line.
SIDE_BY_SIDE = "song-song"
#: The versions, with the text of their links.
VERSIONS = {ORIGINAL: "Nguyên văn nhận dạng", PROPOSED: "Phương án đọc đề xuất", SIDE_BY_SIDE: "Song song từng dòng"}
#: The parameter that names an item; it is given once for each item.
ITEM_PARAMETER = "muc"
#: The largest page number that is accepted.
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class SearchState:
    """A search as the address of a results page states it: the request, and the addresses of the searches next to it."""

    request: SearchRequest = field(default_factory=SearchRequest)

    @classmethod
    def from_parameters(cls, parameters: QueryParams) -> SearchState:
        """The state of a query string; malformed values count as not given.

        >>> SearchState.from_parameters(QueryParams("q=a&page=x&sort=z&year=2024&color=red")).url()
        '/tim?q=a&year=2024'
        """
        number = parameters.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        return cls(
            SearchRequest(
                query=clean(parameters.get("q", ""))[0],
                filters=_facet_values(parameters),
                page=min(max(1, page), LAST_PAGE),
                sort="newest" if parameters.get("sort") == "newest" else "relevance",
                typed=parameters.get(TYPED_PARAMETER) == "1",
                accents=parameters.get(ACCENTS_PARAMETER) == "1",
                excluded=_facet_values(parameters, EXCLUDED_PREFIX),
                dropped=parameters.get(DROPPED_PARAMETER) == "1",
                as_text=first_pieces(parameters.getlist(PIECE_PARAMETER)),
            )
        )

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What stays when another query is typed into the box: filters, order and accents, as parameters."""
        pairs = [(name, value) for name in facets.codes() for value in self.request.filters.get(name, ())]
        pairs += [
            (EXCLUDED_PREFIX + name, value) for name in facets.codes() for value in self.request.excluded.get(name, ())
        ]
        pairs += [("sort", "newest")] if self.request.sort == "newest" else []
        pairs += [(ACCENTS_PARAMETER, "1")] if self.request.accents else []
        return pairs

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The whole search without its page, as parameters of its export, its feed or its portal column."""
        pairs = [("q", self.request.query)] if self.request.query else []
        pairs += self.kept
        pairs += [(TYPED_PARAMETER, "1")] if self.request.typed else []
        pairs += [(DROPPED_PARAMETER, "1")] if self.request.dropped else []
        return pairs + [(PIECE_PARAMETER, piece) for piece in self.request.as_text]

    def url(self, path: str = "/tim", more: Sequence[tuple[str, str]] = ()) -> str:
        """The address of the search at `path`: its results, its feed, its export, or its portal column."""
        pairs = [*self.parameters, *more, *([("page", str(self.request.page))] if self.request.page > 1 else [])]
        return path + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")

    def api_url(self, path: str, more: Sequence[tuple[str, str]] = ()) -> str:
        """The address of the same search in the API, which names some parameters otherwise than the pages do.

        >>> SearchState(SearchRequest("NTM", accents=True, as_text=("NTM",))).api_url("/api/arrivals")
        '/api/arrivals?q=NTM&accents=true&as_text=NTM'
        """
        pairs = [(API_SWITCHES[name], "true") if name in API_SWITCHES else (name, value) for name, value in self.parameters]
        pairs = [("as_text" if name == PIECE_PARAMETER else name, value) for name, value in pairs] + [*more]
        return path + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")

    def at(self, page: int) -> str:
        """The address of another page of the results."""
        return self._url(page=page)

    def sorted_by(self, sort: Sort) -> str:
        """The address of the results in another order."""
        return self._url(sort=sort)

    def choosing(self, facet: str, value: str) -> str:
        """The address with `value` as the only choice of its facet, which is what the count beside the link counts."""
        return self._url(filters=_with(self.request.filters, facet, (value,)))

    def excluding(self, facet: str, value: str) -> str:
        """The address with `value` excluded (Loại trừ), and no longer chosen."""
        excluded = self.request.excluded
        out = tuple(dict.fromkeys((*excluded.get(facet, ()), value)))
        return self._url(filters=self._filters_without(facet, value), excluded=_with(excluded, facet, out))

    def including(self, facet: str, value: str) -> str:
        """The address with `value` no longer excluded."""
        excluded = self.request.excluded
        return self._url(excluded=_with(excluded, facet, tuple(v for v in excluded.get(facet, ()) if v != value)))

    def without(self, facet: str, value: str | None = None) -> str:
        """The address without one chosen value of a facet, or without all of them."""
        return self._url(filters=self._filters_without(facet, value))

    def bare(self) -> str:
        """The address of the same query without filters."""
        return self._url(filters={}, excluded={})

    def minding_accents(self, accents: bool) -> str:
        """The address of the same search with or without "Đúng dấu"."""
        return self._url(accents=accents, dropped=False)

    def dropping_accents(self, dropped: bool) -> str:
        """The address of the items that match only when accents are dropped, or back to those that agree."""
        return self._url(dropped=dropped)

    def as_words(self, piece: str) -> str:
        """The address where a piece of the query is plain words."""
        return self._url(as_text=first_pieces((*self.request.as_text, piece)))

    def understood(self, piece: str) -> str:
        """The address where a piece is read again as what it may be."""
        return self._url(as_text=tuple(kept for kept in self.request.as_text if kept != piece))

    def taking(self, offer: Offer) -> str:
        """The address with the filter that the words of the query name, and without these words."""
        filters = _with(self.request.filters, offer.facet, (offer.code,))
        return self._url(query=offer.query, filters=filters, dropped=False)

    def asking(self, query: str) -> str:
        """The address of another query with the same filters."""
        return self._url(query=query, typed=False, dropped=False)

    def as_typed(self) -> str:
        """The address of the search for exactly what was typed."""
        return self._url(typed=True, dropped=False)

    def freely(self) -> str:
        """The address of the search for other spellings and for meaning as well."""
        return self._url(typed=False)

    def _filters_without(self, facet: str, value: str | None) -> dict[str, tuple[str, ...]]:
        chosen = self.request.filters.get(facet, ())
        return _with(self.request.filters, facet, tuple(v for v in chosen if value is not None and v != value))

    def _url(self, **changes: Any) -> str:
        """The address of the request with other values, on the first page unless `changes` name one."""
        return SearchState(replace(self.request, **{"page": 1, **changes})).url()


def _facet_values(parameters: QueryParams, before: str = "") -> dict[str, tuple[str, ...]]:
    return first_values({name: parameters.getlist(before + name) for name in facets.codes()})


def _with(values: Mapping[str, tuple[str, ...]], facet: str, given: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The values by facet, where those of `facet` are replaced by `given`; a facet without values is left out."""
    return {name: value for name, value in {**values, facet: given}.items() if value}


def item_url(item_id: str, query: str = "", anchor: str = "", version: str = PROPOSED, part: int = 1) -> str:
    """The address of the page of an item: with the query whose hits are marked, with the version of the text that is shown,
    and with the part of a very long one.

    >>> item_url("238-kh-ubnd", "thi đua", "b4")
    '/muc/238-kh-ubnd?q=thi+%C4%91ua#b4'
    >>> item_url("43-kh-lmhtx", version="song-song")
    '/muc/43-kh-lmhtx?doc=song-song'
    >>> item_url("so-tay", anchor="b1234", part=2)
    '/muc/so-tay?phan=2#b1234'
    """
    pairs = ([("q", query)] if query else []) + ([(VERSION_PARAMETER, version)] if version != PROPOSED else [])
    pairs += [(PART_PARAMETER, str(part))] if part > 1 else []
    asked = f"?{urlencode(pairs, errors='replace')}" if pairs else ""
    return f"/muc/{quote(item_id, safe='', errors='replace')}{asked}" + (f"#{quote(anchor)}" if anchor else "")


@dataclass(frozen=True, slots=True)
class PageState:
    """A page of an original as the address of its page states it: the item, the page, the query whose hits are framed, the
    hit that is looked at (0 for none), the id of a block that is framed, and a key of ZOOMS."""

    item_id: str
    number: int
    query: str = ""
    hit: int = 0
    passage: str = ""
    zoom: int = 1

    @classmethod
    def from_parameters(cls, item_id: str, number: int, parameters: QueryParams) -> PageState:
        """The state of a query string; malformed values count as not given.

        >>> PageState.from_parameters("a", 2, QueryParams("q=b&cho=3&co=9")).url()
        '/muc/a/trang/2?q=b&cho=3#o3'
        """
        passage = parameters.get(PASSAGE_PARAMETER, "")
        return cls(
            item_id,
            number,
            parameters.get("q", ""),
            _whole_number(parameters.get(HIT_PARAMETER, "")),
            passage if passage[:1] == "b" and _whole_number(passage[1:], -1) >= 0 else "",
            zoom if (zoom := _whole_number(parameters.get(ZOOM_PARAMETER, ""))) in ZOOMS else 1,
        )

    def url(self, **changes: Any) -> str:
        """The address of this page, or with `changes` of another one; it leads to the hit or the passage on the image."""
        state = replace(self, **changes)
        pairs: list[tuple[str, str]] = [("q", state.query)] if state.query else []
        pairs += [(HIT_PARAMETER, str(state.hit))] if state.hit else []
        pairs += [(PASSAGE_PARAMETER, state.passage)] if state.passage else []
        pairs += [(ZOOM_PARAMETER, str(state.zoom))] if state.zoom > 1 else []
        asked = f"?{urlencode(pairs, errors='replace')}" if pairs else ""
        anchor = f"#o{state.hit}" if state.hit else "#doan" if state.passage else ""
        return f"/muc/{quote(state.item_id, safe='', errors='replace')}/trang/{state.number}{asked}{anchor}"


def _whole_number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def original_url(item_id: str) -> str:
    """The address of the original of an item, as a file."""
    return f"/muc/{quote(item_id, safe='', errors='replace')}/ban-goc"


def page_image_url(item_id: str, number: int, width: int) -> str:
    """The address of the image of a page.

    >>> page_image_url("238-kh-ubnd", 2, 960)
    '/api/items/238-kh-ubnd/pages/2/image?width=960'
    """
    return f"/api/items/{quote(item_id, safe='', errors='replace')}/pages/{number}/image?width={width}"


def letters_image_url(item_id: str, block: str, start: int, end: int) -> str:
    """The address of the image of some letters of a block ("b12"), by their places in its original text."""
    item = quote(item_id, safe="", errors="replace")
    return f"/api/items/{item}/blocks/{block.removeprefix('b')}/image?start={start}&end={end}"


def ids_url(path: str, ids: Sequence[str], more: Sequence[tuple[str, str]] = ()) -> str:
    """An address that names items: that of a comparison, of a dossier, or of its exports.

    >>> ids_url("/so-sanh", ["238-kh-ubnd", "43-kh-lmhtx"])
    '/so-sanh?muc=238-kh-ubnd&muc=43-kh-lmhtx'
    """
    pairs = [*((ITEM_PARAMETER, item_id) for item_id in ids), *more]
    return path + (f"?{urlencode(pairs, errors='replace')}" if pairs else "")


def named_ids(parameters: QueryParams) -> list[str]:
    """The ids of the items that an address names, in order, each once."""
    return list(dict.fromkeys(item_id for item_id in parameters.getlist(ITEM_PARAMETER) if item_id))


def asked_version(parameters: QueryParams) -> str:
    """The version of the text that an address asks for, a key of `VERSIONS`; a malformed value counts as not given."""
    asked = parameters.get(VERSION_PARAMETER, "")
    return asked if asked in VERSIONS else PROPOSED


def asked_part(parameters: QueryParams) -> int:
    """The part of a text that an address asks for, from 1; a malformed value counts as not given."""
    asked = parameters.get(PART_PARAMETER, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def place_url(place: Place) -> str:
    """The address of the page of a place.

    >>> from kb.papers import places
    >>> place_url(places.by_name("Xã Tuệ Tĩnh, thành phố Hải Phòng"))
    '/dia-ban/hai-phong.xa-tue-tinh'
    """
    return f"/dia-ban/{place.code}"


def field_page_url(code: str) -> str:
    """The address of the page of a field."""
    return f"/linh-vuc/{code}"
