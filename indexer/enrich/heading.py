"""Find the heading of an official paper, which names its type, and the title (Trích yếu) below it, up to the text.

A title has no mark that ends it. It ends where something begins that no title holds: the legal grounds, an office in
capitals, an article, a numbered part, a sentence. A line that goes on in small letters, or stands behind a word that cannot
end a title, belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from indexer.enrich.confidence import CLEAN, DAMAGED, NEAR
from indexer.enrich.lines import Line, letters_of
from kb.item import Evidence
from kb.papers.bodies import begins_body, spell_body
from kb.papers.document_types import document_types, near
from kb.papers.numbers import NumberSpan, find_dates, find_numbers
from vitext import compose, fold, place_tone

#: Characters above which a title is not believed.
MAX_TITLE_LENGTH = 600
#: Characters from which a line that begins with a capital is rather a paragraph than a line of a title.
MAX_TITLE_LINE = 200

#: Lines above a heading where there is no letterhead.
MAX_ABOVE = 12
#: Characters of an issuer in a heading, and of a line that is a title's last for the only reason that the text follows.
MAX_ISSUER_LENGTH, MAX_LAST_LINE = 90, 120

#: The legal grounds and the address of a letter.
_GROUNDS = re.compile(r"\W*(?:c[ai&]?n\s+c\S{1,3}\b|k[il]nh\s+g\w{1,3}\b)")
#: The legal grounds on the line of the title: a file format joined the lines.
_GROUNDS_INSIDE = re.compile(
    r"(?<=\w)[\s*_]+(?=Căn cứ (?:Luật|Nghị|Hiến|Pháp|Quyết|Thông|Điều|Bộ luật|Quy|Chỉ)\b)|(?<=\w)\s+(?=Điều 1\. )"
)
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
#: What stands before the body in the office of its head.
_OFFICE_OF = re.compile(r"(?i)^(?:chủ tịch|bộ trưởng|tổng giám đốc|giám đốc|thống đốc|chu tich|bo truong|giam doc)\s+(?=\S)")
#: "của Chính phủ", up to what the paper is about.
_OF = re.compile(r"\W*c\wa\s+[^,.;]{2,80}?(?=\s+ve\s|\s*$)")
#: Words with which no title ends.
_OPEN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "cua va ve cac cho tai theo trong tren voi den tu do la de nhung mot gia doi hoac hay duoc bang vao khi boi nham",
    )
)
#: Words that a number follows.
_COUNTED = frozenset(["so", "nam", "ngay", "thang", "lan", "thu", "khoa", "quy", "dieu", "cap", "hang"])
#: Words with which a line of a title in capitals leans on the line above.
_LEANS = re.compile(r"\W*(?:cua|ve|va|tai|tren|nam|giai doan|cho|theo|trong|thuoc|doi voi)\b")
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


def find_heading(lines: Sequence[Line], *, below: bool) -> Heading | None:
    """The first line that is the name of a type ("KẾ HOẠCH") or begins with one in capitals ("BÁO CÁO TỔNG KẾT").

    A name with all its letters goes before one with a wrong letter: "THÔNG BÁO" is no "Thông cáo". Below a letterhead
    (`below`) small letters are enough: fonts before Unicode have capitals of their own.
    """
    close: Heading | None = None
    for index, line in enumerate(lines if below else lines[:MAX_ABOVE]):
        if len(line.text) > MAX_TITLE_LENGTH:
            continue
        found = _named(line, index, small=below or _is_first(lines[:index]))
        if found:
            return _joint(found, lines)
        close = close or _nearly_named(line, index)
    return close


def _is_first(above: Sequence[Line]) -> bool:
    """Whether only a few short lines stand above, none of which opens a text."""
    return len(above) <= 3 and all(len(line.text) < 60 and not _TEXT.match(line.folded.text) for line in above)


def _joint(heading: Heading, lines: Sequence[Line]) -> Heading:
    """The heading with "liên tịch" where that stands on the line below."""
    index = heading.index + 1
    if (
        index >= len(lines)
        or lines[heading.index].text[heading.rest :].strip()
        or not letters_of(lines[index].text).startswith("lientich")
    ):
        return heading
    name = f"{heading.name} liên tịch"
    code = next((code for _, known, code in _names() if known == name), "")
    words = re.match(r"\W*\w+\W+\w+", lines[index].text)
    if not code or words is None:
        return heading
    return Heading(index, name, replace(heading.evidence, value=code), words.end())


def _named(line: Line, index: int, *, small: bool) -> Heading | None:
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
        rest = line.text[span[1] :]
        shown = printed.isupper() or (whole and (small or (printed[:1].isupper() and index < MAX_ABOVE // 2)))
        if shown or (small and (_numbered(rest) or _names_issuer(rest))):
            sure = CLEAN if same_letters(printed, name) or spaced else DAMAGED
            return Heading(index, name, line.evidence("type", code, "heading", sure, span), span[1])
    return None


def _nearly_named(line: Line, index: int) -> Heading | None:
    """The one type from whose name the whole line differs by one letter."""
    printed = line.text.strip(" .:;*-–—_'\"")
    letters = letters_of(printed)
    if len(letters) < 6 or sum(c.isupper() for c in printed) < 0.75 * len(letters):
        return None
    close = {(name, code) for known, name, code in _names() if len(known) > 5 and near(letters, known)}
    if len(close) != 1:
        return None
    name, code = close.pop()
    start = line.text.index(printed)
    return Heading(
        index, name, line.evidence("type", code, "heading", NEAR, (start, start + len(printed))), start + len(printed)
    )


def _names_issuer(rest: str) -> bool:
    """Whether "của Chính phủ", or another issuer and nothing else, follows the name of a type."""
    words = re.match(r"\W*c\wa\s+", fold(rest))
    if words is None or len(rest) > MAX_ISSUER_LENGTH or rest.rstrip()[-1:] in (".", ";", ":"):
        return False
    return spell_body(_OFFICE_OF.sub("", rest[words.end() :]).upper()).known > 0.9


def _numbered(rest: str, joint: bool = False) -> bool:
    """Whether "số 114/2003/NĐ-CP", perhaps with the issuer before it, follows the name of a type."""
    numbers = find_numbers(rest, 1)
    if not numbers:
        return False
    lead = re.sub(r"\W*\bs[o06]\b\W*$", "", fold(rest[: numbers[0].start])).strip(" ,:-")
    if not lead:
        return True
    return (
        joint and len(lead) < MAX_LAST_LINE and begins_body(re.sub(r"^(?:lien tich\s+)?(?:cua\s+)?", "", lead))
    ) or _names_issuer(lead)


def find_title(lines: Sequence[Line], heading: Heading) -> Title:
    """The title below the heading, without a number and a date that the heading itself holds."""
    first = lines[heading.index]
    pieces = [
        first.part(heading.rest, len(first.text)),
        *(line.part(0, len(line.text)) for line in lines[heading.index + 1 :]),
    ]
    number, number_line, date_line = None, None, None
    joint = heading.name.endswith("liên tịch")
    count = next((n for n in range(1, 5) if _numbered(" ".join(piece.text for piece in pieces[:n]), joint)), 0)
    if count:
        holder = pieces[count - 1]
        number = find_numbers(holder.text, 1)[0]
        number_line = holder.part(number.start, number.end)
        date_line, pieces = _cut_date([holder.part(number.end, len(holder.text)), *pieces[count:]])
    taken: list[Line] = []
    for at, piece in enumerate(pieces):
        if not any(c.isalpha() for c in piece.text) or (not taken and _says_nothing_else(piece)):
            continue
        if not (at == 0 and piece.block == first.block and piece.start < first.end) and not _belongs(
            taken, piece, pieces[at + 1 :]
        ):
            break
        ground = _GROUNDS_INSIDE.search(piece.text)
        taken.append(piece.part(0, ground.start()) if ground else piece)
        if ground:
            break
    return Title(tuple(taken), number, number_line, date_line)


def _cut_date(pieces: list[Line]) -> tuple[Line | None, list[Line]]:
    """The date behind a number, on its line or on the next, and the pieces without it and without the issuer behind it."""
    at = next((i for i, piece in enumerate(pieces[:2]) if any(c.isalnum() for c in piece.text)), 0)
    piece = pieces[at]
    date = next((date for date in find_dates(piece.text) if date.start < 4), None)
    if date is None:
        return None, pieces
    behind = piece.part(date.end, len(piece.text))
    if (of := _OF.match(behind.folded.text)) and behind.folded.starts is None:
        behind = behind.part(of.end(), len(behind.text))
    return piece.part(date.start, date.end), [behind, *pieces[at + 1 :]]


def _says_nothing_else(line: Line) -> bool:
    """Whether a line is only the own number or the own date."""
    numbers = find_numbers(line.text, 1)
    if numbers and re.fullmatch(r"\W*(?:s[o06])?\W*", fold(line.text[: numbers[0].start] + line.text[numbers[0].end :])):
        return True
    dates = find_dates(line.text)
    return (
        bool(dates) and not line.text[dates[0].end :].strip(" .") and line.text[: dates[0].start].rstrip()[-1:] in ("", ",")
    )


def _belongs(taken: Sequence[Line], line: Line, behind: Sequence[Line]) -> bool:
    """Whether a line goes on with the title that was taken so far; `behind` are the lines below it."""
    folded, text = line.folded.text, line.text
    if _TEXT.match(folded) or sum(len(other.text) for other in taken) > MAX_TITLE_LENGTH:
        return False
    ends = text.rstrip().endswith((".", ";", ":"))
    says = [other for other in taken if not other.text.isupper() and not _OF.match(other.folded.text)]
    if not taken:
        if ends and (_FIRST_SENTENCE.match(folded) or len(text) > MAX_TITLE_LINE):
            return False
        return not (text.isupper() and _OFFICE.match(folded)) or _goes_on_below(behind)
    stopped = taken[-1].text.rstrip().endswith((".", ";", ":"))
    opened = _is_open(taken, text)
    if says and _is_office(line, behind) and (text.isupper() or not opened):
        return False
    if text[:1].islower():
        return not stopped
    if _FIRST_SENTENCE.match(folded):
        return False
    if opened:
        return not stopped or not line.first
    if text.isupper():
        return not says and not _OFFICE.match(folded) and (not line.first or _LEANS.match(folded) is not None)
    if ends or len(text) > MAX_TITLE_LINE:
        return False
    # What stands between the title and the first words of the text is the title's.
    return not says or (not stopped and len(text) < MAX_LAST_LINE and _opens_text(behind))


def _is_office(line: Line, behind: Sequence[Line]) -> bool:
    """Whether a line is the office or the body that decides, in capitals, or between the title and the legal grounds."""
    if not _OFFICE.match(line.folded.text):
        return False
    return line.text.isupper() or (len(line.text) < MAX_ISSUER_LENGTH and _opens_text(behind))


def _opens_text(lines: Sequence[Line]) -> bool:
    """Whether the text begins with these lines: with its grounds, or with the office that decides."""
    if not lines:
        return False
    folded = lines[0].folded.text
    return bool(_GROUNDS.match(folded) or _FIRST_SENTENCE.match(folded)) or _is_office(lines[0], lines[1:])


def _goes_on_below(behind: Sequence[Line]) -> bool:
    """Whether the line below goes on in small letters, so that an office in capitals is a part of the title."""
    return bool(behind) and behind[0].text[:1].islower()


def _is_open(taken: Sequence[Line], following: str) -> bool:
    """Whether a title so far cannot end there: a quotation or a bracket is open, or its last word wants another."""
    text = " ".join(line.text for line in taken).translate(_QUOTES)
    if text.count('"') % 2 or text.count("(") > text.count(")"):
        return len(following) <= MAX_TITLE_LINE
    if text.rstrip().endswith((",", " -", " –")):
        return True
    words = re.findall(r"[^\W_]+", text)
    if len(words) < 2 or not taken[-1].text[-1:].isalpha() or taken[-1].text.isupper() or not words[-1].islower():
        return False
    if following[:1].isdigit():
        return fold(words[-1]) in _COUNTED
    return fold(words[-1]) in _OPEN_WORDS
