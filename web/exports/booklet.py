"""The booklet "Ấn phẩm điển hình tiên tiến" (Plan 238/KH-UBND, IV.3): records by field, each on its own page. The DOCX
writer and the page for printing share this model, which holds no text: the records are read one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.papers import vocabulary
from search_api.display.key_figures import find_figures
from search_api.schema import Card, Record

#: The title where the visitor gives none.
DEFAULT_TITLE = "Ấn phẩm điển hình tiên tiến"
#: The title of the chapter for records without a field.
OTHERS_TITLE = "Nội dung khác"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with its number in the booklet."""

    number: int
    card: Card

    @property
    def title(self) -> str:
        return self.card.title

    @property
    def bookmark(self) -> str:
        return f"ban_ghi_{self.number}"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A field with its items."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Booklet:
    title: str
    issuer: str
    today: dt.date
    chapters: Sequence[Chapter]

    @property
    def entries(self) -> list[Entry]:
        return [entry for chapter in self.chapters for entry in chapter.entries]

    @property
    def ids(self) -> list[str]:
        return [entry.card.id for entry in self.entries]


def make_booklet(cards: Iterable[Card], title: str, issuer: str, today: dt.date) -> Booklet:
    """The booklet of the items: by main field, in the order of the 14 fields, numbered continuously."""
    order = [field.code for field in vocabulary.fields()]
    by_field: dict[str, list[Card]] = {code: [] for code in (*order, "")}
    for card in cards:
        code = card.fields[0].code if card.fields else ""
        by_field[code if code in by_field else ""].append(card)
    chapters, number = [], 0
    for code, group in by_field.items():
        entries = [Entry(number + at, card) for at, card in enumerate(group, 1)]
        number += len(entries)
        if entries:
            chapters.append(Chapter(vocabulary.label("field", code) if code else OTHERS_TITLE, entries))
    return Booklet(title or DEFAULT_TITLE, issuer, today, chapters)


def key_figures(record: Record) -> list[str]:
    """The key figures of the results of a record."""
    results = (p for section in record.sections if section.name == "results" for p in section.paragraphs)
    return find_figures(" ".join(results))
