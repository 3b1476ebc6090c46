"""Find the heading of an official paper, which names its type, and the title (Trích yếu) below it, up to the text.

A title has no mark that ends it. It ends where something begins that no title holds: the legal grounds, an office in
capitals, an article, a numbered part, a sentence. A line that goes on in small letters, or stands behind a word that cannot
end a title, belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from indexer.enrich.lines import Line, letters_of
from kb.item import Evidence
from kb.papers.document_types import document_types, near
from kb.papers.numbers import NumberSpan, find_dates, find_numbers
from vitext import compose, fold, place_tone

#: Characters above which a title is not believed.
MAX_TITLE_LENGTH = 600
#: Characters from which a line that begins with a capital is rather a paragraph than a line of a title.
MAX_TITLE_LINE = 200

#: What opens the text and can be no line of a title.
_TEXT = re.compile(
    r"\W*(?:c[ai&]?n\s+c\S{1,3}\b|k[il]nh\s+g\w{1,3}\b|n[o0]\w{1,2}\s+nh\w{2,3}\s*:|d\w{1,2}u\s+1\b|chuong\s+(?:i\b|1\b)|"
    r"phan\s+(?:i\b|thu\b|mo\b)|kem\s+theo|\(?(?:kem|ban\s+hanh)\s+(?:kem\s+)?theo\b|muc\s+(?:i|1)\b|"
    r"[i1l|]\s*[.)\-–:]\s*\S|a\s*[.)\-–]\s+\S|[-+•*]\s+\S|ten\s+(?:don\s+vi|co\s+quan|to\s+chuc)\b|ho\s+(?:va\s+)?ten\b|"
    r"noi\s+dung\b.{0,40}nhu\s+sau)"
)
#: What opens the text below a title that is there already.
_FIRST_SENTENCE = re.compile(
    r"\W*(?:th\w{1,4}\s+hi\w{1,4}n\b|tr\w{1,3}n\s+kh\w{1,2}i\b|theo\b|tr\w{1,2}n\s+c\w\s+so\b|(?:hom\s+nay|ngay|vao\s+hoi|hoi)\b\s*,?"
    r"\s*[\d,]|(?:trong\s+)?(?:thoi\s+gian|nhung\s+nam|nam)\b.{0,14}\b(?:qua|vua)\b|de\s+(?:trien|thuc|tiep|kip|gop|phat|chuan|day|nang|dam|bao|khac)\b|nham\b|sau\s+khi\b|"
    r"x[ei]t\s+d\w\s+ngh|tiep\s+theo\b|qua\s+\w+\b|thuc\s+te\b|hien\s+nay\b|chung\s+toi\b|toi\s+la\b|thua\b)"
)
_OFFICE = re.compile(
    r"\W*(?:kt|tm|tl|tuq|q|t/m|k/t)?\W*(?:pho\s+)?(?:chu\s+tich|bo\s+truong|thu\s+tuong|thong\s+doc|giam\s+doc|tong\s+giam\s+doc|"
    r"chu\s+nhiem|vien\s+truong|chanh\s+an|truong\s+ban|hieu\s+truong|cuc\s+truong|tong\s+cuc\s+truong|chi\s+cuc\s+truong|"
    r"tong\s+kiem\s+toan|tong\s+thanh\s+tra|hoi\s+dong|uy\s+ban|chinh\s+phu|quoc\s+hoi|ban\s+thuong\s+vu|ban\s+chap\s+hanh|"
    r"chanh\s+thanh\s+tra|tu\s+lenh|bi\s+thu|chanh\s+van\s+phong|thuong\s+truc|dai\s+hoi)\b"
)
_OF_THE_ISSUER = re.compile(r"\W*c\wa\s+(?:[^\W\d_]+[ ,]+){1,8}?(?=s[o06]\b)|\W*")
#: "của Chính phủ", up to what the paper is about.
_OF = re.compile(r"\W*c\wa\s+[^,.;]{2,80}?(?=\s+ve\s|\s*$)")
#: Words with which no title ends.
_OPEN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "cua va ve cac cho tai theo trong tren voi den tu do la de nhung mot so nam ngay thang tinh xa phuong "
        "huyen quan thu bo so ban cap gia doi nghi quyet dinh chi ke luat lan khoa hoac hay duoc bang vao khi "
        "cung nhan uy hoi dong thanh chinh viec giai",
    )
)
_QUOTES = str.maketrans("“”", '""')


@dataclass(frozen=True, slots=True)
class Heading:
    """The line that names the type: its index, the shown name of the type, the evidence, and where the rest of it begins."""

    index: int
    name: str
    evidence: Evidence
    rest: int


@dataclass(frozen=True, slots=True)
class Title:
    """The lines below the heading that are the title, and what the heading says of the own number ("Nghị định của Chính phủ
    số 114/2003/NĐ-CP ngày ...", as the gazette prints it)."""

    lines: tuple[Line, ...]
    number: NumberSpan | None = None
    number_line: Line | None = None
    date_line: Line | None = None

    @property
    def words(self) -> str:
        return " ".join(" ".join(line.text for line in self.lines).split())


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[str, str, str], ...]:
    """(letters, heading, code of the type), the longest first: "Thông tư liên tịch" before "Thông tư"."""
    rows = [(letters_of(name), name, row.code) for row in document_types() for name in row.names]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


