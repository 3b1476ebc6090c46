"""Recognise a page, with another try where the first one fails: its words with places and confidences, and its ruled lines.

What is found here is kept (`indexer.ocr.kept`). What the words make together is decided each time a file is read
(`indexer.ocr.layout`), so that a better layout or correction needs no second recognition.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.ocr.page_image import PageImage, even_out, render_page
from indexer.ocr.ruled_lines import find_rulings
from indexer.ocr.signature import second_look
from indexer.ocr.skew import find_skew, turned_by
from indexer.ocr.tesseract import SECOND_MODELS, Word, find_turn, languages, read_words
from indexer.readers.pdf_objects import Box

#: The mean confidence below which a page may lie on its side or upside down, and below which a second model reads it too.
MIN_CONFIDENCE = 0.60
SURE_CONFIDENCE = 0.90
#: The share of dark pixels from which a page without words has something to read.
MIN_INK = 0.0005
#: The height below which letters that the recogniser is not sure of are none, as a share of the usual height of a word.
MIN_HEIGHT = 0.4
#: Signs that stand alone in a text; others that the recogniser is not sure of are specks.
_DASHES = ("-", "–", "—", "+", "*", "•")
#: What is darker (0 to 255) is ink.
INK_DARKNESS = 160


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found on a page.

    `size` is the image, turned upright, without its pixels; `turned` is by how many degrees (0, 90, 180, 270) it was turned
    clockwise for that, and `skew` by how many more (a few at most) to make its lines level. `words` are in the order of the
    recogniser, in pixels of that image. `rules` are the ruled lines, in points from the lower left corner. `other` are the
    words of a second model, empty where one was enough. `unread` says that there are strokes on the page and no words were
    found; `model` names what read `words`.
    """

    size: PageImage
    words: tuple[Word, ...] = ()
    rules: tuple[Box, ...] = ()
    turned: int = 0
    skew: float = 0.0
    other: tuple[Word, ...] = ()
    unread: bool = False
    model: str = ""


def recognise_sheet(image: PageImage) -> Sheet:
    """What is on the image of a page. Raises `kb.errors.ExtractError`, as `indexer.ocr.tesseract.read_words` does.

    A page that is wider than high may lie on its side, and one that is read badly may stand on its head: then its direction
    is found and it is turned. One that is read with doubts is read by a second model too, if it is installed.
    """
    image = even_out(image)
    turned = find_turn(image) if image.width > image.height else 0
    upright, skew = _straight(image.turned(turned))
    words = without_specks(read_words(upright))
    if mean_confidence(words) < MIN_CONFIDENCE and not turned and (turn := find_turn(image)):
        other_way, lean = _straight(image.turned(turn))
        again = without_specks(read_words(other_way))
        if mean_confidence(again) > mean_confidence(words):
            words, turned, upright, skew = again, turn, other_way, lean
    model, other, second = languages()[0], [], _second_model()
    if words and second and mean_confidence(words) < SURE_CONFIDENCE:
        other = without_specks(read_words(upright, second))
        if mean_confidence(other) > mean_confidence(words):
            words, other, model = other, words, second
    words = second_look(upright, words)
    size = replace(upright, pixels=b"")
    rules = tuple(line.on_page(size) for line in find_rulings(upright))
    return Sheet(size, tuple(words), rules, turned, skew, tuple(other), not words and _ink(image) > MIN_INK, model)


def _straight(image: PageImage) -> tuple[PageImage, float]:
    """The image with level lines, and by how many degrees it was turned clockwise for that."""
    skew = find_skew(image)
    return turned_by(image, skew), skew


def _second_model() -> str:
    return next((name for name in SECOND_MODELS if name in languages()), "")


def recognise_page(path: str, data: bytes, number: int) -> Sheet:
    """What is on page `number` (from 1) of a PDF or an image file. Raises `kb.errors.ExtractError`."""
    return recognise_sheet(render_page(path, data, number))


def without_specks(words: Sequence[Word]) -> list[Word]:
    """The words without what a recogniser makes of ruled lines and specks: bars, signs alone, letters too low to be any.

    >>> without_specks([Word("STT|", 0.5, (1, 1, 1), 0, 0, 50, 20), Word("ga", 0.2, (1, 1, 1), 60, 0, 80, 5)])
    [Word(text='STT', confidence=0.5, line=(1, 1, 1), left=0, top=0, right=50, bottom=20)]
    """
    if not words:
        return []
    usual = statistics.median_high(word.bottom - word.top for word in words)
    kept = []
    for word in words:
        text = word.text.strip("|¦`¬_~^")
        unsure = word.confidence < MIN_CONFIDENCE
        letters = any(map(str.isalnum, text))
        low = word.bottom - word.top < MIN_HEIGHT * usual
        if text and not (unsure and (low if letters else text not in _DASHES)):
            kept.append(replace(word, text=text))
    return kept


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean confidence of the letters of words.

    >>> mean_confidence([Word("thi", 0.9, (1, 1, 1), 0, 0, 1, 1), Word("d", 0.5, (1, 1, 1), 0, 0, 1, 1)])
    0.8
    """
    letters = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 4) if letters else 0.0


def _ink(image: PageImage) -> float:
    return len(image.pixels.translate(None, bytes(range(INK_DARKNESS, 256)))) / max(1, len(image.pixels))
