from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence

import pytest

from indexer.readers.pdf import PdfReader
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from tests.indexer.readers.pdf_files import A4, Image, PdfFile, PdfPage, Rule, Text, Widget, lines
from tests.work import LINEAR, cpu_seconds, growth

PARAGRAPH = ("Đẩy mạnh công tác tuyên truyền phong trào thi đua", "yêu nước và khen thưởng năm 2024.")
JOINED = " ".join(PARAGRAPH)
WHOLE_PAGE = Image(0, 0, *A4)


def read(file: PdfFile) -> Content:
    return PdfReader().read(Paper("a.pdf", file.data()))


def texts(file: PdfFile) -> list[tuple[int, str]]:
    return [(block.page, block.original) for block in read(file).blocks]


def why(data: bytes) -> str:
    with pytest.raises(ExtractError) as caught:
        PdfReader().read(Paper("thu/a.pdf", data))
    assert str(caught.value).startswith("thu/a.pdf: ")
    return str(caught.value)


def test_the_lines_of_a_paragraph_are_one_text_and_pages_are_those_of_the_file() -> None:
    assert texts(PdfFile([PdfPage(lines(PARAGRAPH)), PdfPage(lines(["Nơi nhận:"]))])) == [(1, JOINED), (2, "Nơi nhận:")]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_reads_as_the_page_that_stands(rotation: int) -> None:
    page = PdfPage([*lines(PARAGRAPH), *lines(["Điều 1. Phạm vi", "Điều 2. Đối tượng"], y=600)], rotation=rotation)
    assert texts(PdfFile([page])) == [(1, JOINED), (1, "Điều 1. Phạm vi"), (1, "Điều 2. Đối tượng")]


def test_letters_that_stand_apart_from_their_marks_are_composed() -> None:
    apart = [unicodedata.normalize("NFD", line) for line in PARAGRAPH]
    assert texts(PdfFile([PdfPage(lines(apart))])) == [(1, JOINED)]


def test_every_page_of_a_mixed_file_is_decided_alone() -> None:
    content = read(
        PdfFile([PdfPage(lines(PARAGRAPH)), PdfPage([WHOLE_PAGE]), PdfPage([WHOLE_PAGE]), PdfPage(lines(PARAGRAPH))])
    )
    assert [block.page for block in content.blocks] == [1, 4]
    assert content.notes == ("trang 2-3: ảnh quét, chưa nhận dạng được chữ (cần OCR)",)


def test_a_scan_in_strips_and_in_a_form_is_a_scan() -> None:
    strips = [Image(0, 84.2 * at, 595, 84.2) for at in range(10)]
    content = read(PdfFile([PdfPage(lines(PARAGRAPH)), PdfPage(strips)]))
    assert content.notes == ("trang 2: ảnh quét, chưa nhận dạng được chữ (cần OCR)",)


SIGNATURE = ("Người ký: Ủy ban nhân dân thành phố", "Thời gian ký: 18.10.2024 09:15:03 +07:00")


def test_the_live_text_of_a_signed_scan_is_a_block_of_its_own_and_no_page() -> None:
    signed = PdfPage([WHOLE_PAGE, *lines(SIGNATURE, x=350, y=820, step=10, size=8)])
    content = read(PdfFile([signed, PdfPage([WHOLE_PAGE])]))
    assert [block.original for block in content.blocks] == ["\n".join(SIGNATURE)]
    assert len(content.notes) == 2
    assert "trang 1" in content.notes[0] and "chữ ký số" in content.notes[0]
    assert "trang 2: ảnh quét" in content.notes[1]


@pytest.mark.parametrize("under", [lines(PARAGRAPH), [WHOLE_PAGE]], ids=["text", "scan"])
def test_the_visible_field_of_a_signature_is_read(under: list[Text | Image]) -> None:
    """pdfium leaves annotations out of the text of a page."""
    page = PdfPage(under, widgets=[Widget(250, 90, SIGNATURE)])
    blocks = read(PdfFile([page, PdfPage(lines(PARAGRAPH))])).blocks
    assert [block.original for block in blocks if "ký" in block.original] == ["\n".join(SIGNATURE)]
    assert [block.original for block in blocks if block.page == 2] == [JOINED]


