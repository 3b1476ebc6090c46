from __future__ import annotations

import numpy as np
import pytest

from indexer.ocr import (
    PageImage,
    Recognised,
    TesseractMissingError,
    Word,
    lay_out,
    read_at_once,
    recognise_sheet,
    render_page,
)
from indexer.ocr.layout import lines_of, part_columns
from indexer.ocr.page_image import MAX_PIXELS, even_out
from indexer.ocr.ruled_lines import find_rulings
from indexer.readers.pdf import PdfReader
from indexer.readers.pdf_layout import join_lines
from indexer.readers.reader import Content, Paper, Reading
from kb.errors import ExtractError
from tests.indexer.ocr.scans import DPI, Scan, need_tesseract
from tests.indexer.readers.pdf_files import Image, PdfFile, PdfPage, lines

BODY = (
    "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước trong",
    "cán bộ, công chức và nhân dân; kịp thời biểu dương, khen thưởng",
    "những tập thể và cá nhân có thành tích xuất sắc năm 2024.",
)


def recognise_page(image: PageImage) -> Recognised:
    return lay_out(recognise_sheet(image))


def texts(page: PageImage) -> list[str]:
    return [paragraph.text for paragraph in join_lines(recognise_page(page).lines)]


def share_right(found: str, wanted: str) -> float:
    """The share of the words of `wanted` that were found."""
    words = found.split()
    return sum(word in words for word in wanted.split()) / len(wanted.split())


def read(file: PdfFile) -> Content:
    return PdfReader().read(Paper("a.pdf", file.data(), read_at_once))


def test_a_scanned_page_reads_as_its_text() -> None:
    need_tesseract()
    page = Scan().write(80, 100, BODY).turned(0.4).page
    assert share_right(" ".join(texts(page)), " ".join(BODY)) > 0.95
    assert recognise_page(page).confidence > 0.85


def test_a_page_in_uneven_light_is_read() -> None:
    need_tesseract()
    page = Scan().write(80, 100, BODY).write(300, 600, ["CHỦ TỊCH", "Nguyễn Văn Tùng"]).shaded().page
    assert share_right(" ".join(texts(page)), " ".join(BODY)) > 0.85


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_on_its_side_or_upside_down_is_read(degrees: int) -> None:
    need_tesseract()
    scan = Scan().write(80, 100, BODY * 4)
    assert share_right(" ".join(texts(scan.turned(degrees).page)), " ".join(BODY)) > 0.9


def test_a_ruled_table_is_read_by_its_cells() -> None:
    need_tesseract()
    scan = Scan().write(80, 60, ["DANH SÁCH KHEN THƯỞNG"])
    columns, heights = (80, 130, 280, 500), (100, 130, 180, 230)
    for y in heights:
        scan.rule(columns[0], y, columns[-1], y)
    for x in columns:
        scan.rule(x, heights[0], x, heights[-1])
    scan.write(88, 106, ["STT"], 11).write(136, 106, ["Họ và tên"], 11).write(286, 106, ["Đơn vị công tác"], 11)
    scan.write(88, 145, ["1"], 11).write(136, 138, ["Nguyễn Văn", "Hùng"], 11, 17).write(
        286, 138, ["Trạm Y tế xã", "Vĩnh Bảo"], 11, 17
    )
    scan.write(88, 195, ["2"], 11).write(136, 195, ["Trần Thị Bình"], 11).write(286, 195, ["Trường Tiểu học"], 11)
    rows = [
        paragraph.text for paragraph in join_lines(recognise_page(scan.turned(0.3).page).lines) if paragraph.lines[0].is_row
    ]
    assert len(rows) == 3
    assert [row.count(" | ") for row in rows] == [2, 2, 2]
    assert rows[1].endswith("| Nguyễn Văn Hùng | Trạm Y tế xã Vĩnh Bảo")


def test_an_empty_page_has_no_words_and_is_not_unread() -> None:
    need_tesseract()
    empty = recognise_page(Scan().page)
    assert (empty.lines, empty.confidence, empty.unread) == ((), 0.0, False)


def test_a_mixed_file_is_read_whole_and_says_which_pages_were_recognised() -> None:
    need_tesseract()
    scan = PdfPage([Scan().write(80, 100, BODY).drawn()])
    content = read(PdfFile([PdfPage(lines(["Trang có chữ sẵn."])), scan, PdfPage(lines(["Trang cuối."]))]))
    assert [block.page for block in content.blocks] == [1, 2, 3]
    assert content.blocks[0].original == "Trang có chữ sẵn."
    assert share_right(content.blocks[1].original, " ".join(BODY)) > 0.95
    assert content.notes == () and content.waiting == ()
    assert [block.expected_error is None for block in content.blocks] == [True, False, True]


def test_a_signed_scan_has_its_text_and_the_signature_once() -> None:
    need_tesseract()
    signed = [Scan().write(80, 100, BODY).drawn(), *lines(["Thời gian: 18.10.2024"], x=400, y=60, size=8)]
    blocks = read(PdfFile([PdfPage(signed)])).blocks
    assert blocks[-1].original == "Thời gian: 18.10.2024"
    assert sum("18.10.2024" in block.original for block in blocks) == 1
    assert share_right(blocks[0].original, " ".join(BODY)) > 0.95


