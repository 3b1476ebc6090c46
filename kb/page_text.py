"""The words of one page with their places, in the few bytes in which they are kept.

A place is a rectangle in shares of the page as it is shown (0 to 1, from the upper left corner), so that it fits an image of
any size. A page of text takes 3 to 6 kB.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

#: Where the words of a page come from: its text layer, or a recogniser.
WordSource = Literal["layer", "recognised"]
_FULL = 65535
#: Bytes of a page that are unpacked at most: 100,000 words.
_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word, how sure its reading is (0 to 1; 1 for a text layer), and its rectangle in shares of the page."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of page `number` (from 1) in reading order; `width` and `height` are those of the page in points.

    `turned` is by how many degrees (0, 90, 180, 270) the page was turned clockwise before it was read; the rectangles are
    those of the page as the file shows it. `engine` names the program and model that read it.
    """

    number: int
    width: float
    height: float
    words: tuple[PageWord, ...]
    source: WordSource = "layer"
    engine: str = ""
    turned: int = 0

    @property
    def confidence(self) -> float:
        """The mean confidence of the letters, 0 where there are none."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / letters if letters else 0.0


def pack(page: PageText) -> bytes:
    """A page as bytes: places are rounded to 1/65535 of the page, confidences to 1/255."""
    places = np.array([(w.left, w.top, w.right, w.bottom) for w in page.words], dtype=np.float64).reshape(-1, 4)
    boxes = np.rint(np.clip(places, 0, 1) * _FULL).astype("<u2")
    sure = np.rint(np.clip([w.confidence for w in page.words], 0, 1) * 255).astype(np.uint8)
    head = [page.number, page.width, page.height, page.source, page.engine, page.turned, [w.text for w in page.words]]
    told = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    # Column by column: neighbours differ little, and pack well.
    return zlib.compress(len(told).to_bytes(4, "little") + told + sure.tobytes() + boxes.T.tobytes(), 9)


def unpack(data: bytes) -> PageText:
    """The page of `pack`. Raises ValueError for other bytes.

    >>> unpack(pack(PageText(2, 595, 842, (PageWord("Điều", 1.0, 0.0, 0.0, 1.0, 0.2),)))).words[0].text
    'Điều'
    """
    try:
        opener = zlib.decompressobj()
        whole = opener.decompress(data, _MOST)
        start = 4 + int.from_bytes(whole[:4], "little")
        number, width, height, source, engine, turned, texts = json.loads(whole[4:start])
        count = len(texts)
        sure = np.frombuffer(whole, np.uint8, count, start) / 255
        boxes = np.frombuffer(whole, "<u2", 4 * count, start + count).reshape(4, count) / _FULL
    except (zlib.error, ValueError, TypeError) as error:
        raise ValueError(f"no page of words: {error}") from error
    words = zip(texts, sure.tolist(), *boxes.tolist(), strict=True)
    return PageText(number, width, height, tuple(PageWord(*word) for word in words), source, engine, turned)
