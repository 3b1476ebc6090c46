"""Readings of a block: which there are, how places are followed between them, how they are stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.item import Block, Item, Source
from kb.library.alignment import original_span, pair_words
from kb.library.index_document import index_document
from kb.library.store import Store
from kb.library.word_counts import count_words
from tests.fake_corrector import correct
from vitext import SURE_CONFIDENCE, measure_damage


def block(original: str) -> Block:
    """A block as the indexer makes it, read by the fake."""
    result = correct(original)
    repaired = result.text if result.text != original else None
    doubts = tuple(word for word in result.words if word.confidence < SURE_CONFIDENCE)
    return Block(1, original, repaired=repaired, corrected=len(result.words), doubts=doubts)


def item(*blocks: Block) -> Item:
    return Item("x", "document", "Tên", Source("x", ""), blocks)


def test_a_block_has_every_distinct_version_once() -> None:
    assert Block(1, "Đẩy mạnh").versions == ("Đẩy mạnh",)
    assert block("Pay manh").versions == ("Đẩy mạnh", "Pay manh")
    assert block("Pay tuyén").versions == ("Đẩy tuyên", "Pay tuyén"), "not sure, but no guess: no alternative"
    guessed = block("Quy khen thudng")
    assert guessed.versions == ("Quý khen thưởng", "Quy khen thudng", "Quỹ khen thưởng")
    assert guessed.printed == ("Quy khen thudng",)
    corrected = replace(guessed, edited="Quỹ khen thưởng.")
    assert corrected.best == "Quỹ khen thưởng."
    assert corrected.printed == ("Quỹ khen thưởng.", "Quy khen thudng")


def test_a_word_that_stays_may_be_doubtful() -> None:
    word = correct("Quy").words[0]._replace(after="Quy", end=3)
    same = Block(1, "Quy", corrected=1, doubts=(word,))
    assert same.versions == ("Quy", "Quỹ")
    assert item(same).machine_corrected and not item(Block(1, "Quy")).machine_corrected


@pytest.mark.parametrize(
    ("original", "reading", "pairs"),
    [
        ("", "", []),
        ("a b", "x y", [("x", "a"), ("y", "b")]),
        ("a\nb c", "x\ny z", [("x", "a"), ("y", "b"), ("z", "c")]),
        ("tuyên tru yền thi", "tuyên truyền thi", [("tuyên", "tuyên"), ("truyền", "tru yền"), ("thi", "thi")]),
        ("a b", "a\nb", []),
    ],
)
def test_words_are_paired_line_by_line(original: str, reading: str, pairs: list[tuple[str, str]]) -> None:
    found = pair_words(original, reading)
    assert [(reading[p.start : p.end], original[p.original_start : p.original_end]) for p in found] == pairs


@pytest.mark.parametrize(
    ("original", "repaired", "sought", "seen"),
    [
        ("S6:43 /KH - LMHTX", "Số:43 /KH - LMHTX", "43 /KH - LMHTX", "43 /KH - LMHTX"),
        ("K& hoach so 238/KH-UBND", "Kế hoạch số 238/KH-UBND", "238/KH-UBND", "238/KH-UBND"),
        ("m0’1 guong", "mới gương", "mới", "m0’1"),
        ("(vide) x", "(việc) x", "việc", "vide"),
        ("a\nngudi tbt, viéc", "à\nngười tốt, việc", "tốt", "tbt"),
        ("viéc tot gop", "việc tốt góp", "việc tốt góp", "viéc tot gop"),
        ("nu6'c ngoai", "nước ngoài", "ngoài", "ngoai"),
    ],
)
def test_a_place_is_followed_to_the_letters_as_recognised(original: str, repaired: str, sought: str, seen: str) -> None:
    start = repaired.index(sought)
    span = original_span(Block(1, original, repaired=repaired), start, start + len(sought))
    assert original[slice(*span)] == seen


def test_where_lines_differ_the_whole_block_is_the_place() -> None:
    assert original_span(Block(1, "S6: 1/KH", repaired="x\nSố: 1/KH"), 2, 5) == (0, 8)
    assert original_span(Block(1, "không sửa"), 2, 5) == (2, 5)


_LETTERS = st.text(alphabet="ab đẩ\n\t1", max_size=30)


@given(_LETTERS, _LETTERS, st.integers(0, 30), st.integers(1, 30))
def test_a_place_is_always_inside(original: str, repaired: str, start: int, length: int) -> None:
    a, b = original_span(Block(1, original, repaired=repaired), start, start + length)
    assert 0 <= a <= b <= len(original)
    pairs = pair_words(original, repaired)
    assert [p.start for p in pairs] == sorted(p.start for p in pairs)
    assert all(p.start < p.end and p.original_start < p.original_end for p in pairs)


def test_readings_survive_the_store(tmp_path: Path) -> None:
    before = item(block("Quy khen thudng"), Block(1, "lành")).with_(title_original="Ten")
    store = Store(tmp_path / "s.sqlite")
    with store.write() as transaction:
        transaction.put_item(before)
    with store.snapshot() as snapshot:
        assert snapshot.item("x") == before


def test_what_is_printed_is_told_apart_for_the_index() -> None:
    entry = index_document(item(block("Quy khen thudng")))
    assert entry.body.split("\n") == ["Quý khen thưởng", "Quy khen thudng", "Quỹ khen thưởng"]
    assert entry.printed[1] == "Quy khen thudng"
    assert index_document(item(Block(1, "Khen thưởng"))).printed == ()
    titled = index_document(item(Block(1, "Khen thưởng")).with_(title_original="Ten"))
    assert titled.printed[0] == "Ten" and titled.title == "Tên"


def test_only_sure_text_teaches_spelling() -> None:
    text = "Đẩy mạnh phong trào thi đua Quy khen thưởng người tốt việc tốt"
    mixed = replace(block(text), damage=measure_damage(text))
    assert mixed.damage and mixed.damage.kind == "clean"
    counts = count_words(item(mixed))
    assert "quý" not in counts.words and "khen" in counts.words
    assert ("đua", "khen") not in counts.pairs, "no pair reaches over a doubtful word"
    scan = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc"
    assert count_words(item(replace(block(scan), damage=measure_damage(scan)))).words.keys() <= {"tên"}
