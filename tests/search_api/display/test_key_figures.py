"""Telling figures of a text: amounts with what they count, never dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.display.key_figures import MAX_FIGURES, find_figures
from search_api.query.request import SearchRequest
from search_api.service import SearchService


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("", []),
        ("Không có số nào.", []),
        ("Năm 2024, ngày 25/02/2025, lúc 7 giờ, lần thứ 3, tháng 3", []),
        ("Giai đoạn 2021 - 2025, số 238/KH-UBND", []),
        ("96%", []),
        ("thu hoạch 7.900 tấn trong vụ", ["7.900 tấn"]),
        ("lãi 6,3 triệu đồng một sào", ["lãi 6,3 triệu đồng"]),
        ("gặp 31 phụ nữ mang thai sắp sinh ở đảo", ["31 phụ nữ"]),
        ("186 người đủ điều kiện hiến máu", ["186 người"]),
        ("tỷ lệ giảm từ 21% xuống 3%", ["giảm từ 21% xuống 3%"]),
        ("120 hộ, rồi 120 hộ nữa", ["120 hộ", "120 hộ nữa"]),
        ("Có 2019 người xem", []),
    ],
)
def test_what_counts_as_a_figure(text: str, figures: list[str]) -> None:
    assert find_figures(text) == figures


@given(st.text(max_size=500))
def test_any_text_is_answered(text: str) -> None:
    found = find_figures(text)
    assert len(found) <= MAX_FIGURES and len(set(found)) == len(found)


def test_every_figure_of_the_corpus_stands_in_its_results(service: SearchService) -> None:
    told = 0
    with service.found_records(SearchRequest()) as found:
        records = list(found.records())
    for record in records:
        results = " ".join(p for s in record.sections if s.name == "results" for p in s.paragraphs)
        figures = find_figures(results)
        told += len(figures) > 1
        for figure in figures:
            assert all(word in results for word in figure.split()), figure
    assert told > 60
