"""What the items of rows hold, which rows are wrong, and what is told of them."""

from __future__ import annotations

import pytest

from indexer.lists.words import read_words
from kb.errors import TableError
from tests.indexer.lists.files import Rows, as_csv, as_xlsx, notes, person, read

TITLE = ["DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG NĂM 2024"]
HEADING = ["TT", "Họ và tên", "Chức vụ", "Đơn vị", "Thành tích", "Năm"]


def people(*rows: list[object]) -> Rows:
    return [TITLE, HEADING, *rows]


def good(number: int, **changed: object) -> list[object]:
    row = {
        "TT": number,
        "name": person(number),
        "post": "Giáo viên",
        "unit": "Xã A",
        "did": f"Việc số {number}",
        "year": 2023,
    }
    return list((row | changed).values())


def test_a_row_is_taken_whole_or_named() -> None:
    rows = [good(at) for at in range(1, 13)]
    rows[2] = good(3, name="")
    rows[4] = good(5, year="nay")
    rows[6] = good(6)[:1] + good(7)[1:]
    rows[8] = [9]
    whole, found = read("a.xlsx", as_xlsx(people(*rows, rows[0])))
    assert [row.title.partition(":")[0] for row in found] == [person(at) for at in (1, 2, 4, 6, 7, 8, 10, 11, 12)]
    assert notes(whole) == [
        "Sheet1, dòng 5: thiếu tên; không lấy dòng này",
        "Sheet1, dòng 7: “nay” ở cột Năm không phải là năm; không lấy dòng này",
        "Sheet1, dòng 9: trùng số thứ tự 6 với dòng 8; đã lấy cả hai, hãy sửa số",
        "Sheet1, dòng 15: trùng nguyên dòng 3, chỉ lấy một",
    ]
    assert all(row.year == 2023 and row.unit == "Xã A" and len(row.blocks) == 5 for row in found)


def test_a_table_with_too_many_rows_without_a_name_is_not_divided() -> None:
    rows = [good(at, name="" if at % 2 else person(at)) for at in range(1, 11)]
    whole, found = read("a.xlsx", as_xlsx(people(*rows)))
    assert found == [] and notes(whole) == ["Sheet1: 5 trong 10 dòng thiếu tên, nên chưa tách thành mục; hãy điền tên"]


def test_what_is_no_name_is_no_name() -> None:
    whole, found = read("a.csv", as_csv(people(*(good(at) for at in range(1, 9)), good(9, name="12"))))
    assert len(found) == 8 and notes(whole) == ["dòng 11: “12” không phải là tên; không lấy dòng này"]


def test_unknown_columns_are_told_and_kept() -> None:
    rows = [[*row, more] for row, more in zip(people(good(1), good(2)), ("", "Xuất xứ", "Thái Bình", ""), strict=True)]
    whole, found = read("a.xlsx", as_xlsx(rows))
    assert notes(whole) == ["Sheet1: chưa rõ cột “Xuất xứ” là gì, vẫn giữ trong nội dung"]
    assert found[0].blocks[-1].best == "Xuất xứ: Thái Bình" and len(found[1].blocks) == 5
    whole, found = read("a.xlsx", as_xlsx([*people(good(1), good(2)), [*good(3), "thêm"]]))
    assert notes(whole) == ["Sheet1: cột thứ 7 có chữ mà không có tên cột"] and found[2].blocks[-1].best == "Cột 7: thêm"


def test_many_remarks_are_counted() -> None:
    rows = [good(at) for at in range(1, 300)] + [good(at, year="?") for at in range(300, 360)]
    whole, found = read("a.xlsx", as_xlsx(people(*rows)))
    assert len(found) == 299 and len(notes(whole)) == 51 and notes(whole)[-1] == "và 10 chỗ nữa"


def test_rows_that_go_on_below() -> None:
    rows = people(
        good(1, did="Vận động nhân dân"),
        ["", "", "", "", "hiến đất làm đường", ""],
        good(2, unit="Trường THCS"),
        ["", "", "", "An Dương, xã A", "và chăm lo học sinh nghèo", ""],
        ["", "", "Hiệu trưởng", "Xã B", "Dạy giỏi", 2023],
    )
    whole, found = read("a.csv", as_csv(rows))
    assert [row.blocks[3].best for row in found] == [
        "Thành tích: Vận động nhân dân hiến đất làm đường",
        "Thành tích: Việc số 2 và chăm lo học sinh nghèo",
    ]
    assert found[1].unit == "Trường THCS An Dương, xã A"
    assert notes(whole) == ["dòng 7: thiếu tên; không lấy dòng này"], "it may be a row that lacks its name"


