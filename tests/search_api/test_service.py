"""Search on the real corpus: what the product promises to visitors."""

from __future__ import annotations

import unicodedata

import pytest

from kb.errors import NotFoundError
from search_api.query.request import SearchRequest
from search_api.schema import SearchAnswer
from search_api.service import SearchService

PLAN, SCAN = "238-kh-ubnd", "43-kh-lmhtx"


def ids(answer: SearchAnswer) -> list[str]:
    return [hit.card.id for hit in answer.hits]


def badge(answer: SearchAnswer, item_id: str) -> str:
    return next(hit.match.code for hit in answer.hits if hit.card.id == item_id)


@pytest.mark.parametrize(
    "query", ["đẩy mạnh công tác tuyên truyền", "day manh cong tac tuyen truyen", "Pay manh cdng tac tuyén truyén"]
)
def test_clean_plain_and_damaged_queries_find_both_plans(query: str, service: SearchService) -> None:
    found = ids(service.search(SearchRequest(query)))
    assert {PLAN, SCAN} <= set(found[:3]), found
    nfd = ids(service.search(SearchRequest(unicodedata.normalize("NFD", query))))
    assert nfd == found


def test_badges_tell_the_truth(service: SearchService) -> None:
    clean = service.search(SearchRequest("đẩy mạnh công tác tuyên truyền"))
    assert (badge(clean, PLAN), badge(clean, SCAN)) == ("exact", "repaired")
    assert ids(clean)[0] == PLAN, "accents as printed come before the same accents in a correction"
    plain = service.search(SearchRequest("day manh cong tac tuyen truyen"))
    assert (badge(plain, PLAN), badge(plain, SCAN)) == ("folded", "folded"), "no correction was needed"
    damaged = service.search(SearchRequest("Pay manh cdng tac tuyén truyén"))
    assert (badge(damaged, PLAN), badge(damaged, SCAN)) == ("repaired", "exact")
    spelling = [n for n in damaged.notices if n.code in ("spelling", "respelt")]
    assert [n.query for n in spelling] == ["đẩy mạnh công tác tuyên truyền"]
    typed = service.search(SearchRequest("Pay manh cdng tac tuyén truyén", typed=True))
    assert not [n for n in typed.notices if n.code in ("spelling", "respelt")]


def test_hop_tac_xa_returns_the_scan(service: SearchService) -> None:
    for query in ("hợp tác xã", "hop tac xa", "liên minh hợp tác xã"):
        answer = service.search(SearchRequest(query, per_page=50))
        assert SCAN in ids(answer)


@pytest.mark.parametrize("query", ["238/KH-UBND", "Số: 238 /KH-UBND", "238/kh-ubnd"])
def test_a_number_goes_to_its_document(query: str, service: SearchService) -> None:
    answer = service.search(SearchRequest(query))
    assert answer.jump == PLAN
    assert {PLAN, SCAN} <= set(ids(answer))


def test_a_damaged_number_too_and_an_unknown_one_says_so(service: SearchService) -> None:
    assert service.search(SearchRequest("S6:43 /KH - LMHTX")).jump == SCAN
    unknown = service.search(SearchRequest("34-CT/TW"))
    assert unknown.jump == "" and ids(unknown)[0] == PLAN
    assert [n.code for n in unknown.notices] == ["number_unknown"]


def test_the_two_plans_know_each_other(service: SearchService) -> None:
    plan, scan = service.item(PLAN), service.item(SCAN)
    assert [(r.id, r.relation.code, r.relation.label) for r in plan.cited_by if r.id == SCAN] == [
        (SCAN, "implements", "Được triển khai bởi")
    ]
    assert [(r.id, r.relation.code) for r in scan.cites if r.number == "238/KH-UBND"] == [(PLAN, "implements")]
    assert {r.number for r in plan.cites} >= {"34-CT/TW", "294/KH-UBND", "165/KH-UBND"}


