"""How large a page is drawn, and how the picture is written."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageChops

from kb.originals import Picture, Rectangle

#: The most pixels of a picture, and dots per inch beyond which a page of a PDF shows nothing more.
MAX_PIXELS = 25_000_000
MAX_DPI = 300
#: The quality of JPEG, for scans.
QUALITY = 80
#: The share of pixels of one brightness from which a picture is printed text: PNG is then half as large as JPEG, and sharp.
FLAT = 0.8
#: How far the colours of a pixel may differ that is still grey, of 255.
GREY = 12
WHOLE = Rectangle(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The whole page in pixels (`across` by `down`), and the part of it that is drawn: from (`left`, `top`) on, `width` by
    `height` pixels."""

    across: int
    down: int
    left: int
    top: int
    width: int
    height: int


def frame(page_width: float, page_height: float, width: int, clip: Rectangle | None, most: float) -> Frame:
    """The frame in which a page is drawn so that the picture is `width` pixels wide.

    `most` is the most pixels that a unit of the page is worth. The picture has MAX_PIXELS at most.

    >>> frame(595, 842, 595, None, 4.0)
    Frame(across=595, down=842, left=0, top=0, width=595, height=842)
    """
    clip = clip or WHOLE
    share_x, share_y = max(clip.right - clip.left, 1e-4), max(clip.bottom - clip.top, 1e-4)
    area = max(page_width * share_x * page_height * share_y, 1e-6)
    scale = min(width / max(page_width * share_x, 1e-6), most, math.sqrt(MAX_PIXELS / area))
    across, down = max(1, round(page_width * scale)), max(1, round(page_height * scale))
    left, top = min(int(clip.left * across), across - 1), min(int(clip.top * down), down - 1)
    right, bottom = min(across, math.ceil(clip.right * across)), min(down, math.ceil(clip.bottom * down))
    wide, high = max(1, right - left), max(1, bottom - top)
    if wide * high > 2 * MAX_PIXELS:  # longer than a scale can mend: a side has a pixel at least
        raise ValueError("a page of this shape cannot be drawn")
    return Frame(across, down, left, top, wide, high)


def write_picture(image: Image.Image) -> Picture:
    """The picture, grey where it has no colours: as PNG where it is letters on even paper, otherwise as JPEG."""
    if image.mode == "RGB" and not _has_colours(image):
        image = image.convert("L")
    out = io.BytesIO()
    if image.mode == "L" and max(image.histogram()) >= FLAT * image.width * image.height:
        image.save(out, "PNG")
        return Picture(out.getvalue(), "image/png", image.width, image.height)
    image.save(out, "JPEG", quality=QUALITY)
    return Picture(out.getvalue(), "image/jpeg", image.width, image.height)


def _has_colours(image: Image.Image) -> bool:
    small = image.reduce(max(1, min(image.width, image.height) // 200)) if min(image.size) > 200 else image
    red, green, blue = small.split()
    differences = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return any(any(difference.histogram()[GREY + 1 :]) for difference in differences)
