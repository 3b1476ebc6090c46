from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import is_skeleton, is_syllable, normalise, place_tone, split_syllable, strip_marks
from vitext.syllables import ONSETS, RIMES, TONE_MARKS

ROOT = Path(__file__).parent.parent.parent
VALID = [
    onset + rime
    for onset in ONSETS
    for rime in RIMES
    if split_syllable(onset + rime) is not None or rime.endswith(("c", "ch", "p", "t"))
]


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "đường",
        "ướt",
        "khuỷu",
        "ngoằn",
        "ngoèo",
        "quýt",
        "giếng",
        "gì",
        "gìn",
        "giữ",
        "quốc",
        "khuya",
        "thuở",
        "huỳnh",
        "yêu",
        "ý",
        "uỷ",
        "ủy",
        "ưu",
        "oanh",
        "xoong",
        "tuyết",
        "mươi",
        "cửa",
    ],
)
def test_valid(word: str) -> None:
    assert is_syllable(word) and is_syllable(word.upper()) and is_syllable(unicodedata.normalize("NFD", word))
    assert is_skeleton(strip_marks(word))


@pytest.mark.parametrize(
    "word",
    [
        "ngiêng",
        "ghà",
        "kà",
        "cê",
        "qà",
        "cdng",
        "tuyén",
        "thtr",
        "zoo",
        "cach",
        "mạt̀",
        "wa",
        "f",
        "j",
        "nhoiu",
        "đđ",
        "aa",
        "hoáà",
        "238",
        "a1",
        "ʼ",
        "",
        " ",
        "x" * 99,
    ],
)
def test_invalid(word: str) -> None:
    assert not is_syllable(word)


def test_the_clean_plan_is_made_of_syllables() -> None:
    text = (ROOT / "corpus/documents/238-KH-UBND.md").read_text("utf-8")
    words = [w for w in re.findall(r"[^\W\d_]+", text) if not w.isupper() or len(w) > 5]
    valid = sum(map(is_syllable, words)) / len(words)
    assert valid > 0.985, sorted({w for w in words if not is_syllable(w)})


@pytest.mark.parametrize(
    ("typed", "placed"),
    [("hoà", "hòa"), ("HOÀ", "HÒA"), ("hoàn", "hoàn"), ("qủa", "quả"), ("quí", "quí"), ("gìau", "giàu"), ("thuỷ", "thủy"), ("khuỷu", "khuỷu"),
     ("ngòai", "ngoài"), ("cuả", "của"), ("mià", "mía"[0:0] + "mìa"), ("tuôí", "tuối"), ("gì", "gì"), ("toà", "tòa"), ("covid", "covid"), ("Huyền", "Huyền")],
)  # fmt: skip
def test_place_tone(typed: str, placed: str) -> None:
    assert place_tone(typed) == placed
    assert place_tone(unicodedata.normalize("NFD", typed)) == placed


@given(st.sampled_from(sorted(ONSETS)), st.sampled_from(sorted(RIMES)), st.sampled_from(sorted(TONE_MARKS)), st.data())
def test_a_tone_on_any_vowel_finds_its_place(onset: str, rime: str, tone: int, data: st.DataObject) -> None:
    letters = onset + rime
    vowels = [i for i, c in enumerate(letters) if i >= len(onset) and c in "aăâeêioôơuưy"]
    at = data.draw(st.sampled_from(vowels))
    typed = unicodedata.normalize("NFC", letters[: at + 1] + TONE_MARKS[tone] + letters[at + 1 :])
    placed = place_tone(typed)
    assert place_tone(placed) == placed
    assert strip_marks(placed) == strip_marks(typed)
    before, after = split_syllable(typed), split_syllable(placed)
    assert before == after


@given(st.text())
def test_normalise_is_idempotent_and_nfc(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_normalise_keeps_lines_and_unifies_signs() -> None:
    assert normalise("a\u00a0\u200bb\n“Hoà”…  — x") == 'a b\n"Hòa"... – x'


def test_tables_are_sorted_and_unique() -> None:
    for name in ("onsets.tsv", "rimes.tsv"):
        lines = [x for x in (ROOT / "vitext" / name).read_text("utf-8").splitlines() if not x.startswith("#")]
        assert lines == sorted(set(lines))
        assert all(unicodedata.is_normalized("NFC", line) for line in lines)
