"""Contexts of what is new: the list of arrivals, saved searches, and columns for the page of a portal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from search_api.query.request import SearchRequest
from search_api.schema import Arrival, ArrivalsAnswer
from web.formats import show_day, show_manner
from web.urls import SearchState

#: The titles that a column may have besides the description of its search.
COLUMN_TITLES = (
    "Điển hình tiên tiến", "Gương điển hình tiên tiến", "Gương người tốt, việc tốt", "Mô hình mới", "Nhân tố mới",
    "Cách làm hay", "Mô hình mới, cách làm hay", "Văn bản mới", "Thi đua, khen thưởng", "Mới đưa vào kho",
)  # fmt: skip


def describe(answer: ArrivalsAnswer, request: SearchRequest) -> str:
    """A search in words: "“nông nghiệp”, Lĩnh vực: Y tế", or "Tất cả"."""
    parts = [f"“{answer.query}”"] if answer.query else []
    parts += show_manner(request, answer.group)
    parts += [f"{'trừ ' if f.excluded else ''}{f.facet_label}: {f.label}" for f in answer.filters]
    return ", ".join(parts) or "Tất cả"


@dataclass(frozen=True, slots=True)
class NewsPage:
    answer: ArrivalsAnswer
    state: SearchState

    @property
    def subject(self) -> str:
        return describe(self.answer, self.state.request)

    @property
    def days(self) -> list[tuple[str, list[Arrival]]]:
        """The arrivals by the day on which they came, the last day first."""
        return [(day, list(group)) for day, group in groupby(self.answer.arrivals, lambda arrival: show_day(arrival.at))]


@dataclass(frozen=True, slots=True)
class SavedPage:
    pass


@dataclass(frozen=True, slots=True)
class PortalColumn:
    """A column (chuyên mục) for the page of a portal: the last arrivals of a search below `title`, one of `COLUMN_TITLES` or
    "". `origin` is "https://host"."""

    answer: ArrivalsAnswer
    state: SearchState
    title: str
    origin: str

    @property
    def heading(self) -> str:
        """The title, or what the search is. Words that find nothing are only words of whoever wrote the address."""
        said = describe(self.answer, self.state.request)
        return self.title or (f"Cách Hay: {said}" if self.answer.total else "Cách Hay")


@dataclass(frozen=True, slots=True)
class ColumnHelpPage:
    """How to put the column of a search on the page of a portal; `size` is the number of items in it."""

    column: PortalColumn
    sizes: Sequence[int]
    size: int
    titles: Sequence[str] = COLUMN_TITLES

    @property
    def address(self) -> str:
        return self.column.origin + self.block

    @property
    def json_address(self) -> str:
        return self.column.origin + self.json

    @property
    def feed_address(self) -> str:
        return self.column.origin + self.column.state.url("/tim.atom")

    @property
    def json(self) -> str:
        """The address of the data of the column on this site."""
        return self.column.state.api_url("/api/arrivals", [("limit", str(self.size))])

    @property
    def block(self) -> str:
        """The address of the column on this site."""
        titled = [("ten", self.column.title)] if self.column.title else []
        return self.column.state.url("/nhung/khoi", [("so", str(self.size)), *titled])

    @property
    def code(self) -> str:
        """The line of HTML for the page of the portal."""
        height = 90 + 92 * self.size
        title = self.column.heading.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        address = self.address.replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe src="{address}" title="{title}" width="100%" height="{height}" loading="lazy"></iframe>'
