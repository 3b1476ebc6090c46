"""What each template is given: one frozen dataclass a template, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from search_api.schema import Facet, FacetValue, Hit, ItemAnswer, Overview, Readiness, SearchAnswer, TextBlock, TextSegment
from web.urls import PROPOSED, READINGS, SearchState, item_url

#: Values of a facet shown before "Xem thêm".
FACET_VALUES = 8
#: Pages named on each side of the present one.
PAGES_AROUND = 2


@dataclass(frozen=True, slots=True)
class HomePage:
    overview: Overview


@dataclass(frozen=True, slots=True)
class StatusPage:
    readiness: Readiness


@dataclass(frozen=True, slots=True)
class PageLink:
    """A numbered page; `url` is "" for the present one, `number` 0 for a gap."""

    number: int
    url: str


@dataclass(frozen=True, slots=True)
class FacetList:
    """A facet with its first values, and the rest behind "Xem thêm"."""

    facet: Facet
    first: Sequence[FacetValue]
    rest: Sequence[FacetValue]
    chosen: bool


@dataclass(frozen=True, slots=True)
class ResultsPage:
    answer: SearchAnswer
    state: SearchState

    @property
    def facets(self) -> list[FacetList]:
        """The facets that have a value to choose; chosen values are always among the first."""
        lists = []
        for facet in self.answer.facets:
            if facet.values:
                first = [v for at, v in enumerate(facet.values) if at < FACET_VALUES or v.selected]
                rest = [v for v in facet.values if v not in first]
                lists.append(FacetList(facet, first, rest, any(v.selected for v in facet.values)))
        return lists

    @property
    def pages(self) -> list[PageLink]:
        """First, last, and the pages around the present one; gaps between."""
        last, now = self.answer.pages, self.answer.page
        wanted = sorted({1, last, *range(max(1, now - PAGES_AROUND), min(last, now + PAGES_AROUND) + 1)})
        links: list[PageLink] = []
        for number in wanted:
            if links and number > links[-1].number + 1:
                links.append(PageLink(0, ""))
            links.append(PageLink(number, "" if number == now else self.state.at(number)))
        return links

    def anchor(self, hit: Hit) -> str:
        """Where in its text a result opens: at the first snippet with a hit, else at the top."""
        return next((f"b{s.block}" for s in hit.snippets if any(segment.hit for segment in s.segments)), "")

    @property
    def first_shown(self) -> int:
        return (self.answer.page - 1) * self.answer.per_page + 1

    @property
    def heading(self) -> str:
        return f"{self.answer.query} - Tìm kiếm" if self.answer.query else "Duyệt toàn bộ"


@dataclass(frozen=True, slots=True)
class ReadingLink:
    """A reading that the page can show; `url` is "" for the one it shows."""

    label: str
    url: str


Line = Sequence[TextSegment]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """`reading` is a key of `READINGS`; without a second reading of any block it changes nothing."""

    item: ItemAnswer
    query: str
    back: str
    reading: str = PROPOSED

    @property
    def readings(self) -> list[ReadingLink]:
        """The switch between the readings, empty where there is only one."""
        if not any(block.original for block in self.item.blocks):
            return []
        card = self.item.card
        return [
            ReadingLink(label, "" if code == self.reading else item_url(card.id, self.query, "toan-van", code))
            for code, label in READINGS.items()
        ]

    @property
    def side_by_side(self) -> bool:
        return self.reading == "song-song" and bool(self.readings)

    @property
    def title(self) -> str:
        return (self.reading == "nguyen-van" and self.item.title_original) or self.item.card.title

    def shown(self, block: TextBlock) -> Line:
        """The block in the reading asked for."""
        return block.original if self.reading == "nguyen-van" and block.original else block.segments

    def pairs(self, block: TextBlock) -> list[tuple[Line, Line]]:
        """The lines of the original with those read from them; a correction may have fewer or more."""
        return list(zip_longest(_lines(block.original), _lines(block.segments), fillvalue=()))

    @property
    def hits(self) -> int:
        """Places that match in the reading shown; of two side by side, in the proposed one."""
        return sum(s.hit and not s.more for block in self.item.blocks for s in self.shown(block))

    @property
    def doubtful(self) -> bool:
        """Some words shown are marked as uncertain."""
        return any(segment.doubt is not None for block in self.item.blocks for segment in self.shown(block))

    @property
    def warning(self) -> str:
        """What to mind before quoting, "" for text that can be read as it is."""
        if self.item.reading:
            return self.item.reading.warning
        return "Chữ nhận dạng tự động, đối chiếu bản gốc khi trích dẫn." if self.damaged else ""

    @property
    def paged(self) -> bool:
        """The file marks its pages, so that they may be named."""
        return self.item.card.pages > 1

    @property
    def pages(self) -> list[tuple[int, list[TextBlock]]]:
        """The blocks by page."""
        pages: list[tuple[int, list[TextBlock]]] = []
        for block in self.item.blocks:
            if not pages or pages[-1][0] != block.page:
                pages.append((block.page, []))
            pages[-1][1].append(block)
        return pages

    @property
    def damaged(self) -> bool:
        return self.item.card.quality.code != "good"

    @property
    def revoked(self) -> bool:
        return self.item.card.status is not None and self.item.card.status.code == "revoked"


def _lines(segments: Line) -> list[list[TextSegment]]:
    """Segments by printed line, the line ends taken off."""
    lines: list[list[TextSegment]] = [[]]
    for segment in segments:
        first, *rest = segment.text.split("\n")
        for number, piece in enumerate((first, *rest)):
            if number:
                lines.append([])
            if piece:
                lines[-1].append(segment.model_copy(update={"text": piece}))
    return lines


@dataclass(frozen=True, slots=True)
class HelpPage:
    matches: Sequence[tuple[str, str]]
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ApiPage:
    endpoints: Sequence[Endpoint]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    status: int
    title: str
    text: str
