"""Lists to fill in (XLSX): the headings that offices use already, by which each row becomes an item of its own.

`indexer/lists` reads them as it reads any other list; `tests/web/exports/test_list_templates.py` fills each of them in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.writer.excel import ExcelWriter

from kb.papers import vocabulary
from web.exports.package import Package

#: The kinds of a list of exemplars and practices, in the order in which they are offered.
KINDS = ("exemplar", "good_deed", "new_model", "new_factor", "practice")
#: Empty rows below the headings that have lines and lists to choose from.
PREPARED_ROWS = 200
#: The row of the headings.
HEADING_ROW = 5
NOTES_SHEET = "Cách điền"

_FIELDS, _KINDS = "lĩnh vực", "loại"
_LINE = Side(style="thin", color="9AA5A8")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
_HEAD_FILL = PatternFill("solid", fgColor="DCEBEC")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its heading, its width in characters, and what to write in it. A row without a `needed` column is
    not taken. `offers` names what can be chosen in it."""

    heading: str
    width: int
    about: str
    needed: bool = False
    offers: str = ""


_NUMBER = Column("TT", 6, "Số thứ tự, mỗi dòng một số.")
_PLACE = Column("Địa bàn", 28, "Xã, phường, đặc khu và tỉnh, thành phố; tên cũ cũng được.")
_FIELD = Column("Lĩnh vực", 24, "Chọn một trong 14 lĩnh vực.", offers=_FIELDS)
_ACHIEVEMENT = Column("Tóm tắt thành tích", 60, "Đã làm gì, kết quả ra sao, có số liệu; một đến ba câu.")
_AWARD = Column("Hình thức khen thưởng", 26, "Hình thức đề nghị, hoặc đã được khen.")
_YEAR = Column("Năm", 8, "Bốn chữ số, ví dụ 2025; hoặc một giai đoạn, ví dụ 2021-2025.")
_DECISION = Column("Số quyết định", 24, "Số, ký hiệu và ngày của quyết định, nếu đã được khen.")
_NOTE = Column("Ghi chú", 24, "Điều khác cần ghi.")


@dataclass(frozen=True, slots=True)
class ListTemplate:
    """A list to fill in. `code` is used in addresses, `title` stands above the headings, `goes_with` is the paper to which
    such a list is attached."""

    code: str
    name: str
    title: str
    about: str
    columns: Sequence[Column]
    goes_with: str = "Tờ trình"


TEMPLATES = (
    ListTemplate(
        "tap-the",
        "Khen thưởng tập thể",
        "DANH SÁCH TẬP THỂ ĐỀ NGHỊ KHEN THƯỞNG",
        "Mỗi tập thể một dòng.",
        (
            _NUMBER,
            Column("Tên tập thể", 36, "Tên đầy đủ của tập thể.", needed=True),
            Column("Đơn vị quản lý", 30, "Đơn vị cấp trên của tập thể."),
            _PLACE, _FIELD, _ACHIEVEMENT, _AWARD, _YEAR, _DECISION, _NOTE,
        ),
    ),
    ListTemplate(
        "ca-nhan",
        "Khen thưởng cá nhân",
        "DANH SÁCH CÁ NHÂN ĐỀ NGHỊ KHEN THƯỞNG",
        "Mỗi người một dòng.",
        (
            _NUMBER,
            Column("Họ và tên", 28, "Họ và tên đầy đủ, có thể có Ông, Bà đứng trước.", needed=True),
            Column("Chức vụ", 24, "Chức vụ hoặc nghề nghiệp."),
            Column("Đơn vị công tác", 32, "Đơn vị công tác, hoặc nơi sinh hoạt."),
            _PLACE, _FIELD, _ACHIEVEMENT,
            Column("Danh hiệu thi đua/Hình thức khen thưởng", 28, _AWARD.about),
            _YEAR, _DECISION, _NOTE,
        ),
    ),
    ListTemplate(
        "ho-gia-dinh",
        "Khen thưởng hộ gia đình",
        "DANH SÁCH HỘ GIA ĐÌNH ĐỀ NGHỊ KHEN THƯỞNG",
        "Mỗi hộ một dòng.",
        (
            _NUMBER,
            Column("Họ và tên chủ hộ", 28, "Họ và tên của chủ hộ.", needed=True),
            Column("Địa chỉ", 34, "Thôn, tổ dân phố; xã, phường; tỉnh, thành phố."),
            _FIELD, _ACHIEVEMENT, _AWARD, _YEAR, _DECISION, _NOTE,
        ),
    ),
    ListTemplate(
        "dien-hinh",
        "Điển hình, mô hình, cách làm hay",
        "DANH SÁCH ĐIỂN HÌNH, MÔ HÌNH, CÁCH LÀM HAY",
        "Mỗi điển hình, mô hình hoặc cách làm một dòng.",
        (
            _NUMBER,
            Column("Loại", 22, "Chọn loại nội dung.", offers=_KINDS),
            Column("Tên điển hình, mô hình, cách làm hay", 40, "Tên người, tập thể, mô hình hoặc cách làm.", needed=True),
            Column("Đơn vị thực hiện", 30, "Đơn vị làm, hoặc nơi công tác của cá nhân."),
            _PLACE, _FIELD, _YEAR,
            Column("Nội dung, kết quả", 60, _ACHIEVEMENT.about),
            Column("Nguồn", 30, "Báo cáo, bài báo, địa chỉ trang nói về việc này."),
            _NOTE,
        ),
        goes_with="Báo cáo",
    ),
)  # fmt: skip


