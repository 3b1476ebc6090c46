"""Undoing the page: only on request, only where the evidence is strong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import repair, replay

PAGES = (
    "SỞ NỘI VỤ HẢI PHÒNG\nQuyết định về khen thưởng\n\f"
    "SỞ NỘI VỤ HẢI PHÒNG\ntập thể có thành tích\n2\n\f"
    "SỞ NỘI VỤ HẢI PHÒNG\ncá nhân tiêu biểu\n3\n"
)


def undone(text: str) -> str:
    repaired = repair(text, keep_lines=False)
    assert replay(text, repaired.steps) == repaired.text
    assert repair(repaired.text, keep_lines=False).text == repaired.text
    return repaired.text


def test_lines_stay_unless_asked() -> None:
    assert repair(PAGES).text == PAGES


def test_running_heads_go_but_for_the_first_and_page_numbers_at_page_ends_go() -> None:
    assert undone(PAGES).count("SỞ NỘI VỤ") == 1
    assert "\n2\n" not in undone(PAGES) and undone(PAGES).count("\f") == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Phong trào thi đua yêu nước được các cấp\nphát động rộng khắp.",
            "Phong trào thi đua yêu nước được các cấp phát động rộng khắp.",
        ),
        ("phát triển kinh tế-\nxã hội", "phát triển kinh tế-xã hội"),
        ("số 39/CTr-\nLMHTX ngày", "số 39/CTr-LMHTX ngày"),
        ("mạng inter-\nnet công cộng", "mạng internet công cộng"),
    ],
)
def test_broken_lines_and_words(text: str, expected: str) -> None:
    assert undone(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Điều 1. Phạm vi\nĐiều 2. Đối tượng áp dụng của nghị định",
        "Nơi nhận:\n- Ban Thi đua;\n- Lưu: VT.",
        "Kết quả đạt được:\n12\nTrong đó có 5 tập thể được khen",
        "a) tập thể lao động xuất sắc\nb) chiến sĩ thi đua cơ sở",
        "Năm\n2024\n2026",
    ],
)
def test_weak_evidence_changes_nothing(text: str) -> None:
    assert undone(text) == text


@given(st.text(alphabet="ab áđ.-\n\f12", max_size=120))
def test_any_text_comes_to_rest(text: str) -> None:
    undone(text)
