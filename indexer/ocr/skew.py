"""Find by how much a page is askew, and set it straight: rows of a table that lean by a degree overlap each other."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from indexer.ocr.page_image import PageImage

#: Degrees that are looked at on both sides, the step between two, and those from which a page is set straight.
MAX_SKEW = 3.0
STEP = 0.1
MIN_SKEW = 0.5
#: Dots per inch that are enough to see the lines of a page, and what is darker (0 to 255) is ink.
LOOK_DPI = 75
INK_DARKNESS = 128
#: The most dots of ink that are looked at.
MAX_DOTS = 60_000


def find_skew(image: PageImage) -> float:
    """By how many degrees a page must be turned clockwise so that its lines are level; 0 where it is about straight.

    At the right angle rows are either full of ink or empty: the sum of the squares of their ink is greatest.
    """
    every = max(1, image.dpi // LOOK_DPI)
    grey = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)[::every, ::every]
    down, across = np.nonzero(grey < INK_DARKNESS)
    if len(down) < 200:
        return 0.0
    pick = slice(None, None, max(1, len(down) // MAX_DOTS))
    down, across = down[pick].astype(np.float32), across[pick].astype(np.float32)
    angles = np.arange(-MAX_SKEW, MAX_SKEW + STEP / 2, STEP)
    scores = []
    for angle in angles:
        rows = down + across * math.tan(math.radians(angle))
        counts = np.bincount((rows - rows.min()).astype(np.int64))
        scores.append(float(np.square(counts.astype(np.float64)).sum()))
    best = float(angles[int(np.argmax(scores))])
    return round(best, 1) if abs(best) >= MIN_SKEW else 0.0


def turned_by(image: PageImage, degrees: float) -> PageImage:
    """The image turned clockwise by a few degrees, in its size; what comes in at the corners is white."""
    if not degrees:
        return image
    whole = Image.frombytes("L", (image.width, image.height), image.pixels)
    straight = whole.rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return PageImage(image.width, image.height, image.dpi, straight.tobytes())


def place_before(x: float, y: float, size: PageImage, degrees: float) -> tuple[float, float]:
    """Where a place (in pixels) of a turned image was before it was turned clockwise.

    >>> place_before(50, 40, PageImage(100, 80, 72, b""), 2.0)
    (50.0, 40.0)
    """
    if not degrees:
        return (x, y)
    angle = math.radians(degrees)
    a, b = x - size.width / 2, y - size.height / 2
    return (
        a * math.cos(angle) + b * math.sin(angle) + size.width / 2,
        -a * math.sin(angle) + b * math.cos(angle) + size.height / 2,
    )
