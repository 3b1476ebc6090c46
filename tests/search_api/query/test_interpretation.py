"""The interpretation of a query: restored accents, expansions, places, quotation marks, and when nothing may be guessed.

The first tests use no index: stubs answer what an interpretation may ask. The others search the corpus.
"""

from __future__ import annotations

import pytest

from search_api.query.interpretation import restore_accents
from search_api.query.request import SearchRequest
from search_api.schema import SearchAnswer
from search_api.service import SearchService


def notices(answer: SearchAnswer) -> dict[str, str]:
    return {notice.code: notice.query for notice in answer.notices}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mo hinh trong lua huu co", "mô hình trồng lúa hữu cơ"),
        ("cai cach hanh chinh", "cải cách hành chính"),
        ("thi dua khen thuong", "thi đua khen thưởng"),
    ],
)
def test_missing_accents_are_restored_with_a_notice(typed: str, meant: str, service: SearchService) -> None:
    answer = service.search(SearchRequest(typed))
    assert notices(answer)["restored"] == meant
    as_typed = service.search(SearchRequest(typed, typed=True))
    assert "restored" not in notices(as_typed)
    with_accents = service.search(SearchRequest(meant))
    assert [h.card.id for h in answer.hits[:3]] == [h.card.id for h in with_accents.hits[:3]]


@pytest.mark.parametrize("typed", [("mô", "hinh"), ("wifi",), ("mo",), ("Zalo", "OA")])
def test_no_accents_are_restored_where_they_are_doubtful(typed: tuple[str, ...]) -> None:
    assert restore_accents(typed) == ()


def test_an_abbreviation_is_expanded(service: SearchService) -> None:
    short = service.search(SearchRequest("HTX nông nghiệp"))
    assert "hợp tác xã" in notices(short)["expanded"]
    assert any(hit.match.code == "synonym" for hit in short.hits)
    assert "expanded" not in notices(service.search(SearchRequest("HTX nông nghiệp", typed=True)))


def test_quoted_words_are_taken_as_typed(service: SearchService) -> None:
    for query in ('"HTX"', '"mo hinh"', '-HTX "lúa"'):
        assert not {"expanded", "restored", "spelling", "respelt"} & set(notices(service.search(SearchRequest(query))))


def test_a_phrase_that_nobody_writes_is_searched_as_words_and_said(service: SearchService) -> None:
    answer = service.search(SearchRequest('lúa "hữu cơ bay lượn"'))
    assert "unquoted" in notices(answer) and answer.hits and answer.query == 'lúa "hữu cơ bay lượn"'


def test_what_is_left_out_in_quotes_stays_out_when_quotes_are_given_up(service: SearchService) -> None:
    answer = service.search(SearchRequest('lúa "hữu cơ bay lượn" -"thuốc sâu"'))
    assert "unquoted" in notices(answer) and answer.hits
    assert "04-lua-huu-co-tha-vit" not in {hit.card.id for hit in answer.hits}, "its title says thuốc sâu"


def test_a_place_comes_before_what_is_like_it(service: SearchService) -> None:
    answer = service.search(SearchRequest("điển hình ở quận Kiến An"))
    attributes = [" ".join(a.value for a in service.item(hit.card.id).attributes) for hit in answer.hits[:3]]
    assert sum("Kiến An" in text for text in attributes) >= 2, attributes


def test_a_question_is_answered_although_nobody_holds_its_words(service: SearchService) -> None:
    question = "làm thế nào để nông dân bán được lúa sạch với giá cao hơn mà không dùng thuốc sâu?"
    answer = service.search(SearchRequest(question))
    assert answer.hits[0].card.id == "04-lua-huu-co-tha-vit"
    pages = [service.search(SearchRequest(question, page=page)) for page in range(1, answer.pages + 1)]
    shown = [hit.card.id for page in pages for hit in page.hits]
    assert len(shown) == len(set(shown)) == answer.total
