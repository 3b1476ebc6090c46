"""Contexts of the home page and of the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb import facets
from kb.papers import places, vocabulary
from search_api.display.counts import show_share
from search_api.query.request import SearchRequest
from search_api.schema import AnswerOnTop, Chip, ClosedGroup, Facet, FacetValue, Hit, Overview, SearchAnswer, Snippet, WayOut
from search_api.tasks.export import EXPORT_LIMIT, WORD_LIMIT
from web.charts import YearBars, year_bars
from web.exports import EXPORTS
from web.formats import show_manner
from web.urls import SearchState, field_page_url, item_url, place_url

#: Values of a facet shown before "Xem thêm".
FIRST_VALUES = 8
#: Values shown after it, and former names of places that are shown; a visitor types the name of any other value.
MORE_VALUES = 24
#: Results below which a list is short: what follows it is then said before it.
SHORT_LIST = 5
#: Filters that are offered, at most.
MAX_OFFERS = 3
#: The confidence from which an answer on top is very likely.
SURE = 0.9
#: Kinds of chips whose reading is only the other way to write the piece.
_EQUAL = ("abbreviation", "synonym", "joined")
#: Pages that are linked on each side of the current one.
PAGES_AROUND = 2


def results_title(request: SearchRequest, group: ClosedGroup | None) -> str:
    """The title of a file with the results of a search."""
    title = f"Kết quả tìm: {request.query}" if request.query else "Kết quả duyệt kho"
    manner = show_manner(request, group)
    return f"{title} ({', '.join(manner)})" if manner else title


@dataclass(frozen=True, slots=True)
class ChipLink:
    """A chip as it is shown. `url` undoes it; a quiet one is for words that decide nothing."""

    kind: str
    piece: str
    text: str
    hint: str
    url: str
    quiet: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """`upload` says that whoever looks may send files."""

    overview: Overview
    upload: bool = False


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page of results; `url` is "" for the current page, `number` is 0 for a gap."""

    number: int
    url: str


@dataclass(frozen=True, slots=True)
class FacetList:
    """A facet: its first values, further values after "Xem thêm", and separately the former names of places. `unnamed`
    counts the values that are not listed; `field` is the name with which a query asks for them."""

    facet: Facet
    first: Sequence[FacetValue]
    rest: Sequence[FacetValue]
    former: Sequence[FacetValue]
    unnamed: int = 0

    @property
    def field(self) -> str:
        return facets.by_code(self.facet.name).name

    @property
    def former_chosen(self) -> bool:
        return any(value.selected for value in self.former)


