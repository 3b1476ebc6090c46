"""Keys of Telex and VNI, wherever people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import is_syllable, read_keys


@pytest.mark.parametrize(
    ("syllable", "written"),
    [
        ("đường", "dduwowngf dduongwf dduowfng duongdwf dduwowfng d9uong72 d9u7o7ng2 duong729"),
        ("trường", "truowngf truongfw truwowngf truo72ng truong72"),
        ("quyết", "quyeets quyeest quyetes quyetse quye61t quyet61"),
        ("hoặc", "hoawcj hoacwj hoajcw hoa85c hoac85"),
        ("giữ", "giuwx giuxw gi4u7 giu47"),
        ("ưu", "uwu wu u7u"),
        ("mưa", "muaw muwa mua7"),
        ("thuở", "thuowr thuo73"),
        ("đậy", "ddaayj dayajd d9a6y5"),
    ],
)
def test_every_order_of_the_keys_gives_the_syllable(syllable: str, written: str) -> None:
    for word in written.split():
        assert syllable in [reading.syllable for reading in read_keys(word)], word


@pytest.mark.parametrize(
    "word", ["", "hoa", "nghieng", "covid19", "4km", "2024", "đ9oi63", "zzz", "w" * 50, "machine", "ssss"]
)
def test_what_is_not_in_keys_has_no_reading(word: str) -> None:
    assert read_keys(word) == ()


@given(st.text(alphabet="aeoudghnsfrxjw123679", max_size=14))
def test_every_reading_is_a_syllable(word: str) -> None:
    assert all(is_syllable(reading.syllable) and reading.keys > 0 for reading in read_keys(word))
