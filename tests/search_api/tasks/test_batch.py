"""A list is read however it was pasted, and every line is searched by itself."""

from __future__ import annotations

import pytest

from search_api.service import SearchService
from search_api.tasks.batch import MAX_LINE_LENGTH, MAX_LINES, as_phrase, read_file, read_lines, write_lines


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("\n \n,,\n1;2;3\n", []),
        ("Trạm Y tế xã Tuệ Tĩnh", ["Trạm Y tế xã Tuệ Tĩnh"]),
        ("STT;Tên đơn vị;Ghi chú\n1;HTX Đức Chính;x\n2;Trường THCS;y", ["HTX Đức Chính", "Trường THCS"]),
        ("Ho va ten\tXa\nTran Thi B\tKien Hai", ["Tran Thi B"]),
        ('"Tổ, đội ""Xung kích""",2024', ['Tổ, đội "Xung kích"']),
        ("\ufeffTên\r\nAn\r\nBình\r\n", ["An", "Bình"]),
        ("Tên gọi của làng\nAn", ["Tên gọi của làng", "An"]),
        ('"chưa đóng ngoặc', ["chưa đóng ngoặc"]),
    ],
)
def test_names_of_a_list(text: str, names: list[str]) -> None:
    assert read_lines(text) == names


def test_long_and_hostile_lines_are_cut_and_never_raise() -> None:
    assert len(read_lines("a" * 10**6)[0]) == MAX_LINE_LENGTH
    assert read_lines("\x00\ud800<script>\n'; DROP TABLE items; --")[0].endswith("<script>")
    assert read_lines('"' + "x" * 200_000) != []


def test_files_of_excel_are_read() -> None:
    assert read_file("Tên\nĐức".encode("utf-8-sig")) == "Tên\nĐức"
    assert read_file("Tên\nĐức".encode("utf-16")) == "Tên\nĐức"
    assert read_file(b"\xff\x00\x80 abc").endswith("abc") or read_file(b"\x80 abc").endswith("abc")


def test_names_shown_in_the_box_are_read_back() -> None:
    names = ["An", "HTX Đức Chính, Tuệ Tĩnh", 'Tổ "Xung kích"', "A; B", 'Đội 1, "Sao đỏ"; ca 2']
    assert read_lines(write_lines(names)) == names and write_lines([]) == ""


def test_a_name_is_asked_for_as_a_phrase() -> None:
    assert as_phrase("HTX “Đức   Chính”") == '"HTX Đức Chính"'


def test_lines_that_are_held_that_are_nearly_and_that_are_not(service: SearchService) -> None:
    names = ["Hợp tác xã rau củ bãi sông Thái Bình", "rau sạch bãi biển Thái Bình", "Zzqx Wwvk"]
    held, near, absent = service.batch(names).rows
    assert (held.total >= 1 and held.near == 0 and "cà rốt" in held.hits[0].snippets[0].segments[0].text) or held.hits
    assert held.hits[0].card.id == "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"
    assert near.total == 0 and near.near > 0 and near.hits
    assert (absent.total, absent.near, absent.hits) == (0, 0, [])


def test_too_many_lines_are_left_out_and_counted(service: SearchService) -> None:
    answer = service.batch(["Zzqx"] * (MAX_LINES + 7))
    assert (len(answer.rows), answer.left_out) == (MAX_LINES, 7)
