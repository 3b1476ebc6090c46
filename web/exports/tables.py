"""Tables of records as CSV that Excel opens, XLSX and JSON; and the table of a search for a list.

Every writer takes the records one at a time and writes each before it takes the next.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from search_api.schema import BatchRow, Record
from web.exports.columns import COLUMNS, Note, legal
from web.exports.package import Package

#: Characters that a cell of a spreadsheet can hold.
MAX_CELL_LENGTH = 32_767
#: The first characters with which a spreadsheet takes a cell of a CSV file for a formula.
_FORMULA_STARTS = tuple("=+-@\t\r")
_HEAD_FONT = Font(bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="0D5C63")
_CELL_ALIGNMENT = Alignment(vertical="top", wrap_text=True)

Heads = Sequence[tuple[str, int]]
"""The headings of a sheet, each with the width of its column in characters."""


def write_csv(records: Iterable[Record], note: Note, out: BinaryIO) -> None:
    """A CSV file in UTF-8 with BOM, so that Excel shows the accents; no cell is a formula. Its last line says what is left
    out, where something is."""
    rows = ([column.value(record) for column in COLUMNS] for record in records)
    _csv([column.heading for column in COLUMNS], chain(rows, ([sentence] for sentence in note.said)), out)


def write_json(records: Iterable[Record], note: Note, out: BinaryIO) -> None:
    """A JSON file: the records under the keys of `COLUMNS`, and besides their fields and sections as lists."""
    whole = {"title": note.title, "address": note.address, "date": f"{note.today:%Y-%m-%d}", "left_out": note.left_out}
    text = _text(out)
    text.write(json.dumps(whole, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "records": [')
    for at, record in enumerate(records):
        row = {column.key: column.value(record) for column in COLUMNS} | {
            "field_codes": [field.code for field in record.card.fields],
            "sections": {section.name: section.paragraphs for section in record.sections},
        }
        text.write(("," if at else "") + "\n" + json.dumps(row, ensure_ascii=False))
    text.write("\n ]\n}")
    text.detach()


def write_xlsx(records: Iterable[Record], note: Note, out: BinaryIO) -> None:
    """An XLSX file with one row per record; a second sheet holds the sources and the warnings."""
    with _workbook(note.today, out) as book:
        table = _Sheet(book, "Bản ghi", [("STT", 6), *((column.heading, column.width) for column in COLUMNS)])
        notes = _Sheet(book, "Nguồn và lưu ý", [("Nhan đề", 46), ("Lưu ý", 50), ("Trích dẫn", 80)])
        for sentence in (note.title, note.counted, note.address, *note.said):
            notes.append([sentence])
        for at, record in enumerate(records, 1):
            table.append([str(at), *(column.value(record) for column in COLUMNS)])
            notes.append([record.card.title, record.citations.warning, record.citations.official])
        table.close()
        notes.close()


def write_batch_csv(rows: Iterable[BatchRow], out: BinaryIO) -> None:
    """A CSV file for a search for a list: one row per line, with its best hit."""
    _csv([heading for heading, _ in _BATCH], map(_batch, rows), out)


def write_batch_xlsx(rows: Iterable[BatchRow], today: dt.date, out: BinaryIO) -> None:
    """An XLSX file for a search for a list: one row per line, with its best hit."""
    with _workbook(today, out) as book:
        sheet = _Sheet(book, "Tìm theo danh sách", _BATCH)
        for row in rows:
            sheet.append(_batch(row))
        sheet.close()


_BATCH = (
    ("Dòng", 6), ("Tên", 40), ("Số mục có đúng cụm từ", 12), ("Số mục gần giống", 12), ("Mục khớp nhất", 60),
    ("Mã", 30), ("Vì sao khớp", 14), ("Đoạn khớp", 60),
)  # fmt: skip


def _batch(row: BatchRow) -> list[str]:
    best = row.hits[0] if row.hits else None
    snippet = "".join(s.text for s in best.snippets[0].segments) if best and best.snippets else ""
    shown = [best.card.title, best.card.id, best.match.label, snippet] if best else ["", "", "", ""]
    return [str(row.line), row.name, str(row.total), str(row.near), *shown]


def _text(out: BinaryIO, encoding: str = "utf-8") -> io.TextIOWrapper:
    """`out` as a stream of text, which must be detached at the end."""
    return io.TextIOWrapper(out, encoding=encoding, errors="replace", newline="")


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]], out: BinaryIO) -> None:
    text = _text(out, "utf-8-sig")
    writer = csv.writer(text)
    for row in chain((heads,), rows):
        writer.writerow([_harmless(cell) for cell in row])
    text.detach()


def _harmless(cell: str) -> str:
    """The cell, with a ' before a text that a spreadsheet would run as a formula."""
    cell = legal(cell)
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


