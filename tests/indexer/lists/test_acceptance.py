"""Lists as offices write them, in every format: how many records come out of them, and what these say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest

from kb.item import Item
from tests.indexer.lists.files import (
    Rows,
    as_csv,
    as_docx,
    as_html,
    as_ods,
    as_xls,
    as_xlsx,
    classic,
    notes,
    person,
    read,
    two_level,
    with_stray_cell,
)
from tests.indexer.readers.pdf_files import PdfFile, PdfPage, Rule, Text
from tests.indexer.readers.workbooks import Merged
from tests.work import cpu_seconds
from vitext import encode_legacy

Write = Callable[[Rows, Sequence[Merged]], bytes]
FORMATS: dict[str, Write] = {
    "xlsx": as_xlsx,
    "xls": as_xls,
    "ods": as_ods,
    "csv": lambda rows, merged: as_csv(rows),
    "docx": lambda rows, merged: as_docx(rows[4:], [str(row[0]) for row in rows[:3]], [(t - 4, a, b - 4, c) for t, a, b, c in merged if t > 4]),
}  # fmt: skip


def where(row: Item) -> str:
    return next(e.value for e in row.evidence if e.attribute == "row")


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_of_collectives_and_people(form: str) -> None:
    whole, rows = read(f"danh-sach.{form}", FORMATS[form](*classic()))
    assert notes(whole) == []
    assert [row.subject for row in rows] == ["collective"] * 6 + ["individual"] * 40
    assert {(row.kind, row.status, row.year) for row in rows} == {("exemplar", "pending", 2024)}
    for at, row in enumerate(rows[:6]):
        assert row.title == f"Chi bộ thôn {at + 1}: Vận động {10 + at} hộ hiến đất làm đường"
        assert (row.unit, row.place) == ("Đảng bộ xã Vĩnh Hải", "Xã Vĩnh Hải, thành phố Hải Phòng")
        assert "Hình thức khen thưởng: Giấy khen" in [block.best for block in row.blocks]
        assert row.blocks[-1].best == "Mục trong danh sách: TẬP THỂ"
    for at, row in enumerate(rows[6:]):
        assert row.title.startswith(f"{person(at)}: Thu gom {at + 3} tấn"), "without Ông and Bà"
        assert row.blocks[0].best.endswith(f"{'Ông' if at % 2 else 'Bà'} {person(at)}")
        assert (row.unit, row.place) == ("UBND xã Tuệ Tĩnh", "Xã Tuệ Tĩnh, thành phố Hải Phòng")
        assert "Hình thức khen thưởng: Bằng khen" in [block.best for block in row.blocks]
        assert row.blocks[-1].best == "Mục trong danh sách: CÁ NHÂN"
    first = {"csv": "dòng 8", "docx": "bảng 1, dòng 4"}.get(form, "Sheet1, dòng 8")
    assert where(rows[0]) == first and rows[0].source.path == f"danh-sach.{form} › {first}"
    assert len({row.id for row in rows}) == len({row.source.path for row in rows}) == 46
    assert whole.title == "DANH SÁCH TẬP THỂ, CÁ NHÂN ĐỀ NGHỊ KHEN THƯỞNG NĂM 2024" and whole.kind == "document"


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods", "csv"])
def test_a_heading_of_two_rows(form: str) -> None:
    whole, rows = read(f"dien-hinh.{form}", FORMATS[form](*two_level()))
    assert notes(whole) == [] and len(rows) == 10
    for at, row in enumerate(rows):
        assert row.title.startswith(person(at) if at % 3 else f"Hội Nông dân thôn {at}")
        assert row.subject == ("individual" if at % 3 else "collective")
        assert (row.unit, row.year) == ("Xã Vĩnh Hải", 2025)
        assert row.fields == (("agriculture", "health", "education")[at % 3],)
        assert not any("19" in block.best for block in row.blocks), "the year of birth is nobody's business"
        assert where(row).endswith(f"dòng {at + 6}")


def test_a_heading_of_two_rows_in_word() -> None:
    rows, _ = two_level()
    table = [[row[0], row[1], row[2], row[5], row[6], row[7]] for row in rows[2:] if row[0] != 1 or row[1] != 2]
    merged = [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3), (0, 4, 1, 4), (0, 5, 1, 5)]
    whole, found = read("dien-hinh.docx", as_docx(table, ["DANH SÁCH ĐIỂN HÌNH TIÊN TIẾN"], merged))
    assert [row.subject for row in found] == ["individual" if at % 3 else "collective" for at in range(10)]
    assert {row.unit for row in found} == {"Xã Vĩnh Hải"} and whole.title == "DANH SÁCH ĐIỂN HÌNH TIÊN TIẾN"


@pytest.mark.parametrize("form", ["xlsx", "xls", "csv"])
def test_a_list_in_letters_from_before_unicode(form: str) -> None:
    rows: list[list[object]] = [
        ["DANH SÁCH ĐỀ NGHỊ TẶNG GIẤY KHEN NĂM 2005"],
        ["TT", "Họ và tên", "Chức vụ, đơn vị", "Thành tích"],
    ]
    for at in range(8):
        achievement = f"Đạt giải nhất hội thi giáo viên dạy giỏi cấp huyện lần thứ {at}"
        rows.append([at + 1, person(at), "Giáo viên Trường Tiểu học Lê Hồng Phong", achievement])
    old = [[encode_legacy(cell, "tcvn3") if isinstance(cell, str) else cell for cell in row] for row in rows]
    data = as_csv(old, encoding="cp1252") if form == "csv" else FORMATS[form](old, [])
    _, found = read(f"cu.{form}", data)
    assert [row.title.partition(":")[0] for row in found] == [person(at) for at in range(8)]
    assert {(row.unit, row.status, row.year) for row in found} == {("Trường Tiểu học Lê Hồng Phong", "pending", 2005)}
    block = found[0].blocks[0]
    assert (block.best, block.original) == (f"Họ và tên: {person(0)}", "Họ và tên: " + encode_legacy(person(0), "tcvn3"))


def test_the_form_of_a_system_of_award_boards_with_its_sheets_of_codes() -> None:
    heading = ["STT", "Tên gọi\n(Ông/Bà/Chức danh)", "Tên tập thể/cá nhân/hộ gia đình", "Chức vụ", "Đơn vị công tác"]
    heading += [
        "Phân loại khen thưởng",
        "Danh hiệu thi đua/Hình thức khen thưởng",
        "Phân loại đối tượng",
        "Lĩnh vực hoạt động",
    ]
    rows: list[list[object]] = [list(heading)]
    people = ["Cá nhân", "Tập thể", "Cá nhân", "Hộ gia đình", "Cá nhân"]
    for at, what in enumerate(people):
        name = {"Tập thể": "Phòng Nội vụ", "Hộ gia đình": "Gia đình ông Tư"}.get(what, person(at))
        rows.append([at + 1, "Ông", name, "Chuyên viên", "Sở Nội vụ", "Công trạng", "Bằng khen", what, "Y tế"])
    rows += [[at] for at in range(6, 554)]  # prepared, and not filled in
    codes: dict[str, Rows] = {
        "HTKT": [["Mã", "Tên hình thức khen thưởng"], ["1", "Bằng khen"], ["2", "Giấy khen"]],
        "PLDT": [["Mã", "Phân loại đối tượng"], ["1", "Cá nhân"], ["2", "Tập thể"]],
        "LVHD": [["STT", "Lĩnh vực hoạt động"], [1, "Y tế"], [2, "Giáo dục"]],
        "phan loai kt": [["Phân loại khen thưởng"], ["Công trạng"], ["Chuyên đề"]],
        "(ẩn) cũ": classic()[0],
        "Trống": [],
    }
    whole, found = read("MauTDKT.xlsx", as_xlsx(rows, name="DSKT", others=codes))
    assert [row.subject for row in found] == ["individual", "collective", "individual", "collective", "individual"]
    assert {row.unit for row in found} == {"Sở Nội vụ"} and {row.fields for row in found} == {("health",)}
    assert [where(row) for row in found] == [f"DSKT, dòng {at}" for at in range(2, 7)]
    assert len(notes(whole)) == 1 and "trang tính ẩn" in notes(whole)[0]


def test_the_form_of_people_with_a_sheet_of_codes() -> None:
    rows: list[list[object]] = [["DANH SÁCH ĐỐI TƯỢNG ĐỀ NGHỊ KHEN THƯỞNG"], []]
    rows.append(["STT", "Họ và tên", "Giới tính", "Ngày sinh", "Chức vụ", "Tên phòng ban/khối, tổ công tác"])
    rows[-1] += ["Tên đơn vị/tập thể công tác", "Địa chỉ/Nơi ở", "Mã phân loại", "Mã hình thức", "Mã danh hiệu"]
    for at in range(5):
        born = dt.date(1980 + at, 1, 2)
        rows.append(
            [
                at + 1,
                person(at),
                "Nữ",
                born,
                "Tổ trưởng",
                "Tổ May",
                "Công ty Đông Á",
                "Phường Lê Chân, Hải Phòng",
                "CT",
                "BK",
                "",
            ]
        )
    others: dict[str, Rows] = {"DANHMUC": [["Mã", "Tên danh hiệu"], ["A", "Lao động tiên tiến"]]}
    _, found = read("CANHAN.xlsx", as_xlsx(rows, name="CANHAN", others=others))
    assert [row.title.partition(" –")[0] for row in found] == [person(at) for at in range(5)]
    assert {(row.unit, row.place) for row in found} == {("Công ty Đông Á", "Phường Lê Chân, thành phố Hải Phòng")}
    assert not any("198" in block.best or "Nữ" in block.best for row in found for block in row.blocks)


def test_a_list_on_a_saved_page() -> None:
    rows, _ = classic()
    table = [rows[4], *([row for row in rows[14:54]])]
    whole, found = read("cong-bo.html", as_html(table, "Danh sách cá nhân được tặng Bằng khen năm 2024"))
    assert len(found) == 40 and {row.status for row in found} == {"reviewed"}
    assert whole.title == "Danh sách cá nhân được tặng Bằng khen năm 2024"


def test_a_stray_cell_far_below_costs_little_and_changes_nothing() -> None:
    data = with_stray_cell(as_xlsx(*classic()))
    found: list[list[Item]] = []
    assert cpu_seconds(lambda: found.append(read("danh-sach.xlsx", data)[1])) < 10
    assert [row.title for row in found[0]] == [row.title for row in read("danh-sach.xlsx", as_xlsx(*classic()))[1]]
    assert [row.unit for row in found[0]] == ["Đảng bộ xã Vĩnh Hải"] * 6 + ["UBND xã Tuệ Tĩnh"] * 40


def test_a_list_over_two_pages_of_a_pdf() -> None:
    edges = [60, 100, 240, 380, 550]

    def page(rows: Rows, *title: str) -> PdfPage:
        parts: list[Text | Rule] = [Text(60, 780 - 20 * at, text, 11) for at, text in enumerate(title)]
        for at, row in enumerate(rows):
            parts.append(Rule(edges[0], 700 - 24 * at, edges[-1], 700 - 24 * at))
            parts += [Text(x + 3, 684 - 24 * at, str(cell), 10) for x, cell in zip(edges, row, strict=False)]
        end = 700 - 24 * len(rows)
        parts += [Rule(x, 700, x, end) for x in edges] + [Rule(edges[0], end, edges[-1], end)]
        return PdfPage(parts)

    heading = ["TT", "Họ và tên", "Đơn vị", "Thành tích"]
    people = [(at + 1, person(at), f"Trường THCS số {at % 3}", "Dạy giỏi cấp thành phố") for at in range(20)]
    title = ["ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG", "DANH SÁCH CÁ NHÂN ĐỀ NGHỊ TẶNG GIẤY KHEN NĂM 2024"]
    data = PdfFile([page([heading, *people[:12]], *title), page([heading, *people[12:]])]).data()
    whole, rows = read("ds.pdf", data)
    assert [(row.title, row.unit, row.blocks[0].page) for row in rows] == [
        (f"{name}: Dạy giỏi cấp thành phố", unit, 1 if number <= 12 else 2) for number, name, unit, _ in people
    ]
    assert whole.title == title[1] and {(row.year, row.status) for row in rows} == {(2024, "pending")}
