"""Document numbers (Số, ký hiệu) and dates as official papers print them, clean or damaged by a recogniser.

A number identifies a paper: "238/KH-UBND", "12/2024/NĐ-CP", "34-CT/TW". Both sides of the program use it: the pipeline
finds numbers in text, the query box parses what was typed, and `DocumentNumber.key` says which numbers are the same.
Letters are compared folded, ordinals without leading zeros.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from kb.papers.document_types import document_types, issuer_of_symbol, type_of_symbol
from vitext import Folded, compose, fold, fold_with_offsets

#: The first year in which the date of a paper is accepted.
FIRST_YEAR = 1945
#: The last year in which the date of a paper is accepted.
LAST_YEAR = 2100
#: Confidence of a number with a known abbreviation.
KNOWN_CONFIDENCE = 1.0
#: Confidence of a number with a known abbreviation and damaged digits.
DAMAGED_CONFIDENCE = 0.9
#: Confidence of a well-formed number that has a year, or stands after "số" or the name of a type.
ANNOUNCED_CONFIDENCE = 0.8
#: Confidence of a number that is only well formed ("60/SV-GV" may be a ratio).
BARE_CONFIDENCE = 0.5
#: Characters above which a typed text is not parsed as a number.
MAX_TYPED_LENGTH = 200

_DASH = "[-‐‑‒–—−]"
_PART = "[a-z][a-z0-9&]*?"
_ORDINAL = "(?:[0-9]{1,6}[a-d]?|(?=[oil]{0,4}[0-9])[0-9oil]{2,6})"
_NUMBER = re.compile(
    rf"(?:(?<![0-9a-z/])|(?<=\bso))(?<![0-9][.,])(?P<ordinal>{_ORDINAL})(?:"
    rf"\s{{0,3}}/\s{{0,3}}(?:(?P<year>(?:19|20)[0-9]{{2}})\s{{0,3}}/\s{{0,3}})?"
    rf"(?P<symbol>{_PART}(?:\s?/\s?{_PART})?(?:\s{{0,3}}{_DASH}\s{{0,3}}{_PART}){{0,8}})"
    rf"|\s{{0,3}}{_DASH}\s{{0,3}}(?P<type>{_PART})\s{{0,3}}/\s{{0,3}}(?P<body>{_PART}(?:{_DASH}{_PART}){{0,3}})"
    # In texts from the web the next word may follow without a space: "78/2025/NĐ-CPngày".
    rf")(?=ngay(?![0-9a-z])|[^0-9a-z]|$)"
)
_NAME = re.compile("[a-z][a-z0-9&]*")
_CANONICAL = re.compile("([0-9]+[a-d]?)(?:/(?:((?:19|20)[0-9]{2})/)?([^/]+(?:/[^/]+)?)|-([^/]+/[^/]+))")
_DIGITS = str.maketrans("oil", "011")
#: What encodings before Unicode show for Đ where nobody converted them: "Q§-UBND" (TCVN3), "QÑ-UBND" (VNI).
_CROSSED = str.maketrans("§Ñ", "ĐĐ")
_SIGN = re.compile("[\x80-\xbf×÷]")

_TWO_DIGITS = "[0-9oil]{1,2}"
_SPACE = r"\s{0,3}"
_DATE = re.compile(
    rf"(?P<words>[nm][gq]\w{{1,2}}{_SPACE}(?P<d1>{_TWO_DIGITS}){_SPACE}th\w{{1,3}}[gq]{_SPACE}(?P<m1>{_TWO_DIGITS}){_SPACE}"
    rf"[nm]\S{{1,3}}{_SPACE}(?P<y1>[0-9oil]{{4}}))"
    rf"|(?P<frame>\b[nm][gq]\w{{1,2}}{_SPACE})?(?<![0-9a-z/])(?P<d2>{_TWO_DIGITS}){_SPACE}(?P<mark>[/.-]){_SPACE}"
    rf"(?P<m2>{_TWO_DIGITS}){_SPACE}(?P=mark){_SPACE}(?P<y2>[0-9oil]{{4}})(?![0-9a-z/])"
)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The parts of a number. `symbol` is "KH-UBND", or "CT/TW" for a paper of the party, which has a dash before it.

    Older papers have a slash in the symbol and before it ("144/2002/QĐ/BTC"); `slashed` says so.
    """

    ordinal: str
    year: str
    symbol: str
    slashed: bool = False

    @property
    def text(self) -> str:
        """The canonical form.

        >>> DocumentNumber("34", "", "CT/TW").text, DocumentNumber("12", "2024", "NĐ-CP").text
        ('34-CT/TW', '12/2024/NĐ-CP')
        """
        return self._join(self.ordinal)

    @property
    def key(self) -> str:
        """The form by which numbers are compared.

        >>> DocumentNumber("07", "2023", "TT-BNV").key
        '7/2023/tt-bnv'
        """
        return fold(self._join(self.ordinal.lstrip("0") or "0"))

    @classmethod
    def from_text(cls, text: str) -> DocumentNumber:
        """The number whose canonical form is `text`; nothing is guessed, so it is for numbers that the program wrote.

        Raises ValueError for every other text. `parse_number` is for what people type.

        >>> DocumentNumber.from_text("34-CT/TW"), DocumentNumber.from_text("12/2024/NĐ-CP").year
        (DocumentNumber(ordinal='34', year='', symbol='CT/TW', slashed=False), '2024')
        """
        match = _CANONICAL.fullmatch(text)
        if match is None:
            raise ValueError(f"not the canonical form of a document number: {text!r}")
        ordinal, year, symbol, party = match.groups()
        return cls(ordinal, year or "", symbol or party, slashed="/" in (symbol or ""))

    def _join(self, ordinal: str) -> str:
        if "/" in self.symbol and not self.slashed:
            return f"{ordinal}-{self.symbol}"
        return "/".join(part for part in (ordinal, self.year, self.symbol) if part)

    @property
    def parts(self) -> tuple[str, ...]:
        """The abbreviations of the symbol, type and issuer."""
        return tuple(re.split("[-/]", self.symbol))


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number inside a text; `start`/`end` are characters of the given text. With a confidence below 0.6 it is probably
    not a number."""

    number: DocumentNumber
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date inside a text; `clean` says that all its words and digits are intact."""

    date: dt.date
    start: int
    end: int
    clean: bool


