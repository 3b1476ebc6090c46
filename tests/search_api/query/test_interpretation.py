"""The interpretation of a query: restored accents, expansions, places, quotation marks, and when nothing may be guessed.

The first tests use no index: stubs answer what an interpretation may ask. The others search the corpus.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kb.ports import Term, TextQuery
from search_api.query.accents import restore_accents
from search_api.query.interpretation import Interpretation, interpret
from search_api.query.parser import Query, parse_query
from search_api.query.request import SearchRequest
from search_api.query.spans.recognise import recognise
from search_api.query.spelling import PairCounts, Respelling, Speller
from search_api.schema import SearchAnswer
from search_api.service import SearchService

NOTHING: Callable[[TextQuery], bool] = lambda query: False  # noqa: E731
EVERYTHING: Callable[[TextQuery], bool] = lambda query: True  # noqa: E731


class FixedSpeller(Speller):
    """A speller with one answer; `told` has the value of `found` of every call."""

    def __init__(self, words: str = "") -> None:
        super().__init__(())
        query = parse_query(words)
        self._answer = Respelling(query.free_words, query.free) if words else None
        self.told: list[bool] = []

    def respell(self, pair_counts: PairCounts, query: Query, *, found: bool) -> Respelling | None:
        self.told.append(found)
        return self._answer


@dataclass
class StubCollection:
    """What an interpretation may know of a collection, without an index."""

    speller: Speller = field(default_factory=FixedSpeller)
    place_names: frozenset[tuple[str, ...]] = frozenset()

    def pair_counts(self, firsts: abc.Collection[str], seconds: abc.Collection[str]) -> dict[tuple[str, str], int]:
        return {}

    def knows(self, term: Term) -> bool:
        return False

    def values(self, facet: str) -> tuple[str, ...]:
        return ()

    def numbers_of(self, ordinal: str) -> tuple[str, ...]:
        return ()


class StubIndex:
    """`exists` by a rule; `asked` has every query, as the words of its first variant with phrases in quotes."""

    def __init__(self, rule: Callable[[TextQuery], bool]) -> None:
        self._rule = rule
        self.asked: list[str] = []

    def exists(self, query: TextQuery) -> bool:
        clauses = query.variants[0].clauses
        words = [" ".join(term.accented for term in clause.terms) for clause in clauses]
        self.asked.append(" ".join(f'"{w}"' if c.literal else w for c, w in zip(clauses, words, strict=True)))
        return self._rule(query)


def understand(
    text: str, rule: Callable[[TextQuery], bool], collection: StubCollection | None = None, **options: bool
) -> tuple[Interpretation, list[str]]:
    """(the interpretation, what it asked the index)."""
    index = StubIndex(rule)
    collection = collection or StubCollection()
    spans = () if options.get("typed") else recognise(text, collection)
    return interpret(parse_query(text, spans=spans), index.exists, collection, **options), index.asked


def asked_accents(meant: Interpretation) -> list[str]:
    """What each clause asks of accents."""
    return [clause.accents for clause in meant.text.variants[0].clauses]


def codes(meant: Interpretation) -> list[str]:
    return [notice.code for notice in meant.notices]


def test_a_phrase_that_some_item_holds_stays_quoted() -> None:
    meant, asked = understand('lúa "hữu cơ"', EVERYTHING)
    assert (meant.kind, meant.words, meant.meaning, meant.notices) == ("quoted", ("lúa",), "lúa hữu cơ", ())
    assert asked == ['lúa "hữu cơ"']


def test_a_phrase_stays_quoted_where_the_other_words_can_be_loosened() -> None:
    """Three clauses: the planner may ask for fewer words, so the phrase alone must be held."""
    meant, asked = understand('trồng lúa "hữu cơ"', lambda query: len(query.variants[0].clauses) == 1)
    assert meant.kind == "quoted" and codes(meant) == []
    assert asked == ['trồng lúa "hữu cơ"', '"hữu cơ"']


def test_quotation_marks_that_no_item_fulfils_are_given_up() -> None:
    meant, asked = understand('lúa "hữu cơ" -"thuốc sâu"', NOTHING)
    assert (meant.kind, meant.words, codes(meant)[0]) == ("short", ("lúa", "hữu", "cơ"), "unquoted")
    assert meant.query.text == 'lúa "hữu cơ" -"thuốc sâu"', "the answer repeats what was typed"
    assert len(meant.text.excluded) == 1 and meant.text.excluded[0].literal
    assert asked == ['lúa "hữu cơ"', "lúa hữu cơ"]


def test_a_pasted_headline_with_quotation_marks_is_a_sentence() -> None:
    meant, asked = understand('ấm áp chương trình "xuân biên phòng" ở xã đảo xa', NOTHING)
    assert meant.kind == "sentence" and codes(meant)[0] == "unquoted" and len(asked) == 1


def test_a_phrase_alone_has_nothing_to_guess() -> None:
    meant, asked = understand('"hữu cơ"', NOTHING)
    assert (meant.kind, asked) == ("exact", [])
    assert understand("năm:2024", NOTHING)[0].kind == understand("", NOTHING)[0].kind == "exact"


def test_a_document_number_is_not_guessed() -> None:
    meant, asked = understand("238/KH-UBND", NOTHING)
    assert meant.kind == "number" and meant.number and meant.number.reading.endswith("238/KH-UBND")
    assert asked == [] and meant.loose is None


@pytest.mark.parametrize("typed", ["đường làng", "duong lang"])
def test_accents_as_typed_forbid_every_guess(typed: str) -> None:
    speller = FixedSpeller("đường làng")
    meant, asked = understand(typed, NOTHING, StubCollection(speller), accents=True)
    assert (meant.kind, codes(meant), asked, speller.told) == ("accents", [], [], [])
    assert asked_accents(meant) == ["exact", "exact"] and meant.loose is None
    assert " ".join(meant.words) == meant.meaning == typed


def test_one_accent_gives_every_word_its_accents_and_none_asks_for_all() -> None:
    meant, _ = understand("Hoa nở đỏ", EVERYTHING)
    assert asked_accents(meant) == ["agree"] * 3, "a bare word among accents is meant bare"
    assert meant.loose and [c.accents for c in meant.loose.variants[0].clauses] == ["any"] * 3
    bare, _ = understand("hoa no", EVERYTHING)
    assert set(asked_accents(bare)) == {"any"} and bare.loose is None


def test_one_quoted_word_is_meant_as_typed() -> None:
    assert asked_accents(understand('"hoa"', EVERYTHING)[0]) == ["agree"]
    assert asked_accents(understand('"hop tac xa"', EVERYTHING)[0]) == ["any"], "who types no accents asks for all"
    assert asked_accents(understand('"hợp tác xã"', EVERYTHING)[0]) == ["agree"]


def test_a_few_words_are_short_and_more_are_a_sentence() -> None:
    short, asked = understand("một hai ba bốn năm năm", EVERYTHING)
    assert short.kind == "short" and len(asked) == 1, "five different words"
    long, asked = understand("một hai ba bốn năm sáu", EVERYTHING)
    assert long.kind == "sentence" and asked == [], "no item need hold a whole sentence"


def test_a_respelling_of_a_few_words_is_searched_beside_them() -> None:
    speller = FixedSpeller("lúa hữu cơ")
    meant, asked = understand("lusa hữu cơ", lambda query: query.variants[0].repaired, StubCollection(speller))
    assert meant.respelt and meant.meaning == "lúa hữu cơ" and speller.told == [False]
    assert codes(meant) == ["spelling"] and meant.notices[0].query == "lúa hữu cơ"
    assert asked == ["lusa hữu cơ", "lúa hữu cơ"]


def test_a_respelling_that_no_item_holds_is_dropped() -> None:
    meant, asked = understand("lusa hữu cơ", NOTHING, StubCollection(FixedSpeller("lúa hữu cơ")))
    assert (meant.respelt, meant.meaning, codes(meant)) == (False, "lusa hữu cơ", [])
    assert asked == ["lusa hữu cơ", "lúa hữu cơ"]


def test_a_respelt_sentence_is_searched_as_respelt_only() -> None:
    speller = FixedSpeller("bà con trồng lúa sạch nhờ men vi sinh")
    meant, asked = understand("bà con trồng lusa sạch nhờ men vi sinh", NOTHING, StubCollection(speller))
    assert (meant.kind, meant.respelt, codes(meant), asked) == ("sentence", True, ["respelt"], [])


def test_the_speller_is_told_what_was_found() -> None:
    speller = FixedSpeller()
    understand("lúa", EVERYTHING, StubCollection(speller))
    understand("lúa", NOTHING, StubCollection(speller))
    assert speller.told == [True, False]


@pytest.mark.parametrize("query", ["HTX nong nghiep", "mo hinh trong lua", "lusa hữu cơ"])
def test_typed_forbids_every_guess(query: str) -> None:
    speller = FixedSpeller("khác hẳn")
    meant, asked = understand(query, NOTHING, StubCollection(speller), typed=True)
    assert (len(meant.text.variants), meant.meaning, codes(meant), asked, speller.told) == (1, "", [], [], [])


def test_alternatives_are_not_guessed() -> None:
    meant, asked = understand("HTX OR lua", NOTHING)
    assert (meant.kind, meant.words, len(meant.text.variants), asked) == ("short", ("lua",), 2, [])


def test_accents_are_restored_and_embedded() -> None:
    meant, asked = understand("mo hinh trong lua", EVERYTHING)
    assert meant.restored and meant.meaning.endswith("trồng lúa") and "restored" in codes(meant)
    assert [term.accented for term in meant.terms][-2:] == ["trồng", "lúa"] and len(asked) == 1
    assert set(asked_accents(meant)) == {"any"}, "restored accents decide the order, not what matches"


def test_an_abbreviation_is_embedded_as_what_it_means() -> None:
    meant, _ = understand("HTX chăn nuôi", EVERYTHING)
    assert codes(meant)[0] == "expanded" and meant.meaning.startswith("hợp tác xã")
    clause = meant.text.variants[0].clauses[0]
    assert [term.accented for term in clause.others[0]] == ["hợp", "tác", "xã"] and clause.terms[0].folded == "htx"


def test_places_are_named() -> None:
    collection = StubCollection(place_names=frozenset({("kien", "an")}))
    meant, _ = understand("điển hình ở Kiến An", EVERYTHING, collection)
    assert [[term.accented for term in place.terms][-2:] for place in meant.places] == [["kiến", "an"]]


def test_problems_and_cuts_are_told() -> None:
    meant, _ = understand("năm:xanh " + "lúa " * 200, EVERYTHING)
    assert codes(meant)[:2] == ["ignored", "shortened"]


def notices(answer: SearchAnswer) -> dict[str, str]:
    return {notice.code: notice.query for notice in answer.notices}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mo hinh trong lua huu co", "mô hình trồng lúa hữu cơ"),
        ("phu nu lam vuon", "phụ nữ làm vườn"),
    ],
)
def test_missing_accents_are_restored_with_a_notice(typed: str, meant: str, service: SearchService) -> None:
    answer = service.search(SearchRequest(typed))
    assert notices(answer)["restored"] == meant
    as_typed = service.search(SearchRequest(typed, typed=True))
    assert "restored" not in notices(as_typed)
    with_accents = service.search(SearchRequest(meant))
    assert answer.hits[0].card.id == with_accents.hits[0].card.id


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


def test_the_words_of_a_span_are_wanted_like_plain_ones() -> None:
    """A synonym makes "phân loại rác" a span; its words are wanted as if it had none. Words that only say a kind are not."""

    def wanted(text: str) -> list[str]:
        return [term.accented for term in understand(text, EVERYTHING)[0].wanted]

    assert wanted("phân loại rác") == ["phân", "loại", "rác"]
    assert wanted("cách làm hay về trồng lúa") == ["trồng", "lúa"]
    assert wanted("trồng lúa lúa") == ["trồng", "lúa"]
