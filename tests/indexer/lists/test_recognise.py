"""Which tables are lists of awards or exemplars, and which are not."""

from __future__ import annotations

import pytest

from tests.indexer.lists.files import Rows, as_csv, as_docx, as_xlsx, notes, person, read

PEOPLE = [person(at) for at in range(6)]


def table(title: str, heading: list[str], *columns: list[object]) -> Rows:
    return [[title], heading, *([at + 1, *row] for at, row in enumerate(zip(*columns, strict=True)))]


def of(value: object) -> list[object]:
    return [value] * 6


NAMES: list[object] = list(PEOPLE)
LISTS: dict[str, Rows] = {
    "nominations": table("DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG", ["TT", "Họ và tên", "Chức vụ", "Đơn vị"], NAMES, of("Giáo viên"), of("THCS A")),
    "unaccented": table("DANH SACH DE NGHI KHEN THUONG", ["TT", "Ho va ten", "Don vi", "Thanh tich"], NAMES, of("Xa A"), of("Thu gom rac")),
    "capitals": table("", ["SỐ TT", "HỌ VÀ TÊN", "CHỨC VỤ, ĐƠN VỊ", "TÓM TẮT THÀNH TÍCH"], NAMES, of("Giáo viên, THCS A"), of("Dạy giỏi")),
    "award alone": table("", ["STT", "Họ tên", "Hình thức khen"], NAMES, of("Bằng khen")),
    "models": table("", ["TT", "Tên mô hình", "Đơn vị thực hiện", "Hiệu quả"], of("Camera an ninh"), [f"Xã {n}" for n in "ABCDEF"], of("An toàn hơn")),
    "units": table("DANH SÁCH ĐƠN VỊ ĐỀ NGHỊ TẶNG CỜ THI ĐUA", ["TT", "Đơn vị", "Hình thức khen thưởng"], [f"Trường THCS số {n}" for n in range(6)], of("Cờ thi đua")),
    "delegates who are praised": table("Danh sách đại biểu điển hình tiên tiến", ["TT", "Họ tên", "Thành tích"], NAMES, of("Hiến đất làm đường")),
    "with money": table("DANH SÁCH KHEN THƯỞNG", ["TT", "Họ và tên", "Đơn vị", "Hình thức khen", "Mức tiền thưởng"], NAMES, of("Xã A"), of("Giấy khen"), of(702000)),
}  # fmt: skip
OTHERS: dict[str, Rows] = {
    "schedule": [["LỊCH CÔNG TÁC TUẦN"], ["Thứ", "Thời gian", "Nội dung", "Chủ trì"], ["Hai", "8h", "Khen thưởng điển hình", "Chủ tịch"], ["Ba", "9h", "Họp", "PCT"]],
    "budget": [["DỰ TOÁN HỘI NGHỊ ĐIỂN HÌNH TIÊN TIẾN"], ["STT", "Nội dung", "Đơn vị tính", "Số lượng", "Thành tiền"], [1, "Bằng khen", "Cái", 40, 2000], [2, "Khung", "Cái", 40, 1]],
    "delegates": table("DANH SÁCH ĐẠI BIỂU DỰ HỘI NGHỊ ĐIỂN HÌNH TIÊN TIẾN", ["STT", "Họ và tên", "Chức vụ", "Đơn vị"], NAMES, of("Chủ tịch"), of("Xã A")),
    "attendance": table("DANH SÁCH LỚP TẬP HUẤN THI ĐUA, KHEN THƯỞNG", ["STT", "Họ và tên", "Đơn vị", "Ký tên"], NAMES, of("Xã A"), of("")),
    "pupils": table("DANH SÁCH HỌC SINH", ["STT", "Họ và tên", "Ngày sinh", "Địa chỉ", "Lớp"], NAMES, of("1/2/2010"), of("Xã A"), of("9A")),
    "salaries": table("BẢNG LƯƠNG", ["STT", "Họ và tên", "Danh hiệu", "Hệ số lương"], NAMES, of("LĐTT"), of(3)),
    "indicators": [["CHỈ TIÊU THI ĐUA"], ["TT", "Tên chỉ tiêu", "Đơn vị tính", "Kết quả"], [1, "Số mô hình", "Mô hình", 6], [2, "Tỷ lệ hộ", "%", 95]],
    "counts": table("TỔNG HỢP KẾT QUẢ KHEN THƯỞNG", ["STT", "Đơn vị", "Tập thể", "Cá nhân", "Bằng khen"], [f"Xã {n}" for n in "ABCDEF"], of(3), of(7), of(2)),
    "council": table("HỘI ĐỒNG THI ĐUA - KHEN THƯỞNG", ["STT", "Họ và tên", "Chức vụ", "Vai trò"], NAMES, of("PCT"), of("Ủy viên")),
    "members": table("DANH SÁCH THÀNH VIÊN HỘI ĐỒNG THI ĐUA, KHEN THƯỞNG", ["STT", "Họ và tên", "Chức vụ", "Đơn vị"], NAMES, of("PCT"), of("Xã A")),
    "registration": table("DANH SÁCH ĐĂNG KÝ THI ĐUA", ["STT", "Họ và tên", "Chức vụ", "Danh hiệu"], NAMES, of("GV"), of("LĐTT")),
    "races": table("KẾT QUẢ CHẠY 100 M", ["STT", "Họ và tên", "Đơn vị", "Thành tích"], NAMES, of("THPT A"), of(11.5)),
    "staff": table("DANH SÁCH CÁN BỘ", ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điện thoại"], NAMES, of("CV"), of("Phòng A"), of("0900")),
    "payment": table("DANH SÁCH NHẬN TIỀN THƯỞNG", ["STT", "Họ và tên", "Danh hiệu", "Ký nhận"], NAMES, of("LĐTT"), of("")),
    "planned models": table("KẾ HOẠCH XÂY DỰNG MÔ HÌNH", ["TT", "Tên mô hình", "Đơn vị thực hiện", "Năm"], of("Đường hoa"), of("Xã A"), of(2027)),
    "building works": table("", ["TT", "Tên công trình", "Chủ đầu tư", "Năng lực", "Tổng vốn"], of("Trường học"), of("Xã A"), of("10 phòng"), of(5)),
    "text": [["Ghi chép"], ["Hôm nay họp", "Ngày mai nghỉ"]],
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list(name: str) -> None:
    for path, data in (("a.xlsx", as_xlsx(LISTS[name])), ("a.csv", as_csv(LISTS[name]))):
        whole, rows = read(path, data)
        assert len(rows) == 6 and notes(whole) == []


@pytest.mark.parametrize("name", OTHERS)
def test_another_table_stays_a_table(name: str) -> None:
    for path, data in (("a.xlsx", as_xlsx(OTHERS[name])), ("a.csv", as_csv(OTHERS[name]))):
        whole, rows = read(path, data)
        assert rows == [] and notes(whole) == [] and len(whole.blocks) >= 2


def test_words_of_the_file_name_and_of_the_text_before_a_table_count() -> None:
    rows = [["Họ và tên", "Chức vụ", "Đơn vị"], *([name, "Giáo viên", "THCS A"] for name in PEOPLE)]
    assert not read("a.csv", as_csv(rows))[1]
    assert len(read("danh-sach-khen-thuong.csv", as_csv(rows))[1]) == 6
    assert len(read("a.docx", as_docx(rows, ["DANH SÁCH CÁ NHÂN ĐƯỢC TẶNG GIẤY KHEN"]))[1]) == 6
    assert not read("a.docx", as_docx(rows, ["DANH SÁCH CÁN BỘ"]))[1]


def test_several_lists_and_other_sheets_in_one_workbook() -> None:
    others = {
        "Tập thể": LISTS["units"],
        "Dự toán": OTHERS["budget"],
        "Đại biểu": OTHERS["delegates"],
        "Mô hình": LISTS["models"],
    }
    _, rows = read("a.xlsx", as_xlsx(LISTS["nominations"], name="Cá nhân", others=others))
    assert [row.kind for row in rows] == ["exemplar"] * 12 + ["new_model"] * 6
    assert {row.source.path.split(" › ")[1].split(",")[0] for row in rows} == {"Cá nhân", "Tập thể", "Mô hình"}


def test_two_tables_of_one_document() -> None:
    budget = as_docx(OTHERS["budget"][1:], ["Dự toán"])
    assert not read("a.docx", budget)[1]
    whole, rows = read("a.docx", as_docx(LISTS["nominations"][1:], ["DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG"]))
    assert len(rows) == 6 and rows[0].source.path == "a.docx › bảng 1, dòng 2"
    assert whole.blocks[1].role == "table_row", "the table stays where it is"


def test_a_heading_that_a_recogniser_damaged() -> None:
    rows: Rows = [
        ["DANH SACH DE NGHI KHEN THUONG"],
        ["STT", "Hq va tén", "Chirc vu", "Don vj cong tac", "Tom tat thanh tich"],
        *([at + 1, name, "Giáo viên", "Trường THCS A", "Dạy giỏi nhiều năm liền"] for at, name in enumerate(PEOPLE)),
    ]
    _, found = read("a.csv", as_csv(rows))
    assert [row.title.partition(":")[0] for row in found] == PEOPLE and {row.unit for row in found} == {"Trường THCS A"}
