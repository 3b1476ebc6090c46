"""Find the ruled lines of a table on the image of a page.

They are not painted over: the recogniser then takes the columns of the whole page apart less well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.ocr.page_image import PageImage
from indexer.readers.pdf_objects import Box

#: What is darker (0 to 255) may be a line.
DARKNESS = 160
#: Inches from which a straight stroke is no stroke of a letter, and up to which a line is thick.
MIN_LENGTH = 0.3
MAX_THICKNESS = 0.06
#: The share of a stretch that must be dark: a poor scan has gaps.
MIN_DARK = 0.92
#: Stretches of a page from which it is a picture.
MAX_STRETCHES = 200_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruled line: its box in pixels from the upper left corner, the right and lower edges exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def on_page(self, image: PageImage) -> Box:
        """Its box in points from the lower left corner, as thin as a line of a table is drawn."""
        scale = 72 / image.dpi
        left, top, right, bottom = (edge * scale for edge in (self.left, self.top, self.right, self.bottom))
        height = image.height * scale
        if right - left > bottom - top:
            middle = height - (top + bottom) / 2
            return (left, middle, right, middle)
        middle = (left + right) / 2
        return (middle, height - bottom, middle, height - top)


def find_rulings(image: PageImage) -> list[Ruling]:
    """The straight lines of an image that run along the page or down it, a degree askew at most."""
    grey = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)
    dark = grey < DARKNESS
    across = [Ruling(left, top, right, bottom) for left, top, right, bottom in _lines(dark, image.dpi)]
    down = [Ruling(left, top, right, bottom) for top, left, bottom, right in _lines(dark.T, image.dpi)]
    return across + down


def _lines(dark: Any, dpi: int) -> list[tuple[int, int, int, int]]:
    """The lines along the rows of an image: (left, top, right, bottom)."""
    length = max(8, int(MIN_LENGTH * dpi))
    if dark.shape[1] <= length:
        return []
    small = np.int16 if dark.shape[1] < 32_000 else np.int32
    counts: Any = np.cumsum(np.pad(dark, ((0, 0), (1, 0))), axis=1, dtype=small)
    full = np.pad(counts[:, length:] - counts[:, :-length] >= MIN_DARK * length, ((0, 0), (1, 1)))
    # A stretch begins with its first window of `length` pixels and ends with its last: every second change of a row.
    rows, edges = np.nonzero(full[:, 1:] != full[:, :-1])
    rows, starts, ends = rows[::2], edges[::2], edges[1::2]
    if len(rows) > MAX_STRETCHES:
        return []
    return _merged(rows.tolist(), starts.tolist(), (ends + length - 1).tolist(), max(2, int(MAX_THICKNESS * dpi)))


def _merged(rows: list[int], starts: list[int], ends: list[int], thickness: int) -> list[tuple[int, int, int, int]]:
    """Stretches of rows under each other that overlap are one line; thicker ones are no line but a dark area."""
    done: list[list[int]] = []
    live: list[list[int]] = []
    for row, start, end in zip(rows, starts, ends, strict=True):
        # A line is [left, top, right, last row].
        keep = []
        joined: list[int] | None = None
        for line in live:
            if line[3] < row - 2:
                done.append(line)
            elif start <= line[2] and line[0] <= end and joined is None:
                line[0], line[2], line[3] = min(line[0], start), max(line[2], end), row
                joined = line
                keep.append(line)
            else:
                keep.append(line)
        live = keep
        if joined is None:
            live.append([start, row, end, row])
    boxes = [(left, top, right, last + 1) for left, top, right, last in done + live]
    # A line that is askew is as much higher as it is longer.
    return [box for box in boxes if box[3] - box[1] <= thickness + 0.02 * (box[2] - box[0])]
