"""Similar items: which papers may be the same."""

from __future__ import annotations

import pytest

from kb.item import DocumentAttributes, Item, Source
from kb.papers.numbers import DocumentNumber
from search_api.tasks.similar import DUPLICATE_COSINE, may_repeat


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
    assert may_repeat(paper(one), paper(other), DUPLICATE_COSINE) is same
    assert not may_repeat(paper(one), paper(other), DUPLICATE_COSINE - 0.01)
