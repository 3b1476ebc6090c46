"""Exported records, and the newest arrivals of a search."""

from __future__ import annotations

import threading

import pytest

from kb.cancellation import giving_up_on
from kb.errors import CancelledError
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.export import EXPORT_LIMIT, text_length

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
        with service.found_records(request) as found:
            records = list(found.records())
        assert [record.card.id for record in records] == shown and len(records) == answer.total < EXPORT_LIMIT
        assert all(record.match for record in records) and found.total == answer.total and not found.left_out
        with service.found_records(request, 3, explained=False) as first:
            assert list(first.ids) == shown[:3] and first.left_out == answer.total - 3
            assert not any(record.match for record in first.records())


def test_a_record_holds_all_that_is_exported(service: SearchService) -> None:
    with service.records([CARROTS, CARROTS, "khong-co"]) as chosen:
        (record,) = chosen.records()
    assert chosen.left_out == 1
    assert record.card.id == CARROTS and record.citations.official and record.digest
    assert [section.name for section in record.sections][:3] == ["problem", "steps", "results"]
    assert any("7.900 tấn" in paragraph for paragraph in record.paragraphs)
    with service.found_records(SearchRequest("khảo sát nhu cầu siêu thị")) as results:
        (found,) = results.records([CARROTS])
    assert "khảo sát nhu cầu" in found.snippet and found.match


def test_arrivals_are_those_that_match(service: SearchService) -> None:
    request = SearchRequest("mô hình", excluded={"kind": ("document",)})
    answer = service.arrivals(request, 50)
    assert answer.total == len(answer.arrivals) == service.search(request).total
    with service.found_records(request) as found:
        assert {a.card.id for a in answer.arrivals} == set(found.ids)
    assert [a.at for a in answer.arrivals] == sorted((a.at for a in answer.arrivals), reverse=True)
    assert service.arrivals(SearchRequest("zzzzqqq", typed=True), 50).arrivals == []
    assert len(service.arrivals(SearchRequest(), 7).arrivals) == 7


def test_a_very_long_text_is_shortened_and_says_so(service: SearchService) -> None:
    with service.records([CARROTS, "238-kh-ubnd"]) as chosen:
        whole = list(chosen.records())
        for record in chosen.records(each=100):
            assert text_length(record) < 2000 and "đoạn)" in record.paragraphs[-1]
            assert record.summary == next(r.summary for r in whole if r.card.id == record.card.id)
        first, second = chosen.records(most=text_length(whole[0]) + 100)
        assert first == whole[0] and second.paragraphs[-1].startswith("… (còn ") and text_length(second) < 200


def test_records_are_given_up_when_nobody_waits(service: SearchService) -> None:
    gone = threading.Event()
    with giving_up_on(gone), service.found_records(SearchRequest()) as found:
        reading = found.records()
        next(reading)
        gone.set()
        with pytest.raises(CancelledError):
            next(reading)
