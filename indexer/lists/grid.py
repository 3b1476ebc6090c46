"""The tables of a paper as lines of cells, whatever its format: the sheets of a workbook, or rows among its blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.readers.tables import Sheet, SheetRow
from kb.item import Block, Item

#: Between the cells of a row in its block. Repair may have taken the spaces of an empty cell away.
_BETWEEN = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
#: Blocks between two rows of one table: the number and the header of a page.
MAX_GAP = 3
#: Cells that lie below the first of merged ones and get its text, at most.
MAX_CARRIED = 200_000
#: Blocks and lines before a table that may be its title.
MAX_TITLE_LINES = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with text: the best version of it and its letters as the file holds them, with the block of the paper in which
    they stand and where they begin in both versions of it. `carried` says that it is merged, and that its text stands in a
    line above or is meant again."""

    text: str
    original: str
    block: int
    start: int
    original_start: int


@dataclass(slots=True)
class Line:
    """A row with its number as programs show it, from 1, and its cells by column: its `own` ones, and those that stand in a
    line above and are merged with it or meant again. `across` says that its only cell is merged over several columns."""

    number: int
    own: dict[int, Cell]
    carried: dict[int, Cell] = field(default_factory=dict)
    across: bool = False

    @property
    def cells(self) -> dict[int, Cell]:
        return self.carried | self.own if self.carried else self.own

    @property
    def texts(self) -> list[str]:
        """The texts of its own cells, from left to right."""
        return [self.own[column].text for column in sorted(self.own)]


@dataclass(slots=True)
class Grid:
    """A table. `name` is that of its sheet, or "bảng 2"; "" where the paper is one table. `before` are the lines above it
    outside the table, and `knows_merged` says whether the format tells which cells are merged."""

    name: str
    lines: list[Line]
    before: list[str] = field(default_factory=list)
    knows_merged: bool = False

    def where(self, line: Line) -> str:
        """How people name the place of a line: "Sheet1, dòng 12"."""
        return f"{self.name}, dòng {line.number}" if self.name else f"dòng {line.number}"


def read_grids(item: Item, sheets: Sequence[Sheet] | None) -> list[Grid]:
    """The tables of a paper; `sheets` are those of a workbook, whose blocks are the blocks of the item, None elsewhere."""
    if sheets is None:
        return list(_among_blocks(item.blocks))
    grids, at = [], 0
    for sheet in sheets:
        count = len(sheet.blocks)
        first = at + count - len(sheet.rows)
        lines = [_line(row.number, first + n, item.blocks[first + n], row) for n, row in enumerate(sheet.rows)]
        _carry_merged(lines, sheet)
        grids.append(Grid(sheet.name, lines, knows_merged=sheet.merged is not None))
        at += count
    return grids


def _line(number: int, index: int, block: Block, row: SheetRow | None = None) -> Line:
    """The line of a block; `row` says in which columns its cells are, otherwise they follow each other."""
    originals = _cut(block.original)
    texts = originals if block.best == block.original else _cut(block.best)
    columns = row.columns if row else range(len(originals))
    if row and not len(originals) == len(columns) == len(texts):  # a cell holds the sign that stands between cells
        texts = originals = [(row.cells.get(column, ""), 0) for column in columns]
    elif len(texts) != len(originals):
        texts = originals
    cells = {}
    for column, (text, start), (original, original_start) in zip(columns, texts, originals, strict=True):
        if text:
            cells[column] = Cell(text, original, index, start, original_start)
    return Line(number, cells)


def _cut(text: str) -> list[tuple[str, int]]:
    """The cells of a row, each with the place of its first character.

    >>> _cut("1 | | Lê A")
    [('1', 0), ('', 4), ('Lê A', 6)]
    """
    cells, at = [], 0
    for end, after in [*((match.start(), match.end()) for match in _BETWEEN.finditer(text)), (len(text), 0)]:
        piece = text[at:end]
        stripped = piece.strip()
        cells.append((stripped, at + piece.find(stripped) if stripped else end))
        at = after
    return cells


def _carry_merged(lines: Sequence[Line], sheet: Sheet) -> None:
    """Let the lines below have the cells that are merged with one above, and mark what is merged across."""
    by_number = {line.number: line for line in lines}
    left = MAX_CARRIED
    for merged in sheet.merged or ():
        first = by_number.get(merged.top)
        cell = first.own.get(merged.left) if first else None
        if first is None or cell is None:
            continue
        first.across |= merged.right > merged.left and len(first.own) == 1
        bottom = min(merged.bottom, lines[-1].number)
        left -= bottom - merged.top
        if left < 0:  # more than any list has
            return
        for number in range(merged.top + 1, bottom + 1):
            if (line := by_number.get(number)) and merged.left not in line.own:
                line.carried[merged.left] = cell


def _among_blocks(blocks: Sequence[Block]) -> Iterator[Grid]:
    """The tables of a document: rows that follow each other, with at most MAX_GAP other blocks between them."""
    rows = [index for index, block in enumerate(blocks) if block.role == "table_row"]
    first, number = 0, 0
    while first < len(rows):
        last = first
        while last + 1 < len(rows) and rows[last + 1] - rows[last] <= MAX_GAP + 1:
            last += 1
        start, end = rows[first], rows[last]
        number += 1
        above = [block.best for block in blocks[max(0, start - MAX_TITLE_LINES) : start] if block.role != "table_row"]
        before = [line for text in above for line in text.split("\n")][-MAX_TITLE_LINES:]
        lines = [_line(at - start + 1, at, blocks[at]) for at in range(start, end + 1)]
        yield Grid(f"bảng {number}", lines, before)
        first = last + 1