def same_letters(printed: str, name: str) -> bool:
    """Whether printed words have exactly the letters of a name, without regard to case and place of the tone mark."""
    a, b = (compose(text).lower().split() for text in (printed, name))
    return [place_tone(word) for word in a] == [place_tone(word) for word in b]


def find_heading(lines: Sequence[Line], *, clean: float, damaged: float, slip: float) -> Heading | None:
    """The first line that is the name of a type ("KẾ HOẠCH") or begins with one in capitals ("BÁO CÁO TỔNG KẾT").

    A name with all its letters goes before one with a wrong letter: "THÔNG BÁO" is no "Thông cáo". `clean`, `damaged` and
    `slip` are how sure a name is with its accents, without them, and with a wrong letter.
    """
    close: Heading | None = None
    for index, line in enumerate(lines):
        if len(line.text) > MAX_TITLE_LENGTH:
            continue
        found = _named(line, index, clean, damaged)
        if found:
            return found
        close = close or _nearly_named(line, index, slip)
    return close


def _named(line: Line, index: int, clean: float, damaged: float) -> Heading | None:
    folded = line.folded
    places = [at for at, c in enumerate(folded.text) if c.isalnum()]
    said = "".join(folded.text[at] for at in places)
    for letters, name, code in _names():
        if not said.startswith(letters):
            continue
        end = places[len(letters) - 1] + 1
        whole = len(said) == len(letters)
        if not whole and folded.text[end : end + 1].isalnum():
            continue
        span = folded.span(places[0], end)
        printed = line.text[slice(*span)]
        spaced = len(printed) >= 2 * len(letters) - 1  # Q U Y Ế T  Đ Ị N H
        if printed.isupper() or (whole and printed[:1].isupper()) or (not index and _numbered(line.text[span[1] :])):
            sure = clean if same_letters(printed, name) or (spaced and "".join(printed.split()).lower()) else damaged
            return Heading(index, name, line.evidence("type", code, "heading", sure, span), span[1])
    return None


def _nearly_named(line: Line, index: int, slip: float) -> Heading | None:
    """The one type from whose name the whole line differs by one letter."""
    printed = line.text.strip(" .:;*-–—_'\"")
    letters = letters_of(printed)
    if len(letters) < 6 or not printed.isupper():
        return None
    close = {(name, code) for known, name, code in _names() if len(known) > 5 and near(letters, known)}
    if len(close) != 1:
        return None
    name, code = close.pop()
    start = line.text.index(printed)
    return Heading(
        index, name, line.evidence("type", code, "heading", slip, (start, start + len(printed))), start + len(printed)
    )


def _numbered(rest: str) -> bool:
    """Whether "số 114/2003/NĐ-CP", perhaps with the issuer before it, follows the name of a type."""
    lead = _OF_THE_ISSUER.match(fold(rest))
    numbers = find_numbers(rest, 1)
    if not numbers or lead is None:
        return False
    return re.fullmatch(r"(?:\W*c\wa\s+[\w ,]{3,60}?)?\s*(?:s[o06]\b)?\W*", fold(rest[: numbers[0].start])) is not None