def test_only_the_unit_is_taken_from_the_row_above_and_only_where_the_numbers_go_on() -> None:
    rows = people(
        good(1), good(2, unit=""), good(4, unit=""), good(5, unit="nt", did=""), good(6, unit="Xã B"), good(7, unit='"')
    )
    _, found = read("a.csv", as_csv(rows))
    assert [row.unit for row in found] == ["Xã A", "Xã A", "", "", "Xã B", "Xã B"]
    assert found[3].title == person(5), "an achievement is never another one's"
    _, found = read("a.xlsx", as_xlsx(rows))
    assert [row.unit for row in found][:2] == ["Xã A", ""], "Excel says which cells are merged, and these are not"


def test_sections_are_inherited_to_the_next_of_their_level() -> None:
    rows: list[list[object]] = [[*TITLE], ["TT", "Tên tập thể, cá nhân", "Thành tích"]]
    rows += [
        ["A", "KHỐI TRƯỜNG HỌC"],
        ["I", "Tập thể"],
        [1, "Tổ Toán", "Dạy tốt"],
        ["II", "Cá nhân"],
        [1, person(1), "Dạy giỏi"],
    ]
    rows += [
        ["B", "XÃ TUỆ TĨNH, THÀNH PHỐ HẢI PHÒNG"],
        [1, person(2), "Hiến đất"],
        ["Lĩnh vực y tế"],
        [2, person(3), "Khám bệnh"],
    ]
    rows += [
        ["", "Hộ gia đình"],
        [1, "Phạm Văn Tư", "Hiến đất"],
        ["", "Cộng", ""],
        ["", "Cộng đồng dân cư thôn 3", "Sạch đẹp"],
    ]
    _, found = read("a.xlsx", as_xlsx(rows))
    assert [row.blocks[-1].best.partition(": ")[2] for row in found] == [
        "KHỐI TRƯỜNG HỌC › Tập thể",
        "KHỐI TRƯỜNG HỌC › Cá nhân",
        "XÃ TUỆ TĨNH, THÀNH PHỐ HẢI PHÒNG",
        "XÃ TUỆ TĨNH, THÀNH PHỐ HẢI PHÒNG › Lĩnh vực y tế",
        "XÃ TUỆ TĨNH, THÀNH PHỐ HẢI PHÒNG › Hộ gia đình",
        "XÃ TUỆ TĨNH, THÀNH PHỐ HẢI PHÒNG › Hộ gia đình",
    ]
    assert [row.subject for row in found] == [
        "collective",
        "individual",
        "individual",
        "individual",
        "collective",
        "collective",
    ]
    assert {row.place for row in found[2:]} == {"Xã Tuệ Tĩnh, thành phố Hải Phòng"} and found[0].place == ""
    assert found[3].fields == ("health",) and found[2].fields == ()


KINDS = ["Mô hình mới", "Gương người tốt, việc tốt", "Cách làm hay", "Nhân tố mới", "Gương điển hình tiên tiến"]


def test_kinds_by_column_and_what_is_a_deed_or_a_model() -> None:
    heading = ["TT", "Loại", "Tên điển hình, mô hình, cách làm hay", "Đơn vị thực hiện", "Lĩnh vực", "Kết quả"]
    names = ["Camera an ninh", person(1), "Ngày thứ Bảy", "Phòng Nội vụ", person(2)]
    rows: list[list[object]] = [["DANH SÁCH ĐIỂN HÌNH, MÔ HÌNH, CÁCH LÀM HAY"], list(heading)]
    rows += [
        [at + 1, kind, name, "Công an xã", "Y tế; giáo dục", "Tốt lên"]
        for at, (kind, name) in enumerate(zip(KINDS, names, strict=True))
    ]
    _, found = read("a.xlsx", as_xlsx(rows))
    assert [row.kind for row in found] == ["new_model", "good_deed", "practice", "new_factor", "exemplar"]
    assert {row.fields for row in found} == {("health", "education")} and {row.status for row in found} == {None}
    for row in rows[2:]:
        row[1] = ""
    rows[2][2] = "Mô hình Camera an ninh"
    assert [row.kind for row in read("a.xlsx", as_xlsx(rows))[1]][:2] == ["new_model", "exemplar"]