def parse_number(text: str) -> DocumentNumber | None:
    """The number that the whole text is; None for anything else (a date, a fraction, words).

    It accepts what people type: any case, missing accents, spaces, and "số" or the name of a type before the number.

    >>> parse_number("S6:43 /KH - LMHTX").text, parse_number("kế hoạch số 238/kh–ubnd").text
    ('43/KH-LMHTX', '238/KH-UBND')
    >>> parse_number("18/10/2024"), parse_number("24/7")
    (None, None)
    """
    if len(text) > MAX_TYPED_LENGTH:
        return None
    folded = fold_with_offsets(text)
    lead = _lead().match(folded.text)
    match = _NUMBER.match(folded.text, lead.end() if lead else 0)
    if not match or folded.text[match.end() :].strip(" \n\t.;,"):
        return None
    found = _parse(folded, match, strict=False)
    return found.number if found and found.end == folded.span(*match.span())[1] else None


def find_numbers(text: str, most: int | None = None) -> list[NumberSpan]:
    """Every document number inside a text, clean or damaged, from the left, at most `most`; spans do not overlap.

    >>> [(n.number.text, n.start, n.end) for n in find_numbers("Kế hoạch số 238 /KH-UBND ngày 18/10/2024")]
    [('238/KH-UBND', 12, 24)]
    """
    if not any(c in text for c in "/／"):
        return []
    folded = fold_with_offsets(text)
    found = (_parse(folded, match, strict=True) for match in _NUMBER.finditer(folded.text))
    return list(islice((span for span in found if span), most))


