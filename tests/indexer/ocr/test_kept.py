"""A recognised page comes back from the store as it was, with its words at their places on the page as the file shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from indexer.ocr import PageImage, Sheet, Word, keep, lay_out, recognise_sheet, restore
from indexer.ocr.skew import find_skew
from kb.page_text import PageText, pack, unpack
from tests.indexer.ocr.scans import Scan, need_tesseract

BODY = (
    "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước trong",
    "cán bộ, công chức và nhân dân; kịp thời biểu dương, khen thưởng",
    "những tập thể và cá nhân có thành tích xuất sắc năm 2024.",
)
SIZE = PageImage(1000, 1400, 150, b"")
WORDS = (
    Word("Kế", 0.9608, (1, 1, 1), 100, 200, 140, 230),
    Word("hoạch", 0.502, (1, 1, 1), 150, 201, 240, 231),
    Word("số", 0.8, (2, 1, 1), 100, 600, 130, 620),
)


def close(a: Word, b: Word) -> bool:
    edges = ((a.left, b.left), (a.top, b.top), (a.right, b.right), (a.bottom, b.bottom))
    same = (a.text, a.line) == (b.text, b.line) and abs(a.confidence - b.confidence) < 0.003
    return same and all(abs(one - other) <= 1 for one, other in edges)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 1.3])
def test_a_page_comes_back_as_it_was(turned: int, skew: float) -> None:
    sheet = Sheet(SIZE, WORDS, ((10.5, 20.25, 300.0, 20.25),), turned, skew, WORDS[:1], model="vie")
    page, rest = keep(sheet, 4)
    again = restore(unpack(pack(page)), rest)
    assert replace(again, words=(), other=()) == replace(sheet, words=(), other=())
    assert all(close(a, b) for a, b in zip(again.words + again.other, WORDS + WORDS[:1], strict=True))
    assert (page.number, page.turned, page.source) == (4, turned, "recognised")
    assert (page.width > page.height) == (turned in (90, 270))


@pytest.mark.parametrize("rest", [b"", b"\5\0\0\0abc", b"\1\0\0\0x" * 3])
def test_damaged_bytes_are_no_page(rest: bytes) -> None:
    with pytest.raises(ValueError, match="no recognised page"):
        restore(PageText(1, 595, 842, ()), rest)


@pytest.mark.parametrize("degrees", [0, 90, 1.5, -2.0])
def test_words_lie_where_they_are_printed_however_the_page_lies(degrees: float) -> None:
    need_tesseract()
    scan = Scan((595, 400))
    scan.write(80, 60, BODY).write(80, 200, BODY)
    scan.turned(degrees)
    page, _ = keep(recognise_sheet(scan.page), 1)
    grey = scan.image
    lying = 0
    for word in page.words:
        box = grey.crop(
            (
                int(word.left * grey.width),
                int(word.top * grey.height),
                int(word.right * grey.width) + 1,
                int(word.bottom * grey.height) + 1,
            )
        )
        lying += int(np.asarray(box).min() < 100)
    assert len(page.words) >= 70 and lying >= 0.98 * len(page.words)


def test_a_page_that_is_askew_is_found_so() -> None:
    for degrees in (1.5, -2.0):
        assert find_skew(Scan().write(80, 60, BODY * 5).turned(degrees).page) == pytest.approx(degrees, abs=0.15)
    assert find_skew(Scan().write(80, 60, BODY * 5).page) == find_skew(Scan().page) == 0.0


def test_words_in_doubt_are_marked_at_their_places() -> None:
    words = (
        Word("Bầu", 0.97, (1, 1, 1), 100, 200, 140, 230),
        Word("tố", 0.8, (1, 1, 1), 150, 200, 180, 230),
        Word("giám", 0.6, (1, 1, 1), 190, 200, 250, 230),
        Word("sát", 0.97, (1, 1, 1), 260, 200, 300, 230),
    )
    (line,) = lay_out(Sheet(SIZE, words)).lines
    assert line.text == "Bầu tố giám sát"
    told = [(word.start, word.before, word.after) for word in line.doubts]
    assert told == [(4, "tố", "tổ"), (7, "giám", "giám")]
    assert line.expected_error is not None and 0.02 < line.expected_error < 0.6
