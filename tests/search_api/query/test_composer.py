"""The query that the advanced form writes is parsed to what the form asks for."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from kb import facets
from search_api.query.composer import Wanted, compose
from search_api.query.parser import parse_query
from search_api.query.request import SearchRequest
from search_api.service import SearchService


def test_everything_at_once_is_read_back() -> None:
    wanted = Wanted(
        "mô hình",
        "hữu cơ",
        "lúa rươi",
        "kế hoạch",
        "",
        "2023",
        "2025",
        {
            "place": "Tuệ Tĩnh",
            "field": "agriculture",
            "kind": "new_model",
            "subject": "collective",
            "status": "reviewed",
        },
    )
    query = parse_query(compose(wanted), lambda facet: ["Xã Tuệ Tĩnh, thành phố Hải Phòng"] if facet == "place" else [])
    assert query.problems == ()
    kept = {facet: values for only in query.constraints for facet, values in only.facets.items()}
    assert kept == {
        "place": ("Xã Tuệ Tĩnh, thành phố Hải Phòng",),
        "field": ("agriculture",),
        "kind": ("new_model",),
        "subject": ("collective",),
        "status": ("reviewed",),
        "year": ("2023", "2024", "2025"),
    }
    sides = [[" ".join(t.accented for t in clause.terms) for clause in variant.clauses] for variant in query.variants]
    assert sides == [["mô", "hình", "hữu cơ", "lúa"], ["mô", "hình", "hữu cơ", "rươi"]]
    assert [clause.terms[0].accented for clause in query.excluded] == ["kế", "hoạch"]


@pytest.mark.parametrize("field", [*(f.name for f in fields(Wanted) if f.name != "values"), *facets.codes()])
@pytest.mark.parametrize("hostile", ['"', '”"“ \x00 ‮', "-", "OR", "'; --", "lĩnh vực:", "9" * 500, "<script>", "\ud800"])
def test_hostile_input_writes_a_query_that_is_answered(field: str, hostile: str, service: SearchService) -> None:
    changes: dict[str, Any] = {"values": {field: hostile}} if field in facets.codes() else {field: hostile}
    wanted = replace(Wanted(), **changes)
    query = compose(wanted)
    assert service.search(SearchRequest(query)).total >= 0


def test_the_form_finds_what_it_asks_for(service: SearchService) -> None:
    asked = compose(Wanted(first_year="2024", values={"field": "health"}))
    by_filters = service.search(SearchRequest("", {"field": ("health",), "year": ("2024",)}))
    assert service.search(SearchRequest(asked)).total == by_filters.total > 0
    assert compose(Wanted()) == "" and compose(Wanted(first_year="20x4", values={"field": "khong-co"})) == ""