def read_own_number(text: str) -> NumberSpan | None:
    """The number that a text begins with, where "Số:" before it says that it is one: no abbreviation need be known.

    >>> read_own_number("45/THCS-VP Hải Phòng, ngày 2/9/2024").number.text, read_own_number("ngày 2/9/2024")
    ('45/THCS-VP', None)
    """
    folded = fold_with_offsets(text)
    match = _NUMBER.match(folded.text, len(folded.text) - len(folded.text.lstrip()))
    if match is None:
        return None
    found = _parse(folded, match, strict=True)
    if found and found.confidence > BARE_CONFIDENCE:
        return found
    pieces = _pieces(folded, match, strict=True)
    if not pieces:
        return None
    ordinal = match["ordinal"].translate(_DIGITS)
    names = [name for name, _ in pieces]
    party = match["type"] is not None and len(names) > 1
    slashed = not party and len(pieces) > 1 and "/" in folded.text[pieces[0][1] : pieces[1][1]]
    symbol = f"{names[0]}/{'-'.join(names[1:])}" if party or slashed else "-".join(names)
    start, end = folded.span(match.start(), pieces[-1][1])
    return NumberSpan(DocumentNumber(ordinal, match["year"] or "", symbol, slashed), start, end, ANNOUNCED_CONFIDENCE)


def find_dates(text: str) -> list[DateSpan]:
    """Every date inside a text ("ngày 18 tháng 10 năm 2024", "18/10/2024"); impossible dates are left out.

    Letters that were recognised for digits (O, l) count as digits only between the words "ngày" and "tháng".

    >>> [d.date.isoformat() for d in find_dates("ngay 25 thang 02 nam 2025, 18-10-2024, ngày 31/02/2024")]
    ['2025-02-25', '2024-10-18']
    """
    folded = fold_with_offsets(text)
    dates = []
    for match in _DATE.finditer(folded.text):
        printed = [match[f"{part}{1 if match['words'] else 2}"] for part in "dmy"]
        digits = [part.translate(_DIGITS) for part in printed]
        framed = bool(match["words"] or match["frame"])
        if printed != digits and not framed:
            continue
        day, month, year = map(int, digits)
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if FIRST_YEAR <= year <= LAST_YEAR:
            start, end = folded.span(*match.span())
            words = compose(text[start:end]).lower()
            frame = ("ngày", "tháng", "năm") if match["words"] else ("ngày",) if match["frame"] else ()
            dates.append(DateSpan(date, start, end, printed == digits and all(word in words for word in frame)))
    return dates


def _parse(folded: Folded, match: re.Match[str], strict: bool) -> NumberSpan | None:
    """The number of a match. `strict` (for running text) accepts only capitals and abbreviations that are in the tables."""
    pieces = _pieces(folded, match, strict)
    if not pieces:
        return None
    names = [name for name, _ in pieces]
    party = match["type"] is not None
    typed = bool(type_of_symbol(names[0])[0])
    known = typed or any(issuer_of_symbol(name) for name in names)
    announced = match["year"] is not None or bool(
        _announcement().search(folded.text[max(0, match.start() - 40) : match.start()])
    )
    if party and (not typed or len(names) < 2):
        return None
    # With only one abbreviation ("64/CP") it is a number if that is known, and in running text only if it is announced.
    if len(names) == 1 and not (known and (announced or not strict)):
        return None
    ordinal = match["ordinal"].translate(_DIGITS)
    damaged = ordinal != match["ordinal"]
    if damaged and not known:
        return None
    if known:
        confidence = DAMAGED_CONFIDENCE if damaged else KNOWN_CONFIDENCE
    else:
        confidence = ANNOUNCED_CONFIDENCE if announced else BARE_CONFIDENCE
    slashed = not party and len(pieces) > 1 and "/" in folded.text[pieces[0][1] : pieces[1][1]]
    if slashed and not (typed and (match["year"] or issuer_of_symbol(names[1]))):
        names, pieces, slashed = names[:1], pieces[:1], False
        known = typed or issuer_of_symbol(names[0]) is not None
        if not (known and (announced or not strict)):
            return None
    symbol = f"{names[0]}/{'-'.join(names[1:])}" if party or slashed else "-".join(names)
    start, end = folded.span(match.start(), pieces[-1][1])
    return NumberSpan(DocumentNumber(ordinal, match["year"] or "", symbol, slashed), start, end, confidence)


