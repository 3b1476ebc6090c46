"""Plans: which words must match, what is known before the filters, and which hits are semantic-only.

The first tests plan over five small items in the in-memory engine; the vectors of queries and items are chosen by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer import index_corpus
from kb.engines.open import memory_engines
from kb.library.library import Library, View
from kb.library.store import Store
from kb.ports import Filters, Vector
from search_api.query.interpretation import interpret
from search_api.query.parser import parse_query
from search_api.query.request import SearchRequest
from search_api.query.spans.recognise import recognise
from search_api.retrieval.collection import Collection
from search_api.retrieval.planner import Embed, Plan, plan
from search_api.service import SearchService

ITEMS = {
    "lua": "Hộ dân trồng lúa hữu cơ trên đồng.",
    "tom": "Hộ dân nuôi tôm hữu cơ ven sông.",
    "rac": "Thôn phân loại rác thải nhựa.",
    "duong": "Xã làm đường hoa trước nhà.",
    "ong": "Nhà bác Dương nuôi ong lấy mật.",
}


class AxisEmbedder:
    """Texts of the same item lie on the same axis, and everything else on an axis of its own. It counts its calls."""

    name, digest, dimension = "axes", "0" * 16, len(ITEMS) + 1

    def __init__(self) -> None:
        self.queries: list[str] = []

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        if query:
            self.queries += texts
        axes = [next((at for at, word in enumerate(ITEMS) if f"[{word}]" in text), len(ITEMS)) for text in texts]
        return np.eye(self.dimension, dtype=np.float32)[axes]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    folder: Path = tmp_path_factory.mktemp("plans")
    (folder / "corpus").mkdir()
    for name, text in ITEMS.items():
        (folder / "corpus" / f"{name}.md").write_text(f"---\nkind: practice\ntitle: '[{name}]'\n---\n\n{text}\n", "utf-8")
    library = Library(Store(folder / "s.sqlite"), folder / "i", memory_engines(), AxisEmbedder())
    assert not index_corpus(library, folder / "corpus").failed
    with library.view() as opened:
        yield opened


def planned(view: View, typed: str, near: str = "", *, accents: bool = False) -> Plan:
    """The plan of a query whose meaning is that of the item `near`."""
    collection = Collection(view)
    query = parse_query(typed, collection.values, spans=recognise(typed, collection))
    meant = interpret(query, collection.exists, collection, accents=accents)
    return plan(meant, view, lambda text: view.embedder.encode([f"[{near}] {text}"], query=True)[0])


def view_embed(view: View) -> Embed:
    return lambda text: view.embedder.encode([text], query=True)[0]


def found(view: View, made: Plan) -> set[str]:
    return {hit.id for hit in view.text.search(made.text, Filters(), limit=10).hits}


def test_a_few_words_must_all_match(view: View) -> None:
    made = planned(view, "lúa hữu cơ", near="lua")
    assert found(view, made) == {"lua", "tom"}, "fewer words may match where all of them find little"
    assert [notice.code for notice in made.notices] == ["loosened"] and made.text.minimum_should_match == 2
    assert found(view, planned(view, "hữu cơ", near="lua")) == {"lua", "tom"}, "two words are never loosened"
    assert found(view, planned(view, "lúa cơ", near="lua")) == {"lua"}


def test_an_item_that_matches_no_word_is_a_semantic_only_hit(view: View) -> None:
    made = planned(view, "rác nhựa", near="tom")
    assert set(made.semantic_only) == {"tom"} and made.semantic_only["tom"].best == pytest.approx(1.0)
    assert "tom" not in found(view, made) and "rac" in {hit.id for hit in made.known}
    assert planned(view, "hữu cơ", near="tom").semantic_only == {}, "it matches the words already"


def test_exclusions_hold_for_semantic_only_hits(view: View) -> None:
    assert set(planned(view, "rác nhựa -ong", near="tom").semantic_only) == {"tom"}
    assert planned(view, "rác nhựa -tôm", near="tom").semantic_only == {}


def test_quotation_marks_forbid_semantic_only_hits(view: View) -> None:
    made = planned(view, 'dân "hữu cơ"', near="rac")
    assert made.semantic_only == {} and made.meaning is not None and found(view, made) == {"lua", "tom"}


def test_accents_as_typed_must_be_in_the_text(view: View) -> None:
    assert found(view, planned(view, "đường")) == {"duong"}
    assert found(view, planned(view, "duong")) == {"duong", "ong"}
    made = planned(view, "đường", near="rac", accents=True)
    assert found(view, made) == {"duong"} and made.semantic_only == {}


def test_of_a_sentence_any_word_may_match_and_the_plan_is_bounded(view: View) -> None:
    made = planned(view, "làm sao để trồng được nhiều lúa hữu cơ hơn", near="rac")
    assert made.bounded and [hit.id for hit in made.known][:1] == ["lua"]
    assert found(view, made) == {hit.id for hit in made.known}, "the plan matches just the hits that it kept"
    assert set(made.semantic_only) == {"rac"}


@pytest.mark.parametrize(
    ("typed", "calls"), [("lúa", 1), ("lúa OR tôm", 1), ('"hữu cơ"', 0), ("238/KH-UBND", 0), ("", 0), ('lúa "hữu cơ"', 1)]
)
def test_a_plan_embeds_the_query_once_at_most(typed: str, calls: int, view: View) -> None:
    assert isinstance(view.embedder, AxisEmbedder)
    view.embedder.queries.clear()
    planned(view, typed)
    assert len(view.embedder.queries) == calls


def test_an_unknown_number_is_told(view: View) -> None:
    made = planned(view, "999/KH-UBND")
    assert (made.jump, made.semantic_only, [n.code for n in made.notices]) == ("", {}, ["number_unknown"])


def test_what_matches_without_accents_only_is_a_group_of_its_own(view: View) -> None:
    made = planned(view, "đường")
    assert made.opened == "" and made.dropped is not None
    assert {hit.id for hit in view.text.search(made.dropped, Filters()).hits} == {"ong"}
    assert planned(view, "duong").dropped is None, "without accents there is no such question"


def test_the_group_opens_where_no_accent_agrees(view: View) -> None:
    made = planned(view, "đưỡng hoa")
    assert made.opened == "alone" and found(view, made) == {"duong"}
    assert [notice.code for notice in made.notices] == ["opened"]
    assert planned(view, "đường hoa").opened == ""


def test_a_word_that_would_open_to_everything_stays_closed(view: View) -> None:
    made = planned(view, "hoà")
    assert made.opened == "alone", "one item of five has these letters"
    made = planned(view, "nhá")
    assert made.opened == "" and found(view, made) == set() and made.dropped is not None


def test_the_group_can_be_asked_for(view: View) -> None:
    own = planned(view, "đường", near="rac")
    asked = plan(own.interpretation, view, view_embed(view), dropped=True)
    assert asked.opened == "asked" and found(view, asked) == {"ong"} and asked.semantic_only == {}
    none = plan(planned(view, "duong").interpretation, view, view_embed(view), dropped=True)
    assert found(view, none) == set()


def test_accents_as_typed_find_a_part_of_the_results(service: SearchService) -> None:
    loose = service.search(SearchRequest("duong"))
    strict = service.search(SearchRequest("đường", accents=True))
    assert 0 < strict.total < loose.total
    assert {hit.match.code for hit in strict.hits} <= {"exact", "repaired"}
    facet = next(f for f in strict.facets if f.name == "field")
    for value in facet.values:
        assert service.search(SearchRequest("đường", {"field": (value.code,)}, accents=True)).total == value.count


def test_accents_as_typed_are_none_where_none_are_typed(service: SearchService) -> None:
    bare = service.search(SearchRequest("lua", accents=True))
    assert bare.total < service.search(SearchRequest("lua")).total
