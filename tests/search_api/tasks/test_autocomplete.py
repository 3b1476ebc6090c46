"""Suggestions: with or without accents, in any order of the words, fast for any collection, and parsed as they say."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.store import Store
from kb.papers import vocabulary
from search_api.query.parser import parse_query
from search_api.query.request import SearchRequest
from search_api.schema import Suggestion
from search_api.service import SearchService
from search_api.tasks.autocomplete import MAX_SHOWN, Name, Names
from tests.work import cpu_seconds


def of(service: SearchService, typed: str, kind: str = "") -> list[Suggestion]:
    found = service.suggest(typed).suggestions
    assert len(found) <= MAX_SHOWN
    return [s for s in found if not kind or s.kind == kind]


@pytest.mark.parametrize("typed", ["hop tac", "hợp tác", "HOP TAC", "tác hợp", "hợp tá"])
def test_titles_without_accents_in_any_case_and_order(typed: str, service: SearchService) -> None:
    assert "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot" in {s.id for s in of(service, typed, "title")}


def test_accents_that_agree_come_first(service: SearchService) -> None:
    titles = [s.text.lower() for s in of(service, "mùa")]
    assert titles and "mùa" in titles[0]


@pytest.mark.parametrize("typed", ["238", "238/kh", "238-KH-UBND", "238 kh ub"])
def test_numbers_of_papers(typed: str, service: SearchService) -> None:
    assert [(s.text, s.id) for s in of(service, typed, "number")] == [("238/KH-UBND", "238-kh-ubnd")]


def test_places_old_and_new_and_units(service: SearchService) -> None:
    assert "Xã Tuệ Tĩnh, thành phố Hải Phòng" in {s.text for s in of(service, "tue ti", "place")}
    assert "Huyện Cẩm Giàng, tỉnh Hải Dương" in {s.text for s in of(service, "cam giang", "place")}
    assert "Ban Quản lý chợ Cầu Vồng" in {s.text for s in of(service, "chợ cầu", "issuer")}


@pytest.mark.parametrize(
    "typed",
    ["tue tinh", "chợ cầu", "lĩnh vực:y", "nong ngh", "năm:20", "địa bàn:cẩm", "loại:", "trạng thái:đã", "cơ quan:chợ"],
)
def test_a_suggested_query_is_parsed_as_just_that(typed: str, service: SearchService, library: Library) -> None:
    with library.view() as view:
        from kb.ports import Filters, TextQuery

        def values(facet: str) -> list[str]:
            return list(view.text.count_facets(TextQuery(), Filters(), (facet,))[facet])

        queries = [s for s in of(service, typed) if s.query]
        assert queries
        for suggestion in queries:
            query = parse_query(suggestion.query, values)
            assert query.problems == () and query.variants == () and len(query.constraints) == 1, suggestion
            ((facet, chosen),) = query.constraints[0].facets.items()
            assert suggestion.text in {vocabulary.label(facet, code) for code in chosen}
            assert service.search(SearchRequest(suggestion.query)).total >= int(suggestion.hint.split()[0])


def test_what_stands_before_the_field_stays(service: SearchService) -> None:
    (found,) = of(service, "trồng lúa  địa bàn:tuệ")
    assert found.query == 'trồng lúa địa bàn:"Xã Tuệ Tĩnh, thành phố Hải Phòng"'


def test_the_names_of_fields_are_offered(service: SearchService) -> None:
    assert of(service, "lúa lĩn", "syntax")[0].query == "lúa lĩnh vực:"
    assert of(service, "dia b", "syntax")[0].query == "địa bàn:"


@pytest.mark.parametrize(
    "typed",
    ["", " ", "a", '"', ".*+?^$()[]", "\\", "\x00\ud800\u202e", "zzzz qqqq", "a" * 10_000, "<script>", "số:", "x:y:z"],
)
def test_nothing_to_suggest(typed: str, service: SearchService) -> None:
    assert of(service, typed) == []


def test_internal_items_are_not_suggested(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "kin.md").write_text("---\ntitle: Hồ sơ kín\nunit: Tổ Bí Mật\ninternal: true\n---\nMột việc kín.\n", "utf-8")
    (corpus / "mo.md").write_text("---\ntitle: Hồ sơ mở\nunit: Tổ Công Khai\n---\nMột việc mở.\n", "utf-8")
    library = Library(Store(tmp_path / "s"), tmp_path / "i", memory_engines(), open_embedder(), internal=False)
    index_corpus(library, corpus)
    service = SearchService(library)
    assert [s.text for s in of(service, "ho so", "title")] == ["Hồ sơ mở"] and of(service, "bí mật") == []
    assert [s.text for s in of(service, "công khai")] == ["Tổ Công Khai"]
    assert service.check_nomination("Tổ Bí Mật làm một việc kín").compared == 1
    shown = {a.card.id for a in service.arrivals(SearchRequest(), 10).arrivals}
    with service.records(["kin", "mo"]) as chosen:
        assert shown == {"mo"} == set(chosen.ids)


def test_a_hundred_thousand_titles_are_searched_with_little_work() -> None:
    words = ["mô hình", "trồng lúa", "hợp tác xã", "y tế thôn", "học sinh", "cải cách", "làng nghề", "phòng cháy"]
    names = Names(Name("title", f"{words[n % 8]} {words[n // 8 % 8]} số {n}", str(n)) for n in range(100_000))
    for typed in (["lua", "so", "777"], ["mo"], ["zzz"], ["hop", "tac", "xa", "y"], ["so"]):
        assert cpu_seconds(partial(list, names.find(typed))) < 0.5, typed


@pytest.mark.parametrize("typed", ["Hà Nội: Vĩnh", "Quảng Nam: 20", "phuong nam: 20", "Đồng Nai -hữu"])
def test_no_text_is_taken_for_a_field_or_sought_when_excluded(typed: str, service: SearchService) -> None:
    assert not [s for s in of(service, typed) if s.kind != "syntax"]


@pytest.mark.parametrize(("typed", "kept"), [
    ("lúa năm:20", "lúa "), ("lúa năm: 20", "lúa "), ("lua nam:20", "lua "), ("Năm: 20", ""), ("linh vuc: y", ""),
])  # fmt: skip
def test_a_field_behind_words_leaves_the_words(typed: str, kept: str, service: SearchService) -> None:
    found = of(service, typed)
    assert found and all(s.query.startswith((f"{kept}năm:", f"{kept}lĩnh vực:")) for s in found)
