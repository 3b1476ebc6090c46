""" "Ý bạn là": slips of the keyboard, of Telex, and of recognition, in the collection's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.semantic_floor import cases
from kb.engines.open import memory_engines
from kb.ports import Term
from search_api.query.parser import parse_query
from search_api.query.request import SearchRequest
from search_api.query.spans.span import Span
from search_api.query.spelling import Speller, correct_damaged, slips
from search_api.service import SearchService
from tests.corpus.test_corpus import RECORDS
from tests.search_api.display.test_item_text import open_service
from vitext import fold


def suggestion(service: SearchService, query: str) -> list[str]:
    return [n.query for n in service.search(SearchRequest(query)).notices if n.code in ("spelling", "respelt")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Pay manh cdng tac tuyén truyén", "đẩy mạnh công tác tuyên truyền"),
        ("Pay manh", "đẩy mạnh"),
        ("HQP TAC XA", "hợp tác xã"),
        ("hop tac xz", "hợp tác xã"),
        ("lusa hữu cơ", "lúa hữu cơ"),
        ("mo hinh trogn lua", "mô hình trồng lúa"),
        ("cai cach hanh chinhs", "cải cách hành chính"),
        ("tuyeen truyeenf", "tuyên truyền"),
        ("khen thuowrng", "khen thưởng"),
        ("ngân hàng máuu sống", "ngân hàng máu sống"),
        ("giao vien mam nno", "giáo viên mầm non"),
        ("nguoi cao tuoi kham b3nh", "người cao tuổi khám bệnh"),
        ("hgi nong dan", "hội nông dân"),
        ("phong chay chfta chay", "phòng cháy chữa cháy"),
        ("nang cao chat lvgng", "nâng cao chất lượng"),
    ],
)
def test_slips_are_respelt(typed: str, meant: str, service: SearchService) -> None:
    assert suggestion(service, typed) == [meant]


@pytest.mark.parametrize(
    "query",
    [
        "Zalo",
        "Facebook",
        "wifi",
        "COVID-19",
        "iPhone 15",
        "QUYET D!NH",
        "zzzzqqq",
        "x",
        "238",
        "Nguyễn Văn A",
        "how to make",
        "machine learning",
        "bao hiém y té",
        "tuyên truyen phap luật",
    ],
)
def test_what_is_no_slip_is_left_alone(query: str, service: SearchService) -> None:
    assert suggestion(service, query) == []


def test_clean_and_plain_queries_are_left_alone(service: SearchService) -> None:
    """Every title of the corpus and every query of the meaning set, with accents and without: no suggestion at all."""
    titles = [service.item(path.stem).card.title for path in RECORDS]
    queries = [*titles, *(query for query, _ in cases())]
    wrong = [(query, found) for query in (*queries, *map(fold, queries)) if (found := suggestion(service, query))]
    assert wrong == []


def respelt(speller: Speller, typed: str, *spans: Span) -> str:
    respelling = speller.respell(lambda firsts, seconds: {}, parse_query(typed, spans=spans), found=False)
    return respelling.text if respelling else ""


def test_known_abbreviations_are_no_slips() -> None:
    words = ["năm", "cọp", "kim", "nuôi", "đường"]
    speller = Speller((word, fold(word), 50) for word in words)
    assert respelt(speller, "nnuôi") == "nuôi", "what is a slip is respelt"
    for typed in ("NTM", "OCOP"):
        assert respelt(speller, typed) == "", typed


def test_words_of_spans_stay() -> None:
    speller = Speller((word, fold(word), 50) for word in ("nuôi", "trồng", "rươi"))
    assert respelt(speller, "nuooi trogn") == "nuôi trồng"
    span = Span("name", 6, 11, ((Term("trogn", "trogn"),),), "trogn")
    assert respelt(speller, "nuooi trogn", span) == "nuôi", "only the plain words are told"


def test_quotes_and_the_visitor_forbid_respelling(service: SearchService) -> None:
    assert suggestion(service, '"Pay manh"') == []
    typed = service.search(SearchRequest("Pay manh", typed=True))
    assert not [n for n in typed.notices if n.code in ("spelling", "respelt")]
    assert "repaired" not in {hit.match.code for hit in typed.hits}


def test_the_table_of_slips_is_sorted_unique_and_shown_by_examples() -> None:
    rows = [(seen, meant) for seen, meant, _ in slips()]
    assert rows == sorted(set(rows))
    assert all(cost > 0 and seen != meant for seen, meant, cost in slips())


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("Pay manh cdng tac tuyén truyén", "đẩy mạnh công tác tuyên truyền"),
        ("đẩy mạnh công tác", ""),
        ("day manh cong tac", ""),
        ("Zalo Facebook", ""),
        ("238 2024", ""),
        ("", ""),
    ],
)
def test_only_a_damaged_query_is_corrected(typed: str, corrected: str) -> None:
    found = correct_damaged(tuple(typed.split()))
    assert " ".join(word for word, _ in found.values()) == corrected


def test_the_correction_of_a_damaged_query_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of slips does not know these letters: the corrector proposes, and the collection's own words agree."""
    service = open_service(tmp_path, memory_engines(), a="Phong trào thi đua yêu nước trong các hợp tác xã.")
    monkeypatch.setattr("search_api.query.spelling.correct_damaged", lambda typed: {})
    assert suggestion(service, "thi mlfc") == []
    corrections = {"mlfc": "nước", "hgp": "hội", "thi": "thứ"}
    monkeypatch.setattr(
        "search_api.query.spelling.correct_damaged",
        lambda typed: {at: (corrections[word], 1.0) for at, word in enumerate(typed) if word in corrections},
    )
    assert suggestion(service, "yêu mlfc") == ["yêu nước"]
    assert [hit.match.code for hit in service.search(SearchRequest("yêu mlfc")).hits] == ["repaired"]
    assert suggestion(service, "hgp tác xã") == ["hợp tác xã"], "the collection's own words choose, not the corrector"
    assert suggestion(service, "thi đua") == [], "found as typed: nothing is offered"
