"""Gather paragraphs, cells and rows into blocks, as every reader of office formats does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from indexer.readers.legacy_fonts import Run, join_runs
from kb.item import Block, BlockRole

_LINE_BREAKS = re.compile(r"[\n\t\r\f\v]+")
#: A cell: its paragraphs, each a list of runs.
Cell = list[list[Run]]


def make_block(
    runs: Iterable[Run], role: BlockRole = "paragraph", level: int = 0, marker: str = "", page: int = 1
) -> Block | None:
    """A block of these runs without the white space around them, None where they hold no text."""
    whole, shown = join_runs(runs)
    text = whole.strip()
    if not text:
        return None
    repaired = shown.strip() if shown is not None else None
    return Block(page, text, role, level, marker, repaired if repaired != text else None)


def make_row(cells: Iterable[Iterable[Run]], page: int = 1) -> Block | None:
    """The block of a table row: one line, its cells joined by " | ", none behind the last that holds text."""
    runs: list[Run] = []
    filled = 0
    for at, cell in enumerate(cells):
        inside = [(_LINE_BREAKS.sub(" ", text), font) for text, font in cell]
        if at:
            runs.append((" | ", ""))
        runs += inside
        filled = len(runs) if any(text.strip() for text, _ in inside) else filled
    return make_block(runs[:filled], "table_row", page=page) if filled else None


def make_numbered(runs: list[Run], level: int = 0, marker: str = "", page: int = 1) -> Block | None:
    """The block of a paragraph with its marker, or of a heading of a level.

    The marker of a heading, and one with words ("Điều 1."), is text that people look for: it stands in the block's text.
    """
    if marker and (level or any(len(word) > 2 and word.isalpha() for word in marker.split())):
        runs, marker = [(f"{marker} ", ""), *runs], ""
        return make_block(runs, "heading" if level else "paragraph", level, page=page)
    role: BlockRole = "heading" if level else "list_item" if marker else "paragraph"
    return make_block(runs, role, level, marker, page)


def make_rows(cells: Sequence[Cell], *, ruled: bool, page: int = 1) -> list[Block]:
    """The blocks of one row: the row itself, or the paragraphs of its cells where it only places text side by side.

    It does so where it is one cell, a frame around its text, or where it shows no lines (`ruled`) and a cell has several
    paragraphs: a letterhead, signatures.
    """
    several = any(sum(map(has_text, cell)) > 1 for cell in cells)
    if len(cells) == 1 or (several and not ruled):
        found = [make_block(runs, page=page) for cell in cells for runs in cell]
    else:
        found = [make_row(([run for runs in cell for run in (*runs, (" ", ""))][:-1] for cell in cells), page)]
    return [block for block in found if block]


def has_text(runs: Iterable[Run]) -> bool:
    """Whether any of the runs is more than white space."""
    return any(text.strip() for text, _ in runs)


@dataclass(slots=True)
class Flow:
    """Text in the order in which a file has it; where a row ends is only told behind its cells."""

    blocks: list[Block] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _paragraphs: Cell = field(default_factory=list)

    def end_paragraph(self, runs: list[Run], level: int = 0, marker: str = "") -> None:
        """A paragraph outside any table, or a heading of a level."""
        self.end_row(ruled=True)
        if block := make_numbered(runs, level, marker):
            self.blocks.append(block)

    def end_line(self, runs: list[Run]) -> None:
        """A paragraph within a cell."""
        self._paragraphs.append(runs)

    def end_cell(self, runs: list[Run]) -> None:
        """The last paragraph of a cell."""
        self._cells.append([*self._paragraphs, runs])
        self._paragraphs = []

    def end_row(self, *, ruled: bool) -> None:
        """The end of a row; nothing if there is none."""
        cells, self._cells = self._cells, []
        if self._paragraphs:
            cells.append(self._paragraphs)
            self._paragraphs = []
        if cells:
            self.blocks += make_rows(cells, ruled=ruled)
