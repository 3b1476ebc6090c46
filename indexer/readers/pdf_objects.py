"""What is drawn on a PDF page besides its letters: how much of it images cover, how much text is invisible, ruled lines."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pypdfium2.raw as pdfium

Box = tuple[float, float, float, float]
"""(left, bottom, right, top) in points."""

#: Objects of a page that are looked at; and forms (pages within the page) inside each other.
MAX_OBJECTS = 50_000
MAX_DEPTH = 4
#: The cells of a side of the grid on which coverage is counted.
GRID = 40
#: Points up to which a drawn shape is a line.
LINE_WIDTH = 2.5
#: Points from which a line is one of a table, and not a stroke of a letter or a mark.
MIN_RULE = 8.0

_INVISIBLE = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


@dataclass(frozen=True, slots=True)
class PageObjects:
    """What stands on a page: the share that images cover (0 to 1), the share of its text objects that are not drawn, and its
    ruled lines: boxes that are LINE_WIDTH thin, in points."""

    coverage: float
    invisible: float
    rules: tuple[Box, ...] = ()


@dataclass(slots=True)
class _Found:
    images: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    texts: int = 0
    invisible: int = 0
    left: int = MAX_OBJECTS


def look_at_page(page: Any, box: Box) -> PageObjects:
    """Look at the objects of a loaded page of pdfium that shows the part `box` of its plane."""
    found = _Found()
    count = pdfium.FPDFPage_CountObjects(page)
    _walk(count, partial(pdfium.FPDFPage_GetObject, page), found, (1, 0, 0, 1, 0, 0), 0)
    invisible = found.invisible / found.texts if found.texts else 0.0
    return PageObjects(cover(box, found.images), invisible, tuple(found.rules))


def _walk(count: int, at: Callable[[int], Any], found: _Found, matrix: tuple[float, ...], depth: int) -> None:
    kind_of = pdfium.FPDFPageObj_GetType
    for index in range(min(count, found.left)):
        found.left -= 1
        drawn = at(index)
        kind = kind_of(drawn)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            found.texts += 1
            # Asked only of pages with an image: invisible text stands nowhere else.
            if found.images:
                found.invisible += pdfium.FPDFTextObj_GetTextRenderMode(drawn) in _INVISIBLE
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            if (bounds := _bounds(drawn, matrix)) is not None:
                found.images.append(bounds)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            if (bounds := _bounds(drawn, matrix)) is not None:
                found.rules.extend(_rules(drawn, bounds))
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = pdfium.FPDFFormObj_CountObjects(drawn)
            _walk(inner, partial(pdfium.FPDFFormObj_GetObject, drawn), found, _times(drawn, matrix), depth + 1)


def image_resolutions(page: Any) -> list[float]:
    """The dots per inch of the images of a loaded page that are as wide as half of it, as they are drawn there.

    Only those that stand on the page itself: where they are in a form, nothing is known.
    """
    found = []
    width = pdfium.FPDF_GetPageWidthF(page)
    for at in range(min(MAX_OBJECTS, pdfium.FPDFPage_CountObjects(page))):
        drawn = pdfium.FPDFPage_GetObject(page, at)
        if pdfium.FPDFPageObj_GetType(drawn) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        across, down = ctypes.c_uint(), ctypes.c_uint()
        bounds = _bounds(drawn, (1, 0, 0, 1, 0, 0))
        if bounds and bounds[2] - bounds[0] > width / 2 and pdfium.FPDFImageObj_GetImagePixelSize(drawn, across, down):
            found.append(72 * across.value / (bounds[2] - bounds[0]))
    return found


def cover(box: Box, images: list[Box]) -> float:
    """The share of `box` that the images cover together, on a grid of GRID by GRID cells.

    >>> cover((0, 0, 100, 100), [(0, 0, 100, 25), (0, 20, 100, 50), (-50, -50, 10, 10)])
    0.5
    """
    left, bottom, right, top = box
    width, height = right - left, top - bottom
    if width <= 0 or height <= 0:
        return 0.0
    rows = [0] * GRID
    for image in images:
        first, last = _cells(image[0] - left, image[2] - left, width)
        low, high = _cells(image[1] - bottom, image[3] - bottom, height)
        for row in range(low, high):
            rows[row] |= ((1 << max(0, last - first)) - 1) << first
    return sum(row.bit_count() for row in rows) / GRID**2


def _cells(start: float, end: float, size: float) -> tuple[int, int]:
    """The cells whose middles are between `start` and `end`."""
    first, last = (min(GRID, max(0, round(GRID * edge / size))) for edge in (start, end))
    return first, last


def _bounds(drawn: Any, matrix: tuple[float, ...]) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(drawn, left, bottom, right, top):
        return None
    if matrix == (1, 0, 0, 1, 0, 0):
        return (left.value, bottom.value, right.value, top.value)
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return (min(xs), min(ys), max(xs), max(ys))


def _times(form: Any, outer: tuple[float, ...]) -> tuple[float, ...]:
    """The matrix of a form's content on the page: that of the form, and then `outer`."""
    own = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(form, own):
        return outer
    a, b, c, d, e, f = outer
    return (
        own.a * a + own.b * c, own.a * b + own.b * d, own.c * a + own.d * c, own.c * b + own.d * d,
        own.e * a + own.f * c + e, own.e * b + own.f * d + f,
    )  # fmt: skip


def _rules(path: Any, bounds: Box) -> list[Box]:
    """The ruled lines that a path is: itself where it is thin, the four edges of a frame that is drawn as one."""
    left, bottom, right, top = bounds
    width, height = right - left, top - bottom
    if max(width, height) < MIN_RULE:
        return []
    if min(width, height) <= LINE_WIDTH:
        return [bounds]
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    if not stroke.value or pdfium.FPDFPath_CountSegments(path) not in (4, 5):
        return []
    return [(left, bottom, right, bottom), (left, top, right, top), (left, bottom, left, top), (right, bottom, right, top)]
