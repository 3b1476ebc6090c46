"""Contexts of the home page and of the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search_api.schema import Facet, FacetValue, Hit, Overview, SearchAnswer
from web.urls import SearchState

#: Values of a facet shown before "Xem thêm".
FACET_VALUES = 8
#: Pages named on each side of the present one.
PAGES_AROUND = 2


@dataclass(frozen=True, slots=True)
class HomePage:
    overview: Overview


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
