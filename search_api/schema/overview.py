"""Overviews of the collection: the home page, fields and places, and the state of the service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card, FieldCount
from search_api.schema.search import FacetValue


class Group(Answer):
    """Kinds that visitors look for together, within a field or a place: counts, counts by year, and the newest items."""

    name: str
    label: str
    kinds: list[str]
    total: int
    years: dict[int, int]
    cards: list[Card]


class BriefTopic(Answer):
    """The counts of a field: in all, by group, by year."""

    total: int
    groups: dict[str, int]
    years: dict[int, int]


class Topic(Answer):
    """A field or a place by itself.

    `others` are the places of a field or the fields of a place. `related` are the other values of its own facet that its
    items have.
    """

    total: int
    groups: list[Group]
    kinds: list[FacetValue]
    years: dict[int, int]
    others: list[FacetValue]
    related: list[FacetValue]


class Overview(Answer):
    """The content of the home page."""

    total: int
    kinds: list[FacetValue]
    fields: list[FieldCount]
    newest: list[Card]
    indexed_at: str = Field("", description="Lúc lập chỉ mục gần nhất, ISO 8601")


HealthCode = Literal["ok", "empty", "outdated", "error"]


class SearchServer(Answer):
    """The state of the search server beside the embedded index; `queued` items wait to be sent to it. `detail` is for
    operators, and empty in what visitors get."""

    code: Literal["in_step", "behind", "updating", "away"]
    queued: int
    detail: str = ""


class FileCounts(Answer):
    """The account of the last run: `found` files of the folder, `parts` files inside them (of archives, of mail) and rows of
    lists; of both, `set_aside` hold no paper (hidden files, those about the folder, archives), and `not_read` could not be
    read."""

    found: int
    parts: int
    set_aside: int
    not_read: int


class FileCause(Answer):
    """Files that are not in the collection for the same reason, with what would help."""

    reason: str
    count: int
    paths: list[str]


class Readiness(Answer):
    """Whether searching works, and which full-text index answers: the server's, the embedded one, or none. `detail` is a
    sentence without anything of the inside where visitors get it. `files` is None before the first run."""

    ready: bool
    status: HealthCode
    text: Literal["server", "embedded", "none"]
    items: int
    generation: str
    indexed_at: str = ""
    detail: str = ""
    server: SearchServer | None = None
    files: FileCounts | None = None


class Health(Answer):
    """Whether searching works, and on what: generation, number of items, embedding model."""

    status: HealthCode
    items: int
    generation: str
    model: str
    detail: str = ""
