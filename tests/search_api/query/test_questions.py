"""Questions: what they ask for, and what is no question."""

from __future__ import annotations

import pytest

from search_api.query.questions import Sought, read_question


@pytest.mark.parametrize(("text", "sought"), [
    ("tổ tự quản có mấy thành viên", "count"),
    ("bao nhiêu phần trăm hộ tham gia?", "percent"),
    ("kinh phí xây nhà văn hóa là bao nhiêu?", "money"),
    ("con đường rộng thêm bao nhiêu?", "figure"),
    ("làm một bộ hồ sơ mất bao lâu", "duration"),
    ("trạm bơm cách đê bao xa", "length"),
    ("hội thi tổ chức vào ngày nào", "when"),
    ("ai hiến đất làm sân bóng?", "who"),
    ("lớp học bơi mở ở đâu", "where"),
    ("vì sao chợ vắng khách", "why"),
    ("tổ hòa giải hoạt động thế nào?", "what"),
    ("hoi thi to chuc khi nao", "when"),
    ("khu phố có nhà văn hóa không?", "what"),
])  # fmt: skip
def test_what_a_question_asks_for(text: str, sought: Sought) -> None:
    question = read_question(text)
    assert question is not None and question.sought == sought


@pytest.mark.parametrize("text", [
    "mô hình thu gom rác thải",
    "AI trong giáo dục",
    "may mặc, gi lan",  # without accents single words ask nothing
    "mức hỗ trợ cao nhất là bao nhiêu?",  # no one sentence says what is the highest
    "ở đâu?",
    "",
])  # fmt: skip
def test_what_is_no_question(text: str) -> None:
    assert read_question(text) is None


def test_what_is_counted_and_what_it_is_about() -> None:
    question = read_question("Năm 2023 bến xe có bao nhiêu chuyến đi Hà Giang?")
    assert question is not None
    assert question.counted[0] == "chuyến" and question.figures == {"2023"}
    about = [token.accented for token in question.about]
    assert {"bến", "xe", "chuyến", "giang"} <= set(about) and not {"bao", "nhiêu", "có"} & set(about)
