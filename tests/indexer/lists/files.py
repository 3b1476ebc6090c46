"""Lists in every format, made by the tests themselves."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import openpyxl

from indexer.discover import FoundFile
from indexer.pipeline import process, split_rows
from indexer.readers.sheet_fonts import MAX_COLUMNS
from kb.item import Item
from tests.indexer.readers.packages import pack
from tests.indexer.readers.workbooks import Cell, Merged, xls

Rows = Sequence[Sequence[object]]

FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"]
MIDDLE = ["Văn", "Thị", "Đức", "Minh", "Ngọc", "Quang", "Hồng"]
GIVEN = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hùng",
    "Khánh",
    "Lan",
    "Mai",
    "Nam",
    "Oanh",
    "Phúc",
    "Quỳnh",
    "Sơn",
    "Tâm",
    "Uyên",
    "Vinh",
    "Xuân",
    "Yến",
]


def person(number: int) -> str:
    """One of many personal names."""
    return f"{FAMILY[number % 12]} {MIDDLE[number % 7]} {GIVEN[number % 20]}"


def read(name: str, data: bytes, attributes: Mapping[str, Any] | None = None) -> tuple[Item, list[Item]]:
    """The item of a list, and those of its rows."""
    item = process(FoundFile(name, Path(name), attributes or {}), data)
    whole, *rows = split_rows(item, data)
    return whole, rows


def notes(item: Item) -> list[str]:
    """What is told of a list."""
    return [e.value for e in item.evidence if e.attribute == "notes"]


def as_xlsx(
    rows: Rows, merged: Sequence[Merged] = (), name: str = "Sheet1", others: Mapping[str, Rows] | None = None
) -> bytes:
    """A workbook; a sheet of `others` whose name begins with "(ẩn)" is hidden."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for top, left, bottom, right in merged:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    for title, more in (others or {}).items():
        other = book.create_sheet(title)
        for row in more:
            other.append(list(row))
        other.sheet_state = "hidden" if title.startswith("(ẩn)") else "visible"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_xls(rows: Rows, merged: Sequence[Merged] = (), name: str = "Sheet1") -> bytes:
    covered = {(r, c) for t, le, b, ri in merged for r in range(t, b + 1) for c in range(le, ri + 1) if (r, c) != (t, le)}
    cells: list[Cell] = []
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value not in ("", None) and (at, column) not in covered:
                cells.append((at, column, value if isinstance(value, str) else float(str(value)), 0))
    return xls({name: cells}, merged=merged)


def as_csv(rows: Rows, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_ods(rows: Rows, merged: Sequence[Merged] = (), name: str = "Sheet1") -> bytes:
    """A workbook of OpenDocument; merged cells are a spanned cell and covered ones."""
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merged}
    covered = {(r, c) for t, le, b, ri in merged for r in range(t, b + 1) for c in range(le, ri + 1) if (r, c) != (t, le)}
    width = max(map(len, rows))
    lines = []
    for at, row in enumerate(rows):
        cells = []
        for column in range(width):
            value = row[column] if column < len(row) else ""
            kind = "covered-table-cell" if (at, column) in covered else "table-cell"
            span = ""
            if (at, column) in spans:
                down, across = spans[at, column]
                span = f' table:number-rows-spanned="{down}" table:number-columns-spanned="{across}"'
            number = isinstance(value, int)
            typed = f' office:value-type="float" office:value="{value}"' if number else ' office:value-type="string"'
            text = f"<text:p>{escape(str(value))}</text:p>" if value not in ("", None) else ""
            cells.append(f"<table:{kind}{span}{typed if text else ''}>{text}</table:{kind}>")
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{space}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"' for space in names)
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="{name}">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def as_docx(rows: Rows, before: Sequence[str] = (), merged: Sequence[Merged] = ()) -> bytes:
    document: Any = docx.Document()
    for text in before:
        document.add_paragraph(text)
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    table.style = "Table Grid"
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            table.cell(at, column).text = str(value)
    for top, left, bottom, right in merged:
        one = table.cell(top, left).merge(table.cell(bottom, right))
        one.text = one.text.strip()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_html(rows: Rows, title: str) -> bytes:
    cells = "".join("<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>" for row in rows)
    said = "Danh sách được công bố để nhân dân theo dõi, góp ý trước khi trình cấp có thẩm quyền xem xét, quyết định."
    body = f"<h1>{escape(title)}</h1><p>{said}</p><table border='1'>{cells}</table>"
    return f"<html><head><meta charset='utf-8'><title>{escape(title)}</title></head><body>{body}</body></html>".encode()


