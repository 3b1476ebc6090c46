"""From the words that were recognised on a page to its lines, rows and columns, as a text layer would have them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, groupby, pairwise

from indexer.ocr.page_image import PageImage
from indexer.ocr.post_correction import Weighed, expected_error, on_bad_pages, weigh
from indexer.ocr.recognise import Sheet, mean_confidence
from indexer.ocr.tesseract import Word
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_tables import with_rows
from vitext import CorrectedWord

#: The gap between two words, in heights of their line, that divides two columns.
WIDE_GAP = 2.0


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page as a reader takes it (`indexer.readers.reader.Reading`): lines in points, from the lower left corner of the
    upright page."""

    lines: tuple[Line, ...]
    other: tuple[Line, ...] = ()
    confidence: float = 0.0
    unread: bool = False


def lay_out(sheet: Sheet) -> Recognised:
    """The lines of a page in reading order, with the words that the recogniser was not sure of."""
    lines = _laid_out(sheet.words, sheet)
    found = [_tokens(line, sheet.words, sheet.size) for line in lines]
    weighed = weigh(sheet.words, [index for tokens in found for _, index in tokens])
    factor = on_bad_pages(expected_error(list(weighed.values())))
    marked = tuple(_with_doubts(line, tokens, weighed, factor) for line, tokens in zip(lines, found, strict=True))
    other = tuple(_laid_out(sheet.other, sheet))
    return Recognised(marked, other, mean_confidence(sheet.words), sheet.unread)


def _laid_out(words: Sequence[Word], sheet: Sheet) -> list[Line]:
    lines = with_rows(lines_of(words, sheet.size), sheet.rules, partial(_letters, words, sheet.size))
    return part_columns(lines, words, sheet.size)


def _tokens(line: Line, words: Sequence[Word], image: PageImage) -> list[tuple[int, int | None]]:
    """What stands between the spaces of a line: where it begins, and which word it is, None for none (a border of cells)."""
    own = _in_row(line, words, image) if line.is_row else list(range(line.first, line.last + 1))
    tokens: list[tuple[int, int | None]] = []
    at = 0
    for token in line.text.split():
        start = line.text.index(token, at)
        at = start + len(token)
        index = next((index for index in own if words[index].text == token), None)
        if index is not None:
            own.remove(index)
        tokens.append((start, index))
    # The cells of a row are no text that goes on behind it.
    return [(0, None), *tokens, (0, None)] if line.is_row else tokens


def _with_doubts(
    line: Line, tokens: Sequence[tuple[int, int | None]], weighed: Mapping[int, Weighed], factor: float
) -> Line:
    """The line with its words that are in doubt or were corrected, and the share of them that may be wrong."""
    read = [(start, weighed[index]) for start, index in tokens if index is not None]
    doubts = tuple(_doubt(start, word) for start, word in read if word.told)
    error = min(1.0, factor * expected_error([word for _, word in read]))
    return replace(line, doubts=doubts, expected_error=round(error, 4))


def _in_row(line: Line, words: Sequence[Word], image: PageImage) -> list[int]:
    """The words whose middle stands in the row of a table."""
    scale = 72 / image.dpi
    return [
        index
        for index, word in enumerate(words)
        if line.base <= (image.height - (word.top + word.bottom) / 2) * scale <= line.top
        and line.left <= (word.left + word.right) / 2 * scale <= line.right
    ]


def _doubt(start: int, word: Weighed) -> CorrectedWord:
    end = start + len(word.before)
    return CorrectedWord(start, end, start, end, word.before, word.after, word.confidence, word.alternatives)


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
    return [
        _line(line, image, usual[line[0].line[0]] * 72 / image.dpi, first)
        for line, first in zip(lines, firsts, strict=False)
    ]


def _line(words: Sequence[Word], image: PageImage, height: float, first: int) -> Line:
    """The line of some words; `height` is in points."""
    scale = 72 / image.dpi
    foot = (image.height - sorted(word.bottom for word in words)[len(words) // 4]) * scale
    text = " ".join(word.text for word in words)
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
