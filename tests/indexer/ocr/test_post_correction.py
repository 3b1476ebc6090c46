"""Words that the recogniser doubted are corrected where the language model is sure, and nothing else is touched."""

from __future__ import annotations

import pytest

from indexer.ocr.post_correction import CORRECTED, expected_error, on_bad_pages, share_right, weigh
from indexer.ocr.tesseract import Word
from vitext import fold


def words(text: str, doubted: float = 0.85) -> list[Word]:
    """A line of words; those that begin with "?" are read with doubts, the others for sure."""
    return [
        Word(word.lstrip("?"), doubted if word.startswith("?") else 0.97, (1, 1, 1), 40 * at, 0, 40 * at + 30, 20)
        for at, word in enumerate(text.split())
    ]


def corrected(text: str, doubted: float = 0.85) -> str:
    read = words(text, doubted)
    weighed = weigh(read, list(range(len(read))))
    return " ".join(weighed[at].after for at in range(len(read)))


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Cán bộ ?đế theo dõi phong trào", "Cán bộ để theo dõi phong trào"),
        ("Bầu ?tố giám sát cộng đồng", "Bầu tổ giám sát cộng đồng"),
        ("năm nay 63 ?tuối, bí thư chi bộ", "năm nay 63 tuổi, bí thư chi bộ"),
        ("được nhân dân ?tỉn yêu", "được nhân dân tin yêu"),
        ("HỌA TRẺ ?KẾ CHUYỆN PHỐ", "HỌA TRẺ KỂ CHUYỆN PHỐ"),
    ],
)
def test_wrong_marks_are_corrected_between_their_neighbours(read: str, printed: str) -> None:
    assert corrected(read) == printed


@pytest.mark.parametrize(
    "text",
    [
        "Bầu tố giám sát cộng đồng",  # wrong, and the recogniser was sure
        "ông Nguyễn Văn ?Thắng, bà Trần Thị ?Hường",
        "Công an quận ?Hải ?An",
        "Quyết định số ?1245/QĐ-UBND ngày ?12/5/2024",
        "?cán ?bộ ?và ?nhân ?dân ?trong ?xã",
        "?Xlq ?zzt",
    ],
)
def test_names_numbers_and_what_was_sure_stay(text: str) -> None:
    assert corrected(text) == text.replace("?", "")


def test_words_of_two_cells_are_no_neighbours() -> None:
    """ "phong trào" over two lines of a cell, with the cell beside it read in between."""
    read = words("phong Giang ?trào")
    across = weigh(read, [0, 1, 2])
    by_cells = weigh(read, [0, 2, None, 1, None])
    assert by_cells[2].after == "trào"
    assert set(across) == set(by_cells) == {0, 1, 2}


def test_a_corrected_word_keeps_its_letters_and_knows_what_was_read() -> None:
    read = words("Cán bộ (?đế theo dõi")
    read[2] = Word("(đế", 0.8, (1, 1, 1), 80, 0, 110, 20)
    word = weigh(read, range(len(read)))[2]
    assert (word.before, word.after, word.confidence) == ("(đế", "(để", CORRECTED)
    assert word.alternatives[0][0] == "(đế" and word.told
    assert fold(word.after) == fold(word.before) and len(word.after) == len(word.before)


def test_expected_errors_grow_with_doubts() -> None:
    sure, doubted = (list(weigh(words(text, 0.6), range(4)).values()) for text in ("a b c d", "a ?b ?c ?d"))
    assert expected_error(sure) < 0.01 < 0.1 < expected_error(doubted)
    assert expected_error([]) == 0.0
    shares = [share_right(confidence / 100) for confidence in range(101)]
    assert shares == sorted(shares) and shares[-1] < 1
    assert on_bad_pages(0.3) > on_bad_pages(0.1) > on_bad_pages(0.01) == 1.0
