"""Keys agree across every way to write or type one word: accents, none, either tone placement, either Unicode form."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitext import (
    Words,
    analyse,
    fold,
    fold_with_offsets,
    is_syllable,
    normalise,
    place_tone,
    search_key,
    strip_marks,
    tokenise,
)
from vitext.analyse import MAX_KEY_LENGTH
from vitext.syllables import ONSETS, RIMES, TONE_MARKS


def spellings() -> Iterator[str]:
    """Every valid syllable with every tone it may bear."""
    for onset in ONSETS:
        for rime in RIMES:
            first = len(onset) + next(i for i, c in enumerate(rime) if c in "aăâeêioôơuưy")
            for mark in ("", *TONE_MARKS.values()):
                word = unicodedata.normalize("NFC", (onset + rime)[: first + 1] + mark + (onset + rime)[first + 1 :])
                if is_syllable(word):
                    yield word


def test_the_folded_key_is_the_same_with_and_without_accents() -> None:
    words = list(spellings())
    assert len(words) > 15_000
    for word in words:
        keys = {
            analyse(form).folded for form in (word, place_tone(word), strip_marks(word), unicodedata.normalize("NFD", word))
        }
        assert len(keys) == 1, (word, keys)


def test_i_and_y_are_one_letter_only_where_they_are_the_whole_rime() -> None:
    same = [("kỹ", "kĩ"), ("lý", "lí"), ("mỹ", "mĩ"), ("hy", "hi"), ("quý", "quí"), ("ty", "ti")]
    assert all(search_key(a) == search_key(b) for a, b in same)
    kept = ["ý", "yêu", "tay", "thúy", "quýt", "quỳnh", "huynh"]
    assert [search_key(word) for word in kept] == kept
    assert analyse("quýt").folded == analyse("quyt").folded == ("quyt",)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("nhan to m0'1", "nhan to m01"),
        ("10~20 người", "10 20 nguoi"),
        ("lúc 7'30", "luc 7 30"),
        ("lúc 7’30h", "luc 730h"),
        ("tên_tệp.docx", "ten tep docx"),
        ("238/KH-UBND", "238 kh ubnd"),
        ("nhi¢m vụ, N§i dung", "nhiem vu noi dung"),
        ("§ 12 và 50 € hoặc 50€", "12 va 50 hoac 50"),
        ("’hòa’ 'bình'", "hoa binh"),
        ("tuyên\u00adtruyền", "tuyen truyen"),
        ("tru\u00adyền th\u200bống", "truyen thong"),
        ("làng\u200bnghề\u200b cổ", "lang nghe co"),
        ("smart\u00adphone", "smartphone"),
        ("nghiê\u200bng\u200bmình", "nghieng minh"),
        ("hư-\nớng dẫn, thi-\nđua", "huong dan thi dua"),
        ("HTX-\nNTM", "htx ntm"),
        ("Độiviên đãgiúpđỡ bàcon", "doi vien da giup do ba con"),
        ("Điệnbiên HảiPhòng", "dien bien hai phong"),
        ("résumé café Đắklây", "resume cafe daklay"),
        ("25ha 7.500m² 6m2 12người 4G 1ại 3a", "25 ha 7 500 m2 6 m2 12 nguoi 4g 1ai 3a"),
        ("ho ̀a bình", "hoa binh"),
    ],
)
def test_what_is_one_word(text: str, keys: str) -> None:
    assert " ".join(analyse(text).folded) == keys


def test_a_sign_read_for_a_letter_is_that_letter_in_the_raw_key() -> None:
    assert analyse("nhi¢m vụ N§i").accented == ("nhiệm", "vụ", "nội")


@pytest.mark.parametrize(
    ("text", "accented"),
    [
        ("Ðoàn Ðội", "đoàn đội"),
        ("trƣởng phƣờng", "trưởng phường"),
        ("ñồng ñội", "đồng đội"),
        ("señor", "señor"),
        ("cấp х\u00e3", "cấp xã"),
        ("Тổ", "tổ"),
        ("мир", "мир"),
        ("ｐhường", "phường"),
        ("\U0001d413ổ 40m²", "tổ 40 m2"),
        ("bến\u200b đò", "bến đò"),
        ("hoa\u0300", "hòa"),
        ("ho ̀a", "hòa"),
    ],
)
def test_letters_that_look_alike_are_the_same_key(text: str, accented: str) -> None:
    assert " ".join(analyse(text).accented) == accented


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(nghệnhân)", ["nghệ", "nhân"]),
        (unicodedata.normalize("NFD", "nghệnhân"), [unicodedata.normalize("NFD", word) for word in ("nghệ", "nhân")]),
        ("tô\u200btượng", ["tô", "tượng"]),
        ("18ha", ["18", "ha"]),
        ("tru\u00adyền", ["tru\u00adyền"]),
    ],
)
def test_the_words_of_one_run_have_their_own_places(text: str, words: list[str]) -> None:
    assert [text[token.start : token.end] for token in tokenise(text)] == words


@given(st.text(alphabet="nghệânđãm21 \u200b\u00ad\u0301-\nñðс", max_size=24))
def test_places_are_in_order_and_both_functions_agree(text: str) -> None:
    tokens = tokenise(text)
    borders = [place for token in tokens for place in (token.start, token.end)]
    assert borders == sorted(borders) and all(token.start < token.end for token in tokens)
    assert analyse(text).accented == tuple(token.accented for token in tokens)


def test_folding_a_character_twice_is_folding_it_once() -> None:
    """All of Unicode: one pass must do, whatever unidecode's tables say."""
    assert [hex(point) for point in range(sys.maxunicode + 1) if fold(fold(chr(point))) != fold(chr(point))] == []


