"""A pasted nomination: the answer warns of what may be the same achievement, with its grounds; no text is an error."""

from __future__ import annotations

import pytest

from benchmarks.nominations import is_same, read_nominations
from search_api.service import SearchService
from search_api.tasks.nomination import MAX_CHARACTERS, find_numbers, prepare_nomination
from vitext import analyse

CARROTS = "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"


def test_the_judged_nominations(service: SearchService) -> None:
    """The gate: see docs/decisions/0016-already-rewarded.md."""
    nominations = list(read_nominations())
    assert len(nominations) == 40 and sum(bool(d.same) for d in nominations) == 20
    found = wrong = first = 0
    for nomination in nominations:
        answer = service.check_nomination(nomination.text)
        warned = [item.card.id for item in answer.repeated]
        found += any(is_same(item_id, nomination.same) for item_id in warned)
        wrong += sum(not is_same(item_id, nomination.same) for item_id in warned)
        shown = [item.card.id for item in (*answer.repeated, *answer.similar)]
        first += bool(nomination.same) and any(is_same(item_id, nomination.same) for item_id in shown[:3])
    assert found >= 18 and wrong <= 1 and first == 20


def test_grounds_are_named_and_an_award_taken_back_is_said(service: SearchService) -> None:
    text = next(d.text for d in read_nominations() if d.same.startswith("13-luan-chuyen"))
    item = service.check_nomination(text).repeated[0]
    assert item.sure and item.card.status and item.card.status.code == "revoked"
    grounds = "; ".join(item.grounds)
    assert "cùng đơn vị: Ban Giảm nghèo xã Hồng Dụ" in grounds and "cùng số liệu: " in grounds and "52" in grounds
    assert "cùng địa bàn: Huyện Ninh Giang" in grounds


def test_a_record_pasted_whole_is_surely_the_same(service: SearchService) -> None:
    with service.records([CARROTS]) as chosen:
        (record,) = chosen.records()
    answer = service.check_nomination("\n".join(record.paragraphs))
    assert answer.repeated[0].sure and CARROTS in {item.card.id for item in answer.repeated[:2]}
    assert not answer.corrected and not answer.shortened and answer.compared == 102


def test_missing_accents_are_restored_before_comparing(service: SearchService) -> None:
    text = next(d.text for d in read_nominations() if d.form == "unaccented" and d.same)
    answer = service.check_nomination(text)
    assert answer.corrected and answer.repeated


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "a", "12 34 56", "\x00\ud800\u202e", "<script>alert(1)</script>", "ữ" * 5000, ". " * 3000, "lúa " * 30_000],
)
def test_any_text_is_answered(text: str, service: SearchService) -> None:
    answer = service.check_nomination(text)
    assert answer.repeated == []
    assert answer.shortened == (len(text) > MAX_CHARACTERS)


def test_figures_of_a_text() -> None:
    assert find_numbers("1.036 người, 17,5 %, năm 2024, ngày 12/5, 5 xã, số 12, 238/KH, 2025") == ["1036", "17,5%"]


def test_abbreviations_are_expanded() -> None:
    keys = prepare_nomination("HTX rau củ bãi sông Thái Bình").keys
    assert " ".join(analyse("hợp tác xã").folded) in " ".join(keys)