class _Sheet:
    """A sheet that is written row by row. The library keeps its rows in a temporary file until the end."""

    def __init__(self, book: Workbook, title: str, heads: Heads) -> None:
        self._sheet: Any = book.create_sheet(title)
        self._widths = [width for _, width in heads]
        self._rows = 0
        for at, width in enumerate(self._widths, 1):
            self._sheet.column_dimensions[get_column_letter(at)].width = width
        self._sheet.freeze_panes = "A2"
        # The form of a cell is looked up once, and shared by all cells.
        model: Any = WriteOnlyCell(self._sheet, value="")
        model.alignment = _CELL_ALIGNMENT
        self._style = model._style
        head = [self._cell(heading) for heading, _ in heads]
        for cell in head:
            cell._style = copy(self._style)
            cell.font, cell.fill = _HEAD_FONT, _HEAD_FILL
        self._write(head)

    def append(self, row: Sequence[str]) -> None:
        at = self._rows + 1
        self._sheet.row_dimensions[at].height = _height(row, self._widths)
        self._write([self._cell(text) for text in row])
        del self._sheet.row_dimensions[at]

    def close(self) -> None:
        """After the last row: the filter over all rows."""
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._widths))}{max(2, self._rows)}"

    def _write(self, cells: list[Any]) -> None:
        self._sheet.append(cells)
        self._rows += 1

    def _cell(self, text: str) -> Any:
        """A cell that holds text, whatever the text begins with; a whole number becomes a number."""
        if text.isascii() and text.isdigit() and len(text) < 10:
            return WriteOnlyCell(self._sheet, value=int(text))
        cell: Any = WriteOnlyCell(self._sheet, value=_fitting(legal(text)))
        cell.data_type = "s"
        cell._style = self._style
        return cell


def _fitting(text: str) -> str:
    """The text, cut where it is longer than a cell can hold, which Excel counts in UTF-16 units."""
    if len(text) <= MAX_CELL_LENGTH // 2:
        return text
    units = text.encode("utf-16-le")
    return (
        text
        if len(units) <= 2 * MAX_CELL_LENGTH
        else units[: 2 * (MAX_CELL_LENGTH - 2)].decode("utf-16-le", "ignore") + " …"
    )


def _height(row: Sequence[str], widths: Sequence[int]) -> float:
    """The height of a row in points: that of its tallest wrapped cell, at most what a spreadsheet allows."""
    lines = [
        sum(max(1, math.ceil(len(line) / width)) for line in text.split("\n"))
        for text, width in zip(row, widths, strict=False)
    ]
    return min(409.0, 15.0 * max(lines, default=1))


@contextmanager
def _workbook(today: dt.date, out: BinaryIO) -> Iterator[Workbook]:
    """A workbook that is written to `out` after the block. Its temporary files are deleted whatever happens."""
    book = Workbook(write_only=True)
    book.properties.creator = "Cách Hay"
    book.properties.created = book.properties.modified = dt.datetime(today.year, today.month, today.day)
    try:
        yield book
        ExcelWriter(book, Package(out, today)).save()
    finally:
        for sheet in book.worksheets:
            _forget(sheet)


def _forget(sheet: Any) -> None:
    """Delete the temporary file of a sheet: the library does that only for a workbook that was saved."""
    with suppress(OSError):
        if not sheet.closed:
            sheet.close()
    if sheet._writer is not None and Path(sheet._writer.out).exists():
        sheet._writer.cleanup()
