"""The answer on top: a sentence of the corpus, or nothing."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.answers import is_right, own_questions
from kb.library.library import Library
from kb.ports import TextQuery
from search_api.display.item_tokens import ItemTokens, tokenise_item
from search_api.query.interpretation import Interpretation
from search_api.query.parser import Query
from search_api.query.request import SearchRequest
from search_api.retrieval.collection import Collection
from search_api.schema import AnswerOnTop
from search_api.service import SearchService
from search_api.tasks.answer import LEAST_CONFIDENCE, answer_question

KILN = "08-tho-dien-tiet-kiem-lo-nung"
REVOKED = "07-day-nghe-theo-don-dat-hang"


def answer(library: Library, text: str, *ids: str, **changes: object) -> AnswerOnTop | None:
    with library.view() as view:
        ranked = [tokenise_item(dataclasses.replace(view.snapshot.item(item_id), **changes)) for item_id in ids]  # type: ignore[arg-type]
        return answer_question(view, Interpretation(Query(text), "sentence", TextQuery()), ranked, Collection(view).embed)


def sentence(found: AnswerOnTop | None) -> str:
    assert found is not None
    return "".join(segment.text for segment in found.segments)


def test_the_sentence_its_place_and_what_in_it_answers(library: Library) -> None:
    found = answer(library, "Mỗi giờ máy cắt rễ hành xử lý bao nhiêu kg hành?", "08-may-cat-re-hanh", KILN)
    assert sentence(found) == "Mỗi giờ máy xử lý 180 kg hành, bằng mười hai người làm tay."
    assert found and [segment.text for segment in found.segments if segment.hit] == ["180"]
    assert found.card.id == "08-may-cat-re-hanh" and LEAST_CONFIDENCE <= found.confidence < 1
    with library.view() as view:
        assert sentence(found) in view.snapshot.item(found.card.id).blocks[found.block].best


def test_an_answer_to_a_question_without_accents(library: Library) -> None:
    assert "180 kg" in sentence(answer(library, "moi gio may cat re hanh xu ly bao nhieu kg hanh", "08-may-cat-re-hanh"))


@pytest.mark.parametrize("text", [
    "máy cắt rễ hành mỗi giờ xử lý 180 kg hành",  # no question
    "Ông K. chế tạo máy cắt rễ hành có mấy người con?",  # not said
    "Máy cắt rễ hành nặng bao nhiêu kg?",  # another figure with this unit is said
    "Tàu điện ngầm dài bao nhiêu km?",  # another subject
])  # fmt: skip
def test_nothing_rather_than_a_wrong_answer(text: str, library: Library) -> None:
    assert answer(library, text, "08-may-cat-re-hanh", KILN) is None


def test_a_revoked_record_answers_nothing(library: Library) -> None:
    asked = "Trung tâm Dạy nghề Bình Minh Mới kê khống bao nhiêu trường hợp có việc làm?"
    assert answer(library, asked, REVOKED) is None
    assert "189 trường hợp" in sentence(answer(library, asked, REVOKED, status="reviewed"))


def test_no_results_answer_nothing(library: Library) -> None:
    assert answer(library, "Mỗi giờ máy cắt rễ hành xử lý bao nhiêu kg hành?") is None


def test_the_answers_that_are_given_are_right(service: SearchService, library: Library) -> None:
    """On the third of the questions that nothing was fitted on."""
    tokens: dict[str, ItemTokens] = {}
    given = []
    with library.view() as view:
        for asked in own_questions():
            if asked.confirm:
                ids = service.rank(SearchRequest(asked.text), 5)
                for item_id in ids:
                    tokens.setdefault(item_id, tokenise_item(view.snapshot.item(item_id)))
                meant = Interpretation(Query(asked.text), "sentence", TextQuery())
                found = answer_question(view, meant, [tokens[item_id] for item_id in ids], Collection(view).embed)
                if found:
                    given.append(is_right(asked, found.card.id, sentence(found)))
    assert len(given) >= 10 and sum(given) >= 0.9 * len(given)
