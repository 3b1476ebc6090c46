"""Records side by side."""

from __future__ import annotations

from search_api.query.request import SearchRequest
from search_api.service import SearchService

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