def test_attributes_were_read_with_evidence(service: SearchService) -> None:
    expected = {
        PLAN: ("238/KH-UBND", "Kế hoạch", "Ủy ban nhân dân thành phố Hải Phòng", "2024-10-18"),
        SCAN: ("43/KH-LMHTX", "Kế hoạch", "Liên minh Hợp tác xã thành phố Hải Phòng", "2025-02-25"),
    }
    for item_id, values in expected.items():
        found = {a.name: a for a in service.item(item_id).attributes}
        assert tuple(found[n].value for n in ("number", "type", "issuer", "date")) == values
        assert found["number"].evidence and found["date"].evidence
        card = service.item(item_id).card
        assert (str(card.date), card.year) == (values[3], int(values[3][:4]))
    assert service.item(SCAN).card.quality.code == "poor" and service.item(PLAN).card.quality.code == "good"


def test_quality_is_a_facet(service: SearchService) -> None:
    answer = service.search(SearchRequest(filters={"quality": ("poor",), "kind": ("document",)}))
    assert ids(answer) == [SCAN]


def test_accents_order_and_exclusion(service: SearchService) -> None:
    answer = service.search(SearchRequest('"đường lối"', per_page=50))
    assert PLAN in ids(answer)
    without = service.search(SearchRequest('"đường lối" -"tuyên truyền"', per_page=50))
    assert PLAN not in ids(without)
    assert all(hit.match.code != "semantic" for hit in answer.hits), "quotes mean the words"


def test_sorted_by_newest(service: SearchService) -> None:
    answer = service.search(SearchRequest(filters={"kind": ("document",)}, sort="newest"))
    assert ids(answer) == [SCAN, PLAN]


def test_an_item_shows_its_hits(service: SearchService) -> None:
    item = service.item(PLAN, "thi dua yeu nuoc")
    hits = [s.text for block in item.blocks for s in block.segments if s.hit]
    assert len(hits) == item.hits > 10 and hits[0] == "thi đua yêu nước"
    assert next(b for b in item.blocks if b.first_hit).first_hit == 1
    assert service.item(PLAN).hits == 0


def test_citations_warn_of_machine_read_text(service: SearchService) -> None:
    plan = service.item(PLAN).citations
    assert plan.official.startswith(
        "Kế hoạch số 238/KH-UBND ngày 18 tháng 10 năm 2024 của Ủy ban nhân dân thành phố Hải Phòng về đẩy mạnh công tác tuyên"
    )
    assert plan.press.startswith("Theo kế hoạch số 238/KH-UBND ngày 18/10/2024 của Ủy ban nhân dân thành phố Hải Phòng.")
    assert "truy cập ngày 23/11/2026" in plan.official and plan.warning == ""
    scan = service.item(SCAN).citations
    for form in (scan.official, scan.press, scan.warning):
        assert "Pay manh" not in form and "Đẩy mạnh" not in form and "ối chiếu bản gốc" in form


def test_an_unknown_item_is_not_found(service: SearchService) -> None:
    for item_id in ("khong-co", "", "../etc/passwd", "a\0b", "\ud800"):
        with pytest.raises(NotFoundError):
            service.item(item_id)


def test_overview_counts_are_those_of_the_facets(service: SearchService) -> None:
    overview = service.overview()
    everything = service.search(SearchRequest())
    assert overview.total == everything.total
    fields = {v.code: v.count for v in next(f for f in everything.facets if f.name == "field").values}
    assert {f.code: f.count for f in overview.fields} == {f.code: fields.get(f.code, 0) for f in overview.fields}
    assert sum(kind.count for kind in overview.kinds) == overview.total
    assert len(overview.newest) == 6


@pytest.mark.parametrize("query", ["huyện Cẩm Giàng", "huyen cam giang", "tỉnh Hải Dương", "Tuệ Tĩnh"])
def test_old_and_new_names_of_a_place_find_what_lies_there(query: str, service: SearchService) -> None:
    """The record says neither of some of these: they follow from where it lies."""
    with service.found_records(SearchRequest(query)) as found:
        assert "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot-scan" in found.ids