def test_a_layer_that_nobody_sees_is_the_reading_of_a_recogniser() -> None:
    reading = [Text(85, 770 - 18 * at, f"Dòng {at}: {JOINED}", 11, mode=3) for at in range(30)]
    content = read(PdfFile([PdfPage([WHOLE_PAGE, *reading])]))
    assert JOINED in content.blocks[0].original and content.notes == ()
    spoilt = [
        Text(85, 770 - 18 * at, "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc", 11, mode=3) for at in range(30)
    ]
    content = read(PdfFile([PdfPage([WHOLE_PAGE, *spoilt])]))
    assert "Pay manh cdng tac" in content.blocks[0].original
    assert "lần nhận dạng có sẵn" in content.notes[0]


def test_codes_without_letters_are_no_text() -> None:
    content = read(PdfFile([PdfPage(lines(PARAGRAPH)), PdfPage(lines(PARAGRAPH, font="Lost"))], unmapped=["Lost"]))
    assert [(block.page, block.original) for block in content.blocks] == [(1, JOINED)]
    assert "trang 2: phông chữ không cho biết mã" in content.notes[0]


def test_the_name_of_a_font_decides_the_encoding_of_its_text() -> None:
    tcvn3 = lines(["§Èy m¹nh c«ng t¸c thi ®ua", "Quèc héi"], font="ABCDEF+.VnTime")
    tcvn3 += lines(["céng hoµ x· héi"], y=500, font=".VnTimeH")
    vni = lines(["Coäng hoøa xaõ hoäi", "tænh An Giang"], y=400, font="VNI-Times")
    blocks = read(PdfFile([PdfPage([*tcvn3, *vni])], latin=["ABCDEF+.VnTime", ".VnTimeH", "VNI-Times"])).blocks
    assert [block.repaired for block in blocks] == [
        "Đẩy mạnh công tác thi đua Quốc hội",
        "cộng hoà xã hội",
        "Cộng hòa xã hội\ntỉnh An Giang",
    ]
    assert blocks[0].original == "§Èy m¹nh c«ng t¸c thi ®ua Quèc héi"


def test_the_letter_that_programs_call_a_hyphen_is_u_with_horn_in_tcvn3() -> None:
    page = PdfPage(lines(["n\xadíc ta ®\xadîc h\xadëng kinh tÕ - x· héi, tÕ-x·"], font=".VnTime"))
    block = read(PdfFile([page], latin=[".VnTime"])).blocks[0]
    assert block.repaired == "nước ta được hưởng kinh tế - xã hội, tế-xã"


def test_a_soft_hyphen_that_is_printed_in_unicode_text_is_a_hyphen() -> None:
    page = PdfPage(lines(["Số: 34-CT/TW ngày 07/4/2014 của Bộ Chính trị về thi đua"]))
    assert texts(PdfFile([page], to_unicode={"-": "\xad", " ": "\xa0"})) == [
        (1, "Số: 34-CT/TW ngày 07/4/2014 của Bộ Chính trị về thi đua")
    ]


def test_wrong_letters_of_a_broken_table_stay_for_the_repair() -> None:
    assert texts(PdfFile([PdfPage(lines(["khen thưởng"]))], to_unicode={"ư": "ƣ"})) == [(1, "khen thƣởng")]


def test_no_control_reaches_the_text() -> None:
    page = PdfPage(lines(["- một", "* hai", "ba@bốn năm sáu bảy tám chín mười mười một mười hai mười ba mười bốn"], step=40))
    blocks = read(PdfFile([page], to_unicode={"*": "\uf0b7", "@": "\x01"})).blocks
    assert [block.original for block in blocks[:2]] == ["- một", "• hai"]
    assert "\x01" not in blocks[2].original and "bốn năm" in blocks[2].original


def table(columns: Sequence[float], heights: Sequence[float], verticals: Sequence[float] | None = None) -> list[Rule]:
    """The ruled lines of a table, and its vertical lines where they are not all of `columns`."""
    across = [Rule(columns[0], y, columns[-1], y) for y in heights]
    return across + [Rule(x, heights[0], x, heights[-1]) for x in (verticals or columns)]


