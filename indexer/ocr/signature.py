"""Look a second time where a paper is signed: a stamp over the name makes a picture of it, and pictures are not read.

Where a page names the office of a signer, or its recipients, and no name stands below, that part of the page is read again
as words wherever they stand. Only what looks like a name or an office is taken, and never as sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from indexer.ocr.page_image import PageImage
from indexer.ocr.tesseract import LANGUAGE, SCATTERED, Word, read_words
from vitext import fold, is_syllable

#: The most that words of a second look are sure, and the least of those that are taken.
MAX_CONFIDENCE = 0.8
MIN_CONFIDENCE = 0.2
#: What is added to the blocks of the second look, so that its lines are lines of their own.
SECOND = 1000
#: How far below the office of the signer a name may stand, and how far beside its middle, as shares of the page.
BELOW = 0.24
BESIDE = 0.25
#: What is darker (0 to 255) is print; the red of a stamp is lighter.
PRINT_DARKNESS = 140

_OFFICE = re.compile(r"\b(?:chu tich|giam doc|bi thu|truong phong|truong ban|hieu truong|thu truong|chanh van phong)\b")
_RECIPIENTS = re.compile(r"^noi nhan\b")
_ON_BEHALF = re.compile(r"^(?:tm|kt|tl|tuq|q)\.")


def second_look(image: PageImage, words: Sequence[Word]) -> list[Word]:
    """The words of a page, with those of a signature that was not read. Raises as `read_words` does."""
    zone = _zone(image, words)
    if zone is None or _is_read(words, zone):
        return list(words)
    left, top = zone[:2]
    found = [
        replace(
            word,
            line=(SECOND + word.line[0], *word.line[1:]),
            left=word.left + left,
            top=word.top + top,
            right=word.right + left,
            bottom=word.bottom + top,
        )
        for word in read_words(_cut(image, zone), LANGUAGE, SCATTERED)
        if word.confidence >= MIN_CONFIDENCE
    ]
    result = list(words)
    for line in _lines(found):
        if _is_name(line) or _is_office(line):
            result = _with_line(result, line)
    return result


def _with_line(words: Sequence[Word], line: Sequence[Word]) -> list[Word]:
    """The words with a line of the second look in place of the pieces that the first one made of it; one that was read
    for surer stays."""
    same = [word for word in words if any(_overlap(word, other) for other in line)]
    if (_is_name(same) or _is_office(same)) and _sureness(same) >= _sureness(line):
        return list(words)
    line = [replace(word, confidence=min(word.confidence, MAX_CONFIDENCE)) for word in line]
    kept = [word for word in words if word not in same]
    at = (
        kept.index(next(word for word in words[words.index(same[0]) :] if word in kept))
        if _followed(words, same)
        else len(kept)
    )
    return [*kept[:at], *line, *kept[at:]]


def _sureness(words: Sequence[Word]) -> float:
    return sum(word.confidence for word in words) / len(words)


def _followed(words: Sequence[Word], some: Sequence[Word]) -> bool:
    return bool(some) and any(word not in some for word in words[words.index(some[0]) :])


def _zone(image: PageImage, words: Sequence[Word]) -> tuple[int, int, int, int] | None:
    """Where the name of the signer should stand (left, top, right, bottom in pixels), None on a page without a signer."""
    down = round(BELOW * image.height)
    lines = _lines(words)
    for line in reversed(lines):
        # The recipients may stand on the same height.
        start = next((at for at, word in enumerate(line) if _ON_BEHALF.match(fold(word.text))), None)
        own = line if _is_office(line) else line[start:] if start is not None and line[start].text.isupper() else None
        if own:
            middle, top = (own[0].left + own[-1].right) // 2, own[0].top
            beside = round(BESIDE * image.width)
            return max(0, middle - beside), top, min(image.width, middle + beside), min(image.height, top + down)
    for line in lines:
        if _RECIPIENTS.match(_text(line)) and line[0].left < image.width / 2:
            top = max(0, line[0].top - down // 8)
            return round(0.45 * image.width), top, image.width, min(image.height, top + down)
    return None


def _is_read(words: Sequence[Word], zone: tuple[int, int, int, int]) -> bool:
    """Whether the name and the office of the signer were read."""
    left, top, right, bottom = zone
    inside = [word for word in words if left <= word.left and word.right <= right and top <= word.top < bottom]
    lines = _lines(inside)
    return any(map(_is_name, lines)) and any(map(_is_office, lines))


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    return [list(line) for _, line in groupby(words, key=lambda word: word.line)]


def _text(line: Sequence[Word]) -> str:
    return fold(" ".join(word.text for word in line))


def _is_office(line: Sequence[Word]) -> bool:
    """Whether a line is the office of a signer in capitals, and not a sentence that names one."""
    return len(line) <= 6 and all(word.text.isupper() for word in line) and bool(_OFFICE.search(_text(line)))


def _is_name(line: Sequence[Word]) -> bool:
    """Whether a line is the name of a person: two to five words, each with a capital and all but one a syllable.

    >>> _is_name([Word(text, 0.9, (1, 1, 1), 0, 0, 1, 1) for text in ("Nguyễn", "Văn", "Tùng")])
    True
    """
    texts = [word.text.strip(".,;:") for word in line]
    capitals = all(text.istitle() and len(text) > 1 for text in texts)
    return 2 <= len(texts) <= 5 and capitals and sum(map(is_syllable, texts)) >= max(2, len(texts) - 1)


def _overlap(a: Word, b: Word) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def _cut(image: PageImage, zone: tuple[int, int, int, int]) -> PageImage:
    """A part of the page on which only what is as dark as print is left: a stamp is lighter."""
    left, top, right, bottom = zone
    grey = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)[top:bottom, left:right]
    grey = np.where(grey < PRINT_DARKNESS, grey, 255).astype(np.uint8)
    return PageImage(grey.shape[1], grey.shape[0], image.dpi, grey.tobytes())