def test_a_page_that_cannot_be_recognised_stays_and_says_why() -> None:
    def fail(path: str, data: bytes, number: int) -> Reading | None:
        raise ExtractError(f"{path}: hết giờ")

    page = PdfPage([Image(0, 0, 595, 842)])
    content = PdfReader().read(Paper("a.pdf", PdfFile([PdfPage(lines(["Một"])), page]).data(), fail))
    assert content.notes == ("trang 2: ảnh quét, chưa nhận dạng được chữ (cần OCR): hết giờ",)


def test_without_tesseract_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(TesseractMissingError, match="apt install tesseract-ocr tesseract-ocr-vie"):
        recognise_page(PageImage(20, 30, DPI, b"\xff" * 600))


def test_a_page_is_drawn_at_the_resolution_of_its_scan() -> None:
    def dpi(page: PdfPage) -> int:
        return render_page("a.pdf", PdfFile([page]).data(), 1).dpi

    def scan(across: int) -> PdfPage:
        return PdfPage([Image(0, 0, 595, 842, across, 3, bytes(3 * across))])

    assert dpi(scan(int(150 * 595 / 72))) in (149, 150)
    assert dpi(scan(int(600 * 595 / 72))) == 300
    assert dpi(scan(int(72 * 595 / 72))) == dpi(PdfPage(lines(["a"]))) == 200
    huge = render_page("a.pdf", PdfFile([PdfPage([], size=(14_400, 14_400))]).data(), 1)
    assert huge.width * huge.height <= 1.01 * MAX_PIXELS


def test_a_red_stamp_disappears_and_black_stays() -> None:
    red = b"1 0 0 rg 0 0 300 842 re f 0 g 300 0 295 842 re f"
    image = render_page("a.pdf", PdfFile([PdfPage(extra=red)]).data(), 1)
    row = image.pixels[: image.width]
    assert row[image.width // 4] == 255 and row[3 * image.width // 4] == 0


def test_rendering_what_is_no_page_is_an_error() -> None:
    with pytest.raises(ExtractError, match=r"a\.pdf: trang 9"):
        render_page("a.pdf", PdfFile([PdfPage()]).data(), 9)


def grey(pixels: np.ndarray) -> PageImage:
    return PageImage(pixels.shape[1], pixels.shape[0], DPI, pixels.astype(np.uint8).tobytes())


def test_even_paper_is_left_alone_and_uneven_paper_becomes_white() -> None:
    paper = np.full((400, 600), 250.0)
    paper[100:104, 50:550] = 30
    even = grey(paper)
    assert even_out(even) is even
    shaded = even_out(grey(paper * np.linspace(1, 0.4, 600)[None, :]))
    found = np.frombuffer(shaded.pixels, np.uint8).reshape(400, 600)
    assert found[200].min() > 220 and found[102, 60:540].max() < 60


def test_ruled_lines_are_found_and_letters_and_pictures_are_not() -> None:
    paper = np.full((600, 800), 255.0)
    paper[100:103, 50:700] = 0
    paper[100:400, 200:203] = 0
    paper[450:470, 100:120] = 0  # a letter
    paper[500:580, 100:300] = 0  # a picture
    across, down = find_rulings(grey(paper))
    for found, drawn in ((across, (50, 100, 700, 103)), (down, (200, 100, 203, 400))):
        edges = (found.left, found.top, found.right, found.bottom)
        assert all(abs(edge - true) <= 5 for edge, true in zip(edges, drawn, strict=True))
    assert find_rulings(grey(np.full((5, 5), 0.0))) == []


def test_a_line_that_is_askew_or_has_gaps_is_one_line() -> None:
    paper = np.full((300, 900), 255.0)
    for x in range(100, 800):
        y = 150 + (x - 100) // 100
        paper[y : y + 2, x] = 0
    paper[:, 400:403] = 255
    found = find_rulings(grey(paper))
    assert len(found) == 1 and found[0].left <= 100 and found[0].right >= 800


def word(text: str, left: int, top: int, line: int, width: int = 0, tail: int = 0) -> Word:
    return Word(text, 0.95, (1, 1, line), left, top, left + (width or 12 * len(text)), top + 24 + tail)


PAGE = PageImage(1000, 1400, 72, b"")


def test_lines_have_even_feet_whatever_letters_hang_below() -> None:
    words = [word("thi", 100, 100, 1), word("gương", 150, 100, 1, tail=7), word("đua", 250, 100, 1)]
    words += [word("yêu", 100, 140, 2), word("người", 150, 140, 2, tail=7)]
    found = lines_of(words, PAGE)
    assert [line.text for line in found] == ["thi gương đua", "yêu người"]
    assert found[0].base - found[1].base == 40 and found[0].height == found[1].height
    assert (found[0].first, found[0].last, found[1].first) == (0, 2, 3)


def test_columns_that_were_read_across_are_parted() -> None:
    words = [
        *(word(text, 100 + 80 * at, 100, 1, 70) for at, text in enumerate(("ỦY", "BAN"))),
        *(word(text, 500 + 80 * at, 100, 1, 70) for at, text in enumerate(("CỘNG", "HÒA"))),
        word("Số", 120, 140, 2, 60),
        *(word(text, 500 + 80 * at, 140, 2, 70) for at, text in enumerate(("Độc", "lập"))),
        *(word(text, 100 + 80 * at, 200, 3, 70) for at, text in enumerate(["Thực", "hiện", "Kế", "hoạch", "số"])),
    ]
    found = part_columns(lines_of(words, PAGE), words, PAGE)
    assert [line.text for line in found] == ["ỦY BAN", "Số", "CỘNG HÒA", "Độc lập", "Thực hiện Kế hoạch số"]
