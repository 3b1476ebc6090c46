"""Formal words: the kind, field and year that a query asks for, and words that carry no content ("về", "những").

They are no words that an item must hold. Where they name a value of a facet, it is offered as a filter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.errors import TableError
from kb.papers import vocabulary
from search_api.query.spans.span import Form, Known, Span
from search_api.query.spans.typed import Typed, form_of

#: The table.
TABLE = Path(__file__).parent / "formal.tsv"
#: Words that lead from the kind of an item to its subject.
LEADS = frozenset({"về", "trong", "ở", "tại", "của"})
#: Words before the name of a field.
FIELD_WORDS = tuple(map(form_of, ("trong lĩnh vực", "thuộc lĩnh vực", "lĩnh vực", "trong ngành", "ngành")))

_YEAR = re.compile("(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """Formal words. They hold `anywhere`, or only at the beginning of a query and before a word that leads to the subject,
    and never before one of `but`."""

    words: Form
    offer: tuple[str, str] | None
    anywhere: bool
    but: frozenset[str]


def read_rows(path: Path = TABLE) -> tuple[Row, ...]:
    """The rows of the table. Raises TableError where it is not sorted, or names no kind or place."""
    rows, last = [], ""
    for line, (words, facet, code, where, but) in vocabulary.read_table(path, 5):
        if words <= last or where not in ("start", "any") or (facet != "-" and code not in vocabulary.codes(facet)):
            raise TableError(f"{path}:{line}: không đúng thứ tự, hoặc mã không có trong từ vựng")
        last = words
        rows.append(Row(form_of(words), None if facet == "-" else (facet, code), where == "any", frozenset(but.split("|"))))
    return tuple(rows)


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, tuple[Row, ...]]:
    """Folded first word -> rows, the longest first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(read_rows(), key=lambda row: -len(row.words)):
        found[row.words[0].folded].append(row)
    return {first: tuple(rows) for first, rows in found.items()}


@lru_cache(maxsize=2)
def _fields(accented: bool) -> Mapping[tuple[str, ...], str]:
    """The names of fields and of their parts -> their codes, by accented or folded keys."""
    names: dict[tuple[str, ...], str] = {}
    for field in vocabulary.fields():
        for name in (field.name, *re.split(",| và ", field.name)):
            names.setdefault(_keys_of(form_of(name), accented), field.code)
    return names


def _keys_of(form: Form, accented: bool) -> tuple[str, ...]:
    return tuple(term.accented if accented else term.folded for term in form)


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The formal words of a query. A single word without accents may be another word, so it is none."""
    at = 0
    begins = True
    while at < len(typed.tokens):
        found = _field(typed, at) or _year(typed, known, at) or _word(typed, at, begins)
        if found:
            at, span = found
            yield span
        else:
            at, begins = at + 1, False


def _field(typed: Typed, at: int) -> tuple[int, Span] | None:
    for lead in FIELD_WORDS:
        start = at + len(lead)
        if _keys(typed, at, start) != _keys_of(lead, typed.accented):
            continue
        for end in range(min(len(typed.tokens), start + 9), start, -1):
            code = _fields(typed.accented).get(_keys(typed, start, end))
            if code:
                reading = f"Lĩnh vực: {vocabulary.label('field', code)}"
                return end, _span(typed, at, end, ("field", code), reading, typed.form(start, end))
    return None


def _year(typed: Typed, known: Known, at: int) -> tuple[int, Span] | None:
    if _keys(typed, at, at + 2)[:1] != ("năm" if typed.accented else "nam",) or not _YEAR.fullmatch(
        " ".join(_keys(typed, at + 1, at + 2))
    ):
        return None
    if not typed.is_beside(at + 1) or typed.text[typed.tokens[at + 1].end :][:1] in ("-", "–", "/"):
        return None
    year = typed.words[at + 1]
    offer = ("year", year) if year in known.values("year") else None
    return at + 2, _span(typed, at, at + 2, offer, f"Năm {year}", typed.form(at + 1, at + 2))


def _word(typed: Typed, at: int, begins: bool) -> tuple[int, Span] | None:
    for row in _rows().get(typed.tokens[at].folded, ()):
        end = at + len(row.words)
        after = typed.tokens[end].accented if end < len(typed.tokens) else ""
        if not typed.accented and len(row.words) == 1:
            continue
        if _keys(typed, at, end) != _keys_of(row.words, typed.accented):
            continue
        if after not in row.but and (row.anywhere or begins or after in LEADS):
            kind = vocabulary.label(*row.offer) if row.offer else ""
            return end, _span(typed, at, end, row.offer, f"Loại: {kind}" if kind else "từ đệm")
    return None


def _keys(typed: Typed, start: int, end: int) -> tuple[str, ...]:
    """The keys of words [start, end), accented in a query that has accents; none where they stand apart."""
    end = min(end, len(typed.tokens))
    if any(not typed.is_beside(at) and typed.gap(at).strip() != "," for at in range(start + 1, end)):
        return ()
    return _keys_of(typed.form(start, end), typed.accented)


def _span(
    typed: Typed, start: int, end: int, offer: tuple[str, str] | None, reading: str, value: Form | None = None
) -> Span:
    """A span of the words [start, end). `value` is the form in which the attributes of an item name what is offered."""
    forms = (typed.form(start, end), *([value] if value else []))
    return Span("formal", typed.tokens[start].start, typed.tokens[end - 1].end, forms, reading, optional=True, offer=offer)
