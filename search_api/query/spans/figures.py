"""Figures: numbers with a unit, large numbers, and telephone numbers, whatever separates their digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from search_api.query.spans.span import Span
from search_api.query.spans.typed import Typed, form_of, forms_of

#: Units: the ways to write each, the shown one first. A form behind "=" needs its accents, because without them it is other
#: words; one letter must be glued to its figure.
UNITS = tuple(
    tuple(row.split("|"))
    for row in (
        "ha|héc ta|hecta|hec ta",
        "km|ki lô mét|kilomet|kilômét|cây số",
        "km²|km2|ki lô mét vuông|km vuông",
        "m²|m2|mét vuông|m vuông",
        "m³|m3|mét khối|m khối",
        "m|mét",
        "cm|xăng ti mét|centimet",
        "mm|mi li mét|milimet",
        "kg|ki lô gam|kilôgam|kilogam|=ký|=cân",
        "g|gam|gram",
        "tấn",
        "=tạ",
        "=yến",
        "lít|l",
        "ml|mi li lít|mililít",
        "kW|ki lô oát",
        "kWh",
        "MW|mê ga oát",
        "đồng|đ|VND|VNĐ",
        "USD|đô la|đô la Mỹ",
        "%|phần trăm",
        "°C|độ C|oC",
        "giờ|h",
        "phút",
        "=sào",
        "=mẫu",
        "hải lý",
        "GB",
        "MB",
    )
)
#: Words for powers of ten, with their other spellings, the largest first.
SCALES = ((10**9, ("tỷ",)), (10**6, ("triệu", "tr")), (10**3, ("nghìn", "ngàn", "k")))
#: A plain figure of at least so many digits is printed with separators; one of four digits from 1900 to 2100 is a year.
MIN_PLAIN_DIGITS = 4
YEARS = range(1900, 2101)
#: A sum is written in a scale when it is less than so many times it: nobody writes "1500000 nghìn".
MAX_OF_SCALE = 10_000
#: A sum above this is not written out in other scales.
MAX_VALUE = 10**15

_FIGURE = re.compile(
    r"(?<![\w])(?<![0-9][.,/-])(?P<whole>[0-9]{1,3}(?:[.,\u00a0 ][0-9]{3})+(?![0-9])|[0-9]{1,15})"
    r"(?:[.,](?P<part>[0-9]{1,4}))?(?![0-9]|[.,/-][0-9])"
)
_PHONE = re.compile(r"(?<![\w.,/-])(?:\(?\+?84\)?[ .-]?|\(?0)(?P<rest>[1-9](?:[ .)-]{0,2}[0-9]){8,9})(?![\w]|[.,/-][0-9])")
_UNIT = re.compile(r"\s?(%|[^\W\d_]+[²³23]?(?![\w])|°\s?[cC])")
# Behind these words a figure is the number of a standard.
_STANDARD = re.compile(r"(?<!\w)(?:iso|tcvn|qcvn|haccp|mau so|ma so)[ -]$")
# Behind these words a figure is a limit, which no text needs to hold.
_BOUND = re.compile(r"(?<!\w)(?:duoi|tren|it hon|nhieu hon|toi da|toi thieu|khong qua|tu|den)\s+$")
_WORD = re.compile(r"\s+([^\W\d_]+)")


def find(typed: Typed) -> Iterator[Span]:
    """The figures of a query. A bare small number ("46 bài", "2024") is none."""
    if not any(c.isdigit() for c in typed.text):
        return
    taken: list[tuple[int, int]] = []
    for match in _PHONE.finditer(typed.text):
        span = _phone(typed, match)
        taken.append((span.start, span.end))
        yield span
    for match in _FIGURE.finditer(typed.text):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            found = _figure(typed, match)
            if found:
                yield found


def _phone(typed: Typed, match: re.Match[str]) -> Span:
    digits = "".join(c for c in match["rest"] if c.isdigit())
    local = "0" + digits
    cuts = ((4, 7), (4, 6, 8), (4,), (3, 6), (5,), (4, 8), (5, 8))
    written = [local, *(_cut(local, cut) for cut in cuts), f"84 {digits}", f"84{digits}", f"84 {_cut(digits, (3, 6))}"]
    first = form_of(typed.text[match.start() : match.end()])
    return Span("figure", match.start(), match.end(), forms_of(first, written), f"Số điện thoại {_cut(local, (4, 7))}")


def _cut(digits: str, places: tuple[int, ...]) -> str:
    borders = (0, *places, len(digits))
    return " ".join(digits[start:end] for start, end in pairwise(borders))


def _figure(typed: Typed, match: re.Match[str]) -> Span | None:
    text = typed.text
    whole, part = match["whole"], match["part"] or ""
    digits = re.sub("[^0-9]", "", whole)
    grouped = digits != whole
    if " " in whole and len(whole.split(" ")[0]) == 4:
        return None
    scale, end = _scale(typed, match.end())
    unit, end = _unit(typed, end)
    plain = len(digits) >= MIN_PLAIN_DIGITS and not part and not (len(digits) == MIN_PLAIN_DIGITS and int(digits) in YEARS)
    plain = plain and not _STANDARD.search(typed.folded.text, 0, match.start())
    if not (unit or scale or grouped or plain) or (part and not (unit or scale)):
        return None
    if " " in whole and not (unit or scale):
        return None
    amounts = list(_amounts(digits, part, scale))
    units = unit or ("",)
    written = [f"{amount} {name}" for name in units for amount in amounts]
    first = form_of(text[match.start() : end])
    bound = _BOUND.search(typed.folded.text, 0, match.start()) is not None and typed.folded.starts is None
    reading = _reading(digits, part, scale, unit)
    return Span("figure", match.start(), end, forms_of(first, written), reading, optional=bound)


def _scale(typed: Typed, at: int) -> tuple[int, int]:
    """(the power of ten that the word behind a figure names, or 0; where that word ends)."""
    match = _UNIT.match(typed.text, at)
    if match:
        word = _key(match[1])
        for value, names in SCALES:
            for name in names:
                spelt = word == _key(name) or (not typed.accented and _is_word(name) and _fold(word) == _fold(name))
                if spelt and (_is_word(name) or not match[0][0].isspace()):
                    return value, match.end()
    return 0, at


def _unit(typed: Typed, at: int) -> tuple[tuple[str, ...], int]:
    """(the ways to write the unit behind a figure, where it ends); no ways where there is none."""
    match = _UNIT.match(typed.text, at)
    if not match:
        return (), at
    best: tuple[tuple[str, ...], int] = ((), at)
    ends = [match.end()]
    while len(ends) < 4 and (word := _WORD.match(typed.text, ends[-1])):
        ends.append(word.end())
    for end in ends:
        piece = typed.text[match.start(1) : end]
        row = _units().get(_key(piece))
        if row is None and not typed.accented:
            row = _plain_units().get(_key(piece))
        glued = match.start(1) == at
        if row and (len(piece) > 1 or (glued and piece.islower()) or piece in ("%", "đ")):
            best = (row, end)
    return best


def _key(piece: str) -> str:
    return piece if piece == "%" else " ".join(term.accented for term in form_of(piece))


def _fold(piece: str) -> str:
    return " ".join(term.folded for term in form_of(piece))


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[str, ...]]:
    return {_key(name.lstrip("=")): _bare(row) for row in UNITS for name in row}


@lru_cache(maxsize=1)
def _plain_units() -> dict[str, tuple[str, ...]]:
    """The units by their folded names, without those whose letters are other words too."""
    return {_fold(name): _bare(row) for row in UNITS for name in row if not name.startswith("=") and name != "%"}


def _bare(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lstrip("=") for name in row)


def _amounts(digits: str, part: str, scale: int) -> Iterator[str]:
    """A number as texts print it: with and without separators, and in the scales that leave it whole or with one decimal."""
    value = int(digits)
    whole = str(value) if digits == str(value) else digits
    for name in _scale_names(scale):
        yield f"{_grouped(whole)}{',' + part if part else ''} {name}".strip()
        yield f"{whole}{',' + part if part else ''} {name}".strip()
    exact = int(digits + part) * max(scale, 1)
    if exact % 10 ** len(part) or exact > MAX_VALUE or not exact:
        return
    exact //= 10 ** len(part)
    if scale or exact >= 1000:
        yield _grouped(str(exact))
        yield str(exact)
        for power, names in SCALES:
            rest = exact % power
            if power <= exact < power * MAX_OF_SCALE and rest * 100 % power == 0:
                decimals = f",{rest * 100 // power:02d}".rstrip("0") if rest else ""
                counts = dict.fromkeys((str(exact // power), _grouped(str(exact // power))))
                yield from (f"{count}{decimals} {name}" for name in names if _is_word(name) for count in counts)


def _is_word(name: str) -> bool:
    """Whether the name of a scale is a word, and not a letter or two that must be glued to the figure."""
    return name not in ("k", "tr")


def _scale_names(scale: int) -> tuple[str, ...]:
    return next((names for value, names in SCALES if value == scale), ("",))


def _grouped(digits: str) -> str:
    return f"{int(digits):,}".replace(",", ".") if len(digits) > 3 else digits


def _reading(digits: str, part: str, scale: int, unit: tuple[str, ...]) -> str:
    name = _scale_names(scale)[0]
    shown = "%" if unit and unit[0] == "%" else f" {unit[0]}" if unit else ""
    return f"{_grouped(digits)}{',' + part if part else ''}{' ' + name if name else ''}{shown}"
