"""Find what the header of an official paper says: number, date, place, issuing body, type and title (Trích yếu).

The header is the first blocks, up to the words that open the preamble (Căn cứ). Every finding is an `Evidence` whose span
is exact on the given text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.item import Evidence
from kb.papers.document_types import (
    Issuer,
    NamedPlace,
    bare_name,
    document_types,
    issuer_of_symbol,
    near,
    place_names,
    type_name,
    type_of_symbol,
)
from kb.papers.numbers import DocumentNumber, find_dates, find_numbers
from vitext import Folded, compose, fold, fold_with_offsets, place_tone

#: Blocks that can belong to the header.
HEADER_BLOCKS = 15
#: Characters of these blocks that are looked at,
MAX_HEADER_LENGTH = 20_000
#: and of each line: what a file format joined into one line may be the whole paper.
MAX_LINE_LENGTH = 2000
#: Confidence of a finding in clean text.
CLEAN_CONFIDENCE = 1.0
#: Confidence of a finding with damaged letters inside an intact frame.
DAMAGED_CONFIDENCE = 0.9
#: Confidence of a name that differs by one letter.
NEAR_CONFIDENCE = 0.8
#: Confidence of a value deduced from two findings, which both may be damaged.
DEDUCED_CONFIDENCE = 0.7
#: Confidence of a guess, which sets nothing.
GUESS_CONFIDENCE = 0.5
#: Characters above which a paragraph after the heading is text and not the title.
MAX_TITLE_LENGTH = 600

_PREAMBLE = re.compile(r"\W*(?:c[ai]n\s+c(?:u|ur|r|tr|ir)\b|kinh\s+gui\b)")
_NUMBER_LEAD = re.compile(r"\W*(?:(?:bo\s+luat|luat|phap\s+lenh|nghi\s+quyet|lenh)\s+)?s\S{0,2}?\s*[:.]?\s*|.*\bso\s*:\s*")
_DATE_LEAD = re.compile(r",\s*ng\w{1,2}\b")
_ABOUT = re.compile(r"\W*(?:v/v|ve\s+viec)\b")
_PREAMBLE_VERB = re.compile(r"\W*(?:th\w{1,3}\s+hi\w{1,3}|tr\w{1,3}n\s+kh\w{1,2}|theo)\b")
_LETTERHEAD_PLACE = re.compile(r"\b(?:(?P<city>thanh\s+pho|tp\.?)|tinh)\s+")
_UNITS = {
    "huyen": "huyện", "quan": "quận", "thi xa": "thị xã", "xa": "xã", "phuong": "phường", "thi tran": "thị trấn",
    "dac khu": "đặc khu",
}  # fmt: skip
_LETTERHEAD_UNIT = re.compile(
    r"\W*(?:(?:ubnd|uy\s+ban\s+nhan\s+dan|hdnd|hoi\s+dong\s+nhan\s+dan)\s+)?"
    r"(?P<level>huyen|quan|thi\s+xa|xa|phuong|thi\s+tran|dac\s+khu)\s+"
    r"(?P<name>[^\W_][\w ]{1,28}?)\W*(?:$|\s{2,}|[\t|]|cong\s+hoa|doc\s+lap)"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the header; `start` is where it begins in the text of block `block`."""

    block: int
    start: int
    text: str
    folded: Folded

    def evidence(self, attribute: str, value: str, rule: str, confidence: float, span: tuple[int, int]) -> Evidence:
        """The evidence for a value of the line; `span` is in characters of the line."""
        return Evidence(
            attribute, value, rule, confidence, block=self.block, start=self.start + span[0], end=self.start + span[1]
        )


@dataclass(frozen=True, slots=True)
class _Heading:
    """The line that names the type: its index, the name of the type, the evidence, and where the rest of the line begins."""

    index: int
    name: str
    evidence: Evidence
    rest: int


