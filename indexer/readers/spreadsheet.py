"""Read workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): each visible sheet is a heading and its rows.

A row is a block, with its cells as the sheet shows them: whole numbers without a point, dates as day/month/year. A row of
one cell is a paragraph. Empty rows and columns are left out. Hidden sheets are not read, and a note says so. A workbook
holds no pages: every block is on page 1.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import openpyxl
import python_calamine

from indexer.readers.flow import make_block
from indexer.readers.package import OLE_MAGIC, list_members, list_streams
from indexer.readers.reader import Content, Paper
from indexer.readers.sheet_fonts import MAX_COLUMNS, MAX_ROWS, SheetCells, read_xls_cells, read_xlsx_cells
from indexer.readers.tables import Merged, Sheet, make_table
from kb.errors import ExtractError
from kb.item import Block

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
#: Cells between the first and the last of a sheet that are held in memory at once.
_MAX_AREA = 2_000_000
#: Names that programs give to sheets.
_GENERIC = re.compile(r"(?:sheet|trang tính|trang_tính|bảng)[ _]?\d*$", re.IGNORECASE)
#: Digits of a number that are shown: what a computer adds behind them is no part of it.
_DIGITS = 12


class SpreadsheetReader:
    """The reader of Excel and OpenDocument workbooks."""

    name = "bảng tính (.xlsx, .xls, .ods)"

    def bid(self, paper: Paper) -> float:
        """1 for the packages and streams of a workbook."""
        data = paper.data
        if list_streams(data) & {"Workbook", "Book"}:
            return 1.0
        if not data.startswith(b"PK"):
            return 0.0
        return 1.0 if _ODS in data[30:200] or any(name.startswith("xl/workbook") for name in list_members(data)) else 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a workbook. Raises ExtractError: damaged, encrypted, without any cell, cells too far apart."""
        sheets, hidden = _read_sheets(paper)
        blocks = tuple(block for sheet in sheets for block in sheet.blocks)
        if not blocks:
            raise ExtractError(f"{paper.path}: bảng tính không có ô nào có chữ; hãy kiểm tra lại tệp")
        notes = (f"{hidden} trang tính ẩn không được đọc; hãy bỏ ẩn nếu cần.",) if hidden else ()
        return Content(blocks, notes=notes)

    def sheets(self, paper: Paper) -> Sequence[Sheet]:
        """The visible sheets, with the numbers and columns of their rows. Raises ExtractError, as `read` does."""
        return _read_sheets(paper)[0]


@lru_cache(maxsize=1)  # the same paper is asked for its text and then for its rows
def _read_sheets(paper: Paper) -> tuple[Sequence[Sheet], int]:
    """The visible sheets of a workbook, and how many are hidden."""
    cells = _read_cells(paper)
    with _telling(paper.path):
        workbook = python_calamine.load_workbook(io.BytesIO(paper.data))
    shown = [s for s in workbook.sheets_metadata if s.visible == python_calamine.SheetVisibleEnum.Visible]
    sheets = []
    for sheet in shown:
        named = len(shown) > 1 or not _GENERIC.match(sheet.name)
        heading = make_block([(sheet.name, "")], "heading", 2) if named else None
        sheets.append(_read_sheet(paper, workbook, sheet.name, heading, cells.get(sheet.name, SheetCells())))
    return sheets, len(workbook.sheets_metadata) - len(shown)


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Raise ExtractError for what the library raises."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit):
        raise
    except python_calamine.PasswordError as error:
        raise ExtractError(f"{path}: tệp có mật khẩu; hãy bỏ mật khẩu rồi thử lại") from error
    except BaseException as error:
        # A panic of the library is no Exception.
        raise _damaged(path) from error


def _damaged(path: str) -> ExtractError:
    return ExtractError(f"{path}: bảng tính hỏng hoặc tải về chưa hết; hãy mở bằng Excel rồi lưu lại thành .xlsx")


def _read_cells(paper: Paper) -> dict[str, SheetCells]:
    """What only the file itself tells of its cells; nothing for OpenDocument and for binary XLSX."""
    if paper.data.startswith(OLE_MAGIC):
        try:
            found = read_xls_cells(paper.data)
        except (OSError, struct.error, IndexError, ValueError) as error:
            raise _damaged(paper.path) from error
        for name, cells in found.items():
            # The library takes memory for the whole sheet, and ends the process where there is none.
            if _is_wide(cells):
                where = f"hàng {cells.last_row + 1}, cột {cells.last_column + 1}"
                raise ExtractError(f"{paper.path}: trang tính {name} có ô ở rất xa ({where}); hãy xóa ô đó rồi thử lại")
        return found
    names = list_members(paper.data)
    return read_xlsx_cells(paper) if "xl/workbook.xml" in names else {}


def _is_wide(cells: SheetCells) -> bool:
    return (cells.last_row + 1) * (cells.last_column + 1) > _MAX_AREA


def _read_sheet(
    paper: Paper, workbook: python_calamine.CalamineWorkbook, name: str, heading: Block | None, cells: SheetCells
) -> Sheet:
    """A sheet. Raises ExtractError where it is damaged or its cells lie too far apart."""
    first_column = 0
    rows: Iterator[Sequence[object]]
    merged: list[Merged] | None = None
    if cells.last_row >= MAX_ROWS or cells.last_column >= MAX_COLUMNS:
        raise _damaged(paper.path)
    if _is_wide(cells):
        rows = _read_far(paper, name)
    else:
        with _telling(paper.path):
            sheet = workbook.get_sheet_by_name(name)
            first_column = sheet.start[1] if sheet.start else 0
            rows = sheet.iter_rows()
            merged = _merged(sheet.merged_cell_ranges, first_column)
    # Columns before the first cell are not there; rows are.
    fonts = {(row, column - first_column): font for (row, column), font in cells.fonts.items()}
    table = make_table((tuple(map(show_value, row)) if any(row) else () for row in rows), fonts)
    return Sheet(name, table, heading, merged)


def _merged(ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]] | None, first_column: int) -> list[Merged] | None:
    """The merged cells by the columns that are there; None where the library does not tell (OpenDocument)."""
    if ranges is None:
        return None
    return [
        Merged(top + 1, left - first_column, bottom + 1, right - first_column) for (top, left), (bottom, right) in ranges
    ]


def _read_far(paper: Paper, name: str) -> Iterator[Sequence[object]]:
    """The rows of an XLSX sheet whose cells lie far apart, one after the other."""
    with _telling(paper.path):
        sheet = openpyxl.load_workbook(io.BytesIO(paper.data), read_only=True, data_only=True)[name]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)


def show_value(value: object) -> str:
    """A value as a sheet shows it.

    >>> [show_value(v) for v in (12.0, 1.5, dt.date(2024, 5, 19), None, " a ")]
    ['12', '1,5', '19/5/2024', '', 'a']
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.{_DIGITS}g}".replace(".", ",")
        case dt.datetime() if (value.hour, value.minute) != (0, 0):
            return f"{value.day}/{value.month}/{value.year} {value.hour}:{value.minute:02}"
        case dt.date():
            return f"{value.day}/{value.month}/{value.year}"
        case dt.time():
            return f"{value.hour}:{value.minute:02}"
        case dt.timedelta():
            minutes = int(value.total_seconds()) // 60
            return f"{minutes // 60}:{minutes % 60:02}"
    return str(value).strip()
