"""Exported records, and the newest arrivals of a search."""

from __future__ import annotations

from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.export import EXPORT_LIMIT

CARROTS = "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"


def test_an_export_is_the_very_set_of_the_pages(service: SearchService) -> None:
    for request in (
        SearchRequest("mô hình"),
        SearchRequest("mô hình", {"year": ("2025",)}, sort="newest"),
        SearchRequest("người cao tuổi khám bệnh tại nhà miễn phí", excluded={"kind": ("document",)}),
    ):
        answer = service.search(request)
        pages = range(1, answer.pages + 1)
        shown = [
            hit.card.id
            for page in pages
            for hit in service.search(
                SearchRequest(request.query, request.filters, page, sort=request.sort, excluded=request.excluded)
            ).hits
        ]
        records = service.found_records(request)
        assert [record.card.id for record in records] == shown and len(records) == answer.total < EXPORT_LIMIT
        assert all(record.match for record in records)


def test_a_record_holds_all_that_is_exported(service: SearchService) -> None:
    (record,) = service.records([CARROTS, CARROTS, "khong-co"])
    assert record.card.id == CARROTS and record.citations.official and record.digest
    assert [section.name for section in record.sections][:3] == ["problem", "steps", "results"]
    assert any("7.900 tấn" in paragraph for paragraph in record.paragraphs)
    (found,) = [r for r in service.found_records(SearchRequest("khảo sát nhu cầu siêu thị")) if r.card.id == CARROTS]
    assert "khảo sát nhu cầu" in found.snippet and found.match


def test_arrivals_are_those_that_match(service: SearchService) -> None:
    request = SearchRequest("mô hình", excluded={"kind": ("document",)})
    answer = service.arrivals(request, 50)
    assert answer.total == len(answer.arrivals) == service.search(request).total
    assert {a.card.id for a in answer.arrivals} == {r.card.id for r in service.found_records(request)}
    assert [a.at for a in answer.arrivals] == sorted((a.at for a in answer.arrivals), reverse=True)
    assert service.arrivals(SearchRequest("zzzzqqq", typed=True), 50).arrivals == []
    assert len(service.arrivals(SearchRequest(), 7).arrivals) == 7
