"""Where nothing is found, what finds something is offered with its number; and words asked for in just their accents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from search_api.query.request import SearchRequest
from search_api.service import SearchService


def follow(service: SearchService, request: SearchRequest) -> dict[str, int]:
    """Every way out of an empty result with its number, each followed and counted."""
    answer = service.search(request)
    assert answer.total == 0
    ways: dict[str, int] = {}
    for way in answer.ways_out:
        match way.code:
            case "filter":
                assert way.filter
                other = replace(request, filters={k: v for k, v in request.filters.items() if k != way.filter.facet})
            case "exclusion":
                assert way.filter
                other = replace(request, excluded={})
            case "filters":
                other = replace(request, filters={}, excluded={})
            case "accents":
                other = replace(request, accents=False)
            case _:
                other = replace(request, query=way.query)
        assert service.search(other).total == way.total > 0, way
        ways[way.code] = way.total
    return ways


def test_a_filter_that_empties_the_result_is_named(service: SearchService) -> None:
    ways = follow(service, SearchRequest("rươi", {"year": ("1999",)}))
    assert ways == {"filter": service.search(SearchRequest("rươi")).total}
    ways = follow(service, SearchRequest("rươi", {"year": ("1999",)}, excluded={"kind": ("practice",)}))
    assert set(ways) == {"filter", "filters"}, "what was left out does not empty it"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('"mô hình" -"mô hình"', "words"),
        ("mô hình năm:1900", "words"),
        ("lúa -lúa", "words"),
        ("rươi zzzzqq", "any"),
        ('"bê bối rau cá"', "any"),
    ],
)
def test_a_query_that_finds_nothing_can_be_asked_otherwise(query: str, code: str, service: SearchService) -> None:
    assert code in follow(service, SearchRequest(query, typed=True))


def test_there_is_no_way_out_of_an_empty_query_or_a_full_result(service: SearchService) -> None:
    assert service.search(SearchRequest("mô hình")).ways_out == []
    assert service.search(SearchRequest("zzzzqqq", typed=True)).ways_out == []


def test_accents_as_typed(service: SearchService) -> None:
    loose = service.search(SearchRequest("đường"))
    strict = service.search(SearchRequest("đường", accents=True))
    assert 0 < strict.total < loose.total
    assert {hit.match.code for hit in strict.hits} <= {"exact", "repaired"}
    facet = next(f for f in strict.facets if f.name == "field")
    for value in facet.values:
        assert service.search(SearchRequest("đường", {"field": (value.code,)}, accents=True)).total == value.count
    nothing = SearchRequest("bẽ bôi lưu đông", accents=True)
    assert follow(service, nothing)["accents"] > 0


def test_accents_change_nothing_for_words_without_any(service: SearchService) -> None:
    answer = service.search(SearchRequest("hop tac xa", accents=True))
    assert answer.total and [n.code for n in answer.notices] == ["no_accents"]


def test_years_may_be_a_range(service: SearchService) -> None:
    both = service.search(SearchRequest("năm:2024-2025")).total
    assert both == sum(service.search(SearchRequest(f"năm:{year}")).total for year in (2024, 2025)) > 0
    assert service.search(SearchRequest("năm:2025-2024")).total == both
    assert [n.code for n in service.search(SearchRequest("năm:1000-9000 lúa")).notices][:1] == ["ignored"]