def test_the_cells_of_a_ruled_table_stand_in_rows() -> None:
    cells = [
        *lines(["STT"], x=84, y=706, size=8),
        *lines(["Họ và tên"], x=124, y=706, size=8),
        *lines(["Đơn vị"], x=264, y=706, size=8),
        *lines(["Nguyễn", "Văn An"], x=124, y=684, step=10, size=8),
        *lines(["Trạm Y tế xã", "Vĩnh Bảo"], x=264, y=684, step=10, size=8),
        *lines(["1"], x=84, y=679, size=8),
        *lines(["2"], x=84, y=654, size=8),
        *lines(["Trần Thị Bình"], x=124, y=654, size=8),
    ]
    rules = table([80, 120, 260, 400], [640, 670, 700, 720])
    before, behind = lines(["Danh sách khen thưởng năm 2024"], y=780), lines(["Tổng số: 2 người"], y=600)
    blocks = read(PdfFile([PdfPage([*before, *cells, *rules, *behind])])).blocks
    assert [(block.role, block.original) for block in blocks] == [
        ("paragraph", "Danh sách khen thưởng năm 2024"),
        ("table_row", "STT | Họ và tên | Đơn vị"),
        ("table_row", "1 | Nguyễn Văn An | Trạm Y tế xã Vĩnh Bảo"),
        ("table_row", "2 | Trần Thị Bình"),
        ("paragraph", "Tổng số: 2 người"),
    ]


def test_words_of_two_cells_that_stand_on_one_height_are_told_apart_by_the_line_between_them() -> None:
    row = [Text(84, 706, "Một", 8), Text(122, 706, "hai ba", 8), Text(84, 686, "Bốn", 8), Text(122, 686, "năm", 8)]
    rules = table([80, 118, 160], [680, 700, 720])
    assert [text for _, text in texts(PdfFile([PdfPage([*row, *rules])]))] == ["Một | hai ba", "Bốn | năm"]
    # Without ruled lines nothing says that these are cells.
    assert {block.role for block in read(PdfFile([PdfPage(row)])).blocks} == {"paragraph"}


def test_letters_in_cells_are_composed() -> None:
    row = [Text(84, y, unicodedata.normalize("NFD", "Nguyễn"), 6) for y in (706, 686)]
    row += [Text(142, y, unicodedata.normalize("NFD", "Tổ trưởng"), 6) for y in (706, 686)]
    page = PdfPage([*row, *table([80, 138, 260], [680, 700, 720])])
    assert texts(PdfFile([page])) == [(1, "Nguyễn | Tổ trưởng")] * 2


def test_a_row_that_was_merged_across_is_one_cell() -> None:
    whole = [Text(84, 706, "I. Khối các sở, ban, ngành", 8)]
    row = [Text(84, 686, "1", 8), Text(122, 686, "Sở Y tế", 8), Text(84, 666, "2", 8), Text(122, 666, "Sở Nội vụ", 8)]
    rules = [*table([80, 118, 300], [660, 680, 700, 720], [80, 300]), Rule(118, 660, 118, 700)]
    assert [text for _, text in texts(PdfFile([PdfPage([*whole, *row, *rules])]))] == [
        "I. Khối các sở, ban, ngành",
        "1 | Sở Y tế",
        "2 | Sở Nội vụ",
    ]


def test_frames_and_underlines_are_no_tables() -> None:
    frame = [Rule(60, 500, 60, 800), Rule(540, 500, 540, 800), *(Rule(60, y, 540, y) for y in (500, 650, 800))]
    assert texts(PdfFile([PdfPage([*lines(PARAGRAPH), *frame])])) == [(1, JOINED)]


def numbered(count: int, text: Sequence[str] = PARAGRAPH, first: int = 1) -> list[PdfPage]:
    return [PdfPage([Text(295, 805, str(at + first)), *lines([f"Phần {at}. {text[0]}", *text[1:]])]) for at in range(count)]


def test_numbers_that_count_the_pages_are_left_out() -> None:
    assert texts(PdfFile(numbered(3, first=1))) == [(at + 1, f"Phần {at}. {JOINED}") for at in range(3)]
    title = PdfPage(lines(["KẾ HOẠCH"]))
    behind = [PdfPage([Text(295, 805, f"- {at} -"), *lines(PARAGRAPH)]) for at in (2, 3, 4)]
    assert texts(PdfFile([title, *behind]))[1:] == [(2, JOINED), (3, JOINED), (4, JOINED)]


