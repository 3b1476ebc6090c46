"""The markers that Word prints before numbered paragraphs ("1.", "a)", "Điều 2."), counted as Word counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from indexer.readers.docx_styles import Styles, W, value
from indexer.readers.package import Element

_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
#: Numbers beyond this are written in digits.
_MAX_ROMAN = 3999


@dataclass(slots=True)
class _Level:
    """How one level of a list is numbered."""

    start: int = 1
    style: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class _List:
    """One list: its levels, and how far each has counted."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of one document; `root` is the part `numbering.xml`, None where there is none."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._shared: dict[str, _List] = {}
        if root is None:
            return
        for abstract in root.findall(f"{W}abstractNum"):
            levels = {_number(level, "ilvl"): _read_level(level) for level in abstract.findall(f"{W}lvl")}
            self._shared[value(abstract, "abstractNumId")] = _List(levels)
        for number in root.findall(f"{W}num"):
            shared = self._shared.get(value(number.find(f"{W}abstractNumId")))
            if shared is None:
                continue
            starts = {_number(o, "ilvl"): o.find(f"{W}startOverride") for o in number.findall(f"{W}lvlOverride")}
            changed = {at: _number(start, "val") for at, start in starts.items() if start is not None}
            if changed:
                levels = {
                    at: _Level(changed.get(at, level.start), level.style, level.text) for at, level in shared.levels.items()
                }
                self._lists[value(number, "numId")] = _List(levels)
            else:
                self._lists[value(number, "numId")] = shared

    def marker(self, paragraph: Element, styles: Styles) -> str:
        """The marker of the next paragraph, "" where it has none; every call counts on."""
        number, at = styles.numbering(paragraph)
        found = self._lists.get(number)
        level = found.levels.get(at) if found else None
        if found is None or level is None:
            return ""
        found.counts[at] = found.counts.get(at, level.start - 1) + 1
        for deeper in [key for key in found.counts if key > at]:
            del found.counts[deeper]
        if level.style == "bullet":
            return "-"
        if level.style == "none":
            return ""
        return _PLACE.sub(lambda match: _count(found, int(match[1]) - 1), level.text).strip()


def _count(numbered: _List, at: int) -> str:
    level = numbered.levels.get(at, _Level())
    return write_number(numbered.counts.get(at, level.start), level.style)


def write_number(number: int, style: str) -> str:
    """A number in a style of Word: decimal, letters or Roman.

    >>> write_number(4, "upperRoman"), write_number(28, "lowerLetter"), write_number(7, "decimalZero")
    ('IV', 'bb', '07')
    """
    if style in ("lowerLetter", "upperLetter") and number > 0:
        letters = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)
        return letters if style == "lowerLetter" else letters.upper()
    if style in ("lowerRoman", "upperRoman") and 0 < number <= _MAX_ROMAN:
        roman = ""
        for worth, sign in _ROMAN:
            roman += sign * (number // worth)
            number %= worth
        return roman if style == "upperRoman" else roman.lower()
    return f"{number:02}" if style == "decimalZero" else str(number)


def _read_level(level: Element) -> _Level:
    start = level.find(f"{W}start")
    style = value(level.find(f"{W}numFmt")) or "decimal"
    return _Level(_number(start, "val") if start is not None else 0, style, value(level.find(f"{W}lvlText")))


def _number(element: Element, name: str) -> int:
    text = value(element, name)
    return int(text) if text.isdecimal() and len(text) < 10 else 0
