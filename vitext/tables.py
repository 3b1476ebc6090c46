"""Read a table of data: tab-separated values in UTF-8, with comments. The one reader of every table of the project."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path


class TableFormatError(ValueError):
    """A table cannot be read; the message names the file and the line."""


def read_table(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Rows of a table as (line number, cells); empty lines and lines that begin with "#" are left out.

    Cells are stripped, and rows that are too short are filled with "". Raises TableFormatError when the file cannot be
    read, when a row has more than `columns` cells, or when a line is not in the Unicode form NFC.

    >>> next(read_table(Path(__file__).parent / "rimes.tsv", 2))[1][0]
    'a'
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TableFormatError(f"Không đọc được bảng {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line != unicodedata.normalize("NFC", line):
            raise TableFormatError(f"{path}:{number}: dòng không ở dạng Unicode NFC")
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) > columns:
            raise TableFormatError(f"{path}:{number}: có {len(cells)} cột, bảng chỉ có {columns}")
        yield number, cells + [""] * (columns - len(cells))
