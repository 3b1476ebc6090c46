"""Tables of records as CSV that Excel opens, XLSX and JSON; and the table of a search for a list."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from search_api.schema import BatchAnswer, BatchRow, Record
from web.exports.columns import COLUMNS, Note, legal
from web.formats import show_date

#: Characters that a cell of a spreadsheet can hold.
MAX_CELL_LENGTH = 32_767
#: The first characters with which a spreadsheet takes a cell of a CSV file for a formula.
_FORMULA_STARTS = tuple("=+-@\t\r")
_HEAD_FONT = Font(bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="0D5C63")
_CELL_ALIGNMENT = Alignment(vertical="top", wrap_text=True)


def write_csv(records: Sequence[Record]) -> bytes:
    """A CSV file in UTF-8 with BOM, so that Excel shows the accents; no cell is a formula."""
    return _csv([column.heading for column in COLUMNS], [[column.value(r) for column in COLUMNS] for r in records])


def write_json(records: Sequence[Record], note: Note) -> bytes:
    """A JSON file: the records under the keys of `COLUMNS`, and besides their fields and sections as lists."""
    rows = [
        {column.key: column.value(record) for column in COLUMNS}
        | {"field_codes": [field.code for field in record.card.fields], "sections": _sections(record)}
        for record in records
    ]
    whole = {"title": note.title, "address": note.address, "date": f"{note.today:%Y-%m-%d}", "left_out": note.left_out}
    return json.dumps({**whole, "records": rows}, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _sections(record: Record) -> dict[str, list[str]]:
    return {section.name: section.paragraphs for section in record.sections}


def write_xlsx(records: Sequence[Record], note: Note) -> bytes:
    """An XLSX file with one row per record; a second sheet holds the sources and the warnings."""
    book = Workbook(write_only=True)
    heads = [(column.heading, column.width) for column in COLUMNS]
    rows = [[column.value(record) for column in COLUMNS] for record in records]
    _sheet(book, "Bản ghi", [("STT", 6), *heads], [[str(at), *row] for at, row in enumerate(rows, 1)])
    left = [f"Còn {note.left_out} kết quả nữa không có trong tệp này."] if note.left_out else []
    counted = f"{len(records)} mục, lấy ngày {show_date(note.today)} từ kho tra cứu Cách Hay."
    said = [note.title, counted, note.address, *left]
    warned = [[r.card.title, r.citations.warning, r.citations.official] for r in records]
    _sheet(book, "Nguồn và lưu ý", [("Nhan đề", 46), ("Lưu ý", 50), ("Trích dẫn", 80)], [*([s] for s in said), *warned])
    return _saved(book, note.today)


def write_batch_csv(answer: BatchAnswer) -> bytes:
    """A CSV file for a search for a list: one row per line, with its best hit."""
    return _csv([heading for heading, _ in _BATCH], [_batch(row) for row in answer.rows])


def write_batch_xlsx(answer: BatchAnswer, today: dt.date) -> bytes:
    """An XLSX file for a search for a list: one row per line, with its best hit."""
    book = Workbook(write_only=True)
    _sheet(book, "Tìm theo danh sách", _BATCH, [_batch(row) for row in answer.rows])
    return _saved(book, today)


_BATCH = (
    ("Dòng", 6), ("Tên", 40), ("Số mục có đúng cụm từ", 12), ("Số mục gần giống", 12), ("Mục khớp nhất", 60),
    ("Mã", 30), ("Vì sao khớp", 14), ("Đoạn khớp", 60),
)  # fmt: skip


def _batch(row: BatchRow) -> list[str]:
    best = row.hits[0] if row.hits else None
    snippet = "".join(s.text for s in best.snippets[0].segments) if best and best.snippets else ""
    shown = [best.card.title, best.card.id, best.match.label, snippet] if best else ["", "", "", ""]
    return [str(row.line), row.name, str(row.total), str(row.near), *shown]


def _csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig", "replace")


def _harmless(cell: str) -> str:
    """The cell, with a ' before a text that a spreadsheet would run as a formula."""
    cell = legal(cell)
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _sheet(book: Workbook, title: str, heads: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]]) -> None:
    sheet: Any = book.create_sheet(title)
    for at, (_, width) in enumerate(heads, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{max(2, len(rows) + 1)}"
    head = [_cell(sheet, heading) for heading, _ in heads]
    for cell in head:
        cell.font, cell.fill = _HEAD_FONT, _HEAD_FILL
    sheet.append(head)
    for at, row in enumerate(rows, 2):
        sheet.row_dimensions[at].height = _height(row, [width for _, width in heads])
        sheet.append([_cell(sheet, text) for text in row])


def _height(row: Sequence[str], widths: Sequence[int]) -> float:
    """The height of a row in points: that of its tallest wrapped cell, at most what a spreadsheet allows."""
    lines = [
        sum(max(1, math.ceil(len(line) / width)) for line in text.split("\n"))
        for text, width in zip(row, widths, strict=False)
    ]
    return min(409.0, 15.0 * max(lines, default=1))


def _cell(sheet: Any, text: str) -> Any:
    """A cell that holds text, whatever the text begins with; a whole number becomes a number."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return WriteOnlyCell(sheet, value=int(text))
    cell = WriteOnlyCell(sheet, value=legal(text)[:MAX_CELL_LENGTH])
    cell.data_type = "s"
    cell.alignment = _CELL_ALIGNMENT
    return cell


def _saved(book: Workbook, today: dt.date) -> bytes:
    moment = dt.datetime(today.year, today.month, today.day)
    book.properties.creator = "Cách Hay"
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    book.save(raw)
    return same_bytes(raw.getvalue(), today)


def same_bytes(package: bytes, today: dt.date) -> bytes:
    """An Office file whose parts all have the given day as their date, so that the same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _dated(data, today)
            new.writestr(zipfile.ZipInfo(name, (today.year, today.month, today.day, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _dated(core: bytes, today: dt.date) -> bytes:
    """The core properties, with the day of the export as the time of the last change."""
    stamp = f">{today:%Y-%m-%d}T00:00:00Z</dcterms:modified>".encode()
    return re.sub(rb">[^<]*</dcterms:modified>", stamp, core)
