"""Which lines become one block."""

from __future__ import annotations

from indexer.readers.pdf_layout import join_lines
from indexer.readers.pdf_lines import Line

LEFT, RIGHT, STEP = 85.0, 540.0, 16.0


def page(*rows: tuple[str, float, float, float]) -> list[str]:
    """The blocks of lines (text, left, right, how far above the lower edge), 12 points high."""
    return [paragraph.text for paragraph in join_lines([Line(text, a, b, y + 12, y, 12) for text, a, b, y in rows])]


def down(*rows: tuple[str, float, float], y: float = 700) -> list[tuple[str, float, float, float]]:
    return [(text, a, b, y - STEP * at) for at, (text, a, b) in enumerate(rows)]


def test_letterhead_and_title_stay_lines_and_the_columns_of_the_head_stay_apart() -> None:
    left = down(("ỦY BAN NHÂN DÂN", 130, 235), ("THÀNH PHỐ HẢI PHÒNG", 115, 250), ("Số: 238/KH-UBND", 135, 230))
    right = down(("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 285, 535), ("Độc lập - Tự do - Hạnh phúc", 337, 483))
    title = down(("KẾ HOẠCH", 280, 345), ("Tuyên truyền điển hình tiên tiến", 210, 415), y=600)
    body = down(("Thực hiện Chỉ thị số 34-CT/TW của Bộ Chính trị về tiếp tục", 115, RIGHT), ("đổi mới.", LEFT, 140), y=550)
    assert page(*left, *right, *title, *body) == [
        "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HẢI PHÒNG\nSố: 238/KH-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
        "KẾ HOẠCH\nTuyên truyền điển hình tiên tiến",
        "Thực hiện Chỉ thị số 34-CT/TW của Bộ Chính trị về tiếp tục đổi mới.",
    ]


def test_a_wide_title_that_was_wrapped_is_one_text() -> None:
    title = down(
        ("Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình", 90, 535), ("tiên tiến", 285, 340)
    )
    body = down(("Căn cứ Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022, Ủy ban nhân dân", LEFT, RIGHT), y=600)
    assert page(*title, *body)[0].endswith("gương điển hình tiên tiến")


def test_paragraphs_are_told_apart_by_a_gap_an_indent_and_an_early_end() -> None:
    gap = [
        *down(("Một dòng dài đến hết lề bên phải của trang giấy này", LEFT, RIGHT)),
        ("Đoạn sau cách ra.", LEFT, 200, 670),
    ]
    gap += [("Dòng cuối của đoạn sau.", LEFT, 200, 654)]
    assert page(*gap)[0] == "Một dòng dài đến hết lề bên phải của trang giấy này"
    indents = down(
        ("Đoạn một thụt đầu dòng và dài đến hết lề bên phải trang", 115, RIGHT),
        ("còn dòng thứ hai thì bắt đầu ở lề trái và cũng kéo dài", LEFT, RIGHT),
        ("Đoạn hai lại thụt đầu dòng và dài đến hết lề bên phải", 115, RIGHT),
        ("rồi hết.", LEFT, 120),
    )
    assert [text.split()[1] for text in page(*indents)] == ["một", "hai"]
    early = down(
        ("Một đoạn không thụt đầu dòng nhưng cũng có hai dòng liền", LEFT, RIGHT),
        ("và hết sớm.", LEFT, 150),
        ("Đoạn kế tiếp bắt đầu ngay ở dòng dưới và kéo dài hết lề", LEFT, RIGHT),
        ("giấy.", LEFT, 110),
    )
    assert [text.split()[-1] for text in page(*early)] == ["sớm.", "giấy."]


def test_entries_of_a_list_are_blocks_and_their_wrapped_lines_belong_to_them() -> None:
    entries = down(
        ("- Các sở, ban, ngành và các đoàn thể chính trị xã hội của", LEFT, RIGHT),
        ("thành phố;", LEFT, 140),
        ("- Lưu: VT.", LEFT, 140),
        ("a) Đối tượng", LEFT, 150),
        ("2. Nội dung", LEFT, 150),
        ("Điều 3. Hiệu lực", LEFT, 170),
    )
    assert page(*entries) == [
        "- Các sở, ban, ngành và các đoàn thể chính trị xã hội của thành phố;",
        "- Lưu: VT.",
        "a) Đối tượng",
        "2. Nội dung",
        "Điều 3. Hiệu lực",
    ]


def test_entries_of_a_narrow_list_stay_entries() -> None:
    body = down(("Một dòng dài đến hết lề bên phải của trang giấy này", LEFT, RIGHT))
    recipients = down(("Nơi nhận:", LEFT, 140), ("- Như trên;", LEFT, 142), ("- Lưu: VT.", LEFT, 140), y=640)
    office = down(("CHỦ TỊCH", 400, 460), y=640)
    assert page(*body, *office, *recipients)[2:] == ["Nơi nhận:", "- Như trên;", "- Lưu: VT."]


def test_columns_of_a_newspaper_are_read_one_after_the_other() -> None:
    first = down(("Cột thứ nhất có hai dòng và", 40, 280), ("hết ở đây.", 40, 90))
    second = down(("Cột thứ hai bắt đầu lại từ", 310, 550), ("trên cùng.", 310, 360))
    assert page(*first, *second) == ["Cột thứ nhất có hai dòng và hết ở đây.", "Cột thứ hai bắt đầu lại từ trên cùng."]


def test_a_heading_in_larger_letters_is_a_block_of_its_own() -> None:
    heading = Line("CHƯƠNG TRÌNH HÀNH ĐỘNG", LEFT, RIGHT, 720, 700, 20)
    body = Line("Nội dung ngay bên dưới", LEFT, 250, 698, 686, 12)
    assert [paragraph.text for paragraph in join_lines([heading, body])] == [
        "CHƯƠNG TRÌNH HÀNH ĐỘNG",
        "Nội dung ngay bên dưới",
    ]


def test_no_lines_are_no_blocks() -> None:
    assert join_lines([]) == []
