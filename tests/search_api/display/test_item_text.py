"""Search over machine-corrected texts: every version finds them, badges tell them apart, doubtful words are marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer import index_corpus
from indexer import repair as repair_step
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines, memory_engines
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import EngineSet
from search_api.display.cards import explain_quality, warn_of_correction
from search_api.display.counts import show_share
from search_api.query.request import SearchRequest
from search_api.schema import SearchAnswer, TextBlock
from search_api.service import SearchService
from tests.fake_corrector import correct_blocks
from tests.search_api.retrieval.test_result_set import check_pages

CLEAN = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước.\n\nNhân rộng điển hình."
SCAN = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc.\n\nQuy khen thudng cua thanh pho"
OTHER = "Day mảnh cống tạc tuyến truyện của một người khác."
BAD = "Kinh nghi1em <b>xau</b> thudng"


@pytest.fixture(params=["embedded", "memory"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SearchService:
    """Four papers; the fake corrects the damaged ones."""
    monkeypatch.setattr(repair_step, "repair_blocks", correct_blocks)
    engines = embedded_engines() if request.param == "embedded" else memory_engines()
    return open_service(tmp_path, engines, lanh=CLEAN, quet=SCAN, khac=OTHER, hong=BAD)


def open_service(folder: Path, engines: EngineSet, **files: str) -> SearchService:
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, text in files.items():
        (corpus / f"{name}.txt").write_text(text, "utf-8")
    library = Library(Store(folder / "s.sqlite"), folder / "i", engines, open_embedder())
    assert not index_corpus(library, corpus).failed
    return SearchService(library)


def badges(answer: SearchAnswer) -> dict[str, str]:
    return {hit.card.id: hit.match.code for hit in answer.hits if hit.match.code != "semantic"}


def marked(answer: SearchAnswer, item_id: str) -> list[str]:
    hit = next(hit for hit in answer.hits if hit.card.id == item_id)
    return [segment.text for snippet in hit.snippets for segment in snippet.segments if segment.hit]


def test_a_sentence_tells_which_accents_agree(service: SearchService) -> None:
    answer = service.search(SearchRequest("đẩy mạnh công tác tuyên truyền"))
    assert badges(answer) == {"lanh": "exact", "quet": "repaired", "khac": "folded"}
    assert answer.hits[0].card.id == "lanh", "of a sentence any word is enough; accents decide the order"
    assert marked(answer, "quet") == ["Đẩy mạnh công tác tuyên truyền"], "the correction is shown, not the damaged letters"


def test_other_accents_in_clean_print_are_a_group_of_their_own(service: SearchService) -> None:
    answer = service.search(SearchRequest("công tác tuyên truyền"))
    assert set(badges(answer)) == {"lanh", "quet"} and answer.group and answer.group.total == 1
    group = service.search(SearchRequest("công tác tuyên truyền", dropped=True))
    assert badges(group) == {"khac": "folded"} and group.group and group.group.opened == "asked"


def test_words_without_accents_are_found_as_printed_or_as_corrected(service: SearchService) -> None:
    assert badges(service.search(SearchRequest("phong trao thi dua"))) == {"lanh": "folded", "quet": "exact"}
    assert badges(service.search(SearchRequest("khen thuong"))) == {"quet": "repaired"}


def test_damaged_letters_find_their_correction_and_mark_it(service: SearchService) -> None:
    answer = service.search(SearchRequest("Pay manh cdng tac", typed=True))
    assert badges(answer) == {"quet": "exact"} and marked(answer, "quet") == ["Đẩy mạnh công tác"]


def test_the_alternative_of_a_guess_is_found(service: SearchService) -> None:
    answer = service.search(SearchRequest("quỹ khen thưởng"))
    assert badges(answer) == {"quet": "repaired"} and marked(answer, "quet") == ["Quý khen thưởng"]
    assert badges(service.search(SearchRequest('"quỹ khen"'))) == {"quet": "repaired"}
    assert badges(service.search(SearchRequest('"tuyến truyền"'))) == {}, "doubtful, but no guess: its alternative is not"


def test_the_set_is_one_set(service: SearchService) -> None:
    for query in ("khen thưởng", "đẩy mạnh", "quỹ", "Pay manh cdng tac tuyén truyén", "thi đua -khen"):
        whole = service.search(SearchRequest(query))
        check_pages(service, SearchRequest(query), whole)
        for facet in whole.facets:
            for value in facet.values:
                assert service.search(SearchRequest(query, {facet.name: (value.code,)})).total == value.count


def block_with(service: SearchService, item_id: str, text: str, query: str = "") -> TextBlock:
    blocks = service.item(item_id, query).blocks
    return next(block for block in blocks if text in "".join(s.text for s in block.segments))


def test_an_item_shows_both_versions_with_hits_and_doubts(service: SearchService) -> None:
    block = block_with(service, "quet", "Đẩy mạnh", "đẩy mạnh công tác tuyên truyền")
    assert "".join(s.text for s in block.segments).startswith("Đẩy mạnh công tác tuyên truyền phong trao")
    assert "".join(s.text for s in block.original) == SCAN.split("\n\n")[0]
    assert "".join(s.text for s in block.segments if s.hit) == "Đẩy mạnh công tác tuyên truyền"
    assert "".join(s.text for s in block.original if s.hit) == "Pay manh cdng tac tuyén truyén", "in both versions"
    (doubt,) = block.doubts
    assert [s.text for s in block.segments if s.doubt == 0] == [doubt.after] == ["tuyên"]
    assert [s.text for s in block.original if s.doubt == 0] == [doubt.before] == ["tuyén"]
    assert (doubt.confidence, doubt.guess, doubt.alternatives[0].text) == (0.95, False, "tuyến")
    assert sum(s.hit and not s.more for s in block.segments) == 1, "a hit cut at a doubtful word is one hit"
    assert block.corrected == 6 and service.item("quet", "đẩy mạnh công tác tuyên truyền").hits == 1


def test_damaged_letters_of_the_query_are_marked_in_both_versions(service: SearchService) -> None:
    block = block_with(service, "quet", "Quý", "Quy khen thudng")
    assert "".join(s.text for s in block.segments if s.hit) == "Quý khen thưởng"
    assert "".join(s.text for s in block.original if s.hit) == "Quy khen thudng"


def test_how_reliable_the_correction_is(service: SearchService) -> None:
    item = service.item("quet")
    assert item.correction and (item.correction.corrected, item.correction.uncertain, item.correction.guesses) == (9, 2, 1)
    assert item.correction.syllables == 18 and item.correction.share == pytest.approx(2 / 18)
    assert item.correction.warning == (
        "Văn bản do máy đọc lại, 2 âm tiết chưa chắc chắn, đối chiếu bản gốc trước khi trích dẫn."
    )
    assert item.quality_reason.endswith("11 % âm tiết chưa chắc chắn.")
    assert (
        "văn bản do máy đọc lại, 2 âm tiết chưa chắc chắn, đối chiếu bản gốc trước khi trích dẫn" in item.citations.official
    )
    clean = service.item("lanh")
    assert clean.correction is None and "máy đọc lại" not in clean.citations.official + clean.quality_reason
    assert all(not block.original and not block.doubts for block in clean.blocks)


def test_none_one_and_many_doubts_are_said_in_vietnamese(service: SearchService) -> None:
    with service._library.view() as view:
        item = view.snapshot.item("quet")
    sure = item.with_(blocks=item.blocks[:1])
    assert "2 âm tiết" in warn_of_correction(item) and "1 âm tiết" in warn_of_correction(sure)
    none = item.with_(blocks=(replace(item.blocks[0], doubts=()),))
    assert warn_of_correction(none) == "Văn bản do máy đọc lại, đối chiếu bản gốc trước khi trích dẫn."
    assert "chưa chắc chắn" not in explain_quality(none, 12)
    many = item.with_(blocks=(replace(item.blocks[0], doubts=item.blocks[0].doubts * 1263),))
    assert "1.263 âm tiết" in warn_of_correction(many)
    corrected = item.with_(blocks=(replace(item.blocks[0], edited="Đã hiệu đính"),))
    assert warn_of_correction(corrected) == ""
    assert show_share(0.126) == "13 %" and show_share(0.0044) == "0,4 %"
