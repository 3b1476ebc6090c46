"""Recognise a page, with another try where the first one fails, and give its lines as a text layer would."""

from __future__ import annotations

import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, groupby, pairwise

from indexer.ocr.page_image import PageImage, even_out, render_page
from indexer.ocr.ruled_lines import find_rulings
from indexer.ocr.tesseract import ANY_DIRECTION, COLUMNS, Word, read_words
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_tables import with_rows

#: The mean confidence below which a page may lie on its side or upside down.
MIN_CONFIDENCE = 0.60
#: The share of dark pixels from which a page without words has something to read.
MIN_INK = 0.0005
#: The height below which letters that the recogniser is not sure of are none, as a share of the usual height of a word.
MIN_HEIGHT = 0.4
#: The gap between two words, in heights of their line, that divides two columns.
WIDE_GAP = 2.0
#: What is darker (0 to 255) is ink.
INK_DARKNESS = 160


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page as it was recognised: its lines in reading order (in points, from the lower left corner), its words (in pixels,
    from the upper left corner), and the mean confidence of the words, weighted by their letters (0 to 1; 0 without words).
    `unread` says that there are strokes on the page and no words were found."""

    lines: tuple[Line, ...]
    words: tuple[Word, ...]
    confidence: float
    unread: bool = False


def recognise_page(image: PageImage) -> Recognised:
    """The text of a page. Raises `kb.errors.ExtractError`, as `indexer.ocr.tesseract.read_words` does.

    A page that is wider than high is read with its direction found first, and one that is read badly is read again so; then
    the reading with the higher confidence is kept.
    """
    image = even_out(image)
    best = read_words(image, ANY_DIRECTION if image.width > image.height else COLUMNS)
    if best and image.width <= image.height and mean_confidence(best) < MIN_CONFIDENCE:
        best = max(best, read_words(image, ANY_DIRECTION), key=mean_confidence)
    best = without_specks(best)
    rules = [line.on_page(image) for line in find_rulings(image)]
    lines = part_columns(with_rows(lines_of(best, image), rules, partial(_letters, best, image)), best, image)
    return Recognised(tuple(lines), tuple(best), mean_confidence(best), unread=not best and _ink(image) > MIN_INK)


def recognise_pdf_page(path: str, data: bytes, number: int) -> Recognised:
    """The text of page `number` (from 1) of a PDF. Raises `kb.errors.ExtractError`."""
    return recognise_page(render_page(path, data, number))


def without_specks(words: Sequence[Word]) -> list[Word]:
    """The words without what a recogniser makes of ruled lines and specks: bars at a word, and letters too low to be any.

    >>> without_specks([Word("STT|", 0.5, (1, 1, 1), 0, 0, 50, 20), Word("ga", 0.2, (1, 1, 1), 60, 0, 80, 5)])
    [Word(text='STT', confidence=0.5, line=(1, 1, 1), left=0, top=0, right=50, bottom=20)]
    """
    if not words:
        return []
    usual = statistics.median_high(word.bottom - word.top for word in words)
    kept = []
    for word in words:
        text = word.text.strip("|¦`¬")
        low = word.bottom - word.top < MIN_HEIGHT * usual and word.confidence < MIN_CONFIDENCE
        if text and not (low and any(map(str.isalnum, text))):
            kept.append(replace(word, text=text))
    return kept


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean confidence of the letters of words.

    >>> mean_confidence([Word("thi", 0.9, (1, 1, 1), 0, 0, 1, 1), Word("d", 0.5, (1, 1, 1), 0, 0, 1, 1)])
    0.8
    """
    letters = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 4) if letters else 0.0


def lines_of(words: Sequence[Word], image: PageImage) -> list[Line]:
    """The lines on which words stand, in their order, as a text layer has them.

    The boxes of a recogniser are tight: a line without "g" ends higher than one with it. So the foot of a line is where its
    words without a tail end, and all lines of a block of the page have its middle height.
    """
    lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    heights: dict[int, list[int]] = {}
    for line in lines:
        heights.setdefault(line[0].line[0], []).append(max(w.bottom for w in line) - min(w.top for w in line))
    usual = {block: statistics.median(values) for block, values in heights.items()}
    firsts = accumulate((len(line) for line in lines), initial=0)
    firsts = accumulate((len(line) for line in lines), initial=0)
    return [
        _line(line, image, usual[line[0].line[0]] * 72 / image.dpi, first)
        for line, first in zip(lines, firsts, strict=False)
    ]


def _line(words: Sequence[Word], image: PageImage, height: float, first: int) -> Line:
    """The line of some words; `height` is in points."""
    scale = 72 / image.dpi
    foot = (image.height - sorted(word.bottom for word in words)[len(words) // 4]) * scale
    text = unicodedata.normalize("NFC", " ".join(word.text for word in words))
    left, right = min(word.left for word in words) * scale, max(word.right for word in words) * scale
    return Line(text, left, right, foot + height, foot, height, first=first, last=first + len(words) - 1)


def part_columns(lines: Sequence[Line], words: Sequence[Word], image: PageImage) -> list[Line]:
    """The lines, where two short columns beside each other were read across: the left one whole, then the right one.

    So it happens to the letterhead ("ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI") and to the recipients beside the signature.
    """
    done: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    gap = (0.0, 0.0)
    for line in lines:
        parts = _parts(line, words, image)
        here = (parts[0].right, parts[1].left) if parts else (line.right, line.left)
        shared = (max(gap[0], here[0]), min(gap[1], here[1])) if left else here
        if parts and shared[0] < shared[1]:
            left.append(parts[0])
            right.append(parts[1])
            gap = shared
        elif left and not line.is_row and line.right < gap[1] and line.right < (gap[0] + gap[1]) / 2:
            left.append(line)
        elif left and not line.is_row and line.left > (gap[0] + gap[1]) / 2:
            right.append(line)
        else:
            done += [*left, *right]
            left, right = ([parts[0]], [parts[1]]) if parts else ([], [])
            gap = here
            if not parts:
                done.append(line)
    return [*done, *left, *right]


def _parts(line: Line, words: Sequence[Word], image: PageImage) -> tuple[Line, Line] | None:
    """The two parts of a line that one wide gap divides, None where it has none or several."""
    if line.is_row:
        return None
    own = words[line.first : line.last + 1]
    wide = [at for at, (a, b) in enumerate(pairwise(own), 1) if (b.left - a.right) * 72 / image.dpi > WIDE_GAP * line.height]
    if len(wide) != 1:
        return None
    return (
        _line(own[: wide[0]], image, line.height, line.first),
        _line(own[wide[0] :], image, line.height, line.first + wide[0]),
    )


def _letters(words: Sequence[Word], image: PageImage, line: Line) -> list[tuple[str, float, float]]:
    """The letters of a line, all of a word at its middle."""
    scale = 72 / image.dpi
    letters = []
    for word in words[line.first : line.last + 1]:
        x, y = (word.left + word.right) / 2 * scale, (image.height - (word.top + word.bottom) / 2) * scale
        letters += [(letter, x, y) for letter in f"{word.text} "]
    return letters


def _ink(image: PageImage) -> float:
    return len(image.pixels.translate(None, bytes(range(INK_DARKNESS, 256)))) / max(1, len(image.pixels))