def find_title(lines: Sequence[Line], heading: Heading) -> Title:
    """The title below the heading, without a number and a date that the heading itself holds."""
    first = lines[heading.index]
    rest = first.part(heading.rest, len(first.text))
    number, number_line, date_line, rest = _cut_number(rest)
    taken = [rest] if any(c.isalpha() for c in rest.text) else []
    for line in lines[heading.index + 1 :]:
        whole = line.part(0, len(line.text))
        if not taken and number is None and _numbered(whole.text):
            number, number_line, date_line, whole = _cut_number(whole)
            if any(c.isalpha() for c in whole.text):
                taken.append(whole)
            continue
        if not taken and _says_nothing_else(whole):
            continue
        if not _belongs(taken, whole, lines):
            break
        taken.append(whole)
    return Title(tuple(taken), number, number_line, date_line)


def _cut_number(line: Line) -> tuple[NumberSpan | None, Line | None, Line | None, Line]:
    """The number that a heading begins with, its place and that of its date, and what stands behind them."""
    if not _numbered(line.text):
        return None, None, None, line
    found = find_numbers(line.text, 1)[0]
    end = found.end
    date = next((date for date in find_dates(line.text) if date.start - end < 4), None)
    if date:
        end = date.end
    behind = line.part(end, len(line.text))
    if (of := _OF.match(behind.folded.text)) and behind.folded.starts is None:
        behind = behind.part(of.end(), len(behind.text))
    return found, line.part(found.start, found.end), line.part(date.start, date.end) if date else None, behind


def _says_nothing_else(line: Line) -> bool:
    """Whether a line is only the own number or the own date."""
    numbers = find_numbers(line.text, 1)
    if numbers and re.fullmatch(r"\W*(?:s[o06])?\W*", fold(line.text[: numbers[0].start] + line.text[numbers[0].end :])):
        return True
    dates = find_dates(line.text)
    return (
        bool(dates) and not line.text[dates[0].end :].strip(" .") and line.text[: dates[0].start].rstrip()[-1:] in ("", ",")
    )


def _belongs(taken: Sequence[Line], line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line goes on with the title that was taken so far."""
    folded, text = line.folded.text, line.text
    if _TEXT.match(folded) or sum(len(other.text) for other in taken) > MAX_TITLE_LENGTH:
        return False
    last = taken[-1] if taken else None
    shouted = all(other.text.isupper() for other in taken)
    if last is None:
        ends = text.rstrip().endswith((".", ";", ":"))
        if ends and (_FIRST_SENTENCE.match(folded) or len(text) > MAX_TITLE_LINE):
            return False
        return not (text.isupper() and _OFFICE.match(folded) and not _about_follows(line, lines))
    if text[:1].islower() or _is_open(taken, text):
        return not (line.first and last.text.rstrip().endswith((".", ";", ":")) and not text[:1].islower())
    if text.isupper():
        return shouted and not _OFFICE.match(folded) and not line.first
    if shouted and not _FIRST_SENTENCE.match(folded):
        return not text.rstrip().endswith((".", ";", ":")) and len(text) <= MAX_TITLE_LINE
    return False


def _about_follows(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the line behind goes on in small letters, so that an office in capitals is a part of the title."""
    behind = next((other for other in lines if (other.block, other.start) > (line.block, line.start)), None)
    return behind is not None and behind.text.strip()[:1].islower()


def _is_open(taken: Sequence[Line], following: str) -> bool:
    """Whether a title so far cannot end there: a quotation or a bracket is open, or its last word wants another."""
    text = " ".join(line.text for line in taken).translate(_QUOTES)
    if text.count('"') % 2 or text.count("(") > text.count(")"):
        return len(following) <= MAX_TITLE_LINE
    if text.rstrip().endswith((",", " -", " –")):
        return True
    words = re.findall(r"[^\W_]+", text)
    last = taken[-1].text
    return (
        len(words) > 1
        and last[-1:].isalpha()
        and not last.isupper()
        and fold(words[-1]) in _OPEN_WORDS
        and words[-1].islower()
    )
