"""What two items have in common: which papers may be the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from kb.item import Block, DocumentAttributes, Item, Source
from kb.library.library import View
from kb.papers.numbers import DocumentNumber
from search_api.retrieval.likeness import DUPLICATE_COSINE, is_duplicate, telling_words


def paper(number: DocumentNumber | None) -> Item:
    return Item("a", "document", "A", Source("a.md", "0"), (), document=DocumentAttributes(number=number))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (DocumentNumber("7", "2023", "TT-BNV"), DocumentNumber("07", "2023", "TT-BNV"), True),
        (DocumentNumber("7", "2023", "TT-BNV"), DocumentNumber("8", "2023", "TT-BNV"), False),
        (DocumentNumber("7", "2023", "TT-BNV"), None, True),
        (None, None, True),
    ],
)
def test_papers_of_different_numbers_are_no_copies(
    one: DocumentNumber | None, other: DocumentNumber | None, same: bool
) -> None:
    assert is_duplicate(paper(one), paper(other), DUPLICATE_COSINE) is same
    assert not is_duplicate(paper(one), paper(other), DUPLICATE_COSINE - 0.01)


class _Counts:
    """A collection in which every pair of words belongs together."""

    def count(self) -> int:
        return 100

    def pair_count(self, first: str, second: str) -> int:
        return 5

    def word_count(self, word: str) -> int:
        return 6


def told(one: str, other: str) -> list[str]:
    items = [Item("a", "practice", "", Source("a.md", "0"), (Block(1, text),)) for text in (one, other)]
    return telling_words(cast(View, SimpleNamespace(snapshot=_Counts(), size=_Counts().count())), *items)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        ("thư viện văn hóa", "ngày hội Văn hoá", "văn hóa"),
        ("trạm thuỷ lợi", "THỦY LỢI nội đồng", "thủy lợi"),
        ("khoe khoẻ mạnh", "sống khỏe mạnh.", "khỏe mạnh"),
        ("du\u031bo\u031b\u0300ng que", "vỡ dường que", "dường que"),
    ],
)
def test_two_spellings_of_a_word_are_one_reason(one: str, other: str, word: str) -> None:
    assert told(one, other)[:1] == [word] and told(other, one)[:1] == [word]


def test_what_punctuation_divides_is_no_word() -> None:
    assert told("phân loại, rác thải", "phân loại. Rác thải") == ["phân loại", "rác thải"]
    assert told("trồng lúa", "trồng, lúa") == []
