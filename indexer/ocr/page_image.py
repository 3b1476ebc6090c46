"""The image of a page as a recogniser wants it: grey, upright as the file says, at the resolution of the scan."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from PIL import Image

from indexer.readers.image import FORMATS, read_page
from indexer.readers.pdf_file import open_document
from indexer.readers.pdf_objects import image_resolutions
from indexer.readers.sniff import HEAD_BYTES, sniff
from kb.errors import ExtractError

#: Dots per inch: never more (a finer scan is not read better), and where the scan does not tell.
MAX_DPI = 300
USUAL_DPI = 200
#: Dots per inch below which a scan is drawn larger than it is.
MIN_DPI = 130
#: How bright the darkest paper of a page is at least, as a share of the brightest, where it is evenly lit.
EVEN_PAPER = 0.9
#: Dots per inch that programs write where they know none, and the short side of A4 in inches.
SCREEN_DPI = 96
A4_INCHES = 8.27
#: The most pixels of an image; a larger page is drawn coarser.
MAX_PIXELS = 25_000_000


@dataclass(frozen=True, slots=True)
class PageImage:
    """A grey image: `pixels` holds a byte for each, row by row from the top, 0 for black."""

    width: int
    height: int
    dpi: int
    pixels: bytes

    def turned(self, degrees: int) -> PageImage:
        """The image turned clockwise by 0, 90, 180 or 270 degrees."""
        if not degrees % 360:
            return self
        grey = np.frombuffer(self.pixels, np.uint8).reshape(self.height, self.width)
        grey = np.rot90(grey, -degrees // 90)
        return PageImage(grey.shape[1], grey.shape[0], self.dpi, grey.tobytes())

    @property
    def pnm(self) -> bytes:
        """The image as a file that every program reads (portable grey map)."""
        return b"P5 %d %d 255\n" % (self.width, self.height) + self.pixels


def render_page(path: str, data: bytes, number: int) -> PageImage:
    """The page `number` (from 1) of a PDF or an image file, turned as the file says. Raises ExtractError."""
    is_image = sniff(path, data[:HEAD_BYTES]).code in FORMATS
    return _render_image(path, data, number) if is_image else _render_pdf(path, data, number)


def _render_pdf(path: str, data: bytes, number: int) -> PageImage:
    """The page of a PDF.

    Grey is the red of the colours: a red stamp over a signature disappears, and blue ink stays dark. Annotations are not
    drawn: their text is read as text.
    """
    with open_document(path, data) as document, _loaded(document, number - 1) as page:
        if page is None:
            raise ExtractError(f"{path}: trang {number} bị hỏng, không mở được")
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        dpi = reading_resolution(max(image_resolutions(page), default=0.0))
        dpi = max(1, int(min(dpi, 72 * (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)))
        across, down = max(1, int(width * dpi / 72)), max(1, int(height * dpi / 72))
        if across * down > 2 * MAX_PIXELS:
            raise ExtractError(f"{path}: trang {number} quá dài và hẹp, không vẽ được để nhận dạng chữ")
        return PageImage(across, down, dpi, _draw(page, across, down))


def _render_image(path: str, data: bytes, number: int) -> PageImage:
    """The page of an image file. Where the file tells no resolution, its short side is taken for that of A4."""
    image, told = read_page(path, data, number)
    scan = told if told > SCREEN_DPI else min(image.size) / A4_INCHES
    scale = reading_resolution(scan) / scan
    scale = min(scale, (MAX_PIXELS / (image.width * image.height)) ** 0.5)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if image.mode != "L":
        image = image.getchannel(0)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return PageImage(*image.size, max(1, round(scan * scale)), image.tobytes())


def reading_resolution(scan: float) -> float:
    """The dots per inch at which a scan of some resolution (0 where it is not known) is read best."""
    return min(MAX_DPI, scan if scan >= MIN_DPI else USUAL_DPI)


@contextmanager
def _loaded(document: Any, index: int) -> Iterator[Any]:
    page = pdfium.FPDF_LoadPage(document, index)
    try:
        yield page or None
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def _draw(page: Any, across: int, down: int) -> bytes:
    """The red of every pixel."""
    pixels = (ctypes.c_uint8 * (4 * across * down))()
    bitmap = pdfium.FPDFBitmap_CreateEx(across, down, pdfium.FPDFBitmap_BGRx, pixels, 4 * across)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, across, down, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, across, down, 0, 0)
        return bytes(memoryview(pixels)[2::4])
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def even_out(image: PageImage) -> PageImage:
    """The image with its background white where the paper is not equally bright everywhere, otherwise the same image.

    A lamp or a fold makes a part of a photographed page dark, and a threshold for the whole page then loses lines. Each
    pixel is divided by the brightness of the paper around it, which is taken from tiles and smoothed.
    """
    grey = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)
    size = max(8, image.dpi // 5)
    rows, columns = -(-image.height // size), -(-image.width // size)
    missing = ((0, rows * size - image.height), (0, columns * size - image.width))
    padded = np.pad(grey, missing, mode="edge")
    tiles = padded.reshape(rows, size, columns, size).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    paper = np.percentile(tiles[..., ::4], 90, axis=2)
    dark, bright = np.percentile(paper, (5, 95))
    if dark >= EVEN_PAPER * bright:
        return image
    smooth = np.mean([_shifted(paper, down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)], axis=0)
    scale = _between(255.0 / np.maximum(smooth, 1.0).astype(np.float32), image.width, size)
    evened = np.empty_like(grey)
    # Band by band: the page as fractions would take eight times the memory of the page.
    for top in range(0, image.height, size):
        band = slice(top, min(top + size, image.height))
        evened[band] = np.minimum(grey[band] * _rows_between(scale, band, size), 255)
    return PageImage(image.width, image.height, image.dpi, evened.tobytes())


def _shifted(values: Any, down: int, across: int) -> Any:
    padded = np.pad(values, 1, mode="edge")
    rows, columns = values.shape
    return padded[1 + down : 1 + down + rows, 1 + across : 1 + across + columns]


def _between(values: Any, width: int, size: int) -> Any:
    """A value for every pixel of a row of tiles, between those of the middles of the tiles."""
    at = np.clip((np.arange(width, dtype=np.float32) + 0.5) / size - 0.5, 0, values.shape[1] - 1)
    left = at.astype(int)
    right, share = np.minimum(left + 1, values.shape[1] - 1), at - left
    return values[:, left] * (1 - share) + values[:, right] * share


def _rows_between(values: Any, band: slice, size: int) -> Any:
    """The values of the rows of a band, between those of the middles of the tiles above and below."""
    at = np.clip((np.arange(band.start, band.stop, dtype=np.float32) + 0.5) / size - 0.5, 0, values.shape[0] - 1)
    top = at.astype(int)
    below, share = np.minimum(top + 1, values.shape[0] - 1), (at - top)[:, None]
    return values[top] * (1 - share) + values[below] * share
