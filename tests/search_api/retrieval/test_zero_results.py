"""The ways out of an empty result, each with its number of results."""

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


def test_accents_as_typed_that_find_nothing_can_be_given_up(service: SearchService) -> None:
    assert follow(service, SearchRequest("bẽ bôi lưu đông", accents=True))["accents"] > 0
