"""Make blocks of the rows of a table whose cells are texts (a sheet, a CSV file)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from indexer.readers.legacy_fonts import convert_font_text, convert_mixed, convert_proved, font_encoding
from kb.item import Block, BlockRole
from vitext import Encoding

_SPACES = re.compile(r"\s*[\n\r\t\f\v]+\s*")


def make_table(rows: Iterable[Sequence[str]], fonts: Mapping[tuple[int, int], str] | None = None) -> list[Block]:
    """The blocks of the rows that hold anything, without the columns that hold nothing.

    A row of one cell is a paragraph: a title above the table, a remark below it. `fonts` are the names of fonts by row and
    column, both from 0. The other cells are converted where they prove their encoding together.

    >>> [block.original for block in make_table([["DANH SÁCH", ""], ["TT", "", "Họ tên"], ["", "", ""], ["1", "", "Lê A"]])]
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
    blocks: list[Block] = []
    for at, texts in lines:
        last = max(texts)
        line = list(texts) if len(texts) == 1 else [column for column in columns if column <= last]
        original = " | ".join(texts.get(column, "") for column in line).strip()
        repaired = " | ".join(shown.get((at, column), "") for column in line).strip()
        role: BlockRole = "paragraph" if len(texts) == 1 else "table_row"
        blocks.append(Block(1, original, role, repaired=repaired if repaired != original else None))
    return blocks


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
