"""Words of a page with their places: what is packed comes back, in few bytes."""

from __future__ import annotations

import random

import pytest

from kb.page_text import PageText, PageWord, pack, unpack


def _page(count: int) -> PageText:
    chance = random.Random(7)
    words = []
    for at in range(count):
        left, top = 0.1 + 0.08 * (at % 10) + 0.001 * chance.random(), 0.05 + 0.9 * (at // 10) / (count / 10)
        text = chance.choice(["kế", "hoạch", "thi", "đua", "Điều", "khen", "thưởng", "năm", "2024", "và"])
        words.append(PageWord(text, chance.choice([0.96, 0.95, 0.91, 0.42]), left, top, left + 0.06, top + 0.012))
    return PageText(3, 595.3, 841.9, tuple(words), "recognised", "tesseract 5.3 vie", 90)


def test_a_page_comes_back_within_the_rounding() -> None:
    page = _page(500)
    back = unpack(pack(page))
    assert (back.number, back.source, back.engine, back.turned) == (3, "recognised", "tesseract 5.3 vie", 90)
    assert [word.text for word in back.words] == [word.text for word in page.words]
    for one, other in zip(page.words, back.words, strict=True):
        for name in ("left", "top", "right", "bottom"):
            assert abs(getattr(one, name) - getattr(other, name)) <= 1 / 65535
        assert abs(one.confidence - other.confidence) <= 1 / 255


def test_a_page_of_text_takes_few_bytes() -> None:
    assert len(pack(_page(500))) < 6_000


def test_an_empty_page_has_no_confidence() -> None:
    assert unpack(pack(PageText(1, 10, 10, ()))).confidence == 0.0


@pytest.mark.parametrize("data", [b"", b"abc", pack(_page(5))[:-9]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no page of words"):
        unpack(data)
