"""Originals that have pages, opened: PDF by pdfium, images by Pillow."""

from __future__ import annotations

import ctypes
import io
import warnings
from contextlib import ExitStack, suppress
from typing import Any, Protocol

import numpy as np
import pypdfium2.raw as pdfium
from PIL import Image, ImageOps

from indexer.limits import MAX_PAGES
from indexer.originals.drawing import MAX_DPI, frame, write_picture
from indexer.originals.media import PAGED
from indexer.originals.pdf_words import read_page_words
from indexer.readers.pdf_file import open_document
from indexer.readers.sniff import HEAD_BYTES, sniff
from kb.errors import ExtractError, PageAwayError
from kb.originals import Picture, Rectangle
from kb.page_text import PageText

#: The most pixels of an image that is opened: a sheet of A3 at 600 dots per inch has 70 millions.
MAX_IMAGE_PIXELS = 120_000_000
#: Dots per inch of an image that does not tell how large its sheet is.
USUAL_DPI = 200


class Paged(Protocol):
    """An opened original. Pages are counted from 1."""

    @property
    def count(self) -> int:
        """How many pages it has."""

    def shape(self, number: int) -> tuple[float, float]:
        """Width and height of a page as it is shown, in points. Raises ValueError."""

    def words(self, number: int) -> PageText | None:
        """The words of its text layer, None where it can have none. Raises ValueError."""

    def draw(self, number: int, width: int, clip: Rectangle | None) -> Picture:
        """A picture of a page, about `width` pixels wide. Raises ValueError."""

    def close(self) -> None:
        """Give its memory back."""


def open_paged(path: str, data: bytes) -> Paged:
    """The pages of an original. Raises PageAwayError for one that has none, needs a password or is damaged."""
    code = sniff(path, data[:HEAD_BYTES]).code
    try:
        if code == "pdf":
            return _Pdf(path, data)
        if code in PAGED:
            return _Images(data, code)
    except (ExtractError, ValueError, OSError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise PageAwayError(f"{path}: không mở được để vẽ trang ({error})") from error
    raise PageAwayError(f"{path}: định dạng này không có trang để vẽ")


class _Pdf:
    def __init__(self, path: str, data: bytes) -> None:
        self._open = ExitStack()
        self._document = self._open.enter_context(open_document(path, data))
        self._data = data  # pdfium reads it as long as the document is open
        self.count = min(MAX_PAGES, max(0, pdfium.FPDF_GetPageCount(self._document)))

    def shape(self, number: int) -> tuple[float, float]:
        size = pdfium.FS_SIZEF()
        if not pdfium.FPDF_GetPageSizeByIndexF(self._document, number - 1, size):
            raise ValueError("the page is damaged")
        return size.width, size.height

    def words(self, number: int) -> PageText | None:
        return read_page_words(self._document, number - 1)

    def draw(self, number: int, width: int, clip: Rectangle | None) -> Picture:
        page = pdfium.FPDF_LoadPage(self._document, number - 1)
        if not page:
            raise ValueError("the page is damaged")
        try:
            return write_picture(_draw(page, width, clip))
        finally:
            pdfium.FPDF_ClosePage(page)

    def close(self) -> None:
        self._open.close()


def _draw(page: Any, width: int, clip: Rectangle | None) -> Image.Image:
    where = frame(pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page), width, clip, MAX_DPI / 72)
    pixels = bytearray(4 * where.width * where.height)
    buffer = (ctypes.c_ubyte * len(pixels)).from_buffer(pixels)
    bitmap = pdfium.FPDFBitmap_CreateEx(where.width, where.height, pdfium.FPDFBitmap_BGRx, buffer, 4 * where.width)
    if not bitmap:
        raise ValueError("no bitmap of this size")
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, where.width, where.height, 0xFFFFFFFF)
        place = (-where.left, -where.top, where.across, where.down)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, *place, 0, pdfium.FPDF_ANNOT)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return Image.frombuffer("RGB", (where.width, where.height), pixels, "raw", "BGRX", 0, 1)


class _Images:
    """The frames of an image file. The last one that was shown stays decoded."""

    def __init__(self, data: bytes, code: str) -> None:
        Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        if code == "heic":
            import pillow_heif

            pillow_heif.register_heif_opener()
        self._file = Image.open(io.BytesIO(data))
        # Only a TIFF has pages; the frames of a moving picture are one.
        self.count = min(MAX_PAGES, getattr(self._file, "n_frames", 1)) if code == "tiff" else 1
        self._last: tuple[int, Image.Image] | None = None

    def shape(self, number: int) -> tuple[float, float]:
        page = self._page(number)
        return page.width * 72 / USUAL_DPI, page.height * 72 / USUAL_DPI

    def words(self, number: int) -> PageText | None:
        return None

    def draw(self, number: int, width: int, clip: Rectangle | None) -> Picture:
        page = self._page(number)
        where = frame(page.width, page.height, width, clip, 1.0)
        # What is cut out of the page as it is, then made smaller.
        scale = page.width / where.across
        box = (
            where.left * scale,
            where.top * scale,
            min(page.width, (where.left + where.width) * scale),
            min(page.height, (where.top + where.height) * scale),
        )
        return write_picture(page.resize((where.width, where.height), Image.Resampling.BICUBIC, box, reducing_gap=2.0))

    def _page(self, number: int) -> Image.Image:
        """The frame as a person sees it: the right way up, in grey or colours, on white."""
        if self._last is None or self._last[0] != number:
            self._last = None
            with suppress(EOFError):
                self._file.seek(number - 1)
                self._last = number, _upright(self._file)
        if self._last is None:
            raise ValueError("no such page")
        return self._last[1]

    def close(self) -> None:
        self._last = None
        self._file.close()


def _upright(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_IMAGE_PIXELS:  # of a later frame, which is not checked when a file is opened
        raise ValueError("the image is too large")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image, np.float32)
        # 16 bits are 0 to 65535; other depths fill what they have.
        highest = 65535.0 if image.mode.startswith("I;16") else max(1.0, float(grey.max(initial=0.0)))
        image = Image.fromarray(np.clip(grey * (255.0 / highest), 0, 255).astype(np.uint8))
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
