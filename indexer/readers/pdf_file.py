"""Open a PDF and read its pages: their lines, what is drawn on them, their visible signatures, and what was decided."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pypdfium2.raw as pdfium

from indexer.limits import MAX_PAGES
from indexer.readers.pdf_lines import Line, TooMuchTextError, read_letters, read_lines
from indexer.readers.pdf_objects import Box, look_at_page
from indexer.readers.pdf_pages import PageDecision, decide_page, measure_page
from indexer.readers.pdf_tables import with_rows
from kb.errors import ExtractError

#: Dots per inch at which a page without text is drawn, to see whether anything is on it, and the most pixels of it.
INK_DPI = 40
MAX_INK_PIXELS = 1_000_000
#: What is darker (0 to 255) is ink.
INK_DARKNESS = 160
#: Annotations of a page that are looked at.
MAX_ANNOTATIONS = 500

_LIGHT = bytes(range(INK_DARKNESS, 256))
#: Annotations whose text belongs to the paper: signatures and form fields, texts and stamps that a clerk put on it.
_SHOWN = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read: its number from 1, its lines, the lines of its visible signatures, and what was decided.

    `confidence` (0 to 1) is that of the recogniser that read it, None where none did; `failure` says why one could not, and
    `waiting` that one is still to do so. `other` are the lines of a second reading of the page.
    """

    number: int
    lines: tuple[Line, ...]
    signatures: tuple[Line, ...]
    decision: PageDecision
    confidence: float | None = None
    failure: str = ""
    waiting: bool = False
    other: tuple[Line, ...] = ()


def read_pages(path: str, data: bytes) -> list[Page]:
    """Every page of a PDF, before anything of it is left out. Raises ExtractError."""
    pages = []
    with open_document(path, data) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if count <= 0:
            raise ExtractError(f"{path}: tệp PDF không có trang nào; hãy xuất lại từ bản gốc")
        if count > MAX_PAGES:
            raise ExtractError(f"{path}: {count} trang, nhiều hơn {MAX_PAGES} là mức cho một tệp; hãy chia thành nhiều tệp")
        for index in range(count):
            try:
                pages.append(_read_page(document, index))
            except TooMuchTextError as error:
                raise ExtractError(f"{path}: trang {index + 1} có quá nhiều chữ; tệp có thể bị hỏng") from error
    return pages


@contextmanager
def open_document(path: str, data: bytes) -> Iterator[Any]:
    """The document of some bytes of pdfium, closed afterwards."""
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        code = pdfium.FPDF_GetLastError()
        if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ExtractError(f"{path}: tệp PDF có mật khẩu; hãy mở bằng mật khẩu rồi lưu thành bản không có mật khẩu")
        raise ExtractError(f"{path}: tệp PDF bị hỏng hoặc thiếu phần cuối; hãy lấy lại bản đầy đủ hoặc in lại ra PDF")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _read_page(document: Any, index: int) -> Page:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return Page(index + 1, (), (), PageDecision("unreadable", "none"))
    try:
        # Lines of a turned page would be read across each other.
        if pdfium.FPDFPage_GetRotation(page):
            pdfium.FPDFPage_SetRotation(page, 0)
        box = _box_of(page)
        seen = look_at_page(page, box)
        lines, characters = _lines_of(page, rules=seen.rules)
        signals = measure_page(lines, box, seen.coverage, seen.invisible)
        if not lines:
            signals = replace(signals, ink=_ink(page))
        signatures = _signatures(document, index, page, characters)
        return Page(index + 1, tuple(lines), tuple(signatures), decide_page(signals))
    finally:
        pdfium.FPDF_ClosePage(page)


def _lines_of(page: Any, start: int = 0, rules: Sequence[Box] = ()) -> tuple[list[Line], int]:
    """The lines of a page from the character `start` on, the rows of its ruled tables among them, and how many characters
    the page has."""
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        return [], 0
    try:
        lines = with_rows(read_lines(text_page, start), rules, partial(read_letters, text_page))
        return lines, max(0, pdfium.FPDFText_CountChars(text_page))
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _box_of(page: Any) -> Box:
    """The part of its plane that a page shows."""
    rect = pdfium.FS_RECTF()
    if pdfium.FPDF_GetPageBoundingBox(page, rect):
        return (rect.left, rect.bottom, rect.right, rect.top)
    return (0.0, 0.0, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))


def _ink(page: Any) -> float:
    """The share of dark pixels of a page, drawn small."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale = min(INK_DPI / 72, (MAX_INK_PIXELS / max(width * height, 1.0)) ** 0.5)
    across, down = max(1, int(width * scale)), max(1, int(height * scale))
    if across * down > 2 * MAX_INK_PIXELS:
        return 0.0
    pixels = (ctypes.c_uint8 * (across * down))()
    bitmap = pdfium.FPDFBitmap_CreateEx(across, down, pdfium.FPDFBitmap_Gray, pixels, across)
    if not bitmap:
        return 0.0
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, across, down, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, across, down, 0, pdfium.FPDF_ANNOT)
        return len(bytes(pixels).translate(None, _LIGHT)) / (across * down)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def _signatures(document: Any, index: int, page: Any, characters: int) -> list[Line]:
    """The lines that annotations show: visible signatures, stamps and notes on the page, values of a form.

    They are no part of the page's content. They are drawn into it (in memory only), and what then comes behind its
    `characters` is theirs.
    """
    if not any(_shows_text(page, at) for at in range(min(MAX_ANNOTATIONS, pdfium.FPDFPage_GetAnnotCount(page)))):
        return []
    if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return []
    flat = pdfium.FPDF_LoadPage(document, index)
    if not flat:
        return []
    try:
        return _lines_of(flat, characters)[0]
    finally:
        pdfium.FPDF_ClosePage(flat)


def _shows_text(page: Any, at: int) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, at)
    if not annotation:
        return False
    try:
        return pdfium.FPDFAnnot_GetSubtype(annotation) in _SHOWN and bool(pdfium.FPDFAnnot_HasKey(annotation, b"AP"))
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)
