"""Draw scanned pages for tests: lines of text and ruled lines as an image, with the faults that scanners make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from indexer.ocr import PageImage, why_missing
from tests.indexer.readers import pdf_files

_FONTS = (
    "croscore/Tinos-Regular.ttf",
    "liberation/LiberationSerif-Regular.ttf",
    "dejavu/DejaVuSerif.ttf",
    "dejavu/DejaVuSans.ttf",
)
_FOLDERS = ("/usr/share/fonts/truetype", "/usr/share/fonts", "/Library/Fonts")
DPI = 200


def need_tesseract() -> None:
    """Skip a test, and say why, where letters cannot be recognised or drawn."""
    if reason := why_missing():
        pytest.skip(reason)
    if font_file() is None:
        pytest.skip("no font with Vietnamese letters here: apt install fonts-croscore or fonts-dejavu")


def font_file() -> Path | None:
    """A file of a font with all letters of Vietnamese."""
    return next((path for folder in _FOLDERS for name in _FONTS if (path := Path(folder) / name).is_file()), None)


class Scan:
    """A page of white paper, A4 unless `size` (points) says otherwise, on which a test draws; all places in points from the upper
    left corner."""

    def __init__(self, size: tuple[float, float] = pdf_files.A4, dpi: int = DPI) -> None:
        self.dpi, self._scale = dpi, dpi / 72
        self.image = Image.new("L", (int(size[0] * self._scale), int(size[1] * self._scale)), 255)
        self._size = size

    def write(self, x: float, y: float, texts: Sequence[str], size: float = 13, step: float = 20) -> Scan:
        """Lines of text under each other."""
        file = font_file()
        assert file is not None
        font = ImageFont.truetype(str(file), int(size * self._scale))
        draw = ImageDraw.Draw(self.image)
        for at, text in enumerate(texts):
            draw.text((x * self._scale, (y + step * at) * self._scale), text, fill=20, font=font)
        return self

    def rule(self, x: float, y: float, to_x: float, to_y: float) -> Scan:
        """A ruled line."""
        ends = [edge * self._scale for edge in (x, y, to_x, to_y)]
        ImageDraw.Draw(self.image).line(ends, fill=30, width=max(1, self.dpi // 100))
        return self

    def turned(self, degrees: float) -> Scan:
        """The page askew, or on its side."""
        self.image = self.image.rotate(degrees, expand=degrees % 90 == 0, fillcolor=255, resample=Image.Resampling.BICUBIC)
        return self

    def shaded(self, darkest: float = 0.55) -> Scan:
        """The page under a lamp: paper gets darker from left to right."""
        grey = np.asarray(self.image, np.float32) * np.linspace(1.0, darkest, self.image.width)[None, :]
        self.image = Image.fromarray(grey.astype(np.uint8))
        return self

    @property
    def page(self) -> PageImage:
        return PageImage(self.image.width, self.image.height, self.dpi, self.image.tobytes())

    def drawn(self) -> pdf_files.Image:
        """The scan as it lies on the whole page of a PDF."""
        width, height = self._size
        return pdf_files.Image(0, 0, width, height, self.image.width, self.image.height, self.image.tobytes())