def template_of(code: str) -> ListTemplate | None:
    """The template with a code, None where there is none."""
    return next((template for template in TEMPLATES if template.code == code), None)


def write_template(template: ListTemplate, today: dt.date, out: BinaryIO) -> None:
    """Write the list to fill in, with a second sheet that says what to write in each column."""
    book = Workbook()
    book.properties.creator = "Cách Hay"
    book.properties.created = book.properties.modified = dt.datetime(today.year, today.month, today.day)
    sheet: Any = book.active
    sheet.title = "Danh sách"
    last = get_column_letter(len(template.columns))
    lines = (f"{template.title} NĂM {today.year}", f"(Kèm theo {template.goes_with} số        ngày        của        )")
    for at, (text, bold) in enumerate(zip(lines, (True, False), strict=True), 2):
        sheet.merge_cells(f"A{at}:{last}{at}")
        sheet.cell(at, 1, text).font = Font(bold=bold, italic=not bold, size=14 if bold else 11)
        sheet.cell(at, 1).alignment = _CENTRED
    for at, column in enumerate(template.columns, 1):
        head = sheet.cell(HEADING_ROW, at, column.heading)
        head.font, head.fill, head.border, head.alignment = Font(bold=True), _HEAD_FILL, _BORDER, _CENTRED
        sheet.column_dimensions[get_column_letter(at)].width = column.width
        for row in range(HEADING_ROW + 1, HEADING_ROW + 1 + PREPARED_ROWS):
            cell = sheet.cell(row, at)
            cell.border, cell.alignment = _BORDER, _WRAPPED
    sheet.row_dimensions[HEADING_ROW].height = 34
    sheet.freeze_panes = sheet.cell(HEADING_ROW + 1, 1)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    _write_notes(book, template, sheet)
    ExcelWriter(book, Package(out, today)).save()


def _write_notes(book: Workbook, template: ListTemplate, sheet: Any) -> None:
    """The sheet of notes, and what can be chosen in the columns of the list."""
    notes: Any = book.create_sheet(NOTES_SHEET)
    for letter, width in zip("ABCD", (40, 70, 14, 46), strict=True):
        notes.column_dimensions[letter].width = width
    notes.append(["Chung", f"Mỗi dòng của trang “{sheet.title}” thành một mục tra cứu được. {template.about}"])
    notes.append(
        ["", "Giữ nguyên dòng tên cột; thêm, bớt, đổi chỗ cột khác đều được. Dòng thiếu ô bắt buộc thì không được lấy."]
    )
    notes.append(["", "Có thể xen dòng chia mục như “I. TẬP THỂ”, “Lĩnh vực y tế”, “Xã …”: các dòng bên dưới thuộc mục ấy."])
    notes.append([])
    notes.append(["Tên cột", "Ghi gì", "Bắt buộc"])
    for column in template.columns:
        notes.append([column.heading, column.about, "có" if column.needed else ""])
    for row in notes.iter_rows():
        for cell in row:
            cell.alignment = _WRAPPED
    for cell in (notes["A1"], *notes[5]):
        cell.font = Font(bold=True)
    offered = {_FIELDS: vocabulary.codes("field"), _KINDS: KINDS}
    groups = {_FIELDS: "field", _KINDS: "kind"}
    start = len(template.columns) + 8
    for at, column in enumerate(template.columns, 1):
        if not column.offers:
            continue
        names = [vocabulary.label(groups[column.offers], code) for code in offered[column.offers]]
        notes.cell(start, 4, f"Chọn ở cột {column.heading}").font = Font(bold=True)
        for below, name in enumerate(names, start + 1):
            notes.cell(below, 4, name)
        letter = get_column_letter(at)
        choice = DataValidation(
            "list", formula1=f"{quote_sheetname(NOTES_SHEET)}!$D${start + 1}:$D${start + len(names)}", allow_blank=True,
            showErrorMessage=False,
        )  # fmt: skip
        choice.add(f"{letter}{HEADING_ROW + 1}:{letter}{HEADING_ROW + PREPARED_ROWS}")
        sheet.add_data_validation(choice)
        start += len(names) + 2
