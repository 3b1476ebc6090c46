"""Citations: the forms of official papers and of the press, whatever of an item is known."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kb.item import Block, DocumentAttributes, Item, Source
from kb.papers.numbers import DocumentNumber
from search_api.display.citation import cite
from search_api.query.request import SearchRequest
from search_api.service import SearchService

TODAY = dt.date(2026, 11, 23)


def paper(title: str = "Kế hoạch Phát triển hợp tác xã", pages: int = 1, **known: object) -> Item:
    document = DocumentAttributes(number=DocumentNumber("7", "", "KH-UBND"), type="plan", **known)  # type: ignore[arg-type]
    blocks = tuple(Block(page=page, original="Một") for page in range(1, pages + 1))
    return Item("a", "document", title, Source("a.md", "0"), blocks, document=document)


def test_a_paper_with_all_that_is_known() -> None:
    item = paper(pages=3, date=dt.date(2024, 10, 1), issuer="Ủy ban nhân dân xã An Khánh")
    cited = cite(item, TODAY, page=2)
    assert cited.official == (
        "Kế hoạch số 7/KH-UBND ngày 01 tháng 10 năm 2024 của Ủy ban nhân dân xã An Khánh về phát triển hợp tác xã, trang 2. "
        "Kho tra cứu Cách Hay, mục a, truy cập ngày 23/11/2026."
    )
    assert cited.press == (
        "Theo kế hoạch số 7/KH-UBND ngày 01/10/2024 của Ủy ban nhân dân xã An Khánh, trang 2. Nguồn: Cách Hay, mục a."
    )
    assert cited.warning == ""


def test_a_page_is_named_only_where_pages_are_marked() -> None:
    assert "trang" not in cite(paper(), TODAY, page=1).official
    assert "trang" not in cite(paper(pages=3), TODAY).official


@pytest.mark.parametrize(
    ("title", "about"),
    [
        ("Kế hoạch Về việc cưới", "về việc cưới"),
        ("Kế hoạch", ""),
        ("7/KH-UBND", ""),
        ("Kế hoạch: Phòng, chống bão.", "về phòng, chống bão."),
        ("UBND xã và dân", "về UBND xã và dân."),
    ],
)
def test_what_a_paper_is_about(title: str, about: str) -> None:
    assert cite(paper(title), TODAY).official.startswith(f"Kế hoạch số 7/KH-UBND {about}".strip().rstrip(".") + ".")


def test_awards_taken_back_and_illustrations_are_said() -> None:
    item = Item("b", "exemplar", "Cô giáo", Source("b.md", "0"), (), status="revoked", sample=True)
    cited = cite(item, TODAY)
    assert "hủy bỏ, thu hồi" in cited.warning and "Dữ liệu minh họa" in cited.warning
    assert "hủy bỏ, thu hồi" in cited.official and "hủy bỏ, thu hồi" in cited.press
    assert cited.official.startswith("“Cô giáo” (việc khen thưởng")


def test_no_citation_of_the_corpus_has_doubled_or_stray_signs(service: SearchService) -> None:
    with service.found_records(SearchRequest()) as found:
        records = list(found.records())
    assert len(records) == 102
    for record in records:
        for form in (record.citations.official, record.citations.press):
            assert not re.search(r"  | ,|,,|\.\.|,\.|\( | \)|\(\)|“”", form), form
            assert form.endswith(".") and form[0] in "“KTBQCmĐN", form
        assert bool(record.citations.warning) or not record.card.sample
        if record.card.quality.code != "good" and record.card.kind.code != "document":
            assert record.card.title not in record.citations.official
