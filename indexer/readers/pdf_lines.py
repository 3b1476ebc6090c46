"""The lines of a PDF page: what its text layer says, and where each line stands.

pdfium gives the text of a page in the order of its content, which word processors write as it is read. Only the first and
the last character of a line are asked for their place: asking all of them takes as long as reading the page.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from indexer.readers.legacy_fonts import font_encoding
from vitext import CorrectedWord

#: Characters of a page from which it is no page that anybody could read.
MAX_PAGE_CHARACTERS = 1_000_000

#: What pdfium puts where a hyphen ends a line.
_HYPHEN = "\ufffe"
_OTHER_HYPHEN = "\x02"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page as the text layer has it. All lengths are in points (1/72 inch), measured from the lower left corner
    of the page as it is before it is turned. `top` and `base` are the upper edge of its first and the lower edge of its last
    character; `height` is that of the first character, from the lowest to the highest edge of its font. `font` is the name
    of the font of its first letter (".VnTime"), "" where the font of its last letter is of another encoding. `first` and
    `last` are the indexes of its characters in the text page, both inclusive. `is_row` marks the row of a table: its cells,
    joined by " | ". `doubts` are words that a recogniser was not sure of or that were corrected, at places in `text`;
    `expected_error` (0 to 1) is the share of the words that it expects to be wrong, None for a text layer."""

    text: str
    left: float
    right: float
    top: float
    base: float
    height: float
    font: str = ""
    first: int = -1
    last: int = -1
    is_row: bool = False
    doubts: tuple[CorrectedWord, ...] = ()
    expected_error: float | None = None

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        """The place of its middle between left and right."""
        return (self.left + self.right) / 2


class TooMuchTextError(ValueError):
    """A page has more than MAX_PAGE_CHARACTERS characters."""


def read_lines(text_page: Any, start: int = 0) -> list[Line]:
    """The lines of a loaded text page of pdfium from the character `start` on, in the order of its content, without
    empty ones.

    The text is in composed letters (NFC): PDFs that hold a letter and its mark apart show the same, and only words that are
    written alike are found alike. Raises TooMuchTextError.
    """
    count = pdfium.FPDFText_CountChars(text_page)
    if count > MAX_PAGE_CHARACTERS:
        raise TooMuchTextError
    return list(_lines(text_page, start, count - start))


def _lines(text_page: Any, start: int, count: int) -> Iterator[Line]:
    if count <= 0:
        return
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, start, count, buffer) - 1
    text = bytes(memoryview(buffer)[: max(0, written)]).decode("utf-16-le", "replace")
    # pdfium counts characters; those that it leaves out of the text have an index of their own.
    exact = start == 0 and written == count
    first = 0 if exact else pdfium.FPDFText_GetTextIndexFromCharIndex(text_page, start) if start else 0
    box = _Box(text_page)
    unit = max(0, first)
    for whole in text.split("\n"):
        stripped = whole.strip(" \t\r\f\v\xa0")
        if stripped:
            lead = len(whole) - len(whole.lstrip(" \t\r\f\v\xa0"))
            begin = unit + lead
            end = begin + _units(stripped) - 1
            if not exact:
                begin = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, begin)
                end = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, end)
            left, bottom, right, top = box.of(begin)
            height = top - bottom
            if end != begin:
                _, bottom, right, _ = box.of(end)
            words = unicodedata.normalize("NFC", _with_hyphens(text_page, stripped, begin))
            yield Line(words, left, right, top, bottom, height, box.font_of_line(stripped, begin, end), begin, end)
        unit += _units(whole) + 1


def read_letters(text_page: Any, line: Line) -> list[tuple[str, float, float]]:
    """The letters of a line, each with the middle of its box (x, y) in points; a mark that stands apart has the place of its
    letter."""
    box = _Box(text_page)
    letters: list[tuple[str, float, float]] = []
    for index in range(line.first, line.last + 1):
        letter = (
            chr(pdfium.FPDFText_GetUnicode(text_page, index)) if pdfium.FPDFText_IsHyphen(text_page, index) != 1 else "-"
        )
        left, bottom, right, top = box.of(index)
        if letters and (letter.isspace() or unicodedata.category(letter) == "Mn" or not (left or right)):
            # A mark stands where its letter does, and a gap that pdfium has put in has no place of its own.
            letters.append((letter, *letters[-1][1:]))
        else:
            letters.append((letter, (left + right) / 2, (bottom + top) / 2))
    return letters


def _units(text: str) -> int:
    """Units of UTF-16."""
    return len(text) if text.isascii() else len(text) + sum(c > "\uffff" for c in text)


def _with_hyphens(text_page: Any, text: str, first: int) -> str:
    """The text with "-" where pdfium has seen a hyphen that ends a line; other unknown characters stay."""
    if _HYPHEN not in text and _OTHER_HYPHEN not in text:
        return text
    pieces = list(text)
    for at, character in enumerate(pieces):
        if character in (_HYPHEN, _OTHER_HYPHEN) and pdfium.FPDFText_IsHyphen(text_page, first + at) == 1:
            pieces[at] = "-"
    return "".join(pieces)


class _Box:
    """Asks for the box and the font of one character after the other, with one buffer for all."""

    def __init__(self, text_page: Any) -> None:
        self._text_page = text_page
        self._rect = pdfium.FS_RECTF()
        self._at = ctypes.byref(self._rect)
        self._name = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()

    def of(self, index: int) -> tuple[float, float, float, float]:
        """(left, bottom, right, top); zeros where pdfium does not know."""
        if not pdfium.FPDFText_GetLooseCharBox(self._text_page, index, self._at):
            return (0.0, 0.0, 0.0, 0.0)
        rect = self._rect
        return (rect.left, rect.bottom, rect.right, rect.top)

    def font_of_line(self, text: str, first: int, last: int) -> str:
        """The font of the first letter, "" if that of the last letter is of another encoding.

        Letters count and not signs: a bullet comes from a font of signs.
        """
        lead = next((at for at, character in enumerate(text) if character.isalnum()), 0)
        font = self.font_of(first + lead)
        if font_encoding(font) is None:
            return font
        trail = next((at for at, character in enumerate(reversed(text)) if character.isalnum()), 0)
        return font if font_encoding(self.font_of(last - trail)) else ""

    def font_of(self, index: int) -> str:
        """The name of the font, "" where it is not known or not a name that a program gives."""
        length = pdfium.FPDFText_GetFontInfo(self._text_page, index, self._name, 128, ctypes.byref(self._flags))
        return self._name.raw[: length - 1].decode("utf-8", "replace") if 1 < length <= 128 else ""