def find_header(texts: Sequence[str]) -> list[Evidence]:
    """What the first blocks say: at most one finding for each attribute (number, type, issuer, date, year, place, title).

    >>> found = find_header(["Số: 238 /KH-UBND", "Hải Phòng, ngày 18 tháng 10 năm 2024", "KẾ HOẠCH", "Về thi đua"])
    >>> {e.attribute: e.value for e in found}["issuer"]
    'Ủy ban nhân dân thành phố Hải Phòng'
    """
    lines = list(_lines(texts[:HEADER_BLOCKS]))
    heading = _find_heading(lines)
    head = lines[: heading.index] if heading else lines
    number, seen = _find_number(lines) or (None, None)
    date = _find_date(head) or _find_date(lines)
    named, place = _find_place(head) or (None, None)
    issuer: Evidence | None = None
    kind = heading.evidence if heading else None
    if number and seen:
        kind = kind or _type_of_number(number, seen)
        bodies = _issuers_of(number)
        issuer = _issuer(bodies, named, place, seen, _find_unit(head)) if bodies else None
        # A ministry writes "Hà Nội, ngày ..." above papers that hold for the whole country.
        if place and (bodies and bodies[0].scope == "central"):
            place = None
    if place and named and named.name == "Thành phố Hà Nội" and not issuer:
        place = replace(place, confidence=GUESS_CONFIDENCE)
    found = [seen, kind, issuer, date, _year(date, number, seen), place, _find_title(lines, heading, kind)]
    return [evidence for evidence in found if evidence]


def _lines(texts: Sequence[str]) -> Iterator[_Line]:
    """The lines that hold a letter or digit, up to the preamble or MAX_HEADER_LENGTH; long lines are cut."""
    left = MAX_HEADER_LENGTH
    for block, text in enumerate(texts):
        start = 0
        for whole in text[: max(0, left)].split("\n"):
            line = whole[:MAX_LINE_LENGTH]
            left -= len(line) + 1
            folded = fold_with_offsets(line)
            if _PREAMBLE.match(folded.text):
                return
            if any(c.isalnum() for c in line):
                yield _Line(block, start, line, folded)
            start += len(whole) + 1


def _same(printed: str, name: str) -> bool:
    """Whether a printed name has exactly the letters of the name, without regard to case and place of the tone mark."""
    a, b = (compose(text).lower().split() for text in (printed, name))
    return [place_tone(word) for word in a] == [place_tone(word) for word in b]


def _find_number(lines: Sequence[_Line]) -> tuple[DocumentNumber, Evidence] | None:
    """The paper's own number: only "Số:" stands before it on its line, or it stands alone."""
    for line in lines:
        for span in find_numbers(line.text):
            lead = fold(line.text[: span.start])
            alone = not any(c.isalnum() for c in line.text[: span.start] + line.text[span.end :])
            if "kem theo" in lead or not (alone or (lead and _NUMBER_LEAD.fullmatch(lead))):
                continue
            clean = "số" in compose(line.text[: span.start]).lower()
            confidence = min(span.confidence, CLEAN_CONFIDENCE if clean else DAMAGED_CONFIDENCE)
            rule = "number_alone" if alone else "number_line"
            return span.number, line.evidence("number", span.number.text, rule, confidence, (span.start, span.end))
    return None


def _find_date(lines: Sequence[_Line]) -> Evidence | None:
    """The date line: "Hải Phòng, ngày 18 tháng 10 năm 2024"."""
    for line in lines:
        for found in find_dates(line.text):
            lead = line.text[: found.start].rstrip()
            if fold(line.text[found.start : found.end]).startswith("ng") and (not lead or lead.endswith(",")):
                confidence = CLEAN_CONFIDENCE if found.clean else DAMAGED_CONFIDENCE
                return line.evidence("date", found.date.isoformat(), "date_line", confidence, (found.start, found.end))
    return None


def _year(date: Evidence | None, number: DocumentNumber | None, seen: Evidence | None) -> Evidence | None:
    if date:
        return replace(date, attribute="year", value=date.value[:4], rule="year_of_date")
    if number and number.year and seen:
        return replace(seen, attribute="year", value=number.year, rule="year_of_number")
    return None


