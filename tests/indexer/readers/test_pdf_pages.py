"""The decision for a page, over the signals alone."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_objects import cover
from indexer.readers.pdf_pages import PageDecision, PageSignals, decide_page, measure_page

A4 = (0.0, 0.0, 595.0, 842.0)


def full(**signals: Any) -> PageSignals:
    """A page full of words."""
    return PageSignals(words=400, inner_words=380, **signals)


@pytest.mark.parametrize(
    ("signals", "source", "layer"),
    [
        (PageSignals(), "blank", "none"),
        (PageSignals(coverage=1.0), "scan", "none"),
        (PageSignals(ink=0.02), "scan", "none"),
        (PageSignals(ink=0.0001), "blank", "none"),
        (full(), "layer", "text"),
        (PageSignals(coverage=0.3, words=9, inner_words=2), "layer", "text"),
        (full(coverage=0.9), "layer", "text"),
        (PageSignals(coverage=0.9, words=90, inner_words=12), "scan", "beside"),
        (full(coverage=0.9, damaged=True), "scan", "reading"),
        (full(coverage=1.0, invisible=1.0), "layer", "reading"),
        (full(coverage=1.0, invisible=1.0, damaged=True), "scan", "reading"),
        (PageSignals(coverage=1.0, invisible=1.0, words=5, inner_words=5), "scan", "reading"),
        (full(unmapped=0.3), "unreadable", "noise"),
        (full(unmapped=0.3, coverage=1.0), "scan", "noise"),
        (full(unmapped=0.01), "layer", "text"),
    ],
)
def test_a_page_is_decided_by_its_signals(signals: PageSignals, source: str, layer: str) -> None:
    assert decide_page(signals) == PageDecision(source, layer)  # type: ignore[arg-type]


def line(text: str, y: float, left: float = 90, right: float = 500) -> Line:
    return Line(text, left, right, y + 12, y, 12)


def test_words_in_the_margins_do_not_count() -> None:
    signals = measure_page([line("Người ký: Ủy ban", 800), line("Kính gửi các phòng", 400), line("tr. 2", 10)], A4, 1.0)
    assert (signals.words, signals.inner_words) == (10, 4)


def test_unknown_characters_count_and_dots_of_lists_do_not() -> None:
    assert measure_page([line("\uf0b7 Một \uf0b7 hai", 400)], A4, 0).unmapped == 0
    assert measure_page([line("M\ue001t ha\ufffd", 400)], A4, 0).unmapped == pytest.approx(2 / 6)


def test_damage_is_measured_only_under_an_image() -> None:
    spoilt = [line("Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc", 400)]
    assert measure_page(spoilt, A4, 1.0).damaged
    assert not measure_page(spoilt, A4, 0.0).damaged


def test_images_that_overlap_count_once() -> None:
    assert cover(A4, []) == 0
    assert cover(A4, [A4, A4, (-100, -100, 900, 900)]) == 1
    assert cover(A4, [(0, 0, 595, 421), (0, 300, 595, 421)]) == pytest.approx(0.5, abs=0.02)
    assert cover((0, 0, 0, 0), [A4]) == 0
