"""Tables of a PDF page, by their ruled lines: the text of a row in one line, its cells in order.

The text layer of a table comes cell by cell or line by line, as the program liked, and pdfium even joins the words of
neighbouring cells that stand on one height. The ruled lines tell which letter is in which cell. Where a page has no grid, or
one that holds no rows of cells, its lines stay as they are.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_objects import Box

#: Points that ruled lines may be apart and still be one.
NEAR = 2.5
#: The least number of vertical and of horizontal lines of a table.
MIN_VERTICAL = 3
MIN_HORIZONTAL = 3
#: The share of its height that the vertical lines of a table cover, and of its rows that have two cells with text.
MIN_VERTICAL_SHARE = 0.4
MIN_ROWS_SHARE = 0.5
#: Ruled lines of a page from which it is a drawing.
MAX_RULES = 20_000

#: The letters of a line, each with the middle of its box (x, y) in points.
Letters = Callable[[Line], Sequence[tuple[str, float, float]]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its box, the heights of its horizontal lines from below, and its vertical lines with the stretches that they
    cover, from the left."""

    box: Box
    heights: tuple[float, ...]
    verticals: tuple[tuple[float, tuple[tuple[float, float], ...]], ...]

    def row_of(self, y: float) -> int:
        """The row at a height, counted from the lowest."""
        return max(0, min(len(self.heights) - 2, bisect_right(self.heights, y) - 1))

    def column_of(self, x: float, row: int) -> int:
        """The column of a place in a row: how many of the vertical lines that this row has are to the left of it."""
        middle = (self.heights[row] + self.heights[row + 1]) / 2
        return sum(at < x and any(low <= middle <= high for low, high in stretches) for at, stretches in self.verticals)


def find_grids(rules: Sequence[Box]) -> list[Grid]:
    """The tables that ruled lines make, from the lowest. Tables beside each other count as one.

    >>> down = [(x, 100.0, x, 160.0) for x in (50.0, 100.0, 200.0)]
    >>> across = [(50.0, y, 200.0, y) for y in (100.0, 130.0, 160.0)]
    >>> [grid.heights for grid in find_grids(down + across)]
    [(100.0, 130.0, 160.0)]
    """
    if len(rules) > MAX_RULES:
        return []
    vertical = sorted((rule for rule in rules if rule[3] - rule[1] > rule[2] - rule[0]), key=lambda rule: rule[1])
    horizontal = [rule for rule in rules if rule[3] - rule[1] <= rule[2] - rule[0]]
    bands: list[list[Box]] = []
    top = 0.0
    for rule in vertical:
        if not bands or rule[1] > top + NEAR:
            bands.append([])
            top = rule[3]
        bands[-1].append(rule)
        top = max(top, rule[3])
    return [grid for band in bands if (grid := _grid(band, horizontal))]


def _grid(vertical: Sequence[Box], horizontal: Sequence[Box]) -> Grid | None:
    low, high = min(rule[1] for rule in vertical), max(rule[3] for rule in vertical)
    columns: list[tuple[float, list[tuple[float, float]]]] = []
    for rule in sorted(vertical):
        middle = (rule[0] + rule[2]) / 2
        if not columns or middle > columns[-1][0] + NEAR:
            columns.append((middle, []))
        columns[-1][1].append((rule[1] - NEAR, rule[3] + NEAR))
    heights: list[float] = []
    for y in sorted((rule[1] + rule[3]) / 2 for rule in horizontal if low - NEAR <= rule[1] <= high + NEAR):
        if not heights or y > heights[-1] + NEAR:
            heights.append(y)
    covered = sum(rule[3] - rule[1] for rule in vertical)
    full = len(columns) * (high - low)
    if len(columns) < MIN_VERTICAL or len(heights) < MIN_HORIZONTAL or covered < MIN_VERTICAL_SHARE * full:
        return None
    verticals = tuple((x, tuple(stretches)) for x, stretches in columns)
    return Grid((columns[0][0], heights[0], columns[-1][0], heights[-1]), tuple(heights), verticals)


def with_rows(lines: Sequence[Line], rules: Sequence[Box], letters: Letters) -> list[Line]:
    """The lines of a page, those of each table replaced by one line for each row, where the first of them stood."""
    result = list(lines)
    for grid in find_grids(rules):
        inside = [line for line in result if _is_inside(line, grid.box)]
        rows = _rows(grid, inside, letters)
        if rows:
            at = result.index(inside[0])
            rest = [line for line in result[at:] if line not in inside]
            result = [*result[:at], *rows, *rest]
    return result


def _is_inside(line: Line, box: Box) -> bool:
    across = box[0] - NEAR < line.left and line.right < box[2] + NEAR
    return not line.is_row and across and box[1] < (line.top + line.base) / 2 < box[3]


def _rows(grid: Grid, lines: Sequence[Line], letters: Letters) -> list[Line]:
    """The rows of a table from the top; none where it holds no cells beside each other."""
    cells: dict[int, dict[int, list[str]]] = {}
    made_of: dict[int, list[Line]] = {}
    for line in lines:
        before: tuple[int, int] | None = None
        for letter, x, y in letters(line):
            row = grid.row_of(y)
            cell = (row, grid.column_of(x, row)) if not letter.isspace() or before is None else before
            texts = cells.setdefault(cell[0], {}).setdefault(cell[1], [])
            if cell != before:
                texts.append("")
                made_of.setdefault(cell[0], []).append(line)
            texts[-1] += letter
            before = cell
    rows = [_row(grid, at, cells[at], made_of[at][0]) for at in sorted(cells, reverse=True)]
    with_cells = sum(sum(any(map(str.strip, texts)) for texts in row.values()) > 1 for row in cells.values())
    return [row for row in rows if row.text] if rows and with_cells >= MIN_ROWS_SHARE * len(rows) else []


def _row(grid: Grid, at: int, cells: dict[int, list[str]], line: Line) -> Line:
    texts = [" ".join(" ".join(cells.get(column, ())).split()) for column in range(min(cells), max(cells) + 1)]
    text = unicodedata.normalize("NFC", " | ".join(texts)) if any(texts) else ""
    left, _, right, _ = grid.box
    return replace(line, text=text, left=left, right=right, top=grid.heights[at + 1], base=grid.heights[at], is_row=True)
