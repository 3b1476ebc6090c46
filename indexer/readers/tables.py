"""Make blocks of the rows of a table whose cells are texts (a sheet, a CSV file)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from indexer.readers.legacy_fonts import convert_font_text, convert_mixed, convert_proved, font_encoding
from indexer.readers.reader import Paper
from kb.item import Block, BlockRole
from vitext import Encoding

_SPACES = re.compile(r"\s*[\n\r\t\f\v]+\s*")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds text, and its block. `number` is the row as programs show it, from 1; `cells` are the texts by
    column, from 0, converted where the file is in an old encoding. The block has the cells of `columns`, also empty ones."""

    number: int
    cells: Mapping[int, str]
    columns: Sequence[int]
    block: Block


class Merged(NamedTuple):
    """Cells that are shown as one; the first of them holds the text. Rows count from 1, columns from 0, all inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet. `name` is "" for a CSV file; `heading` is the block of its name where the text has one. `merged` is
    None where the format does not tell which cells are merged."""

    name: str
    rows: Sequence[SheetRow]
    heading: Block | None = None
    merged: Sequence[Merged] | None = None

    @property
    def blocks(self) -> list[Block]:
        """The blocks of the text: the name, then the rows."""
        return [*([self.heading] if self.heading and self.rows else []), *(row.block for row in self.rows)]


@runtime_checkable
class Tabular(Protocol):
    """A reader of files that are made of rows, which know their numbers and columns."""

    def sheets(self, paper: Paper) -> Sequence[Sheet]:
        """The sheets; their blocks, one after the other, are those of the content. Raises `kb.errors.ExtractError`."""


def make_table(rows: Iterable[Sequence[str]], fonts: Mapping[tuple[int, int], str] | None = None) -> list[SheetRow]:
    """The rows that hold anything, without the columns that hold nothing.

    A row of one cell is a paragraph: a title above the table, a remark below it. `fonts` are the names of fonts by row and
    column, both from 0. The other cells are converted where they prove their encoding together.

    >>> rows = make_table([["DANH SÁCH", ""], ["TT", "", "Họ tên"], ["", "", ""], ["1", "", "Lê A"]])
    >>> [row.block.original for row in rows]
    ['DANH SÁCH', 'TT | Họ tên', '1 | Lê A']
    """
    # A sheet may have a million empty rows: only cells with text are kept.
    lines: list[tuple[int, dict[int, str]]] = []
    for at, row in enumerate(rows):
        if any(row):
            texts = {column: _SPACES.sub(" ", text).strip() for column, text in enumerate(row) if text}
            if filled := {column: text for column, text in texts.items() if text}:
                lines.append((at, filled))
    shown = _convert(lines, fonts or {})
    columns = sorted({column for _, texts in lines for column in texts})
    found: list[SheetRow] = []
    for at, texts in lines:
        last = max(texts)
        line = list(texts) if len(texts) == 1 else [column for column in columns if column <= last]
        original = " | ".join(texts.get(column, "") for column in line).strip()
        repaired = " | ".join(shown.get((at, column), "") for column in line).strip()
        role: BlockRole = "paragraph" if len(texts) == 1 else "table_row"
        block = Block(1, original, role, repaired=repaired if repaired != original else None)
        found.append(SheetRow(at + 1, {column: shown[at, column] for column in texts}, line, block))
    return found


def _convert(lines: list[tuple[int, dict[int, str]]], fonts: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """The texts of the cells by row and column, converted by their fonts or by what they prove."""
    cells = {(at, column): text for at, texts in lines for column, text in texts.items()}
    unnamed = [place for place in cells if place not in fonts]
    shown = dict(zip(unnamed, convert_proved([cells[place] for place in unnamed]), strict=True))
    if encoding := _main_encoding(fonts):
        # A part of a cell may be in another font than the cell.
        shown = {place: convert_mixed(text, encoding) for place, text in shown.items()}
    shown.update({place: convert_font_text(cells[place], font) for place, font in fonts.items() if place in cells})
    return shown


def _main_encoding(fonts: Mapping[tuple[int, int], str]) -> Encoding | None:
    """The encoding that most of the fonts show, None where there are none."""
    counts = Counter(encoding for font in fonts.values() if (encoding := font_encoding(font)))
    return max(counts, key=lambda encoding: counts[encoding], default=None)
