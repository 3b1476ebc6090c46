"""Take the marks off: one function for index, query and tables, with an exact way back to the original characters.

This is the only module that strips a diacritic, and the only one that uses unidecode (for Latin letters that Unicode
does not decompose). Folding is character by character, so that it needs no context: `fold(a + b) == fold(a) + fold(b)`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from unidecode import unidecode

# Letters that do not decompose, and signs that recognisers write for Vietnamese letters (¢ for ệ, § for ộ).
_EXCEPTIONS = {
    "đ": "d", "Đ": "D", "ø": "o", "ð": "d", "þ": "p", "ß": "ss", "ł": "l", "æ": "ae", "œ": "oe", "¢": "e", "§": "o",
    "ﬁ": "fi", "ﬂ": "fl", "ı": "i", "€": "e", "£": "e", "µ": "u",
}  # fmt: skip
# The Latin letter oi, which old code pages print for ư ("trƣờng").
_PRINTED_FOR = {"ƣ": "u"}
_SURROGATES = range(0xD800, 0xE000)
_SELECTORS = range(0xFE00, 0xFE10)


class _Stripped(dict[int, str]):
    """Code point -> the character without marks; filled as characters are met."""

    def __missing__(self, point: int) -> str:
        c = chr(point)
        plain = _EXCEPTIONS.get(c)
        if plain is None:
            plain = "".join(x for x in unicodedata.normalize("NFD", c) if not unicodedata.combining(x))
        self[point] = plain
        return plain


class _FoldedCharacters(dict[int, str]):
    """Code point -> its folded form, possibly empty or several characters; filled as characters are met."""

    def __missing__(self, point: int) -> str:
        folded = _fold_character(chr(point))
        self[point] = folded
        return folded


_STRIPPED = _Stripped()
_FOLDED = _FoldedCharacters()


def _fold_character(c: str) -> str:
    if ord(c) in _SURROGATES:
        return c
    if unicodedata.category(c) == "Cf" or ord(c) in _SELECTORS:
        return ""
    plain = unicodedata.normalize("NFKC", c).lower().translate(_STRIPPED)
    return "".join(_latin(x) for x in plain)


def _latin(c: str) -> str:
    if c.isascii() or not unicodedata.name(c, "").startswith("LATIN"):
        return c
    return _PRINTED_FOR.get(c) or "".join(x for x in unidecode(c).lower() if x.isalnum()) or c


def strip_marks(text: str) -> str:
    """Take the marks off the letters of a text and keep case and everything else. Returns a text; `fold` does more.

    >>> strip_marks("Đẩy mạnh")
    'Day manh'
    """
    return text.translate(_STRIPPED)


def fold(text: str) -> str:
    """Bring a text to the form that search compares: lower case, no marks, compatibility forms ("ﬁ", "ＡＢＣ") resolved.

    Takes any text and returns a text; letters of other scripts and emoji stay. Folding twice is folding once, and
    `fold(a + b) == fold(a) + fold(b)`. Never raises. Where a place in the folded text must lead back to the original, use
    `fold_with_offsets`.

    >>> fold("Đẩy mạnh CÔNG TÁC"), fold("ﬁne ＡＢＣ m²")
    ('day manh cong tac', 'fine abc m2')
    """
    return text.translate(_FOLDED)


# Characters known to fold to exactly one: text of nothing else needs no offset map.
_SINGLE = "".join(
    chr(point)
    for start, stop in ((0x20, 0x7F), (0xA0, 0x250), (0x1E00, 0x1F00), (0x2010, 0x2028), (0x2030, 0x205F))
    for point in range(start, stop)
    if len(_FOLDED[point]) == 1
)
_PLAIN = re.compile(f"[\n\r\t{re.escape(_SINGLE)}]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the way back to the original.

    `text` is the folded text and `original` the text that was given. `starts[i]` is where the character behind `text[i]`
    begins in `original`, with one entry more for the end; it is None when both have the same positions, the usual case.

    >>> folded = fold_with_offsets("Hải Phòng")
    >>> folded.text, folded.original, folded.starts
    ('hai phong', 'Hải Phòng', None)
    """

    text: str
    original: str
    starts: Sequence[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `original` behind `text[start:end]`: whole characters with all their marks.

        Joiners and the whole of a ligature belong to it. Empty spans give an empty span. Raises IndexError outside the text.

        >>> fold_with_offsets("ngu\\u031bo\\u031b\\u0300i dân").span(0, 5)
        (0, 8)
        """
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"span {start}:{end} outside a text of {len(self.text)}")
        if self.starts is None:
            return start, end
        begin = self.starts[start]
        if start == end:
            return begin, begin
        last = self.starts[end - 1]
        while end < len(self.text) and self.starts[end] == last:
            end += 1
        return begin, self.starts[end]


def fold_with_offsets(text: str) -> Folded:
    """Fold a text and keep the map back to the original characters. Takes any text, returns a `Folded`.

    Search the folded text, then mark the hit in the original: NFD, ligatures and joined emoji come back whole.

    >>> folded = fold_with_offsets("ﬁ Đẩy")
    >>> folded.text, folded.span(0, 1), folded.span(3, 6)
    ('fi day', (0, 1), (2, 5))
    """
    folded = text.translate(_FOLDED)
    if not text:
        return Folded(folded, text, None)
    starts = array("q")
    at = 0
    for plain in _PLAIN.finditer(text):
        if plain.end() - plain.start() == len(text):
            return Folded(folded, text, None)
        _extend(starts, text, at, plain.start())
        starts.extend(range(plain.start(), plain.end()))
        at = plain.end()
    _extend(starts, text, at, len(text))
    starts.append(len(text))
    return Folded(folded, text, starts)


def _extend(starts: array[int], text: str, start: int, end: int) -> None:
    """Append the positions behind the folded form of `text[start:end]`, character by character."""
    for at in range(start, end):
        starts.extend([at] * len(_FOLDED[ord(text[at])]))
