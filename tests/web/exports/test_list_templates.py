"""Lists to fill in: what is written into them comes out as items, and an empty one gives none."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest

from kb.papers import vocabulary
from tests.indexer.lists.files import notes, person, read
from web.exports import TEMPLATES, ListTemplate, template_of, write_template
from web.exports.list_templates import HEADING_ROW, KINDS, NOTES_SHEET

TODAY = dt.date(2026, 11, 29)
VALUES = {
    "Tên tập thể": "Chi bộ thôn {}",
    "Họ và tên": "Bà {person}",
    "Họ và tên chủ hộ": "{person}",
    "Tên điển hình, mô hình, cách làm hay": "Camera an ninh thôn {}",
    "Chức vụ": "Trưởng thôn",
    "Đơn vị quản lý": "Đảng bộ xã Tuệ Tĩnh",
    "Đơn vị công tác": "UBND xã Tuệ Tĩnh",
    "Đơn vị thực hiện": "Công an xã Tuệ Tĩnh",
    "Địa bàn": "Xã Tuệ Tĩnh, thành phố Hải Phòng",
    "Địa chỉ": "Thôn 3, xã Tuệ Tĩnh, thành phố Hải Phòng",
    "Loại": "Cách làm hay",
    "Lĩnh vực": "Y tế",
    "Năm": 2025,
    "Tóm tắt thành tích": "Hiến {} m2 đất làm đường",
    "Nội dung, kết quả": "Giảm {} vụ việc",
    "Hình thức khen thưởng": "Bằng khen",
    "Danh hiệu thi đua/Hình thức khen thưởng": "Chiến sĩ thi đua cơ sở",
    "Số quyết định": "",
    "Nguồn": "Báo cáo của xã",
    "Ghi chú": "Không",
}


def written(template: ListTemplate) -> bytes:
    out = io.BytesIO()
    write_template(template, TODAY, out)
    return out.getvalue()


def filled(template: ListTemplate, count: int) -> bytes:
    book: Any = openpyxl.load_workbook(io.BytesIO(written(template)))
    sheet = book.worksheets[0]
    for at in range(count):
        for column, about in enumerate(template.columns, 1):
            value = at + 1 if about.heading == "TT" else VALUES[about.heading]
            text = value.format(at, person=person(at)) if isinstance(value, str) else value
            sheet.cell(HEADING_ROW + 1 + at, column, text or None)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.code)
def test_what_is_filled_in_comes_out(template: ListTemplate) -> None:
    whole, rows = read("mau.xlsx", filled(template, 7))
    assert notes(whole) == [] and len(rows) == 7 and whole.title == f"{template.title} NĂM 2026"
    for at, row in enumerate(rows):
        name = next(column.heading for column in template.columns if column.needed)
        assert row.title.startswith(str(VALUES[name]).format(at, person=person(at)).removeprefix("Bà ") + ": ")
        assert row.place == "Xã Tuệ Tĩnh, thành phố Hải Phòng" and row.fields == ("health",) and row.year == 2025
        assert [e.value for e in row.evidence if e.attribute == "row"] == [f"Danh sách, dòng {HEADING_ROW + 1 + at}"]
        shown = {block.best.partition(": ")[0] for block in row.blocks}
        assert shown == {column.heading for column in template.columns} - {"TT", "Số quyết định"}
    known = {
        "tap-the": ("exemplar", "collective", "Đảng bộ xã Tuệ Tĩnh", "pending"),
        "ca-nhan": ("exemplar", "individual", "UBND xã Tuệ Tĩnh", "pending"),
        "ho-gia-dinh": ("exemplar", "collective", "", "pending"),
        "dien-hinh": ("practice", "collective", "Công an xã Tuệ Tĩnh", None),
    }
    assert {(row.kind, row.subject, row.unit, row.status) for row in rows} == {known[template.code]}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.code)
def test_an_empty_one_gives_no_items(template: ListTemplate) -> None:
    whole, rows = read("mau.xlsx", written(template))
    assert rows == [] and notes(whole) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.code)
def test_the_file_for_people(template: ListTemplate) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(written(template)))
    sheet, about = book.worksheets
    assert about.title == NOTES_SHEET and [cell.value for cell in sheet[HEADING_ROW]] == [
        c.heading for c in template.columns
    ]
    told = {row[0]: row for row in about.iter_rows(values_only=True) if row[0]}
    assert all(told[column.heading][2] == ("có" if column.needed else None) for column in template.columns)
    choices = {next(iter(choice.sqref.ranges)).coord[0]: choice.formula1 for choice in sheet.data_validations.dataValidation}
    offered = {}
    for letter, formula in choices.items():
        first, last = formula.rpartition("!")[2].replace("$", "").split(":")
        offered[sheet[f"{letter}{HEADING_ROW}"].value] = [row[0].value for row in about[first:last]]
    fields = [field.name for field in vocabulary.fields()]
    kinds = [vocabulary.label("kind", code) for code in KINDS]
    assert offered == {"Lĩnh vực": fields} | ({"Loại": kinds} if template.code == "dien-hinh" else {})


def test_the_same_day_gives_the_same_bytes() -> None:
    assert written(TEMPLATES[0]) == written(TEMPLATES[0])


def test_codes_are_looked_up() -> None:
    assert template_of("ca-nhan") is TEMPLATES[1] and template_of("khac") is None
