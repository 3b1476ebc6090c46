"""Lines of a page to blocks: which lines are one paragraph, and which stay lines of their own.

A paragraph's lines become one line of text, because a phrase must not break where the paper was too narrow. A line that
ended although the next word had room (a letterhead, a title, a list of recipients) stays a line of its block. Nothing is
reordered: the order of the text layer is that of the program that wrote the paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.readers.pdf_lines import Line

#: The step from a line to the next, as a share of the height of the line, beyond which they are never one block.
MAX_STEP = 2.4
#: How much more than the usual step of its column makes a new block, as a share of the height of the line.
MORE_STEP = 0.22
#: How much the height of two lines may differ in one block.
MAX_HEIGHT_RATIO = 1.2
#: An indent of a first line, and what the middles of two centred lines may differ by, as a share of the height of the line.
INDENT = 0.7
SAME_MIDDLE = 0.5
#: The share of the page's width from which a column of centred lines is the text itself, so that its lines can be wrapped.
#: In a narrower one (a letterhead, a signature) every line was ended by a person.
WIDE_COLUMN = 0.6

#: What an entry of a list or a numbered section begins with: "- ", "a) ", "1. ", "II. ", "Điều 5", "Chương II".
_ENTRY = re.compile(
    r"(?:[-–—+•*·▪●○◦❖➢✓\uf020-\uf0ff]\s|\(?\d{1,3}[.)](?:\d{1,3}[.)]?)*\s|\(?[a-zđ]\)\s|(?:[IVX]{1,6}|[A-ZĐ])\s?[.)]\s"
    r"|(?:Điều|Chương|Mục|Khoản|Phần)\s+(?:\d|[IVX]))"
)


@dataclass(frozen=True, slots=True)
class Column:
    """Lines that go down the page one under the other, with the edges between which they stand, the
    usual step from one line to the next (in heights of the line; 0 for a single line), and whether it is about as wide as
    the text of the page."""

    lines: tuple[Line, ...]
    left: float
    right: float
    step: float
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The text of a block, and the lines of the page that it was made of."""

    text: str
    lines: tuple[Line, ...]


def join_lines(lines: Sequence[Line]) -> list[Paragraph]:
    """The blocks of a page, in the order of its lines. "\\n" stands only where the paper ended a line on purpose.

    >>> at = lambda text, left, right, n: Line(text, left, right, 700.0 - 16 * n, 688.0 - 16 * n, 12.0)
    >>> lines = [at("Thực hiện Kế hoạch số", 100, 500, 0), at("238/KH-UBND.", 72, 150, 1), at("KÍNH GỬI:", 72, 130, 5)]
    >>> [paragraph.text for paragraph in join_lines(lines)]
    ['Thực hiện Kế hoạch số 238/KH-UBND.', 'KÍNH GỬI:']
    """
    return [paragraph for column in split_columns(lines) for paragraph in _join_column(column)]


def split_columns(lines: Sequence[Line]) -> list[Column]:
    """Cut the lines wherever the text goes up the page or stays on one height: there another column or cell begins. The row
    of a table is alone."""
    columns: list[list[Line]] = []
    for line in lines:
        before = columns[-1][-1] if columns else None
        if before is None or before.is_row or line.is_row or before.base - line.base < 0.4 * min(before.height, line.height):
            columns.append([])
        columns[-1].append(line)
    width = max((line.right for line in lines), default=0.0) - min((line.left for line in lines), default=0.0)
    return [_column(column, width) for column in columns]


def _column(lines: list[Line], page_width: float) -> Column:
    steps = sorted(step for a, b in pairwise(lines) if (step := _step(a, b)) <= MAX_STEP)
    usual = steps[len(steps) // 4] if steps else 0.0
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    return Column(tuple(lines), left, right, usual, right - left >= WIDE_COLUMN * page_width)


def _join_column(column: Column) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    text, wrapped, made_of = "", False, [column.lines[0]]
    for line in column.lines:
        before = made_of[-1]
        if line is column.lines[0]:
            text = line.text
            continue
        together = _together(column, before, line)
        entry = _ENTRY.match(line.text) is not None
        # In a narrow column every line is about as long as the longest, and tells nothing.
        wraps = together and _wraps(column, before, line) and not (entry and not column.wide)
        if not together or (not wraps and (entry or (wrapped and not _centred(before, line)))):
            paragraphs.append(Paragraph(text, tuple(made_of)))
            text, wrapped, made_of = line.text, False, [line]
            continue
        text, wrapped = f"{text}{' ' if wraps else chr(10)}{line.text}", wraps
        made_of.append(line)
    return [*paragraphs, Paragraph(text, tuple(made_of))]


def _together(column: Column, a: Line, b: Line) -> bool:
    """Whether the lines stand as close to each other as those of one block, in one size, and `b` begins no paragraph."""
    height = max(min(a.height, b.height), 1.0)
    if _step(a, b) > min(MAX_STEP, column.step + MORE_STEP):
        return False
    if max(a.height, b.height) > MAX_HEIGHT_RATIO * height:
        return False
    # A first line is indented under a line that is not.
    return _centred(a, b) or not (b.left > column.left + INDENT * height and b.left > a.left + INDENT * height)


def _step(a: Line, b: Line) -> float:
    """How far `b` stands below `a`, in heights of the smaller line."""
    return (a.base - b.base) / max(min(a.height, b.height), 1.0)


def _wraps(column: Column, a: Line, b: Line) -> bool:
    """Whether the first word of `b` had no room behind `a`: the paper was too narrow, nobody ended the line."""
    if _centred(a, b):
        room = column.right - column.left - a.width if column.wide else a.width + b.width
    else:
        room = column.right - a.right
    word = len(b.text.split(maxsplit=1)[0]) + 1
    return room < word * b.width / max(len(b.text), 1)


def _centred(a: Line, b: Line) -> bool:
    """Whether two lines have one middle, and not one left edge."""
    height = max(min(a.height, b.height), 1.0)
    return abs(a.middle - b.middle) < SAME_MIDDLE * height and abs(a.left - b.left) > 0.1 * height
