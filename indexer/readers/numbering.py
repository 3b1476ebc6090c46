"""Count the paragraphs of numbered lists, and write their markers as Word does ("1.", "a)", "Điều 2.")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
#: Numbers beyond this are written in digits.
_MAX_ROMAN = 3999


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered: the first number, the style of numbers ("decimal", "upperRoman", ..., "bullet",
    "none") and the text of the marker, in which %1 is the number of the first level."""

    start: int = 1
    style: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class NumberedList:
    """One list: its levels (from 0), and how far each has counted."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)

    def next(self, at: int) -> str:
        """The marker of the next paragraph on a level, "" where it has none."""
        level = self.levels.get(at)
        if level is None:
            return ""
        self.counts[at] = self.counts.get(at, level.start - 1) + 1
        for deeper in [key for key in self.counts if key > at]:
            del self.counts[deeper]
        if level.style in ("bullet", "none"):
            return "-" if level.style == "bullet" else ""
        return _PLACE.sub(lambda match: self._count(int(match[1]) - 1), level.text).strip()

    def _count(self, at: int) -> str:
        level = self.levels.get(at, Level())
        return write_number(self.counts.get(at, level.start), level.style)


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
