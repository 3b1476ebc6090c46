"""Answers of the tasks: exported records, comparisons, lists, nominations, arrivals."""

from __future__ import annotations

from pydantic import Field

from search_api.schema.cards import Answer, Card, Label
from search_api.schema.item import Attribute, Citations, PracticeSection
from search_api.schema.search import ActiveFilter, ClosedGroup, Hit


class Record(Answer):
    """An item as it is exported: into a table, a document, a booklet. Everything is plain text without marked hits.

    `paragraphs` are the full text in its best version. In an export of results `match`, `page` and `snippet` say why and
    where the item matched; in a dossier they are empty.
    """

    card: Card
    summary: str
    attributes: list[Attribute]
    sections: list[PracticeSection]
    paragraphs: list[str]
    citations: Citations
    origin: str = ""
    licence: str = ""
    digest: str = ""
    match: Label | None = None
    page: int = 0
    snippet: str = ""


class ComparedRow(Answer):
    """An attribute or section of every compared record.

    `values` has one list of paragraphs for each record, empty where the record says nothing; `missing` counts these.
    """

    name: str
    label: str
    values: list[list[str]]
    differs: bool
    missing: int
    section: bool = False
    ordered: bool = False


class Comparison(Answer):
    """Records side by side; `fields` are the labels of the fields that all of them share."""

    cards: list[Card]
    rows: list[ComparedRow]
    fields: list[str]


class BatchRow(Answer):
    """One line of a list that was searched.

    `total` counts the items that hold it as a phrase. Where there are none, `near` counts the items that hold its words.
    `hits` are the best of these items.
    """

    line: int
    name: str
    query: str
    total: int
    near: int = 0
    hits: list[Hit]


class BatchAnswer(Answer):
    """A search for every line of a list; `left_out` is the number of lines beyond the limit, which were not searched."""

    rows: list[BatchRow]
    left_out: int = 0


class Arrival(Answer):
    """A result of a search with the time of its arrival (ISO 8601, UTC)."""

    card: Card
    summary: str
    at: str


class ArrivalsAnswer(Answer):
    """The newest arrivals of a search; `total` is the number of all its results, `group` as in `SearchAnswer`."""

    query: str
    total: int
    filters: list[ActiveFilter]
    arrivals: list[Arrival]
    indexed_at: str
    group: ClosedGroup | None = Field(None, description="Những mục chỉ khớp khi bỏ dấu")


class NominationItem(Answer):
    """An item beside a pasted nomination. `grounds` say why it may be the same achievement, `reasons` why it is similar.

    `repeats` tells that it may be the same achievement, `sure` that it very likely is.
    """

    card: Card
    closeness: float
    reasons: list[str]
    grounds: list[str]
    repeats: bool = False
    sure: bool = False


class NominationAnswer(Answer):
    """A pasted nomination compared with the collection. `repeated` may be the same achievement; `similar` are others."""

    compared: int
    shortened: bool
    corrected: bool = Field(description="Chữ dán vào bị hỏng hoặc thiếu dấu, đã được sửa lại trước khi so")
    repeated: list[NominationItem]
    similar: list[NominationItem]
