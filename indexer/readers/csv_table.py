"""Read tables in text (.csv, .tsv): each row is a block.

The encoding and the sign between the cells are found out, for programs in Vietnam write ";" as often as ",", and bytes of
TCVN3 as often as UTF-8.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from indexer.readers.reader import Content, Paper
from indexer.readers.tables import Sheet, make_table
from indexer.readers.text import decode, is_text
from kb.errors import ExtractError

_ENDINGS = (".csv", ".tsv", ".tab")
_DELIMITERS = "\t;,|"
_SEPARATOR = re.compile(r"sep=([;,\t|])\n", re.IGNORECASE)
#: Characters from the beginning by which the sign between the cells is found out.
_SAMPLE = 50_000


class CsvReader:
    """The reader of tables in text. It bids by the ending, for a text with commas is no table."""

    name = "bảng CSV"

    def bid(self, paper: Paper) -> float:
        """0.6 for text with an ending of tables."""
        return 0.6 if paper.data and paper.path.lower().endswith(_ENDINGS) and is_text(paper) else 0.0

    def read(self, paper: Paper) -> Content:
        """The rows of a table. Raises ExtractError for a table without any text."""
        return Content(tuple(block for sheet in self.sheets(paper) for block in sheet.blocks))

    def sheets(self, paper: Paper) -> Sequence[Sheet]:
        """The table as the one sheet that it is. Raises ExtractError for a table without any text."""
        return _read_sheets(paper)


@lru_cache(maxsize=1)  # the same paper is asked for its text and then for its rows
def _read_sheets(paper: Paper) -> Sequence[Sheet]:
    text = decode(paper.path, paper.data)
    told = _SEPARATOR.match(text)
    delimiter = told[1] if told else find_delimiter(text[:_SAMPLE])
    rows = make_table(_read_rows(text[told.end() :] if told else text, delimiter))
    if not rows:
        raise ExtractError(f"{paper.path}: bảng không có ô nào có chữ; hãy kiểm tra lại tệp")
    return [Sheet("", rows)]


def find_delimiter(text: str) -> str:
    """The sign between the cells: the one by which most lines have equally many cells.

    >>> find_delimiter("TT;Tên;Số\\n1;A;1,5\\n2;B;2,5"), find_delimiter("TT,Tên\\n1,'A; B'")
    (';', ',')
    """
    best, found = 0, ","
    for delimiter in _DELIMITERS:
        counts = Counter(len(row) for row in _read_rows(text, delimiter) if row)
        for cells, rows in counts.items():
            if cells > 1 and rows > best:
                best, found = rows, delimiter
    return found


def _read_rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.split("\n") if '"' not in text else text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        # A quotation mark that nothing closes makes one cell of the rest.
        return [line.split(delimiter) for line in text.split("\n")]
