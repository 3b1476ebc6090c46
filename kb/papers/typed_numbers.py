"""The numbers of papers as people type them: the parts in any order, with any sign between them, or only some of them.

`kb.papers.numbers` reads the form that papers print. What is read here is less certain, so it names no paper by itself:
`TypedNumber.fits` says which numbers of the collection it may mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.papers.document_types import document_types, issuer_of_symbol, read_issuers, type_of_symbol
from kb.papers.numbers import spell_symbol
from vitext import Folded, fold, fold_with_offsets

#: Words that may follow "của" as the issuer of a paper, at most.
MAX_ISSUER_WORDS = 12

#: Characters before a number in which the name of its type is looked for: the longest name, and "số ký hiệu:".
MAX_LEAD = 60

_SEPARATOR = r"(?:\s{0,2}[/\-‐‑–—−._]\s{0,2}|\s{1,2})"
_PART = "[a-z][a-z0-9&]{0,11}"
_YEAR = "(?:19|20)[0-9]{2}"
_ORDINAL = "[0-9]{1,6}[a-d]?"
_BEFORE = "(?<![0-9a-z])(?<![0-9][.,/-])"
#: 238/KH-UBND, 336-KH-UBND, 12/2024/NĐ-CP, 238KH.
_ORDINAL_FIRST = re.compile(
    rf"{_BEFORE}(?P<ordinal>{_ORDINAL}?)(?:(?P<mark>{_SEPARATOR})(?:(?P<year>{_YEAR}){_SEPARATOR})?)?"
    rf"(?P<symbol>{_PART}(?:{_SEPARATOR}{_PART}){{0,5}})(?![0-9a-z])"
)
#: KH 336, KH336, KH số 336, KH 336/UBND.
_TYPE_FIRST = re.compile(
    rf"(?<![0-9a-z/-])(?P<type>[a-z]{{2,5}})(?P<mark>{_SEPARATOR})??(?:so\s*[:.]?\s*)?(?P<ordinal>{_ORDINAL})"
    rf"(?:[/\-–](?P<year>{_YEAR})(?=[/\-–][a-z]))?(?P<symbol>(?:[/\-–]{_PART}){{0,4}})(?![0-9a-z]|[.,/-][0-9])"
)
#: "số 1234" alone.
_BARE = re.compile(rf"(?<![0-9a-z])(?P<ordinal>{_ORDINAL})(?:/(?P<year>{_YEAR}))?(?![0-9a-z]|[.,/-][0-9a-z])")
_DIGITS = re.compile(r"(?<![0-9])[0-9]{1,6}(?![0-9])")
_NAME = re.compile("[a-z][a-z0-9&]*")
_TYPE_BEFORE = re.compile(rf"(?<![a-z])[a-z]{{2,5}}{_SEPARATOR}?(?:so\s*[:.]?\s*)?$")
_IS_YEAR = re.compile(_YEAR)
_OPEN = r"(?:[(\[]\s*)?"
_TIME_BEFORE = re.compile(r"(?<![a-z])(?:nam|thang|ngay|quy)\s+$")
_COUNTED = re.compile(r"\s+(?:nam|thang|ngay|quy|tuan|gio|nguoi|ho|xa|bai|diem|trieu|ty|dong|phan)(?![a-z])")
_CLOSE = re.compile(r"\s*[)\]]")
_EDGES = " ([.;,)]"
_DATE = (
    r"(?:(?:ky\s+)?ngay\s+)?(?:[0-9]{1,2}\s*[/.-]\s*[0-9]{1,2}\s*[/.-]\s*[0-9]{4}"
    r"|[0-9]{1,2}\s+thang\s+[0-9]{1,2}\s+nam\s+[0-9]{4}|nam\s+[0-9]{4})"
)
_DATE_TAIL = re.compile(rf"\s*,?\s*\(?{_DATE}\)?(?![0-9a-z])")
_OF = re.compile(r"\s+(?:cua|do)\s+(?=([a-z]+)(?:\s+([a-z]+))?)")
#: Issuers that the table of abbreviations lacks, by their first two words, folded.
_MORE_ISSUERS = frozenset(
    {
        "thanh uy",
        "huyen uy",
        "quan uy",
        "dang uy",
        "ban chi",
        "ban bi",
        "ban thuong",
        "bo chinh",
        "trung uong",
        "chu tich",
        "thanh doan",
        "tinh doan",
    }
)
_ISSUER_WORD = re.compile(r"\s*(?:-\s+)?([a-z0-9&]+)")
#: What ends the name of an issuer, folded: the paper's subject begins.
_ENDS = frozenset(
    {"ve", "v", "tai", "nham", "de", "quy", "huong", "trong", "cho", "theo", "da", "duoc", "la", "nam", "ngay", "so", "tren"}
)


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """What was typed of a number. `parts` are the abbreviations as the tables spell them; `type_code` is set where only the
    name of the type was typed. Characters [`start`, `end`) are the whole citation, [`core_start`, `core_end`) the number.

    `certain` says that it can be nothing else; otherwise it is a number only if the collection has it.
    """

    ordinal: str
    year: str
    parts: tuple[str, ...]
    type_code: str
    start: int
    end: int
    core_start: int
    core_end: int
    certain: bool

    @property
    def bare_ordinal(self) -> str:
        """The ordinal without leading zeros."""
        return self.ordinal.lstrip("0") or "0"

    def fits(self, key: str) -> bool:
        """Whether a number key of the collection (`DocumentNumber.key`) may be meant.

        >>> typed = next(find_typed("KH 336"))
        >>> typed.fits("336/kh-ubnd"), typed.fits("336/qd-ubnd")
        (True, False)
        """
        ordinal, *rest = re.split("[/-]", key)
        year = rest.pop(0) if rest and re.fullmatch(_YEAR, rest[0]) else ""
        if ordinal != self.bare_ordinal or (self.year and year and year != self.year):
            return False
        if self.type_code:
            return bool(rest) and type_of_symbol(rest[0])[1] == self.type_code
        left = iter(rest)
        return all(fold(part) in left for part in self.parts)


def find_typed(text: str) -> Iterator[TypedNumber]:
    """Every number of a typed text, from the left; numbers do not overlap.

    >>> [(n.ordinal, n.parts) for n in find_typed("34-CT/TƯ và kế hoạch số 336")]
    [('34', ('CT', 'TW')), ('336', ())]
    >>> list(find_typed("46 bài, 18/10/2024, số 4 sao"))
    []
    """
    folded = fold_with_offsets(text)
    end = 0
    for match in _DIGITS.finditer(folded.text):
        found = _read(folded, match.start(), end) if match.start() >= end else None
        if found:
            end = found.end
            start, stop = folded.span(found.start, found.end)
            core_start, core_end = folded.span(found.core_start, found.core_end)
            yield replace(found, start=start, end=stop, core_start=core_start, core_end=core_end)


def _read(folded: Folded, at: int, least: int) -> TypedNumber | None:
    """The number whose ordinal begins at `at`, in places of the folded text; nothing before `least` belongs to it."""
    text = folded.text
    core = _ordinal_first(folded, at) or _type_first(folded, at, least) or _bare(folded, at)
    if core is None or _TIME_BEFORE.search(text, 0, core.core_start):
        return None
    lead = _lead().search(text, max(least, core.core_start - MAX_LEAD), core.core_start)
    assert lead is not None  # it may be empty
    start, end = lead.start(), _tail(text, core.core_end)
    announced, named = bool(lead["so"]), bool(lead["name"])
    whole = not text[:start].strip(_EDGES) and not text[end:].strip(_EDGES)
    if core.parts:
        certain = core.certain or announced or named or whole or end > core.core_end + 1
        return replace(core, start=start, end=end, certain=certain)
    type_code = _type_codes().get(" ".join((lead["name"] or "").split()), "")
    certain = announced and (named or ":" in lead[0] or whole or end > core.core_end)
    if not certain and (not type_code or _IS_YEAR.fullmatch(core.ordinal) or _COUNTED.match(text, end)):
        return None
    certain = certain or whole
    return replace(core, start=start, end=end, type_code=type_code, certain=certain)


def _bare(folded: Folded, at: int) -> TypedNumber | None:
    match = _BARE.match(folded.text, at)
    return TypedNumber(match["ordinal"], match["year"] or "", (), "", 0, 0, at, match.end(), False) if match else None


def _ordinal_first(folded: Folded, at: int) -> TypedNumber | None:
    match = _ORDINAL_FIRST.match(folded.text, at)
    if not match:
        return None
    pieces = _pieces(folded, match.start("symbol"), match.end("symbol"))
    if not pieces:
        return None
    parts = tuple(part for part, _, _ in pieces)
    known_type = bool(type_of_symbol(parts[0])[0]) and len(parts[0]) > 1
    known_issuer = any(issuer_of_symbol(part) for part in parts[1:])
    strong = bool((match["mark"] or "").strip())
    slash = strong and "/" in folded.text[at : pieces[-1][2]]
    capital = all(capital for _, capital, _ in pieces)
    if known_type and len(parts) > 1:
        accepted, certain = strong or known_issuer, True
    elif known_type:
        # "238/KH", "238 KH".
        accepted, certain = strong or capital, slash and capital
    else:
        # "64/CP", and "07/VPĐP-NTM", whose type is not printed; "60/SV-GV" may be a ratio.
        accepted = slash and (bool(issuer_of_symbol(parts[0])) or (len(parts) > 1 and capital))
        certain = bool(issuer_of_symbol(parts[0])) or bool(match["year"])
    if not accepted:
        return None
    return TypedNumber(match["ordinal"], match["year"] or "", parts, "", 0, 0, at, pieces[-1][2], certain)


def _type_first(folded: Folded, at: int, least: int) -> TypedNumber | None:
    before = _TYPE_BEFORE.search(folded.text, max(least, at - MAX_LEAD), at)
    match = _TYPE_FIRST.match(folded.text, before.start()) if before else None
    if not match or match.start("ordinal") != at:
        return None
    printed = folded.original[slice(*folded.span(*match.span("type")))]
    spelt, _ = type_of_symbol(printed)
    if not spelt:
        return None
    pieces = _pieces(folded, match.start("symbol"), match.end("symbol"))
    parts = (spelt, *(part for part, _, _ in pieces))
    end = pieces[-1][2] if pieces else max(match.end("year"), match.end("ordinal"))
    # "KH336" can be nothing else; "KH 336" only if the collection has it.
    certain = bool(pieces) or (match["mark"] is None and spelt == printed)
    return TypedNumber(match["ordinal"], match["year"] or "", parts, "", 0, 0, match.start(), end, certain)


def _pieces(folded: Folded, start: int, end: int) -> list[tuple[str, bool, int]]:
    """(abbreviation, whether it is in capitals, its end) from the left, up to the first part that is none."""
    pieces: list[tuple[str, bool, int]] = []
    last = start
    for part in _NAME.finditer(folded.text, start, end):
        printed = folded.original[slice(*folded.span(*part.span()))]
        spelt = spell_symbol(printed)
        capital = printed.isupper() or spelt == printed
        gap = folded.text[last : part.start()]
        known = bool(type_of_symbol(spelt)[0] or issuer_of_symbol(spelt))
        # After a space only a known abbreviation goes on, and in small letters only behind another one.
        if pieces and not gap.strip() and not (known and (capital or not pieces[-1][1])):
            break
        if not capital and not known:
            break
        pieces.append((spelt, capital, part.end()))
        last = part.end()
    return pieces


def _tail(text: str, at: int) -> int:
    """Where the citation ends: behind a bracket, the date and the issuer that follow the number."""
    closing = _CLOSE.match(text, at)
    at = closing.end() if closing else at
    date = _DATE_TAIL.match(text, at)
    at = date.end() if date else at
    of = _OF.match(text, at)
    if of and (of[1] in _issuers() or f"{of[1]} {of[2]}" in _issuers()):
        at = of.end()
        for _ in range(MAX_ISSUER_WORDS):
            word = _ISSUER_WORD.match(text, at)
            if not word or word[1] in _ENDS or text[word.start(1) :].startswith("ban hanh"):
                break
            at = word.end()
    return at


@lru_cache(maxsize=1)
def _issuers() -> frozenset[str]:
    """What the name of an issuer begins with, folded: its abbreviation, or its first two words."""
    rows = read_issuers()
    names = {" ".join(fold(row.name).split()[:2]) for row in rows}
    return frozenset(names | {fold(row.symbol) for row in rows} | _MORE_ISSUERS)


@lru_cache(maxsize=1)
def _type_codes() -> dict[str, str]:
    """The folded names of types -> their codes. "Luật" and "lệnh" are too often other words."""
    return {fold(name): row.code for row in document_types() for name in row.names if " " in name}


@lru_cache(maxsize=1)
def _lead() -> re.Pattern[str]:
    """What may stand before a number: the name of a type, "số", a bracket."""
    names = "|".join(sorted((name.replace(" ", r"\s+") for name in _type_codes()), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<![0-9a-z])(?P<name>van\s+ban|luat|{names})\s+)?(?:(?<![0-9a-z])(?P<so>so(?:\s+(?:ky\s+)?hieu)?)\s*[:.]?\s*)?{_OPEN}$"
    )
