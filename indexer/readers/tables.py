"""Make blocks of the rows of a table whose cells are texts (a sheet, a CSV file)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from indexer.readers.legacy_fonts import convert_font_text, convert_proved
from kb.item import Block, BlockRole

_SPACES = re.compile(r"\s*[\n\r\t\f\v]+\s*")


def make_table(cells: Sequence[Sequence[str]], fonts: Mapping[tuple[int, int], str] | None = None) -> list[Block]:
    """The blocks of the rows that hold anything, without the columns that hold nothing.

    A row of one cell is a paragraph: a title above the table, a remark below it. `fonts` are the names of fonts by row and
    column, both from 0. Cells whose font tells no encoding are converted where the cells of the table prove one together.

    >>> [block.original for block in make_table([["DANH SÁCH", ""], ["TT", "", "Họ tên"], ["", "", ""], ["1", "", "Lê A"]])]
    ['DANH SÁCH', 'TT | Họ tên', '1 | Lê A']
    """
    texts = [[_SPACES.sub(" ", cell).strip() for cell in row] for row in cells]
    places = [(at, column) for at, row in enumerate(texts) for column, text in enumerate(row) if text]
    shown: dict[tuple[int, int], str] = {}
    proved = convert_proved([texts[at][column] for at, column in places])
    for place, text in zip(places, proved, strict=True):
        font = fonts.get(place, "") if fonts else ""
        shown[place] = convert_font_text(texts[place[0]][place[1]], font) if font else text
    columns = sorted({column for _, column in places})
    blocks: list[Block] = []
    for at, row in enumerate(texts):
        filled = [column for column in columns if column < len(row) and row[column]]
        if not filled:
            continue
        line = filled if len(filled) == 1 else [column for column in columns if column <= filled[-1]]
        original = " | ".join(row[column] for column in line)
        repaired = " | ".join(shown.get((at, column), "") for column in line)
        role: BlockRole = "paragraph" if len(filled) == 1 else "table_row"
        blocks.append(Block(1, original, role, repaired=repaired if repaired != original else None))
    return blocks
