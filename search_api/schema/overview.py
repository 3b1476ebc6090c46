"""The collection from above: home page, fields and places, and its state."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card, FieldCount
from search_api.schema.search import FacetValue


class Group(Answer):
    """Kinds that are looked for together, within a field or place: how many, by year, and the newest of them."""

    name: str
    label: str
    kinds: list[str]
    total: int
    years: dict[int, int]
    cards: list[Card]


class BriefTopic(Answer):
    """The numbers of a field: all, by group, by year."""

    total: int
    groups: dict[str, int]
    years: dict[int, int]


class Topic(Answer):
    """A field or a place by itself. `others` are the places of a field or the fields of a place, `related` the other values
    of its own facet that its items have."""

    total: int
    groups: list[Group]
    kinds: list[FacetValue]
    years: dict[int, int]
    others: list[FacetValue]
    related: list[FacetValue]


class Overview(Answer):
    """What the home page shows."""

    total: int
    kinds: list[FacetValue]
    fields: list[FieldCount]
    newest: list[Card]
    indexed_at: str = Field("", description="Lúc lập chỉ mục gần nhất, ISO 8601")


class SearchServer(Answer):
    """The search server beside the embedded index: `queued` items wait for it."""

    code: Literal["in_step", "behind", "updating", "away"]
    queued: int
    detail: str = ""


class Readiness(Answer):
    """Whether questions are answered, and by which full-text index: the server's, the embedded one, or none."""

    ready: bool
    text: Literal["server", "embedded", "none"]
    items: int
    generation: str
    indexed_at: str = ""
    detail: str = ""
    server: SearchServer | None = None


class Health(Answer):
    status: Literal["ok", "empty", "outdated", "error"]
    items: int
    generation: str
    model: str
    detail: str = ""
