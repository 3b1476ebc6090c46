"""Spans of a sentence that have the form of an answer."""

from __future__ import annotations

import pytest

from search_api.display.answer_spans import find_spans
from search_api.query.questions import read_question
from vitext import tokenise


def spans(asked: str, text: str) -> list[tuple[str, float]]:
    """The spans and how well they answer, where the text stands somewhere in a block."""
    question = read_question(asked)
    assert question is not None
    before = "Câu trước. "
    words = tuple(token for token in tokenise(before + text) if token.start >= len(before))
    return [(text[s.start : s.end], s.strength) for s in find_spans(question, text, words, len(before))]


@pytest.mark.parametrize(("asked", "text", "found"), [
    ("có mấy hộ tham gia?", "Năm 2022, tổ có mười bốn hộ với 60 người.", ["mười bốn"]),
    ("có bao nhiêu quầy nhận thẻ?", "Nay 35 trong số 40 quầy nhận thẻ.", ["35", "40"]),
    ("giá một bộ là bao nhiêu?", "Mỗi bộ 1,2 triệu đồng, dùng 3 năm.", ["1,2 triệu đồng"]),
    ("bao nhiêu phần trăm?... rác được phân loại", "Tỷ lệ phân loại rác đạt 85% sau 3 tháng.", ["85%"]),
    ("thi công mất bao lâu?", "Đường dài 2 km, làm trong 45 ngày.", ["45 ngày"]),
    ("ruộng cách kênh bao xa?", "Ruộng 3 sào cách kênh 350 m.", ["350 m"]),
    ("khánh thành ngày nào?", "Cầu khánh thành ngày 19/5/2022, dài 40 m.", ["ngày 19/5/2022"]),
    ("ai dạy lớp này?", "Lớp do bà H. đứng dạy.", ["bà H."]),
    ("vì sao hoãn?", "Lễ hội hoãn do mưa lớn.", ["do mưa lớn."]),
    ("tổ chức thế nào?", "Tổ chức 3 đợt.", []),
])  # fmt: skip
def test_spans_have_the_form_that_is_asked_for(asked: str, text: str, found: list[str]) -> None:
    assert [span for span, _ in spans(asked, text)] == found


def test_a_figure_of_the_question_answers_nothing() -> None:
    assert [span for span, _ in spans("năm 2024 có mấy hộ nghèo?", "Năm 2024 có 2024 hộ, 12 hộ nghèo.")] == ["12"]


def test_the_noun_that_is_counted_stands_at_once_or_near() -> None:
    (at_once,), (near,) = spans("mấy con bò?", "Đàn có 8 con bò."), spans("mấy con bò?", "Đàn có 8 đến nay con bò.")
    assert at_once[1] > near[1] > 0
    assert spans("mấy con bò?", "Đàn có 8 con trâu.")[0][1] < at_once[1]
    assert spans("mấy con bò?", "Trang trại rộng 8 ha, nuôi nhiều con bò.") != [("8", 1.0)]