@pytest.mark.parametrize(
    ("heading", "title", "kind"),
    [
        ("Tên mô hình", "", "new_model"),
        ("Tên sáng kiến", "", "practice"),
        ("Tên việc làm", "NGƯỜI TỐT, VIỆC TỐT", "good_deed"),
    ],
)
def test_kinds_by_heading_and_title(heading: str, title: str, kind: str) -> None:
    rows: Rows = [[title], ["TT", heading, "Tác giả", "Hiệu quả"], [1, "Thu gom rác", person(1), "Sạch hơn"]]
    (row,) = read("a.xlsx", as_xlsx(rows))[1]
    assert (row.kind, row.title) == (kind, "Thu gom rác: Sạch hơn") and row.blocks[1].best == f"Tác giả: {person(1)}"


def test_households() -> None:
    rows: Rows = [
        ["BIỂU DƯƠNG"],
        ["TT", "Họ và tên chủ hộ", "Địa chỉ", "Thành tích"],
        [1, "Ông Lê Tư", "Thôn 3, xã Tuệ Tĩnh, Hải Phòng", "Hiến đất"],
    ]
    (row,) = read("a.xlsx", as_xlsx(rows))[1]
    assert (row.subject, row.unit, row.place) == ("collective", "", "Xã Tuệ Tĩnh, thành phố Hải Phòng")


def test_evidence_stands_in_the_cells() -> None:
    row = [*good(1, unit="UBND xã Tuệ Tĩnh")]
    rows = [["UBND THÀNH PHỐ HẢI PHÒNG"], *people(row)]
    (found,) = read("a.xlsx", as_xlsx(rows))[1]
    quoted = {e.attribute: found.blocks[e.block].original[e.start : e.end] for e in found.evidence if e.block >= 0}
    assert quoted == {"title": person(1), "unit": "UBND xã Tuệ Tĩnh", "place": "UBND xã Tuệ Tĩnh", "year": "2023"}
    assert [e.value for e in found.evidence if e.block < 0] == ["Sheet1, dòng 4"]


def test_a_decision_is_cited_and_settles_the_status() -> None:
    heading = ["TT", "Họ và tên", "Thành tích", "Số QĐ"]
    rows: Rows = [
        TITLE,
        heading,
        [1, person(1), "Hiến đất", "12/QĐ-UBND ngày 3/4/2025"],
        [2, person(2), "Hiến đất làm nhà", ""],
    ]
    first, second = read("a.xlsx", as_xlsx(rows))[1]
    assert first.document and first.document.citations[0].number.text == "12/QĐ-UBND"
    assert (first.status, second.status, second.document) == ("reviewed", "pending", None)


def test_ids_follow_names_and_not_rows() -> None:
    one = [good(at) for at in (1, 2, 3)]
    twice = [good(4, name=person(1), unit="Xã B"), good(5, name=person(1), unit="Xã B", did="Khác")]
    before = {row.title: row.id for row in read("a.xlsx", as_xlsx(people(*one, *twice)))[1]}
    moved = [good(9), *twice, *one]
    after = {row.title: row.id for row in read("a.xlsx", as_xlsx(people(*moved)))[1]}
    assert len(set(before.values())) == 5 and all(after[title] == item_id for title, item_id in before.items())
    assert sorted(before.values())[-1].startswith("a-tran-thi-binh") and all(len(i) <= 80 for i in after.values())


def test_what_the_manifest_says_of_a_list_holds_for_its_rows() -> None:
    declared = {
        "internal": True,
        "sample": True,
        "fields": ["health"],
        "origin": "Sở Nội vụ",
        "id": "ds",
        "place": "Thành phố Hải Phòng",
    }
    whole, found = read("a.xlsx", as_xlsx(people(good(1))), declared)
    assert whole.internal and found[0].internal and found[0].sample and found[0].fields == ("health",)
    assert (found[0].source.origin, found[0].id, found[0].place) == ("Sở Nội vụ", "ds-tran-thi-binh", declared["place"])


@pytest.mark.parametrize("lines", ["kind\tb\tx\nkind\ta\tx", "kind\ta\tx\nkind\ta\tx", "loại\ta\tx", "kind\ta"])
def test_a_table_of_words_that_is_not_as_it_must_be(lines: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("words") / "words.tsv"
    path.write_text(lines, "utf-8")
    with pytest.raises(TableError, match=r"words\.tsv:[12]"):
        read_words(path)
