"""Letters that were saved as question marks: guessed with a confidence, and only where a text shows that it lost them."""

from __future__ import annotations

import re

import pytest

from tests.vitext.linear import is_linear
from vitext import repair, replay
from vitext.lost_letters import as_printed, choose_words, fitting_words, guess_lost_letters

TEXT = (
    "Liên minh Hợp tác xã thành phố tổ chức hội nghị sơ kết phong trào thi đua, khen thưởng các tập thể và cá nhân "
    "có thành tích xuất sắc. Đề nghị các đơn vị thực hiện đúng quy định của nhà nước."
)


def lose(text: str, kept: int = 128) -> str:
    return "".join(c if ord(c) < kept else "?" for c in text)


@pytest.mark.parametrize("kept", [128, 256])
def test_most_words_come_back_and_are_marked(kept: int) -> None:
    lost = lose(TEXT, kept)
    repaired = repair(lost)
    pairs = list(zip(TEXT.split(), repaired.text.split(), strict=True))
    assert sum(a == b for a, b in pairs) >= 0.9 * len(pairs)
    assert replay(lost, repaired.steps) == repaired.text
    for word in repaired.words:
        assert repaired.text[word.start : word.end] == word.after and 0.6 <= word.confidence <= 0.95
        assert lost[word.original_start : word.original_end] == word.before


def test_capitals_come_back() -> None:
    assert repair(lose("ỦY BAN NHÂN DÂN TỈNH ĐỀ NGHỊ QUYẾT ĐỊNH")).text == "ỦY BAN NHÂN DÂN TỈNH ĐỀ NGHỊ QUYẾT ĐỊNH"


def test_a_question_stays_one() -> None:
    text = lose("Nhiều người đồng ý với quyết định này không? Không ai biết.")
    assert repair(text).text.count("?") == 2 and "không? Không" in repair(text).text


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Ai đến?Khi nào?Ở đâu?Vì sao? Có gì?",
        "what?who?where? https://x.vn/?a=b&c=?d a?b c?d",
        "quy?t ??nh",
        "Kế hoạch n?m",
    ],
)
def test_everything_else_is_left(text: str) -> None:
    assert guess_lost_letters(text) == []


def test_a_sign_is_one_letter_beyond_ascii() -> None:
    assert {"nhân", "nhãn"} <= set(fitting_words("nh?n")) and "nhan" not in fitting_words("nh?n")
    assert all(re.fullmatch("t[^\x00-\x7f]", word) for word in fitting_words("t?")) and fitting_words("x?z") == ()


def test_neighbours_choose() -> None:
    assert choose_words([]) == [] and choose_words([["một"]]) == ["một"]
    assert choose_words([["nhà"], ["nước", "nược"]]) == ["nhà", "nước"]
    assert as_printed("để", "?", starts=True) == "Để"


@pytest.mark.parametrize("piece", ["qu? ", "??", "a?b ", lose(TEXT)[:60] + " "])
def test_work_grows_with_the_text_only(piece: str) -> None:
    assert is_linear(lambda size: piece * (size // len(piece)), guess_lost_letters, 4000)
