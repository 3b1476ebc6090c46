"""Records side by side, and what they are carried away as."""

from __future__ import annotations

from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.export import EXPORT_LIMIT

TWO = ["04-hop-tac-xa-lien-ket-bao-tieu-ca-rot", "06-vuon-thuoc-nam-tram-y-te"]


def test_rows_are_the_attributes_and_sections_and_say_where_they_differ(service: SearchService) -> None:
    comparison = service.compare(TWO)
    rows = {row.name: row for row in comparison.rows}
    assert [card.id for card in comparison.cards] == TWO
    assert rows["unit"].differs and rows["unit"].values[0] == ["Hợp tác xã rau củ bãi sông Thái Bình"]
    assert not rows["place"].differs, "both lie in Tuệ Tĩnh"
    assert rows["steps"].ordered and len(rows["steps"].values[0]) == 6
    assert all(len(row.values) == 2 and any(row.values) for row in comparison.rows)


def test_a_record_beside_itself_does_not_differ(service: SearchService) -> None:
    assert [c.id for c in service.compare([TWO[0], TWO[0]]).cards] == TWO[:1]
    assert not any(row.differs for row in service.compare(TWO[:1]).rows)


def test_what_one_does_not_say_is_missing(service: SearchService) -> None:
    comparison = service.compare([TWO[0], "238-kh-ubnd"])
    rows = {row.name: row for row in comparison.rows}
    assert rows["steps"].missing == 1 and rows["steps"].values[1] == []
    assert rows["number"].values == [[], ["238/KH-UBND"]]


def test_four_at_most_and_only_what_there_is(service: SearchService) -> None:
    every = [hit.card.id for hit in service.search(SearchRequest("mô hình")).hits]
    assert [c.id for c in service.compare(["khong-co", "\ud800", *every]).cards] == every[:4]
    assert service.compare([]).rows == []


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


def test_a_record_holds_all_that_is_carried_away(service: SearchService) -> None:
    (record,) = service.records([TWO[0], TWO[0], "khong-co"])
    assert record.card.id == TWO[0] and record.citations.official and record.digest
    assert [section.name for section in record.sections][:3] == ["problem", "steps", "results"]
    assert any("7.900 tấn" in paragraph for paragraph in record.paragraphs)
    (found,) = [r for r in service.found_records(SearchRequest("khảo sát nhu cầu siêu thị")) if r.card.id == TWO[0]]
    assert "khảo sát nhu cầu" in found.snippet and found.match


def test_arrivals_are_those_that_match(service: SearchService) -> None:
    request = SearchRequest("mô hình", excluded={"kind": ("document",)})
    answer = service.arrivals(request, 50)
    assert answer.total == len(answer.arrivals) == service.search(request).total
    assert {a.card.id for a in answer.arrivals} == {r.card.id for r in service.found_records(request)}
    assert [a.at for a in answer.arrivals] == sorted((a.at for a in answer.arrivals), reverse=True)
    assert service.arrivals(SearchRequest("zzzzqqq", typed=True), 50).arrivals == []
    assert len(service.arrivals(SearchRequest(), 7).arrivals) == 7
