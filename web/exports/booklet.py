"""The booklet "Ấn phẩm điển hình tiên tiến" (Plan 238/KH-UBND, IV.3): records by field, each on its own page. The DOCX
writer and the page for printing share this model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kb.papers import vocabulary
from search_api.display.key_figures import find_figures
from search_api.schema import Record

#: The title where the visitor gives none.
DEFAULT_TITLE = "Ấn phẩm điển hình tiên tiến"
#: The title of the chapter for records without a field.
OTHERS_TITLE = "Nội dung khác"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with its number in the booklet and its key figures."""

    number: int
    record: Record
    figures: Sequence[str]

    @property
    def title(self) -> str:
        return self.record.card.title

    @property
    def bookmark(self) -> str:
        return f"ban_ghi_{self.number}"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A field with its records."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Booklet:
    title: str
    issuer: str
    today: dt.date
    address: str
    chapters: Sequence[Chapter]

    @property
    def entries(self) -> list[Entry]:
        return [entry for chapter in self.chapters for entry in chapter.entries]


def make_booklet(records: Sequence[Record], title: str, issuer: str, address: str, today: dt.date) -> Booklet:
    """The booklet of the records: by main field, in the order of the 14 fields, numbered continuously."""
    order = [field.code for field in vocabulary.fields()]
    by_field: dict[str, list[Record]] = {code: [] for code in (*order, "")}
    for record in records:
        code = record.card.fields[0].code if record.card.fields else ""
        by_field[code if code in by_field else ""].append(record)
    chapters, number = [], 0
    for code, group in by_field.items():
        entries = []
        for record in group:
            number += 1
            results = " ".join(p for section in record.sections if section.name == "results" for p in section.paragraphs)
            entries.append(Entry(number, record, find_figures(results)))
        if entries:
            chapters.append(Chapter(vocabulary.label("field", code) if code else OTHERS_TITLE, entries))
    return Booklet(title or DEFAULT_TITLE, issuer, today, address, chapters)
