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
from vitext import analyse


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
    assert [[term.accented for term in clause.terms] for clause in query.excluded] == [["kế", "hoạch"]]


@pytest.mark.parametrize("words", ["", "chợ quê", "Hà Nội: phố nghề"])
@pytest.mark.parametrize("either", ["", "tôm", "tôm cua", "nước mắm, cá kho (khô), OR"])
@pytest.mark.parametrize("without", ["", "rươi", "Hoa", "hợp đồng lao động rươi", "Tôm, -cá | 30"])
def test_words_are_read_back_as_the_form_has_them(words: str, either: str, without: str) -> None:
    query = parse_query(compose(Wanted(words, "bến sông" if words else "", either, without, values={"field": "health"})))
    alone = [
        part.split() for part in (either.replace("(", " ").replace(")", " ").split(",") if "," in either else either.split())
    ]
    both = [term for term in analyse(words).accented] + ["bến", "sông"] * bool(words)
    sides = [both + [word.lower() for word in part] for part in alone] or ([both] if both else [])
    assert [[term.accented for clause in v.clauses for term in clause.terms] for v in query.variants] == sides
    left_out = [term.accented for clause in query.excluded for term in clause.terms]
    assert left_out == list(analyse(without).accented) and query.problems == () and len(query.constraints) == 1


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
