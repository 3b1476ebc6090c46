"""Read the letterhead (Phần đầu) of an official paper: who issued it, its number, and where and when.

The left column names the bodies and the number, and of a letter what it is about; the right column has the national name
and motto, or the Party's name, and the date. A reader of files gives both columns on one line, one below the other, or
mixed. So each line is cut at what is known of either column, and what remains are the names of bodies.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.enrich.lines import Line, find_phrase, letters_of, split_columns
from kb.papers.bodies import begins_body, spell_body
from kb.papers.numbers import NumberSpan, find_dates, find_numbers, read_own_number
from vitext import compose

#: Lines that a letterhead has at most.
MAX_LINES = 40
#: Lines that name bodies, and characters of such a line.
MAX_BODIES = 6
MAX_BODY_LENGTH = 120
#: Columns from which a line is the row of a table.
MAX_COLUMNS = 4

_NATION = "conghoaxahoichunghiavietnam"
_NATION_WORDS = frozenset(["cong", "hoa", "xa", "hoi", "chu", "nghia", "viet", "nam"])
_MOTTO = "doclaptudohanhphuc"
_MOTTO_WORDS = frozenset(["doc", "lap", "tu", "do", "hanh", "phuc"])
_PARTY = "dangcongsanvietnam"
_PARTY_WORDS = frozenset(["dang", "cong", "san", "viet", "nam"])

#: What stands before the own number: "Số:", "Luật số:", and what recognisers and their correction make of it.
_NUMBER_LEAD = re.compile(
    r"[^\w]*(?:(?:bo\s+luat|luat|phap\s+lenh|nghi\s+quyet|lenh)\s+)?"
    r"(?:s[o0e6]?|56|\$6|\$o|[a-z]{1,2}[0o6]?(?=\s*[:.]))[\s:.;]{0,8}(?=\d|[oil]\d)"
)
#: A number that was left open in a draft: "Số:      /KH-UBND", "Số: ...-QĐ/TU".
_BLANK_NUMBER = re.compile(r"\W*s[o06]\b[\s:.…_]*[/-]\s*(?:\d{4}\s*/\s*)?[a-z]|\W*s[o06]\s*[:.][\s.…_]*$")
_DATE = re.compile(r"\b[nm][gq]\w{1,2}\b[\s.…_]*(?:[0-9oil]|th\w{1,4}\b|[.…_]{2})")
_BLANK_DATE = re.compile(
    r"\b[nm][gq]\w{1,2}\b[\s.…_/]*(?P<day>[0-9]{0,2})[\s.…_]*th\w{1,3}[gq]\b[\s.…_/]*(?P<month>[0-9]{0,2})[\s.…_]*n\w{1,2}\b"
)
_BROKEN_DATE = re.compile(r"\b[nm][gq]\w{1,2}\s*[0-9oil]{1,2}\s*th\w{1,3}[gq](?:\s*[0-9oil]{1,2})?(?:\s*n\S{1,3})?\s*$")
_DATE_REST = re.compile(r"\W*(?:(?:[0-9oil]{1,2}\s*)?n\w{1,3}\s*)?[0-9oil]{4}\b\s*$")
_YEAR = re.compile(r"\bn\S{1,3}\s*((?:19|20)[0-9]{2})")
_ABOUT = re.compile(r"\W*(?:v\s?[/\\|]\s?v\w?\b|v[il1]?v\b|v/\w{1,2}\b|ve\s+viec\b)")
#: What recognisers make of "V/v", believed only below the number.
_ABOUT_DAMAGED = re.compile(r"\W*v[wa]\b")
#: What ends a letterhead that no heading ends.
_BEHIND = re.compile(r"\W*(?:k[il]nh\s+g\w{1,3}\b|c[ai&]?n\s+c\S{1,3}\b\s+\w)")
#: Words in capitals that name no body: stamps, marks, titles of forms.
_NO_BODY = re.compile(
    r"\W*(?:du\s+thao|(?:tuyet\s+|toi\s+)?mat\b|hoa\s+toc|thuong\s+khan|khan\b|ban\s+sao|sao\s+y|phu\s+luc|mau\s+so|mau\s+\d"
    r"|lan\s+\d|cong\s+bao|dang\s+cong\s+san)"
)


@dataclass
class Letterhead:
    """What a letterhead says. `bodies` are the lines that name who issued, in order; `about` those of "V/v ...".

    `drafted` says that the number was left open, `undated` that the date was. `date_line` is the line of the date, and
    `place` what stands before it. `end` counts the lines that belong to it.
    """

    bodies: list[Line] = field(default_factory=list)
    number: NumberSpan | None = None
    number_line: Line | None = None
    number_clean: bool = False
    drafted: bool = False
    date: dt.date | None = None
    date_line: Line | None = None
    date_clean: bool = False
    undated: bool = False
    year: str = ""
    place: Line | None = None
    about: list[Line] = field(default_factory=list)
    of_the_party: bool = False
    of_the_state: bool = False
    end: int = 0
    closed: bool = False


def read_letterhead(lines: Sequence[Line], stop: int) -> Letterhead:
    """The letterhead in the lines before line `stop`, where the heading stands, or before the first line of the text."""
    head = Letterhead()
    for index, line in enumerate(lines[: min(stop, MAX_LINES)]):
        if _BEHIND.match(line.folded.text) or (index and _is_text(line)):
            break
        parts = split_columns(line)
        for part in parts if len(parts) < MAX_COLUMNS else ():
            _read_part(head, part, lines[index + 1] if index + 1 < len(lines) else None)
        head.end = index + 1
    return head


def ends_letterhead(line: Line) -> bool:
    """Whether a line is the address of a letter or the first legal ground: no heading follows it."""
    return bool(_BEHIND.match(line.folded.text))


def belongs_to_letterhead(line: Line) -> bool:
    """Whether a line holds a number, a date, a national name or a motto as a letterhead has them."""
    if _fixed(line):
        return True
    head = Letterhead()
    for part in split_columns(line):
        _read_number(head, part)
        _read_date(head, part, None)
    return head.number is not None or head.drafted or head.date is not None or head.undated


def _is_text(line: Line) -> bool:
    """Whether a line is a sentence of the text, in which no letterhead goes on."""
    words = line.text.strip()
    small = sum(c.islower() for c in words)
    if len(words) < 60 or small < 0.5 * len(words) or _ABOUT.match(line.folded.text):
        return False
    return not _fixed(line) and len(split_columns(line)) == 1 and not _DATE.search(line.folded.text[-60:])


def _fixed(line: Line) -> list[tuple[int, int, str]]:
    """The fixed phrases of a line, from the left: (start, end, which)."""
    found: list[tuple[int, int, str]] = []
    for phrase, words, name in (
        (_NATION, _NATION_WORDS, "state"),
        (_MOTTO, _MOTTO_WORDS, "motto"),
        (_PARTY, _PARTY_WORDS, "party"),
    ):
        if name == "party" and found:
            break  # the Party's name and the state's share words
        span = find_phrase(line, phrase, words, share=0.2 if name == "party" else 0.27)
        if span and not any(span[0] < end and start < span[1] for start, end, _ in found):
            found.append((*span, name))
    return sorted(found)


def _read_part(head: Letterhead, part: Line, following: Line | None) -> None:
    """Read a part of a line: cut out what is fixed, and read what stands between."""
    at = 0
    for start, end, name in [*_fixed(part), (len(part.text), len(part.text), "")]:
        piece = part.part(at, start)
        if any(c.isalnum() for c in piece.text):
            _read_piece(head, piece, following)
        head.of_the_state |= name in ("state", "motto")
        head.of_the_party |= name == "party"
        at = end


def _read_piece(head: Letterhead, piece: Line, following: Line | None) -> None:
    rest = _read_number(head, piece)
    if rest is None:
        rest = piece
    left = _read_date(head, rest, following)
    if left is not None:
        rest = left
    if not any(c.isalpha() for c in rest.text):
        return
    about = _ABOUT.match(rest.folded.text) or (
        rest.text[:1] == "V" and (head.number or head.drafted) and _ABOUT_DAMAGED.match(rest.folded.text)
    )
    if (about and not head.about) or (head.about and _goes_on(head, rest)):
        head.about.append(rest)
    elif not (head.number or head.drafted or head.about or head.closed):
        wrapped = letters_of(rest.text) in ("nam", "vietnam")  # of the national name, or of the body's
        if wrapped and (head.of_the_state or not head.bodies):
            return
        if (wrapped or _names_body(rest, first=not head.bodies)) and len(head.bodies) < MAX_BODIES:
            head.bodies.append(rest)
        else:
            head.closed = bool(head.bodies)


def _goes_on(head: Letterhead, piece: Line) -> bool:
    """Whether a piece continues what a letter is about, also where lines of the other column stand between."""
    last = head.about[-1]
    if piece.text[:1].islower():
        return True
    return piece.block == last.block and not head.date and piece.start - last.end < 3 and not _names_body(piece, first=True)


def _names_body(piece: Line, *, first: bool) -> bool:
    """Whether a piece can be a line of the left column: it is in capitals, or begins the name of a body."""
    letters = [c for c in piece.text if c.isalpha()]
    if len(letters) < 2 or len(piece.text) > MAX_BODY_LENGTH or _NO_BODY.match(piece.folded.text):
        return False
    if piece.text.lstrip()[:1] in "(*[":
        return False
    capitals = sum(c.isupper() for c in letters)
    if capitals >= 0.75 * len(letters):
        return True
    return begins_body(piece.text) and (not first or piece.text[:1].isupper() or spell_body(piece.text).known > 0.9)


def _read_number(head: Letterhead, piece: Line) -> Line | None:
    """What stands behind the own number on its line; None where the piece does not begin with it."""
    folded = piece.folded
    if head.number is None and not head.drafted and _BLANK_NUMBER.match(folded.text):
        head.drafted = True
        dated = _DATE.search(folded.text)
        return piece.part(_place_start(piece, dated.start()) if dated else len(piece.text), len(piece.text))
    lead = _NUMBER_LEAD.match(folded.text)
    at = folded.span(0, lead.end())[1] if lead else 0
    found = read_own_number(piece.text[at:]) if lead else None
    if found is None and not lead:
        alone = find_numbers(piece.text, 1)
        rest = (piece.text[: alone[0].start] + piece.text[alone[0].end :]) if alone else "a"
        found = alone[0] if alone and not any(c.isalnum() for c in rest) else None
        at = 0
    if found is None:
        return None
    if head.number is None and not head.drafted:
        head.number = found
        head.number_line = piece.part(at + found.start, at + found.end)
        head.number_clean = "số" in compose(piece.text[:at]).lower()
    return piece.part(at + found.end, len(piece.text))


def _read_date(head: Letterhead, piece: Line, following: Line | None) -> Line | None:
    """What stands before place and date; None where the piece does not end with them."""
    folded = piece.folded.text
    begun = _DATE.search(folded)
    if begun is None:
        return None
    start = piece.folded.span(begun.start(), begun.end())[0]
    lead = piece.text[:start].rstrip()
    if lead and not (lead.endswith((",", ".", ";")) and begins_with_place(lead)):
        return None
    dates = [date for date in find_dates(piece.text) if date.start == start]
    joined = None
    if not dates and following is not None and _BROKEN_DATE.search(folded) and _DATE_REST.match(following.folded.text):
        joined = f"{piece.text.rstrip()} {following.text.strip()}"
        dates = [date for date in find_dates(joined) if date.start == start]
    if not dates and not _BLANK_DATE.search(folded):
        return None
    if dates and any(c.isalnum() for c in (joined or piece.text)[dates[0].end :]):
        return None  # a sentence goes on behind it
    if head.date is None and not head.undated:
        place = _place_start(piece, begun.start())
        head.place = piece.part(place, start)
        head.date_line = piece.part(start, len(piece.text))
        if dates:
            head.date, head.date_clean = dates[0].date, dates[0].clean
        else:
            blank, year = _BLANK_DATE.search(folded), _YEAR.search(folded)
            impossible = blank is not None and blank["day"] and blank["month"]
            head.undated, head.year = True, year[1] if year and not impossible else ""
    return piece.part(0, _place_start(piece, begun.start()))


def begins_with_place(lead: str) -> bool:
    """Whether the words before a date may be the name of a place: few, and with capitals."""
    words = re.findall(r"[^\W\d_]+", lead)[-3:]
    return any(word[:1].isupper() for word in words)


def _place_start(piece: Line, date: int) -> int:
    """Where the place of a date line begins: the words with a capital before the date, without those all in capitals."""
    words = list(re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", piece.text[: piece.folded.span(date, date)[0]]))
    at = len(words)
    while at and len(words) - at < 6:
        word = words[at - 1][0]
        shouted = len(word) > 1 and word.isupper() and letters_of(word) not in ("tp", "hcm", "tphcm")
        if shouted or not (word[:1].isupper() or word[:1] in "đ"):
            break
        at -= 1
    return words[at].start() if at < len(words) else piece.folded.span(date, date)[0]