@dataclass(frozen=True, slots=True)
class ResultsPage:
    answer: SearchAnswer
    state: SearchState

    @property
    def facets(self) -> list[FacetList]:
        """The facets that have values; chosen values are always among the first."""
        lists = []
        for facet in self.answer.facets:
            if facet.values:
                today = [v for v in facet.values if not v.former]
                first = [v for at, v in enumerate(today) if at < FIRST_VALUES or v.selected]
                rest = [v for v in today if v not in first]
                former = [v for v in facet.values if v.former]
                shown = [v for at, v in enumerate(former) if at < MORE_VALUES or v.selected]
                unnamed = max(0, len(rest) - MORE_VALUES) + len(former) - len(shown)
                lists.append(FacetList(facet, first, rest[:MORE_VALUES], shown, unnamed))
        return lists

    @property
    def years(self) -> YearBars | None:
        """The years of the results as bars with links; None where there are fewer than two. A chosen year that no item has
        gets no bar."""
        known = next((f.values for f in self.answer.facets if f.name == "year"), [])
        values = [v for v in known if v.count and v.code.isdecimal()]
        counts = {int(v.code): v.count for v in values}
        if len(counts) < 2:
            return None
        chosen = frozenset(int(v.code) for v in values if v.selected)
        return year_bars(counts, link=lambda year: self.state.choosing("year", str(year)), chosen=chosen)

    @property
    def chips(self) -> list[ChipLink]:
        """The chips of the query, quiet ones last."""
        chips = [
            ChipLink(
                chip.kind,
                chip.piece,
                _chip_text(chip),
                vocabulary.hint("chip", chip.kind),
                self.state.as_words(chip.piece),
                chip.kind == "formal",
            )
            for chip in self.answer.chips
        ]
        return sorted(chips, key=lambda chip: chip.quiet)

    @property
    def guessed(self) -> bool:
        """Whether a chip is a guess, which a search for exactly what was typed does not make."""
        return any(chip.kind not in ("constraint", "exclusion", "formal") for chip in self.answer.chips)

    @property
    def undone(self) -> list[tuple[str, str]]:
        """(piece, address that reads it again) of every chip that was undone."""
        return [(piece, self.state.understood(piece)) for piece in self.state.request.undone]

    @property
    def offers(self) -> list[tuple[str, str]]:
        """(name of the filter, address that takes it) of the filters that the words of the query name."""
        named = [(vocabulary.label("facet", o.facet), vocabulary.label(o.facet, o.code), o) for o in self.answer.offers]
        chosen = self.state.request.filters
        new = [
            (f"{facet}: {value}", self.state.taking(o)) for facet, value, o in named if o.code not in chosen.get(o.facet, ())
        ]
        return new[:MAX_OFFERS]

    @property
    def closed(self) -> ClosedGroup | None:
        """The items that match only when accents are dropped, where they are not shown."""
        group = self.answer.group
        return group if group and group.total and not group.opened else None

    @property
    def group_first(self) -> bool:
        """Whether the closed group is named before the results."""
        return self.answer.total < SHORT_LIST

    def answer_url(self, found: AnswerOnTop) -> str:
        """The address of the place in the text where the answer stands."""
        return item_url(found.card.id, self.answer.query, f"b{found.block}", part=found.part)

    def is_sure(self, found: AnswerOnTop) -> bool:
        return found.confidence >= SURE

    def confidence(self, found: AnswerOnTop) -> str:
        """How sure the answer is, in words and as a share."""
        words = "Rất có thể đúng" if self.is_sure(found) else "Nhiều khả năng đúng"
        return f"{words} ({show_share(found.confidence)})"

    @property
    def topics(self) -> list[tuple[str, str]]:
        """(name, address) of the pages of the chosen fields and places."""
        chosen = [f for f in self.answer.filters if not f.excluded]
        fields = [(f.label, field_page_url(f.code)) for f in chosen if f.facet == "field"]
        known = [places.by_name(f.code) for f in chosen if f.facet == "place"]
        return fields + [(place.name, place_url(place)) for place in known if place]

    @property
    def exports(self) -> Sequence[tuple[str, str]]:
        return EXPORTS

    @property
    def export_limit(self) -> int:
        return EXPORT_LIMIT

    @property
    def capped(self) -> bool:
        """Whether an export holds fewer results than there are."""
        return self.answer.total > EXPORT_LIMIT

    @property
    def word_limit(self) -> int:
        return WORD_LIMIT

    @property
    def word_capped(self) -> bool:
        """Whether a Word document holds fewer results than the other exports."""
        return self.answer.total > WORD_LIMIT

    @property
    def emptying(self) -> str:
        """The sentence that names the one filter which empties the result, "" where there is not exactly one."""
        chosen = [way.filter for way in self.answer.ways_out if way.filter]
        if len(chosen) != 1 or chosen[0] is None:
            return ""
        verb = "Loại trừ" if chosen[0].excluded else "Bộ lọc"
        return f"{verb} “{chosen[0].facet_label}: {chosen[0].label}” làm rỗng kết quả."

    def way_text(self, way: WayOut) -> str:
        filter = way.filter
        match way.code:
            case "filter" if filter:
                return f"Bỏ bộ lọc {filter.facet_label}: {filter.label}"
            case "exclusion" if filter:
                return f"Thôi loại trừ {filter.facet_label}: {filter.label}"
            case "filters":
                return "Xóa mọi bộ lọc"
            case "accents":
                return "Không phân biệt dấu"
            case "any":
                return "Bất kỳ từ nào"
            case _:
                return f"Bỏ ngoặc kép, loại trừ và điều kiện: {way.query}"

    def way_url(self, way: WayOut) -> str:
        match way.code:
            case "filter" if way.filter:
                return self.state.without(way.filter.facet)
            case "exclusion" if way.filter:
                return self.state.including(way.filter.facet, way.filter.code)
            case "filters":
                return self.state.bare()
            case "accents":
                return self.state.minding_accents(False)
            case _:
                return SearchState(replace(self.state.request, query=way.query, page=1)).url()

    @property
    def pages(self) -> list[PageLink]:
        """The first and last page and the pages around the current one, with gaps between them."""
        last, now = self.answer.pages, self.answer.page
        wanted = sorted({1, last, *range(max(1, now - PAGES_AROUND), min(last, now + PAGES_AROUND) + 1)})
        links: list[PageLink] = []
        for number in wanted:
            if links and number > links[-1].number + 1:
                links.append(PageLink(0, ""))
            links.append(PageLink(number, "" if number == now else self.state.at(number)))
        return links

    def hit_url(self, hit: Hit) -> str:
        """The address at which a result opens: the first snippet with a hit, or the top of the text."""
        found = next((s for s in hit.snippets if any(segment.hit for segment in s.segments)), None)
        return self.snippet_url(hit, found) if found else item_url(hit.card.id, self.answer.query)

    def snippet_url(self, hit: Hit, snippet: Snippet) -> str:
        """The address of the block of a snippet."""
        return item_url(hit.card.id, self.answer.query, f"b{snippet.block}", part=snippet.part)

    @property
    def first_shown(self) -> int:
        return (self.answer.page - 1) * self.answer.per_page + 1

    @property
    def heading(self) -> str:
        said = [self.answer.query, *show_manner(self.state.request, self.answer.group)]
        return f"{', '.join(said)} - Tìm kiếm" if self.answer.query else "Duyệt toàn bộ"


def _chip_text(chip: Chip) -> str:
    """What a chip says: "Viết tắt: NTM = nông thôn mới"; most readings name themselves what they are."""
    label = vocabulary.label("chip", chip.kind)
    if chip.kind in _EQUAL and chip.reading != chip.piece:
        return f"{label}: {chip.piece} = {chip.reading}"
    return f"{label}: {chip.reading}" if chip.reading[:1].isdigit() or chip.kind in _EQUAL else chip.reading