def _pieces(folded: Folded, match: re.Match[str], strict: bool) -> list[tuple[str, int]]:
    """(abbreviation, its end in the folded text), from the left, up to the first part that is not an abbreviation."""
    start = match.start("symbol") if match["symbol"] else match.start("type")
    pieces: list[tuple[str, int]] = []
    last = start
    for part in _NAME.finditer(folded.text, start, match.end()):
        gap = folded.text[last : part.start()]
        # A dash with spaces joins only type and issuer ("KH - LMHTX"). A later one begins other words, unless a line break
        # follows it.
        if strict and len(pieces) > 1 and gap != gap.strip() and not re.fullmatch(rf"{_DASH}\s*\n\s*", gap):
            break
        printed = folded.original[slice(*folded.span(*part.span()))].translate(_CROSSED)
        if _SIGN.search(printed):
            # No abbreviation has it, and what it stands for is not known: better no number than one that does not exist.
            return []
        known = _known(printed) if not pieces else _known_body(printed)
        # Small letters are an abbreviation if the tables have it and no accent or space shows that it is a word.
        plain = all(c in "đð" or fold(c) == c for c in printed)
        spelt = known and (not strict or printed == known or (plain and gap == gap.strip()))
        if not _is_capital(printed) and not spelt:
            break
        pieces.append((known or _capitals(printed), part.end()))
        last = part.end()
    return pieces


def spell_symbol(printed: str) -> str:
    """An abbreviation of a number as the tables spell it; in capitals where they do not have it.

    >>> spell_symbol("ctr"), spell_symbol("vpđp"), spell_symbol("TƯ"), spell_symbol("TU")
    ('CTr', 'VPĐP', 'TW', 'TU')
    """
    return _known(printed) or _capitals(printed)


def _known(printed: str) -> str:
    """The spelling of an abbreviation in the tables ("ctr" -> "CTr"), "" where they do not have it."""
    # Some papers write Ư for W: TƯ is "trung ương", and TU is "tỉnh ủy".
    letters = compose(printed)
    if letters[-2:] in ("TƯ", "Tư", "tư"):
        printed = f"{letters[:-1]}W"
    issuer = issuer_of_symbol(printed)
    return type_of_symbol(printed)[0] or (issuer[0] if issuer else "")


def _known_body(printed: str) -> str:
    """The spelling of an abbreviation behind the first one, which is no type where its letters are exact: "CTr-PN-ND"."""
    known = _known(printed)
    return known if not type_of_symbol(printed)[0] or known == printed or issuer_of_symbol(printed) else _capitals(printed)


def _is_capital(printed: str) -> bool:
    capitals = sum(c.isupper() for c in printed)
    return printed[:1].isupper() and capitals > sum(c.islower() for c in printed)


def _capitals(printed: str) -> str:
    letters = compose(printed)
    return "".join("Đ" if c in "đĐðÐ" else fold(c).upper() for c in letters)


@lru_cache(maxsize=1)
def _type_names() -> str:
    names = {fold(name) for row in document_types() for name in row.names}
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True)).replace(r"\ ", r"\s+")


@lru_cache(maxsize=1)
def _announcement() -> re.Pattern[str]:
    """The words directly before a number that announce it: "số", or the name of a type."""
    return re.compile(rf"(?:\bs[o06]|\b(?:{_type_names()}))\s*[:.;,]?\s*$")


@lru_cache(maxsize=1)
def _lead() -> re.Pattern[str]:
    """What may be typed before a number: the name of a type, "số"; a mark or a space must follow "S6"."""
    return re.compile(rf"\s*(?:(?:van\s+ban|{_type_names()})\s+)?(?:so\s*[:.;,]?|s[06](?:\s*[:.;,]|\s))?\s*")
