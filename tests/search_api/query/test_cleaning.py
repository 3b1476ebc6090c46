"""What is cleaned, what is read as an old encoding or as keys, and that clean Vietnamese is never touched."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.query.cleaning import MAX_CHARACTERS, clean, clean_query
from tests.corpus.test_corpus import RECORDS
from vitext import Encoding, encode_legacy, fold

GATE = Path(__file__).parents[2] / "search_quality" / "gate.tsv"
TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
VNI = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"}
TELEX_TONES = dict(zip("\u0300\u0301\u0309\u0303\u0323", "fsrxj", strict=True))
VNI_TONES = dict(zip("\u0300\u0301\u0309\u0303\u0323", "21345", strict=True))


def titles() -> list[str]:
    found = [re.search('^title: "?(.*?)"?$', path.read_text("utf-8"), re.MULTILINE) for path in RECORDS]
    return [match[1] for match in found if match]


def phrases(count: int) -> list[str]:
    """Runs of two to four words of the titles, in small letters, with at least two accents."""
    chance, found = random.Random(16), list[str]()
    while len(found) < count:
        words = re.findall(r"[^\W\d_]+", chance.choice(titles()))
        start, size = chance.randrange(len(words)), chance.randint(2, 4)
        phrase = " ".join(words[start : start + size])
        if len(phrase.split()) == size and phrase.islower() and fold(phrase) != phrase:
            found.append(phrase)
    return found


def typed(word: str, letters: Mapping[str, str], tones: Mapping[str, str], order: str) -> str:
    """A word in keys: tone keys at the `end` or `inside`, or the keys of letters `late`."""
    out, late, tone = "", "", ""
    for letter in word:
        marks = unicodedata.normalize("NFD", letter)
        plain = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
        keys = letters.get(plain, plain)
        if order == "late":
            # One key makes both letters of "ươ".
            out, late = out + keys[0], late + (keys[1:] if keys[1:] not in ("w", "7") or keys[1:] not in late else "")
        else:
            out += keys
        key = "".join(tones[mark] for mark in marks if mark in tones)
        out, tone = (out + key, tone) if order == "inside" else (out, tone + key)
    return out + late + tone


@pytest.mark.parametrize("order", ["end", "inside", "late"])
@pytest.mark.parametrize(("letters", "tones"), [(TELEX, TELEX_TONES), (VNI, VNI_TONES)], ids=["telex", "vni"])
def test_phrases_in_keys_are_read_in_every_order(letters: dict[str, str], tones: dict[str, str], order: str) -> None:
    wrong = []
    for phrase in phrases(60):
        keys = " ".join(typed(word, letters, tones, order) for word in phrase.split())
        if clean_query(keys).read != phrase:
            wrong.append((keys, clean_query(keys).read))
    # "soong" and "congo" beside one plain word are words themselves.
    assert len(wrong) <= 1, wrong


def test_clean_queries_are_never_read_otherwise() -> None:
    rows = [line.split("\t") for line in GATE.read_text("utf-8").splitlines() if not line.startswith("#")]
    queries = [query for _, kind, query, *_ in rows if kind not in ("slip", "typing")]
    texts = [*queries, *titles(), *map(fold, titles()), *map(str.upper, titles())]
    assert [(text, clean_query(text).converted) for text in texts if clean_query(text).converted] == []


@pytest.mark.parametrize(
    "text",
    [
        "co2 so2",
        "khu a1 b2",
        "test box",
        "HTX OCOP",
        "this is the best",
        "machine learning",
        "covid19",
        "4km",
        "Zalo OA",
        "mama",
    ],
)
def test_foreign_words_codes_and_abbreviations_are_no_keys(text: str) -> None:
    assert clean_query(text).converted == ""


def test_what_the_collection_knows_is_no_key() -> None:
    assert clean_query("truyeenf").converted == "truyền"
    assert clean_query("truyeenf", lambda term: term.folded == "truyeenf").converted == ""


@pytest.mark.parametrize("encoding", get_args(Encoding))
@pytest.mark.parametrize("text", ["gìn giữ nghề cũ của làng chài", "tuổi trẻ", "nhà máy điện mặt trời"])
def test_pasted_encodings_are_read_before_punctuation_parts_words(encoding: Encoding, text: str) -> None:
    pasted = encode_legacy(text, encoding)
    assert clean_query(pasted).read == text
    assert clean_query(clean(pasted)[0]).read == text, "what the pages send on is still readable"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\0b\ud800c", "a b c"),
        ("chuy\u200bển \ufeffđổi\u00ad số", "chuyển đổi số"),
        ("bến\u200bđò", "bến đò"),
        ("Bắc&nbsp;Ninh &amp;amp; AT&T; R&D &lt;b", "Bắc Ninh & AT&T; R&D <b"),
        (unicodedata.normalize("NFD", "chuyển đổi"), "chuyển đổi"),
        ("  a \n\t b  ", "a b"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == (cleaned, False)


@given(st.one_of(st.text(), st.text(alphabet="&amp;#38;nbsp \u00ad\u200b\x02«¸ªâêưd9oi63sfw")))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned, cut = clean(text)
    assert clean(cleaned)[0] == cleaned and len(cleaned) <= MAX_CHARACTERS and not cut
    assert clean_query(text).text == cleaned


@pytest.mark.parametrize("typed", ["5.000m²", "đất 120 m² mặt tiền", "12m³ nước", "38°C"])
def test_the_power_of_a_unit_is_no_old_letter(typed: str) -> None:
    assert clean_query(typed).converted == ""
