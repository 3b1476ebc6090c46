"""What visitors work with: records to carry away, comparisons, lists, nominations, arrivals."""

from __future__ import annotations

from pydantic import Field

from search_api.schema.cards import Answer, Card, Label
from search_api.schema.item import Attribute, Citations, PracticeSection
from search_api.schema.search import ActiveFilter, Hit


class Record(Answer):
    """An item as it is carried away: into a table, a document, a booklet. Everything is text; nothing is marked.

    `paragraphs` are the full text in its best version. `match`, `page` and `snippet` say why and where it matched, in an
    export of results; they are empty in a dossier.
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
    """An attribute or section of every record compared; `values` has one list of paragraphs a record, empty where it says
    nothing. `missing` counts those."""

    name: str
    label: str
    values: list[list[str]]
    differs: bool
    missing: int
    section: bool = False
    ordered: bool = False


class Comparison(Answer):
    """Records side by side; `fields` are the names of those that all lie in."""

    cards: list[Card]
    rows: list[ComparedRow]
    fields: list[str]


class BatchRow(Answer):
    """A line of a list that was searched. `total` counts what holds it as a phrase; where nothing does, `near` counts what
    holds its words. `hits` are the best of these."""

    line: int
    name: str
    query: str
    total: int
    near: int = 0
    hits: list[Hit]


class BatchAnswer(Answer):
    """A search for every line of a list; `left_out` lines were too many and not searched."""

    rows: list[BatchRow]
    left_out: int = 0


class Arrival(Answer):
    """An item that a search matches, with the moment it came (ISO, UTC)."""

    card: Card
    summary: str
    at: str


class ArrivalsAnswer(Answer):
    """What arrived last of a search; `total` is the number of all its results."""

    query: str
    total: int
    filters: list[ActiveFilter]
    arrivals: list[Arrival]
    indexed_at: str


class NominationItem(Answer):
    """An item beside a pasted nomination. `grounds` say why it may be the same achievement, `reasons` why it is similar.

    `sure` grades what `repeats`: very likely the same achievement, or one to be compared.
    """

    card: Card
    closeness: float
    reasons: list[str]
    grounds: list[str]
    repeats: bool = False
    sure: bool = False


class NominationAnswer(Answer):
    """A pasted nomination against the collection: `repeated` may be the same achievement, `similar` are others like it."""

    compared: int
    shortened: bool
    read: bool = Field(description="Chữ dán vào bị hỏng hoặc thiếu dấu, đã được đọc lại trước khi so")
    repeated: list[NominationItem]
    similar: list[NominationItem]
