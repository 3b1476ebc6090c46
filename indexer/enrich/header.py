"""Find what the head of an official paper says: number, date, place, issuing body, type and title (Trích yếu).

The layout is understood first (`letterhead`, `heading`); each attribute is read where it stands: the own number and date
above the heading, the title between the heading and the text. Every finding is an `Evidence` whose span is exact on the
given text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from indexer.enrich.confidence import CLEAN, DAMAGED, DEDUCED, GUESS, NEAR, TITLE
from indexer.enrich.heading import MAX_TITLE_LENGTH, Heading, Title, find_heading, find_title, same_letters
from indexer.enrich.issuer import issuers_of, name_issuer
from indexer.enrich.letterhead import Letterhead, belongs_to_letterhead, ends_letterhead, read_letterhead
from indexer.enrich.lines import Line, read_lines, split_columns
from kb.item import Evidence
from kb.papers.bodies import spell_body
from kb.papers.document_types import (
    NamedPlace,
    bare_name,
    document_types,
    issuer_of_symbol,
    near,
    place_names,
    symbols_of,
    type_name,
    type_of_symbol,
)
from kb.papers.numbers import DocumentNumber, find_dates
from vitext import fold

#: Blocks that can belong to the head: in some formats every line is one.
HEADER_BLOCKS = 40
#: Blocks at the end in which a date may stand beside the signature.
FOOT_BLOCKS = 30
#: Characters of these blocks that are looked at.
MAX_HEADER_LENGTH = 20_000
#: Lines in which the letterhead ends.
MAX_LETTERHEAD_LINES = 40

_PLACE_IN_NAME = re.compile(r"\b(?:(?P<city>thanh\s+pho|tp\.?)|tinh)\s+")
#: "V/v", and what recognisers and their correction make of it.
_ABOUT = re.compile(r"^\W*[Vv]\W?(?:[/\\|Il1]\W?)?(?:[vV][aàAÀ]?|[wWaAàÀ])?\b\W*(?=\w)")
_CITY = {"hcm": "ho chi minh", "tp hcm": "ho chi minh", "tphcm": "ho chi minh"}


def find_header(texts: Sequence[str]) -> list[Evidence]:
    """What the first blocks say: at most one value for each attribute (number, type, issuer, date, year, place, title).

    A title that goes over several blocks has an evidence in each of them.

    >>> found = find_header(["Số: 238 /KH-UBND", "Hải Phòng, ngày 18 tháng 10 năm 2024", "KẾ HOẠCH", "Về thi đua"])
    >>> {e.attribute: e.value for e in found}["issuer"]
    'Ủy ban nhân dân thành phố Hải Phòng'
    """
    lines = list(read_lines(texts[:HEADER_BLOCKS], MAX_HEADER_LENGTH))
    stop = next((at for at, line in enumerate(lines) if ends_letterhead(line)), len(lines))
    heading = _heading(lines[:stop])
    head = read_letterhead(lines, heading.index if heading else stop)
    title = find_title(lines, heading) if heading else None
    number, seen = _mended(*_number(head, title), heading, head)
    date = _date(head, title)
    if date is None and not head.undated and (heading or number):
        date = _date_of_foot(texts)
    named, place = _place(head) or (None, None)
    kind = _type(heading, head, number, seen)
    issuer = _issuer(heading, head, number, seen, named, place)
    # A ministry writes "Hà Nội, ngày ..." above papers that hold for the whole country.
    central = issuer is not None and named is not None and bare_name(named.name) not in issuer.value
    if place and named and (central or (not issuer and bare_name(named.name) == "Hà Nội")):
        place = replace(place, confidence=GUESS) if not issuer else None
    found = [seen, kind, issuer, date, _year(date, head, number, seen), place]
    return [*(evidence for evidence in found if evidence), *_title(heading, title, head, kind)]


def _heading(lines: Sequence[Line]) -> Heading | None:
    """The heading: below the last line of the letterhead, where one is, because names of bodies may begin with a type."""
    last = -1
    for at, line in enumerate(lines[:MAX_LETTERHEAD_LINES]):
        if belongs_to_letterhead(line):
            last = at
    below = find_heading(lines[last + 1 :], below=last >= 0)
    if below:
        return replace(below, index=below.index + last + 1)
    return find_heading(lines, below=False)


def _number(head: Letterhead, title: Title | None) -> tuple[DocumentNumber | None, Evidence | None]:
    """The own number and its evidence: that of the letterhead, otherwise the one that the heading itself holds."""
    if head.number and head.number_line:
        sure = min(head.number.confidence, CLEAN if head.number_clean else DAMAGED)
        rule = "number_line"
        return head.number.number, head.number_line.evidence("number", head.number.number.text, rule, sure)
    if head.drafted or title is None or title.number is None or title.number_line is None:
        return None, None
    sure = min(title.number.confidence, DAMAGED)
    return title.number.number, title.number_line.evidence("number", title.number.number.text, "number_of_heading", sure)


def _mended(
    number: DocumentNumber | None, seen: Evidence | None, heading: Heading | None, head: Letterhead
) -> tuple[DocumentNumber | None, Evidence | None]:
    """The number with abbreviations that heading and letterhead know: "01/2020/TTLI-BNV-BTC" under "THÔNG TƯ LIÊN TỊCH"."""
    if number is None or seen is None or number.slashed:
        return number, seen
    parts = re.split("([-/])", number.symbol)
    kinds = [symbol for row in document_types() if heading and row.code == heading.evidence.value for symbol in row.symbols]
    bodies = {symbol for line in head.bodies for symbol in symbols_of(spell_body(line.text).head)}
    known = [
        kinds if type_of_symbol(parts[0])[1] == "" else [],
        *([] if issuer_of_symbol(part) else bodies for part in parts[2::2]),
    ]
    for at, choices in zip(range(0, len(parts), 2), known, strict=True):
        close = [choice for choice in choices if _almost(fold(parts[at]), fold(choice))]
        parts[at] = close[0] if len(close) == 1 else parts[at]
    if "".join(parts) == number.symbol:
        return number, seen
    number = replace(number, symbol="".join(parts))
    return number, replace(seen, value=number.text, rule="number_mended", confidence=min(seen.confidence, NEAR))


def _almost(printed: str, symbol: str) -> bool:
    """Whether an abbreviation of at least three letters differs by one of them, and a longer one by two."""
    wrong = sum(a != b for a, b in zip(printed, symbol, strict=False))
    return len(symbol) > 2 and len(printed) == len(symbol) and 0 < wrong <= (2 if len(symbol) > 5 else 1)


def _date(head: Letterhead, title: Title | None) -> Evidence | None:
    if head.date and head.date_line:
        sure = CLEAN if head.date_clean else DAMAGED
        return head.date_line.evidence("date", head.date.isoformat(), "date_line", sure)
    if head.undated or title is None or title.date_line is None:
        return None
    found = find_dates(title.date_line.text)[0]
    return title.date_line.evidence("date", found.date.isoformat(), "date_of_heading", DAMAGED)


def _date_of_foot(texts: Sequence[str]) -> Evidence | None:
    """The date beside the signature, where reports and minutes have it: a line of its own with the place before it."""
    first = max(0, len(texts) - FOOT_BLOCKS)
    for line in reversed(list(read_lines(texts[first:], MAX_HEADER_LENGTH))):
        for part in reversed(split_columns(line)):
            place, comma, rest = part.text.partition(",")
            dates = find_dates(rest)
            if not comma or len(place.split()) > 4 or not place[:1].isupper() or not dates:
                continue
            before, behind = rest[: dates[0].start], rest[dates[0].end :]
            framed = rest[dates[0].start :].lower().startswith("ng")
            if framed and not any(c.isalnum() for c in before + behind):
                at = len(place) + 1
                seen = replace(part, block=part.block + first)
                return seen.evidence(
                    "date", dates[0].date.isoformat(), "date_of_foot", NEAR, (at + dates[0].start, at + dates[0].end)
                )
    return None


def _year(date: Evidence | None, head: Letterhead, number: DocumentNumber | None, seen: Evidence | None) -> Evidence | None:
    if date:
        return replace(date, attribute="year", value=date.value[:4], rule="year_of_date")
    if head.undated and head.year and head.date_line:
        return head.date_line.evidence("year", head.year, "year_of_date", DAMAGED)
    if number and number.year and seen:
        return replace(seen, attribute="year", value=number.year, rule="year_of_number")
    return None


def _type(
    heading: Heading | None, head: Letterhead, number: DocumentNumber | None, seen: Evidence | None
) -> Evidence | None:
    """The type of the heading; otherwise the one that the number abbreviates. A letter has neither."""
    code = type_of_symbol(number.parts[0])[1] if number else ""
    if heading and not (heading.evidence.confidence <= NEAR and code):
        return heading.evidence
    if number and seen:
        # "1234/UBND-VX", with the issuer first, is an official letter, and so is what says "V/v" and has no type.
        if not code and not number.year and (issuer_of_symbol(number.parts[0]) or head.about):
            code = "official_letter"
        if code:
            return replace(
                seen, attribute="type", value=code, rule="type_of_number", confidence=min(seen.confidence, DAMAGED)
            )
    if not heading and head.about:
        return head.about[0].evidence("type", "official_letter", "about_line", NEAR)
    return heading.evidence if heading else None


def _issuer(
    heading: Heading | None,
    head: Letterhead,
    number: DocumentNumber | None,
    seen: Evidence | None,
    named: NamedPlace | None,
    place: Evidence | None,
) -> Evidence | None:
    """The issuer of the letterhead; otherwise the one that the number names, with the place of the date line."""
    signs = head.of_the_state or head.of_the_party or head.number or head.drafted or head.date or head.undated or heading
    found = name_issuer(head, number, named) if signs else None
    symbols = issuers_of(number) if number else []
    if found and (found.confirmed or not symbols or head.of_the_state or head.of_the_party):
        sure = CLEAN if found.exact else DAMAGED
        if found.completed and place:
            sure = min(sure, place.confidence, DAMAGED)
        if not found.confirmed:
            sure = min(sure, DAMAGED if found.exact else NEAR)
        rule = "issuer_of_letterhead_and_number" if found.confirmed else "issuer_of_letterhead"
        return found.line.evidence("issuer", found.name, rule, sure)
    if not symbols or seen is None:
        return None
    body = symbols[0]
    told = replace(seen, attribute="issuer", rule="issuer_of_number", confidence=min(seen.confidence, DAMAGED))
    if body.scope == "central":
        return replace(told, value=", ".join(body.name for body in symbols))
    if named and place:
        name = body.full_name(named.name)
        if bare_name(named.name) == "Hồ Chí Minh":
            name = name.replace("thành phố", "Thành phố")
        return replace(
            told, value=name, rule="issuer_of_number_and_place", confidence=min(told.confidence, place.confidence)
        )
    return replace(told, value=body.name, confidence=GUESS)


def _place(head: Letterhead) -> tuple[NamedPlace, Evidence] | None:
    """The province of the date line, otherwise of the letterhead ("THÀNH PHỐ HẢI PHÒNG")."""
    if head.place and (found := _province_at_end(head.place)):
        return found
    for line in head.bodies:
        folded = line.folded
        for match in _PLACE_IN_NAME.finditer(folded.text):
            rest = folded.text[match.end() :]
            names = [n for n in place_names() if rest.startswith(n) and not rest[len(n) :][:1].isalnum()]
            if names:
                name = max(names, key=len)
                full = f"{'thanh pho' if match['city'] else 'tinh'} {name}"
                place = place_names().get(full, place_names()[name])
                span = folded.span(match.end(), match.end() + len(name))
                sure = DAMAGED if same_letters(line.text[slice(*span)], bare_name(place.name)) else DEDUCED
                return place, line.evidence("place", place.current, "letterhead", sure, span)
    return None


def _province_at_end(line: Line) -> tuple[NamedPlace, Evidence] | None:
    """The province whose name ends a line, with at most one wrong letter."""
    folded = line.folded
    words = list(re.finditer(r"[^\W_]+", folded.text))
    names = {name.replace(" - ", " "): place for name, place in place_names().items()}
    names |= {short: names[name] for short, name in _CITY.items()}
    said = [(" ".join(word[0] for word in words[i:]), words[i].start()) for i in range(len(words))[-6:]]
    for text, start in said:
        if text in names:
            span = folded.span(start, words[-1].end())
            printed = line.text[slice(*span)]
            clean = same_letters(printed, names[text].name) or same_letters(printed, bare_name(names[text].name))
            sure = CLEAN if clean else DAMAGED
            return names[text], line.evidence("place", names[text].current, "date_line_place", sure, span)
    for text, start in said:
        close = {name for name in names if len(name) > 6 and near(text, name)}
        if len(close) == 1:
            place = names[close.pop()]
            span = folded.span(start, words[-1].end())
            return place, line.evidence("place", place.current, "date_line_place", NEAR, span)
    return None


def _title(heading: Heading | None, title: Title | None, head: Letterhead, kind: Evidence | None) -> Iterator[Evidence]:
    """The title: the name of the type and what stands below the heading, or else the "V/v" lines of a letter."""
    if heading and title and kind:
        lines, words, rule = title.lines, title.words.rstrip(" ."), "heading_and_abstract"
        name = heading.name if kind is heading.evidence else type_name(kind.value)
        sure = min(kind.confidence, TITLE)
    elif head.about and kind:
        lines, rule, sure = tuple(head.about), "about_line", DAMAGED
        name, words = type_name(kind.value), " ".join(" ".join(line.text for line in lines).split())
        words = _ABOUT.sub("V/v ", words)
    else:
        return
    if not words or len(words) > MAX_TITLE_LENGTH:
        return
    for block in dict.fromkeys(line.block for line in lines):
        here = [line for line in lines if line.block == block]
        span = (0, here[-1].end - here[0].start)
        yield here[0].evidence("title", f"{name} {words}", rule, sure, span)
