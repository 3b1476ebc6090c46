from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import Damage, Step, combine, fold, measure_damage, repair, replay

ROOT = Path(__file__).parent.parent.parent
CLEAN = (ROOT / "corpus/documents/238-KH-UBND.md").read_text("utf-8")
SCAN = (ROOT / "corpus/documents/43-KH-LMHTX.scan.txt").read_text("utf-8")
BLOCKS = [block for block in CLEAN.split("\n\n") if len(block.split()) >= 12 and "UBND TP" not in block]


def test_the_scan_is_poor_and_the_plan_is_good() -> None:
    scan = combine(measure_damage(block) for block in SCAN.split("\n\n"))
    plan = combine(measure_damage(block) for block in CLEAN.split("\n\n"))
    assert (scan.kind, scan.quality) == ("ocr", "poor")
    assert 0.7 < scan.share < 0.9, "the scan's syllable error rate is .828"
    assert (plan.kind, plan.quality) == ("clean", "good")


def test_no_block_of_the_plan_is_called_damaged() -> None:
    assert [b for b in BLOCKS if measure_damage(b).kind != "clean"] == []


def test_every_long_block_of_the_scan_is_called_damaged() -> None:
    blocks = [b for b in SCAN.split("\n\n") if len(b.split()) >= 25]
    assert len(blocks) > 15
    assert [b for b in blocks if measure_damage(b).kind != "ocr"] == []


def test_stripped_text_is_unaccented_not_destroyed() -> None:
    for block in BLOCKS:
        found = measure_damage(fold(block))
        assert (found.kind, found.quality) == ("unaccented", "fair")


def test_one_destroyed_page_shows_in_twenty() -> None:
    pages = [measure_damage(CLEAN)] * 9 + [measure_damage(SCAN)]
    found = combine(pages)
    assert found.kind == "ocr" and found.quality == "fair"


def test_a_short_block_is_left_to_its_neighbours() -> None:
    assert measure_damage("Nơi nhận:").kind == "short"
    assert combine([measure_damage("Nơi nhận:"), measure_damage(CLEAN)]) == combine([measure_damage(CLEAN)])
    assert combine([]).kind == "short"


def test_the_reason_is_a_sentence_with_figures() -> None:
    assert "%" in measure_damage(SCAN).reason and measure_damage(SCAN).reason.endswith(".")


@given(st.text())
def test_damage_never_raises_and_stays_in_range(text: str) -> None:
    found = measure_damage(text)
    assert isinstance(found, Damage) and 0 <= found.share <= 1


@given(st.text())
def test_repair_is_idempotent_deterministic_and_replays(text: str) -> None:
    repaired = repair(text)
    assert repair(text) == repaired
    assert repair(repaired.text).text == repaired.text
    assert repair(repaired.text).steps == ()
    assert replay(text, repaired.steps) == repaired.text


def test_clean_text_is_unchanged() -> None:
    for block in BLOCKS:
        assert repair(block).text == block and repair(block).steps == ()


def test_the_damage_of_a_repaired_text_is_that_of_the_original() -> None:
    repaired = repair(SCAN)
    assert repaired.damage.quality == "poor"
    assert measure_damage(repaired.text).kind == "clean"
    assert repaired.text.count("\n") == SCAN.count("\n")


@pytest.mark.parametrize("word", ["Đẩy mạnh", "tuyên truyền", "thi đua “yêu nước” – 2025"])
def test_mojibake_round_trip(word: str) -> None:
    broken = word.encode("utf-8").decode("latin-1")
    assert repair(broken).text == word


def test_replay_refuses_another_text() -> None:
    with pytest.raises(ValueError, match="place_tones"):
        replay("hòa", [Step("place_tones", 0, 3, "hoà", "hòa")])
