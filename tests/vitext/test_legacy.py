"""Legacy encodings: proved by round trips over every letter and every syllable, and silent on everything else."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import ENCODINGS, convert_legacy, detect_legacy, encode_legacy, is_syllable, place_tone, repair
from vitext.syllables import ONSETS, RIMES, TONE_MARKS

TEXT = (
    "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến, các mô hình mới, nhân tố mới\n"
    "Tại thành phố Hải Phòng, ủy ban nhân dân, Liên minh Hợp tác xã Việt Nam tổ chức hội nghị sơ kết và khen thưởng\n"
    "Người tốt, việc tốt góp phần thực hiện thắng lợi nhiệm vụ phát triển kinh tế, giữ vững quốc phòng"
)


def convert(text: str) -> str:
    for start, end, new in reversed(convert_legacy(text)):
        text = text[:start] + new + text[end:]
    return text


def syllables() -> list[str]:
    found = set()
    for onset in ONSETS:
        for rime in RIMES:
            for mark in ("", *TONE_MARKS.values()):
                vowel = next(i for i, c in enumerate(rime) if c in "aăâeêioôơuưy")
                word = place_tone(onset + rime[: vowel + 1] + mark + rime[vowel + 1 :])
                if is_syllable(word):
                    found.add(unicodedata.normalize("NFC", word))
    return sorted(found)


SYLLABLES = syllables()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_syllable_comes_back(encoding: str) -> None:
    assert len(SYLLABLES) > 10_000
    lines = [" ".join(SYLLABLES[i : i + 40]) for i in range(0, len(SYLLABLES), 40)]
    for line in lines:
        shown = encode_legacy(line, encoding)  # type: ignore[arg-type]
        if shown != line:
            assert convert(shown + "\n" + encode_legacy(TEXT, encoding)).split("\n")[0] == line  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_words_in_capitals_come_back(encoding: str) -> None:
    assert len(set("".join(SYLLABLES)) - set("abcdefghijklmnopqrstuvwxyz")) == 67
    # TCVN3 writes them with a font of capitals: only words with plain letters show that they are in it.
    for i in range(0, len(SYLLABLES), 40):
        line = " ".join(word.upper() for word in SYLLABLES[i : i + 40] if sum(c.isascii() for c in word) > 1)
        shown = encode_legacy(line, encoding)  # type: ignore[arg-type]
        if shown != line:
            assert convert(shown + "\n" + encode_legacy(TEXT, encoding)).split("\n")[0] == line  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_page_is_told_and_comes_back_and_stays(encoding: str) -> None:
    shown = encode_legacy(TEXT, encoding)  # type: ignore[arg-type]
    assert detect_legacy(shown) == encoding
    assert convert(shown) == TEXT
    assert convert(convert(shown)) == TEXT
    repaired = repair(shown)
    assert repaired.text == TEXT and {step.name for step in repaired.steps} == {"convert_legacy"}


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("§¹i häc N«ng nghiÖp", "Đại học Nông nghiệp"),
        ("KÕ HO¹CH tæ chøc phong trµo", "KẾ HOẠCH tổ chức phong trào"),
        ("Ñaïi hoïc Noâng nghieäp", "Đại học Nông nghiệp"),
        ("DDa.i ho.c No^ng nghie^.p", "Đại học Nông nghiệp"),
        ("KÕ HO¹CH\n\n§¹i häc N«ng nghiÖp", "KẾ HOẠCH\n\nĐại học Nông nghiệp"),
    ],
)
def test_in_the_wild(shown: str, printed: str) -> None:
    assert convert(shown) == printed


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        unicodedata.normalize("NFD", TEXT),
        "L'étude où l'on a déjà vu la naïve Noël; ça va très bien, garçon, hôtel, forêt, être, là, dès, après",
        "Die schöne Übung über Äpfel, für größere Städte, Mädchen und Käse, natürlich ähnlich möglich",
        "El niño año mañana señor España; ¿qué? ¡sí! corazón, acción, también, después, está",
        "Não há mãe, irmão, coração, avó, você, às três, então, amanhã, português, é",
        "Pay manh cdng tac tuyén truyén, nhan to m0’1, nhi¢ém vy, tu’ tuéng, S¢ NV, d¢ B/c, v¢",
        "Ä‘áº©y máº¡nh cÃ´ng tÃ¡c tuyÃªn truyá»n",
        "x = a^2 + b^2; if (a+b) > c: o+ = u+; f(a(1)); address, add, odd, middle DDR",
        "Day manh cong tac tuyen truyen. Ho tro. Ke hoach? La vi du.",
        "10 m² × 5 = 50 m²; 20 °C ± 1; § 5 « trích » © 2024 ®; ½ và ¾",
        "https://x.vn/§¹i ban@§¹i.vn 12/§¹i",
        "",
    ],
)
def test_everything_else_is_left(text: str) -> None:
    assert convert_legacy(text) == []


@given(st.text(max_size=200))
def test_any_text_comes_to_rest(text: str) -> None:
    once = convert(text)
    again = convert(once)
    assert convert(again) == again


def test_clean_text_passes_quickly_and_long_dirt_in_time() -> None:
    start = time.perf_counter()
    convert_legacy(TEXT * 4000)
    assert time.perf_counter() - start < 1.5
    start = time.perf_counter()
    convert_legacy("¹" * 300_000)
    convert_legacy("a^" * 100_000)
    assert time.perf_counter() - start < 5