def test_a_number_that_does_not_count_the_pages_is_text() -> None:
    pages = [PdfPage([Text(295, 805, number), *lines(PARAGRAPH)]) for number in ("12", "40", "7")]
    assert [text for _, text in texts(PdfFile(pages)) if text.isdigit()] == ["12", "40", "7"]
    assert texts(PdfFile([PdfPage([Text(295, 805, "1"), *lines(PARAGRAPH)])]))[0] == (1, "1")


def test_what_cannot_be_read_says_why_and_what_would_help() -> None:
    assert "mật khẩu" in why(PdfFile([PdfPage(lines(PARAGRAPH))], encrypted=True).data())
    whole = PdfFile([PdfPage(lines(PARAGRAPH))]).data()
    assert "bị hỏng" in why(whole[: len(whole) // 3])
    assert "bị hỏng" in why(b"%PDF-1.7\n")
    assert "không có trang nào" in why(PdfFile([]).data())
    assert "không có chữ nào" in why(PdfFile([PdfPage(), PdfPage()]).data())
    assert "chỉ có ảnh quét (2 trang)" in why(PdfFile([PdfPage([WHOLE_PAGE])] * 2).data())
    assert "phông chữ" in why(PdfFile([PdfPage(lines(PARAGRAPH))], unmapped=["Times"]).data())


def test_a_page_with_strokes_and_no_letters_is_not_empty() -> None:
    """Letters that were turned into curves leave no text and no image."""
    curves = b"1 w " + b" ".join(b"%d %d 60 14 re f" % (80 + 90 * (at % 5), 760 - 30 * (at // 5)) for at in range(60))
    content = read(PdfFile([PdfPage(lines(PARAGRAPH)), PdfPage(extra=curves), PdfPage()]))
    assert content.notes == ("trang 2: ảnh quét, chưa nhận dạng được chữ (cần OCR)",)


def test_a_bid_is_by_the_bytes() -> None:
    bid = PdfReader().bid
    assert bid(Paper("a.txt", b"%PDF-1.4 ...")) == 1.0
    assert 0 < bid(Paper("a.pdf", b"\r\nHTTP 200\r\n%PDF-1.4")) < 1
    assert bid(Paper("a.pdf", b"PK\x03\x04")) == bid(Paper("a.pdf", b"")) == 0


def test_a_page_of_bare_operators_ends() -> None:
    """Four hundred kilobytes that unpack to as much as three hundred megabytes would be refused by the limits of memory; this
    one is small enough for them, and must not cost more than its size says."""
    data = PdfFile([PdfPage(lines(PARAGRAPH), extra=b"q Q " * 200_000)]).data()
    assert len(data) < 100_000
    assert cpu_seconds(lambda: PdfReader().read(Paper("a.pdf", data))) < 10


def test_a_huge_page_is_not_drawn_at_its_size() -> None:
    huge = PdfPage([], size=(14_400, 14_400))
    assert cpu_seconds(lambda: why(PdfFile([huge]).data())) < 10


def test_work_grows_with_the_pages() -> None:
    def make(count: int) -> bytes:
        page = [Text(85, 790 - 18 * at, f"Dòng {at}: {PARAGRAPH[0]}", 11) for at in range(40)]
        return PdfFile([PdfPage(page)] * count).data()

    assert growth(make, lambda data: PdfReader().read(Paper("a.pdf", data)), 20) < LINEAR


def test_damage_anywhere_is_an_error_of_the_reader_or_a_text() -> None:
    data = PdfFile([PdfPage(lines(PARAGRAPH), [Widget(100, 100, SIGNATURE)]), PdfPage([WHOLE_PAGE])]).data()
    for seed in range(300):
        at = zlib.crc32(str(seed).encode()) % len(data)
        spoilt = data[:at] + bytes([seed % 256]) * (seed % 7) + data[at + seed % 5 :]
        try:
            assert PdfReader().read(Paper("a.pdf", spoilt)).blocks
        except ExtractError as error:
            assert str(error).startswith("a.pdf: ")