def with_stray_cell(data: bytes) -> bytes:
    """The workbook with a value in the last row of its first sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes) and MAX_COLUMNS > 26
    row = '<row r="1048576"><c r="C1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", row.encode())
    return pack(members)


def classic() -> tuple[Rows, list[Merged]]:
    """A list as offices attach it to a submission: letterhead, title, numbered columns, two sections of 6 collectives and 40
    people, the unit merged over several rows, a total, signatures."""
    rows: list[list[object]] = [
        ["ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG"],
        ["DANH SÁCH TẬP THỂ, CÁ NHÂN ĐỀ NGHỊ KHEN THƯỞNG NĂM 2024"],
        ["(Kèm theo Tờ trình số 45/TTr-SNV ngày 12/11/2024 của Sở Nội vụ)"],
        [],
        ["TT", "Họ và tên/Tên tập thể", "Chức vụ", "Đơn vị", "Tóm tắt thành tích", "Hình thức khen thưởng", "Ghi chú"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
        ["I", "TẬP THỂ"],
    ]
    merged: list[Merged] = [(0, 0, 0, 2), (1, 0, 1, 6), (2, 0, 2, 6), (6, 1, 6, 6)]
    for at in range(6):
        unit = "Đảng bộ xã Vĩnh Hải" if at % 3 == 0 else ""
        rows.append(
            [at + 1, f"Chi bộ thôn {at + 1}", "", unit, f"Vận động {10 + at} hộ hiến đất làm đường", "Giấy khen", ""]
        )
    merged += [(7 + at, 3, 9 + at, 3) for at in (0, 3)]
    rows.append(["II", "CÁ NHÂN"])
    merged.append((13, 1, 13, 6))
    for at in range(40):
        unit = "UBND xã Tuệ Tĩnh" if at % 4 == 0 else ""
        called = "Ông" if at % 2 else "Bà"
        rows.append(
            [at + 1, f"{called} {person(at)}", "Trưởng thôn", unit, f"Thu gom {at + 3} tấn rác thải", "Bằng khen", ""]
        )
    merged += [(14 + at, 3, 17 + at, 3) for at in range(0, 40, 4)]
    rows += [
        ["", "Tổng cộng: 46"],
        [],
        ["", "NGƯỜI LẬP", "", "", "", "CHỦ TỊCH"],
        ["", "Lê Văn Bê", "", "", "", "Trần Văn Xê"],
    ]
    return rows, merged


def two_level() -> tuple[Rows, list[Merged]]:
    """A list of 10 exemplars whose heading has two rows: each is a person or a collective."""
    rows: list[list[object]] = [
        ["DANH SÁCH ĐIỂN HÌNH TIÊN TIẾN GIAI ĐOẠN 2020 - 2025"],
        [],
        ["STT", "Điển hình", "", "Năm sinh", "", "Đơn vị", "Lĩnh vực", "Nội dung điển hình"],
        ["", "Cá nhân", "Tập thể", "Nam", "Nữ", "", "", ""],
        [1, 2, 3, 4, 5, 6, 7, 8],
    ]
    merged: list[Merged] = [(2, 0, 3, 0), (2, 1, 2, 2), (2, 3, 2, 4), (2, 5, 3, 5), (2, 6, 3, 6), (2, 7, 3, 7)]
    for at in range(10):
        name, collective = (person(at), "") if at % 3 else ("", f"Hội Nông dân thôn {at}")
        born: list[object] = [1970 + at, ""] if at % 3 == 1 else ["", 1980 + at] if at % 3 == 2 else ["", ""]
        unit = "Xã Vĩnh Hải" if at in (0, 5) else ""
        field = ("Nông nghiệp", "Y tế", "Giáo dục")[at % 3]
        rows.append([at + 1, name, collective, *born, unit, field, f"Nuôi tôm {at + 2} ha cho thu nhập cao"])
    merged += [(5, 5, 9, 5), (10, 5, 14, 5)]
    return rows, merged