def _find_place(lines: Sequence[_Line]) -> tuple[NamedPlace, Evidence] | None:
    """The province of the date line, otherwise of the letterhead ("THÀNH PHỐ HẢI PHÒNG")."""
    for line in lines:
        dated = _DATE_LEAD.search(line.folded.text)
        found = _place_before(line, dated.start()) if dated else None
        if found:
            return found
    for line in lines:
        for match in _LETTERHEAD_PLACE.finditer(line.folded.text):
            rest = line.folded.text[match.end() :]
            names = [n for n in place_names() if rest.startswith(n) and not rest[len(n) :][:1].isalnum()]
            if names:
                name = max(names, key=len)
                full = f"{'thanh pho' if match['city'] else 'tinh'} {name}"
                place = place_names().get(full, place_names()[name])
                span = line.folded.span(match.end(), match.end() + len(name))
                clean = _same(line.text[slice(*span)], bare_name(place.name))
                confidence = CLEAN_CONFIDENCE if clean else DAMAGED_CONFIDENCE
                return place, line.evidence("place", place.current, "letterhead", confidence, span)
    return None


def _place_before(line: _Line, end: int) -> tuple[NamedPlace, Evidence] | None:
    """The province whose name ends at `end` of the folded line, with at most one wrong letter."""
    words = list(re.finditer(r"[^\W_]+", line.folded.text[:end]))
    names = {name.replace(" - ", " "): place for name, place in place_names().items()}
    said = [(" ".join(word[0] for word in words[i:]), words[i].start()) for i in range(len(words))[-6:]]
    for text, start in said:
        if text in names:
            span = line.folded.span(start, words[-1].end())
            printed = line.text[slice(*span)]
            clean = _same(printed, names[text].name) or _same(printed, bare_name(names[text].name))
            confidence = CLEAN_CONFIDENCE if clean else DAMAGED_CONFIDENCE
            return names[text], line.evidence("place", names[text].current, "date_line_place", confidence, span)
    for text, start in said:
        close = {name for name in names if len(name) > 6 and near(text, name)}
        if len(close) == 1:
            place = names[close.pop()]
            span = line.folded.span(start, words[-1].end())
            return place, line.evidence("place", place.current, "date_line_place", NEAR_CONFIDENCE, span)
    return None


def _issuers_of(number: DocumentNumber) -> list[Issuer]:
    """The bodies in a number: all of them for a joint paper, otherwise the first; an official letter begins with it."""
    parts = number.parts
    code = type_of_symbol(parts[0])[1]
    bodies = [found[1] for found in map(issuer_of_symbol, parts[1:] if code else parts) if found]
    return bodies if code.startswith("joint_") else bodies[:1]


def _type_of_number(number: DocumentNumber, seen: Evidence) -> Evidence | None:
    """The type that the number abbreviates; "1234/UBND-VX", with the issuer first, is an official letter."""
    code = type_of_symbol(number.parts[0])[1]
    if not code and not number.year and issuer_of_symbol(number.parts[0]):
        code = "official_letter"
    confidence = min(seen.confidence, DAMAGED_CONFIDENCE)
    return replace(seen, attribute="type", value=code, rule="type_of_number", confidence=confidence) if code else None


def _issuer(
    bodies: Sequence[Issuer], named: NamedPlace | None, place: Evidence | None, seen: Evidence, unit: str
) -> Evidence:
    """The issuing body that the number names, with the place that the date line or the letterhead names."""
    body = bodies[0]
    found = replace(seen, attribute="issuer", rule="issuer_of_number")
    if body.scope == "central":
        return replace(found, value=", ".join(b.name for b in bodies))
    if unit and body.scope == "local":
        return replace(found, value=f"{body.name} {unit}", rule="issuer_of_letterhead", confidence=DEDUCED_CONFIDENCE)
    if named and place:
        confidence = min(seen.confidence, place.confidence, DAMAGED_CONFIDENCE)
        return replace(found, value=body.full_name(named.name), rule="issuer_of_number_and_place", confidence=confidence)
    return replace(found, value=body.name, confidence=GUESS_CONFIDENCE)