def test_normalise_leaves_a_letter_with_two_tones() -> None:
    assert normalise("oa\u0300\u0300") == "oà\u0300"


def test_a_long_word_is_cut_in_the_keys_only() -> None:
    word = "đ" * 500
    (token,) = tokenise(word)
    assert (token.start, token.end) == (0, 500)
    assert token.folded == "d" * MAX_KEY_LENGTH and token.accented == "đ" * MAX_KEY_LENGTH


def test_accented_says_whether_accents_were_typed() -> None:
    assert [token.has_accents for token in tokenise("Đường duong hoà kỹ ky 238")] == [True, False, True, True, False, False]


@given(
    st.lists(st.sampled_from(["Đẩy", "ﬁ", "mạnh", "e\u0301", "\u00ad", " ", "İ", "👨‍👩‍👧", "\ud800", "’", "\n"])).map(
        "".join
    )
)
def test_a_token_border_in_the_fold_leads_back_to_the_same_fold(text: str) -> None:
    folded = fold_with_offsets(text)
    at = 0
    for token in folded.text.split(" "):
        start, end = folded.span(at, at + len(token))
        assert fold(text[start:end]) == token
        at += len(token) + 1


def test_the_map_is_the_same_however_much_of_the_text_is_plain() -> None:
    text = "Đẩy mạnh ﬁ công " + unicodedata.normalize("NFD", "tác tuyên") + "\u200b truyền"
    folded = fold_with_offsets(text)
    slow = [at for at, c in enumerate(text) for _ in fold(c)] + [len(text)]
    assert folded.starts is not None and list(folded.starts) == slow
    assert fold_with_offsets("").starts is None


def test_normalise_keeps_emoji_whole_and_every_line() -> None:
    assert normalise("👨‍👩‍👧 tuyên\u200dtruyền\r\n\n x \n") == "👨‍👩‍👧 tuyêntruyền\n\nx\n"


@given(st.text(alphabet="hoàthuỷ \u0300\u0301\u200b\u200d\u00ad\r\n\x0b\u2028“”…—", max_size=30))
def test_normalise_is_idempotent_on_what_it_changes(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="aăđỹBK19 .,-/()\n", max_size=40))
def test_a_text_is_cut_alike_whatever_else_stands_in_it(text: str) -> None:
    """Texts without signs are cut in a quicker way: a sign far behind must change nothing before it."""
    alone, beside = tokenise(text), tokenise(f"{text}\n\n. ° 5%")
    assert beside[: len(alone)] == alone and [token.folded for token in beside[len(alone) :]] == ["5", "%"]
    assert analyse(text).accented == tuple(token.accented for token in alone)
    words = Words(text)
    assert [words[at] for at in range(len(words))] == list(words) == words[:] == alone
    assert [(word.folded, word.accented) for word in words.keys] == [(t.folded, t.accented) for t in alone]
