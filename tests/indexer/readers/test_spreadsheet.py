from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from indexer.readers import spreadsheet
from indexer.readers.reader import Content, Paper
from indexer.readers.spreadsheet import SpreadsheetReader
from kb.errors import ExtractError
from tests.indexer.readers.packages import docx, pack, paragraph
from tests.indexer.readers.workbooks import Cell, xls
from tests.work import cpu_seconds
from vitext import encode_legacy

READER = SpreadsheetReader()


def xlsx(*sheets: tuple[str, Callable[[Worksheet], object]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for name, fill in sheets:
        sheet = book.create_sheet(name)
        fill(sheet)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows(*values: list[object]) -> Callable[[Worksheet], object]:
    def fill(sheet: Worksheet) -> None:
        for row in values:
            sheet.append(row)

    return fill


def read(data: bytes, path: str = "a.xlsx") -> Content:
    paper = Paper(path, data)
    assert READER.bid(paper) > 0.5
    return READER.read(paper)


def texts(content: Content) -> list[str]:
    return [block.best for block in content.blocks]


def test_visible_sheets_with_values_as_people_write_them() -> None:
    first = rows(
        ["DANH SÁCH ĐỀ NGHỊ"],
        [],
        ["TT", "Họ tên", None, "Ngày sinh", "Tỉ lệ"],
        [1, "Lê Thị\nA", None, dt.date(1975, 5, 19), 1.5],
        [2.0, "Trần B", None, dt.datetime(2024, 1, 2, 9, 5), True],
    )
    data = xlsx(("Xã A", first), ("Ẩn", rows(["mật"])), ("Trống", rows()), ("Xã B", rows(["x", "y"])), hidden="Ẩn")
    content = read(data)
    assert [(b.role, b.level, b.original) for b in content.blocks] == [
        ("heading", 2, "Xã A"),
        ("paragraph", 0, "DANH SÁCH ĐỀ NGHỊ"),
        ("table_row", 0, "TT | Họ tên | Ngày sinh | Tỉ lệ"),
        ("table_row", 0, "1 | Lê Thị A | 19/5/1975 | 1,5"),
        ("table_row", 0, "2 | Trần B | 2/1/2024 9:05 | TRUE"),
        ("heading", 2, "Xã B"),
        ("table_row", 0, "x | y"),
    ]
    assert {b.page for b in content.blocks} == {1}
    assert len(content.notes) == 1 and "1 trang tính ẩn" in content.notes[0]


def test_a_lone_sheet_without_a_name_of_its_own_has_no_heading() -> None:
    assert texts(read(xlsx(("Sheet1", rows(["a", "b"]))))) == ["a | b"]
    assert texts(read(xlsx(("Thi đua", rows(["a", "b"]))))) == ["Thi đua", "a | b"]


def test_fonts_of_cells_tell_their_encoding_in_xlsx() -> None:
    raw = encode_legacy("Đơn vị", "tcvn3")

    def fill(sheet: Worksheet) -> None:
        sheet["B2"], sheet["C2"], sheet["C3"] = raw, "Hã", "Cà Mau"
        sheet["B2"].font = Font(name=".VnTime")

    blocks = read(xlsx(("Sheet1", fill))).blocks
    assert [(b.original, b.repaired) for b in blocks] == [(f"{raw} | Hã", "Đơn vị | Hã"), ("Cà Mau", None)]


def test_xls_with_its_fonts_and_a_hidden_sheet() -> None:
    tcvn3, vni = encode_legacy("được tặng", "tcvn3"), encode_legacy("Điển hình", "vni")
    cells: list[Cell] = [(0, 1, "Tên", 0), (2, 0, 12.0, 0), (2, 1, tcvn3, 1), (3, 1, vni, 2), (3, 2, "Hã", 0)]
    data = xls({"Danh sách": cells, "Tra cứu": [(0, 0, "x", 0)]}, [".VnTime", "VNI-Times"], hidden=["Tra cứu"])
    content = read(data, "a.xls")
    assert texts(content) == ["Danh sách", "Tên", "12 | được tặng", "| Điển hình | Hã"]
    assert [b.original for b in content.blocks][2:] == [f"12 | {tcvn3}", f"| {vni} | Hã"]
    assert content.notes


def test_cells_without_told_fonts_prove_their_encoding_together() -> None:
    words = ["Tên chỉ tiêu, đơn vị tính", "Thực hiện năm", "Địa điểm"]
    data = xls({"A": [(at, 0, encode_legacy(text, "tcvn3"), 0) for at, text in enumerate(words)]})
    assert texts(read(data, "a.xls")) == ["A", *words]


def test_ods() -> None:
    cell = "<table:table-cell {}><text:p>{}</text:p></table:table-cell>"
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    row = "<table:table-row>" + cell.format('office:value-type="float" office:value="3"', 3)
    row += cell.format('office:value-type="string"', "Xã Tuệ Tĩnh") + "</table:table-row>"
    content = (
        f'<?xml version="1.0"?>'
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Bảng 1">{row}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    assert texts(read(stored.getvalue(), "a.ods")) == ["3 | Xã Tuệ Tĩnh"]


def test_a_stray_cell_at_the_end_of_the_sheet_costs_little() -> None:
    def stray(column: int) -> Callable[[Worksheet], object]:
        def fill(sheet: Worksheet) -> None:
            sheet["A1"], sheet["B2"] = "đầu", 5
            sheet.cell(1_048_576, column, "cuối")

        return fill

    for column in (1, 3, 16_384):
        data = xlsx(("Sheet1", stray(column)))
        found: list[Content] = []
        assert cpu_seconds(lambda data=data, found=found: found.append(read(data))) < 10  # type: ignore[misc]
        assert texts(found[0])[0] == "đầu" and texts(found[0])[-1].endswith("cuối") and len(found[0].blocks) == 3


def test_cells_of_xls_that_lie_too_far_apart_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_MAX_AREA", 100)
    with pytest.raises(ExtractError, match=r"a\.xls: .*hàng 60, cột 3"):
        READER.read(Paper("a.xls", xls({"A": [(0, 0, "a", 0), (59, 2, "b", 0)]})))


def test_what_cannot_be_read_says_why() -> None:
    good = xlsx(("A", rows(["a"])))
    cases = [
        (xlsx(("A", rows())), "không có ô nào"),
        (good[: len(good) // 2], "hỏng"),
        (pack({"xl/workbook.xml": "<a/>"}), "hỏng"),
        (xls({"A": [(0, 0, "a", 0)]})[:1000], "hỏng"),
    ]
    for data, reason in cases:
        with pytest.raises(ExtractError, match=rf"xã/a\.xlsx: .*{reason}"):
            READER.read(Paper("xã/a.xlsx", data))


def test_other_files_get_no_bid() -> None:
    for data in (b"", b"a,b", docx(paragraph("a")), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)):
        assert READER.bid(Paper("a.xlsx", data)) == 0.0


def test_a_damaged_workbook_never_ends_the_program_nor_raises_anything_else() -> None:
    book = xls({"A": [(0, 0, "Tên", 1), (1, 0, 5.0, 0)], "B": [(0, 1, "x", 0)]}, [".VnTime"])
    for at in range(512, len(book), 13):
        for value in (0x00, 0xFF, book[at] ^ 0x20):
            data = book[:at] + bytes([value]) + book[at + 1 :]
            try:
                READER.read(Paper("a.xls", data))
            except ExtractError as error:
                assert str(error).startswith("a.xls: ")


@pytest.mark.parametrize("reference", ["A9999999999", "AAAAAAA1", "XFE1", "A1048577"])
def test_a_cell_beyond_every_sheet_is_damage(reference: str) -> None:
    good = xlsx(("A", rows(["a"])))
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes) and b'r="A1"' in sheet
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b'r="A1"', f'r="{reference}"'.encode())
    with pytest.raises(ExtractError, match=r"a\.xlsx: .*hỏng"):
        READER.read(Paper("a.xlsx", pack(members)))
