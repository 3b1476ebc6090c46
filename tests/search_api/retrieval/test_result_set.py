"""The count, the facets and the pages describe one and the same set: for every facet value shown, checked by clicking."""

from __future__ import annotations

import pytest

from search_api.query.request import SearchRequest
from search_api.schema import SearchAnswer
from search_api.service import SearchService

pytestmark = pytest.mark.slow

QUERIES = [
    "",
    "mô hình",
    "hợp tác xã nông nghiệp",
    "cach lam hay nong nghiep",
    "Pay manh cdng tac tuyén truyén",
    "người cao tuổi khám bệnh tại nhà miễn phí",
    '"thi đua" -"kế hoạch"',
    "lĩnh vực:y tế trẻ em",
    "học sinh OR giáo viên",
    "năm:2024",
    "khong tim thay gi ca zzzz",
]


def walk(service: SearchService, request: SearchRequest, pages: int) -> list[str]:
    seen: list[str] = []
    for page in range(1, pages + 1):
        answer = service.search(SearchRequest(request.query, request.filters, page, 10, request.sort))
        assert answer.page == page
        seen += [hit.card.id for hit in answer.hits]
    return seen


def check_pages(service: SearchService, request: SearchRequest, answer: SearchAnswer) -> None:
    seen = walk(service, request, answer.pages)
    assert len(seen) == len(set(seen)) == answer.total
    assert answer.total == answer.total_text + answer.total_semantic


@pytest.mark.parametrize("query", QUERIES)
def test_clicking_a_facet_gives_exactly_its_number(query: str, service: SearchService) -> None:
    whole = service.search(SearchRequest(query))
    for sort in ("relevance", "newest"):
        check_pages(service, SearchRequest(query, sort=sort), whole)
    clicked = 0
    for facet in whole.facets:
        for value in facet.values:
            request = SearchRequest(query, {facet.name: (value.code,)})
            answer = service.search(request)
            assert answer.total == value.count, (facet.name, value.code)
            check_pages(service, request, answer)
            clicked += 1
    assert clicked or whole.total == 0


@pytest.mark.parametrize("query", QUERIES[1:6])
def test_also_with_a_filter_chosen(query: str, service: SearchService) -> None:
    first = service.search(SearchRequest(query))
    field = next(f for f in first.facets if f.name == "field").values[0].code
    chosen = {"field": (field,)}
    narrowed = service.search(SearchRequest(query, chosen))
    for facet in narrowed.facets:
        for value in facet.values:
            clicked = service.search(SearchRequest(query, {**chosen, facet.name: (value.code,)}))
            assert clicked.total == value.count, (facet.name, value.code)
    assert [f.total_without for f in narrowed.filters] == [first.total]


def test_facets_alone_are_the_same(service: SearchService) -> None:
    request = SearchRequest("mô hình", {"kind": ("practice",)})
    assert service.facets(request).facets == service.search(request).facets


def test_a_page_beyond_the_last_is_the_last(service: SearchService) -> None:
    answer = service.search(SearchRequest("mô hình", page=10**6))
    assert answer.page == answer.pages and answer.hits


@pytest.mark.parametrize("query", QUERIES[:6])
def test_leaving_values_out(query: str, service: SearchService) -> None:
    whole = service.search(SearchRequest(query))
    for facet in whole.facets:
        for value in facet.values[:3]:
            out = {facet.name: (value.code,)}
            request = SearchRequest(query, excluded=out)
            answer = service.search(request)
            assert answer.total == whole.total - value.count, (facet.name, value.code)
            assert [(f.code, f.excluded, f.total_without) for f in answer.filters] == [(value.code, True, whole.total)]
            for other in answer.facets:
                for shown in other.values[:2]:
                    clicked = service.facets(SearchRequest(query, {other.name: (shown.code,)}, excluded=out))
                    assert clicked.total == shown.count, (facet.name, value.code, other.name, shown.code)
    none = service.search(SearchRequest(query, {"kind": ("practice",)}, excluded={"kind": ("practice",)}))
    assert none.total == 0 and not none.hits
    assert {way.code for way in none.ways_out} >= {"filter", "filters"}


def test_years_may_be_a_range(service: SearchService) -> None:
    both = service.search(SearchRequest("năm:2024-2025")).total
    assert both == sum(service.search(SearchRequest(f"năm:{year}")).total for year in (2024, 2025)) > 0
    assert service.search(SearchRequest("năm:2025-2024")).total == both
    assert [n.code for n in service.search(SearchRequest("năm:1000-9000 lúa")).notices][:1] == ["ignored"]
