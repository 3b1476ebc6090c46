"""Read images: photographs, scans and faxes, each frame of a file as a page whose letters must be recognised.

Pillow opens what it knows (TIFF with its pages, JPEG, PNG, GIF, BMP, WebP) and, where pillow-heif is installed, the HEIC of
a phone. What the program of a camera says of the way up is followed. An image that would take too much memory is refused
before it is unpacked.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from indexer.limits import MAX_PAGES
from indexer.readers.pdf_content import content_of
from indexer.readers.pdf_file import Page
from indexer.readers.pdf_pages import PageDecision
from indexer.readers.pdf_scans import recognise_scans
from indexer.readers.reader import Content, Paper
from indexer.readers.sniff import HEAD_BYTES, sniff
from kb.errors import ExtractError

#: The families that are images, and the names by which Pillow knows them.
FORMATS = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "tiff": ("TIFF",),
    "gif": ("GIF",),
    "bmp": ("BMP",),
    "webp": ("WEBP",),
    "heic": ("HEIF",),
}
#: The most pixels of a page that is unpacked: an A3 page at 600 dots per inch.
MAX_PIXELS = 70_000_000
#: What Pillow raises for a file that is damaged in one way or another.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error, ZeroDivisionError)


@dataclass(frozen=True)
class ImageReader:
    """Images, by their first bytes. Their letters are read by the recogniser of the paper."""

    name: ClassVar[str] = "ảnh"

    def bid(self, paper: Paper) -> float:
        """1 for a file that begins as an image of a known family does.

        >>> ImageReader().bid(Paper("a", b"GIF89a")), ImageReader().bid(Paper("a.gif", b"GIF"))
        (1.0, 0.0)
        """
        return float(sniff(paper.path, paper.data[:HEAD_BYTES]).code in FORMATS)

    def read(self, paper: Paper) -> Content:
        """The text of the pages. Raises ExtractError for an image that is damaged or too large or has no text that could be
        read; WaitingError where its pages are still to be recognised."""
        with open_image(paper.path, paper.data) as image:
            count = int(getattr(image, "n_frames", 1))
            if image.format not in ("TIFF", "HEIF"):
                count = 1  # the other frames of a GIF or WebP are a film, those of a JPEG smaller copies
        if count > MAX_PAGES:
            raise ExtractError(
                f"{paper.path}: {count} trang, nhiều hơn {MAX_PAGES} là mức cho một tệp; hãy chia thành nhiều tệp"
            )
        scan = PageDecision("scan", "none")
        pages = recognise_scans(paper, [Page(number, (), (), scan) for number in range(1, count + 1)])
        return content_of(paper.path, pages, sniff(paper.path, paper.data[:HEAD_BYTES]).name)


@contextmanager
def open_image(path: str, data: bytes) -> Iterator[Image.Image]:
    """The image of some bytes, not unpacked yet. What Pillow raises inside becomes an ExtractError."""
    form = sniff(path, data[:HEAD_BYTES])
    known = list(FORMATS.get(form.code, ()))
    if form.code == "heic" and not _register_heif():
        raise ExtractError(
            f"{path}: {form.name}: cần gói pillow-heif để mở (pip install pillow-heif), hoặc lưu lại thành JPEG"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=known) as image:
                yield image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ExtractError(
            f"{path}: ảnh quá lớn (hơn {MAX_PIXELS // 1_000_000} triệu điểm); hãy quét lại ở 200-300 dpi"
        ) from error
    except UnidentifiedImageError as error:
        raise ExtractError(f"{path}: {form.name} bị hỏng hoặc thiếu phần đầu; hãy chép lại tệp này") from error
    except ExtractError:
        raise
    except _DAMAGE as error:
        raise ExtractError(f"{path}: {form.name} bị hỏng hoặc thiếu phần cuối; hãy chép hoặc quét lại ({error})") from error


def read_page(path: str, data: bytes, number: int) -> tuple[Image.Image, float]:
    """The page `number` (from 1) of an image file the right way up, in colour ("RGB") or grey ("L"), on white; and its dots
    per inch, 0 where the file does not tell. Raises ExtractError."""
    with open_image(path, data) as image:
        with suppress(EOFError):
            image.seek(number - 1)
        if image.tell() != number - 1:
            raise ExtractError(f"{path}: không có trang {number}")
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        dpi = _resolution(image)
        upright = ImageOps.exif_transpose(image) or image
        return _plain(upright), dpi


def _resolution(image: Image.Image) -> float:
    """Dots per inch as the file says, 0 where it says nothing that can be."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return min(across, down) if 50 <= across <= 2400 and 50 <= down <= 2400 else 0.0


def _plain(image: Image.Image) -> Image.Image:
    """The image in eight bits a colour, on white paper."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_sixteen_bits(image)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        return paper.convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """A grey image of more than eight bits, in eight."""
    values = np.asarray(image, np.float64)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0 if high > 255 else 255.0
    return Image.fromarray(np.clip((values - low) * (255 / max(high - low, 1.0)), 0, 255).astype(np.uint8))


def _register_heif() -> bool:
    """Let Pillow open HEIC; false where pillow-heif is not installed."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return True
