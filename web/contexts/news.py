"""Contexts of what is new: the list of arrivals, saved searches, and blocks for the page of a portal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from search_api.schema import Arrival, ArrivalsAnswer
from web.formats import show_day
from web.urls import SearchState


def describe(answer: ArrivalsAnswer) -> str:
    """A search in words: "“nông nghiệp”, Lĩnh vực: Y tế", or "Tất cả"."""
    parts = [f"“{answer.query}”"] if answer.query else []
    parts += [f"{'trừ ' if f.excluded else ''}{f.facet_label}: {f.label}" for f in answer.filters]
    return ", ".join(parts) or "Tất cả"


@dataclass(frozen=True, slots=True)
class NewsPage:
    answer: ArrivalsAnswer
    state: SearchState

    @property
    def subject(self) -> str:
        return describe(self.answer)

    @property
    def days(self) -> list[tuple[str, list[Arrival]]]:
        """The arrivals by the day they came, the last day first."""
        return [(day, list(group)) for day, group in groupby(self.answer.arrivals, lambda arrival: show_day(arrival.at))]


@dataclass(frozen=True, slots=True)
class SavedPage:
    pass


@dataclass(frozen=True, slots=True)
class Block:
    """A column (chuyên mục) of a portal: the last arrivals of a search, `title` above them."""

    answer: ArrivalsAnswer
    state: SearchState
    title: str
    origin: str

    @property
    def heading(self) -> str:
        return self.title or f"Cách Hay: {describe(self.answer)}"


@dataclass(frozen=True, slots=True)
class BlockHelpPage:
    """How to put the block of a search on a page; `origin` is "https://host"."""

    block: Block
    sizes: Sequence[int]
    size: int

    @property
    def address(self) -> str:
        return self.block.origin + self.at("/nhung/khoi")

    @property
    def json_address(self) -> str:
        return self.block.origin + self.at("/api/arrivals")

    @property
    def feed_address(self) -> str:
        return self.block.origin + self.block.state.url("/tim.atom")

    def at(self, path: str) -> str:
        """The address of the block, or of the same as JSON."""
        own = [("so", str(self.size))] if path == "/nhung/khoi" else [("limit", str(self.size))]
        if self.block.title and path == "/nhung/khoi":
            own.append(("ten", self.block.title))
        return self.block.state.url(path, own)

    @property
    def code(self) -> str:
        """The line for the portal's page."""
        height = 90 + 92 * self.size
        title = self.block.heading.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        address = self.address.replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe src="{address}" title="{title}" width="100%" height="{height}" loading="lazy"></iframe>'
