"""Rows of a list that are no entries: sections ("I. TẬP THỂ"), totals, the signatures below the table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from indexer.lists.grid import Line
from indexer.lists.headings import Heading
from indexer.lists.words import NAMES, accented, codes_in, plain, starts_as

_MARKER = re.compile(
    r"\s*(?:([IVXLC]{1,5})(?:\s*[.):/-]+\s*|\s+|$)|([A-Z])(?:\s*[.):/-]+\s*|$)|(\d{1,2}(?:\.\d{1,2})*)\s*[.):/-]+\s*"
    r"|([a-zđ])(?:\s*[.)]+\s*|$)|([-+*•])\s*)"
)
_NUMBER = re.compile(r"\(?0*(\d{1,6})\)?[.)]?")
_DATE_LINE = re.compile(r"\bngay\b.{0,12}\bthang\b.{0,8}\bnam\b")
#: How deep a section lies by its marker: A, I, none, 1, a, -.
_LEVELS = (1, 0, 3, 4, 5)
_UNMARKED = 2


def number_of(text: str) -> str:
    """The number of an entry without signs and zeros before it, "" for what is none.

    >>> number_of("(07)"), number_of("12."), number_of("I"), number_of("1.2")
    ('7', '12', '', '')
    """
    match = _NUMBER.fullmatch(text)
    return match[1] if match else ""


def is_marker(text: str) -> bool:
    """Whether a cell holds the number of a section: "I", "B.", "a)"."""
    match = _MARKER.fullmatch(text)
    return bool(match) and not number_of(text)


@dataclass(slots=True)
class Sections:
    """The sections that hold at a place of a list, the outer ones first."""

    _open: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, text: str) -> None:
        """Enter a section, which ends those that are as deep as itself, or deeper.

        >>> sections = Sections()
        >>> for text in ("I. KHỐI TRƯỜNG HỌC", "a) Tập thể", "b) Cá nhân"): sections.enter(text)
        >>> sections.texts
        ('KHỐI TRƯỜNG HỌC', 'Cá nhân')
        """
        match = _MARKER.match(text)
        level, words = _UNMARKED, text
        if match and match.end() < len(text):
            level = next(level for level, found in zip(_LEVELS, match.groups(), strict=True) if found)
            words = text[match.end() :]
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, words.strip(" :.;-–")))

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._open)


def section_of(line: Line, heading: Heading, *, numbered: bool, capitals: bool) -> str:
    """The text of the section that a line begins, with its marker; "" for a line that begins none.

    `numbered` says that the entries have numbers, and `capitals` that their names are written in capitals.
    """
    own = line.own
    if not own:
        return ""
    columns = sorted(own)
    names = heading.having(*NAMES) or heading.having("unit")
    last_name = max(names, default=0)
    first = own[columns[0]].text
    in_number = columns[0] in heading.having("number")
    if in_number and len(columns) > 1 and is_marker(first):
        rest = [own[column].text for column in columns[1:]]
        if columns[1] <= max(last_name, columns[0] + 1) and not any(any(map(str.isalpha, text)) for text in rest[1:]):
            return f"{first.rstrip('.)')}. {rest[0]}"
        return ""
    if len(columns) > 1 or columns[0] > last_name or number_of(first):
        return ""
    if in_number or line.across or _marked(first):
        return first
    told = bool(codes_in("subject", first)) and len(first.split()) <= 6
    if told or (first.isupper() and not capitals):
        return first
    return first if numbered and not first[:1].islower() else ""


def _marked(text: str) -> bool:
    match = _MARKER.match(text)
    return match is not None and match.end() < len(text) and not text[0].isdigit()


def has_number(line: Line, heading: Heading) -> bool:
    """Whether a line has the number of an entry."""
    return any(column in line.own and number_of(line.own[column].text) for column in heading.having("number"))


def is_total(line: Line, heading: Heading) -> bool:
    """Whether a line only counts the entries: "Tổng cộng: 46"."""
    own = line.own
    if has_number(line, heading):
        return False
    for _, cell in sorted(own.items())[:2]:
        if count := starts_as("total", cell.text):
            rest = accented(cell.text).split()[count:]
            if not rest or not rest[0].isalpha() or (count > 1 and rest[0] != "ty"):
                return True
    return False


def is_signature(line: Line, heading: Heading, *, numbered: bool) -> bool:
    """Whether a line belongs to the date and the signatures below the table."""
    own = line.own
    if not own or has_number(line, heading):
        return False
    texts = [cell.text for cell in own.values()]
    if any(_DATE_LINE.search(plain(text)) for text in texts) and len(texts) <= 2:
        return True
    found = sum(bool(starts_as("signature", text)) for text in texts)
    return found == len(texts) and (numbered or found > 1) and all(len(text.split()) <= 8 for text in texts)
