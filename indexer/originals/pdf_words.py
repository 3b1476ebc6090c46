"""The words of a PDF page with their places, as its text layer has them.

The lines are those that `indexer.readers.pdf_lines` reads, so that the words are those of the item's text. A page that is
turned is read upright and its places are turned afterwards. What annotations show (a visible signature, a stamp, the value
of a form) comes behind the page's own text.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from indexer.readers.pdf_lines import Line, TooMuchTextError, read_lines
from kb.page_text import PageText, PageWord

Box = tuple[float, float, float, float]


def read_page_words(document: Any, index: int) -> PageText:
    """The words of page `index` (from 0) of a loaded document. Raises ValueError for a page that cannot be opened."""
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        raise ValueError("the page is damaged")
    turns = 0
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        turns = pdfium.FPDFPage_GetRotation(page)
        if turns:
            pdfium.FPDFPage_SetRotation(page, 0)
        if pdfium.FPDFPage_GetAnnotCount(page) > 0:
            page = _flattened(document, index, page)
        words = tuple(_turned(word, turns) for word in _words(page))
        return PageText(index + 1, width, height, words)
    finally:
        if turns:
            pdfium.FPDFPage_SetRotation(page, turns)
        pdfium.FPDF_ClosePage(page)


def _flattened(document: Any, index: int, page: Any) -> Any:
    """The page with its annotations drawn into it, in memory only; `page` is closed then."""
    if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return page
    flat = pdfium.FPDF_LoadPage(document, index)
    if not flat:
        return page
    pdfium.FPDF_ClosePage(page)
    return flat


def _words(page: Any) -> Iterator[PageWord]:
    """The words of a loaded page, upright."""
    shown = _shown_box(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page or shown[2] <= shown[0] or shown[3] <= shown[1]:
        return
    try:
        for line in read_lines(text_page):
            for text, box in _words_of_line(text_page, line):
                yield _placed(text, box, shown)
    except TooMuchTextError:
        return
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _words_of_line(text_page: Any, line: Line) -> Iterator[tuple[str, Box]]:
    """(text, box in points) of each word of a line."""
    rect = pdfium.FS_RECTF()
    at = ctypes.byref(rect)
    letters: list[str] = []
    boxes: list[Box] = []
    for index in range(line.first, line.last + 2):
        letter = _letter(text_page, index) if index <= line.last else " "
        if letter.isspace():
            if letters and boxes:
                yield unicodedata.normalize("NFC", "".join(letters)), _around(boxes)
            letters, boxes = [], []
            continue
        letters.append(letter)
        if pdfium.FPDFText_GetLooseCharBox(text_page, index, at) and rect.right > rect.left and rect.top > rect.bottom:
            boxes.append((rect.left, rect.bottom, rect.right, rect.top))


def _letter(text_page: Any, index: int) -> str:
    if pdfium.FPDFText_IsHyphen(text_page, index) == 1:
        return "-"
    code = pdfium.FPDFText_GetUnicode(text_page, index)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _around(boxes: list[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (min(lefts), min(bottoms), max(rights), max(tops))


def _shown_box(page: Any) -> Box:
    """The part of its plane that a page shows."""
    rect = pdfium.FS_RECTF()
    if pdfium.FPDF_GetPageBoundingBox(page, rect):
        return (rect.left, rect.bottom, rect.right, rect.top)
    return (0.0, 0.0, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))


def _placed(text: str, box: Box, shown: Box) -> PageWord:
    """The word in shares of what the page shows."""
    across, up = shown[2] - shown[0], shown[3] - shown[1]
    places = (
        (box[0] - shown[0]) / across, (shown[3] - box[3]) / up, (box[2] - shown[0]) / across, (shown[3] - box[1]) / up
    )  # fmt: skip
    left, top, right, bottom = (min(1.0, max(0.0, place)) for place in places)
    return PageWord(text, 1.0, left, top, right, bottom)


def _turned(word: PageWord, turns: int) -> PageWord:
    """The word where it stands once the page is turned clockwise by `turns` right angles.

    >>> _turned(PageWord("a", 1.0, 0.1, 0.2, 0.3, 0.25), 1)
    PageWord(text='a', confidence=1.0, left=0.75, top=0.1, right=0.8, bottom=0.3)
    """
    left, top, right, bottom = word.left, word.top, word.right, word.bottom
    match turns:
        case 1:
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        case 2:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
        case 3:
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
    return PageWord(word.text, word.confidence, left, top, right, bottom)