def _find_unit(lines: Sequence[_Line]) -> str:
    """The district or commune of the letterhead ("XÃ VĨNH BẢO" -> "xã Vĩnh Bảo"), "" where there is none."""
    for line in lines:
        match = _LETTERHEAD_UNIT.match(line.folded.text)
        if match and match["name"] not in place_names():
            printed = line.text[slice(*line.folded.span(*match.span("name")))]
            if printed[:1].isupper():
                level = _UNITS[" ".join(match["level"].split())]
                return f"{level} {' '.join(word.capitalize() for word in printed.split())}"
    return ""


@lru_cache(maxsize=1)
def _type_headings() -> tuple[tuple[str, str], ...]:
    """(heading, code of the type), the longest first: "Thông tư liên tịch" before "Thông tư"."""
    return tuple(sorted(((name, row.code) for row in document_types() for name in row.names), key=lambda n: -len(n[0])))


def _find_heading(lines: Sequence[_Line]) -> _Heading | None:
    """The line that is the name of a type ("KẾ HOẠCH"), or begins with one in capitals ("BÁO CÁO TỔNG KẾT")."""
    for index, line in enumerate(lines):
        words = list(re.finditer(r"[^\W_]\S*", line.folded.text))
        for name, code in _type_headings():
            count = len(name.split())
            if count > len(words):
                continue
            end = words[count - 1].end() - (words[count - 1][0][-1:] in (":", "."))
            said = " ".join(line.folded.text[words[0].start() : end].split())
            span = line.folded.span(words[0].start(), end)
            printed = line.text[slice(*span)]
            whole = count == len(words)
            if said == fold(name) and (printed.isupper() or (whole and printed[:1].isupper())):
                confidence = CLEAN_CONFIDENCE if _same(printed, name) else DAMAGED_CONFIDENCE
            elif whole and printed.isupper() and len(said) > 5 and near(said, fold(name)):
                confidence = NEAR_CONFIDENCE
            else:
                continue
            return _Heading(index, name, line.evidence("type", code, "heading", confidence, span), span[1])
    return None


def _find_title(lines: Sequence[_Line], heading: _Heading | None, kind: Evidence | None) -> Evidence | None:
    """The title: the name of the type and the Trích yếu, which is the text after the heading, or else a "V/v" line."""
    if heading:
        first = lines[heading.index]
        rest = _Line(first.block, first.start + heading.rest, first.text[heading.rest :], fold_with_offsets(""))
        behind = [line for line in (rest, *lines[heading.index + 1 :]) if any(c.isalpha() for c in line.text)]
        behind = [line for line in behind if not _find_number([line]) and not _find_date([line])]
        return _title(heading.name, behind, "heading_and_abstract", heading.evidence.confidence)
    about = next((i for i, line in enumerate(lines) if _ABOUT.match(line.folded.text)), None)
    if about is None or not kind:
        return None
    behind = [line for line in lines[about:] if not _find_date([line])]
    return _title(type_name(kind.value), behind, "about_line", DAMAGED_CONFIDENCE)


def _title(name: str, lines: Sequence[_Line], rule: str, confidence: float) -> Evidence | None:
    """A title from those of the lines that are in the first one's block; None where they are the preamble."""
    body = [line for line in lines if line.block == lines[0].block]
    words = " ".join(" ".join(line.text for line in body).split())
    preamble = words.endswith((".", ";", ":")) and _PREAMBLE_VERB.match(fold(words))
    if not words or len(words) > MAX_TITLE_LENGTH or preamble:
        return None
    text, last = body[0].text, body[-1]
    start = len(text) - len(text.lstrip())
    end = last.start + len(last.text.rstrip()) - body[0].start
    return body[0].evidence("title", f"{name} {words}", rule, confidence, (start, end))
