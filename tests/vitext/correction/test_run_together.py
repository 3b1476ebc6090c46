"""Words that were run together are cut where both decoders say, and told as one correction with spaces."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.vitext.correction.reference_decoder import ReferenceDecoder
from vitext import repair
from vitext.correction import Region
from vitext.correction.alphabet import to_bytes
from vitext.correction.corrector import Correction, Corrector
from vitext.correction.decoder_wasm import WasmDecoder
from vitext.correction.model import CHANNELS, MODEL_PATH, CorrectionModel
from vitext.correction.run_together import join_parts

_MODEL = CorrectionModel.open(MODEL_PATH)
_CORRECTOR = Corrector(_MODEL)
_WORDS = "Uybannhan dan thanhpho triénkhai kehoach tuyentruyenphapluat management caccoquandonvi 1234 khenthuongchotapthevacanhancothanhtich xqzwk"


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_decoders_cut_alike(channel: str) -> None:
    where, at = [], 0
    for word in _WORDS.split(" "):
        where.append((at, len(word)))
        at += len(word) + 1
    given, places = to_bytes(_WORDS), np.array(where, dtype=np.int32)
    found = WasmDecoder(_MODEL).cuts(channel, given, places)
    assert (found == ReferenceDecoder(_MODEL).cuts(channel, given, places)).all()
    assert found.any() or channel == "unaccented"


def correct(text: str, channel: str = "bare") -> list[Correction]:
    return _CORRECTOR.correct(text, [Region(0, len(text), channel)])


def test_run_together_words_become_one_correction_with_spaces() -> None:
    text = "Uy ban nhan danthanhpho ban hanh kehoach tuyen truyen"
    found = correct(text)
    assert [(text[c.start : c.end], c.after) for c in found[3:4]] == [("danthanhpho", "dân thành phố")]
    assert " ".join(c.after for c in found) == "Ủy ban nhân dân thành phố ban hành kế hoạch tuyên truyền"
    assert all(0 < c.confidence <= 1 for c in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("word", ["Facebook", "management", "LMHTX", "nghiêng", "UBND"])
def test_one_word_stays_one(word: str) -> None:
    for channel in CHANNELS:
        text = f"Cac co quan, don vi {word} trien khai thuc hien nghiem tuc"
        assert all(" " not in c.after for c in correct(text, channel))


def test_parts_are_joined_with_the_product_of_their_confidence() -> None:
    text = "datruyen cho"
    parts = [Correction(0, 2, "đã", 0.9, (("dạ", 0.06),)), Correction(2, 8, "truyền", 0.8, (("truyện", 0.1),))]
    lone = Correction(9, 12, "cho", 0.99, ())
    joined = join_parts(text, [*parts, lone], [(0, 8)])
    assert joined == [Correction(0, 8, "đã truyền", 0.72, (("đã truyện", 0.09), ("dạ truyền", 0.048))), lone]
    assert join_parts(text, [*parts, lone], []) == [*parts, lone]


def test_a_space_is_put_behind_a_comma_between_words() -> None:
    text = "Sap nhap phuong An Son,phuong Trung Son,xa Hoa Binh thanh phuong moi, dien tich 12,5 km2"
    found = {text[c.start : c.end]: c.after for c in correct(text)}
    assert found["Son,phuong"] == "Sơn, phường" and found["Son,xa"] == "Sơn, xã"
    assert not any("12,5" in before for before in found)


@pytest.mark.parametrize(
    ("channel", "page"),
    [
        ("western", "Cän cü Luât Tô chüc chinh quyên dia phuong; theo dê nghi cûa Giäm dôc Sô Nôi vu vê viêc khen thuong"),
        ("ocr", "Can ctr Luat Té chttc chinh quyén dia phuong; theo dé nghi ctia Giam déc S& Noi vu vé viéc khen thudng"),
    ],
)
def test_the_likeliest_channel_is_that_of_the_recogniser(channel: str, page: str) -> None:
    assert _CORRECTOR.likeliest_channel(page, [Region(0, len(page), "ocr")], ("ocr", "western", "bare")) == channel


def test_a_page_of_a_french_recogniser_is_read_and_its_accents_prove_nothing() -> None:
    page = "Luât Tô chüc chinh quyên dia phuong; theo dê nghi cûa Giäm dôc Sô Nôi vu vê viêc khen thuong cäc tâp thê"
    found = repair(page, assume="western")
    assert found.text.startswith("Luật Tổ chức chính quyền địa phương; theo đề nghị của Giám đốc Sở Nội vụ về việc khen")
    assert repair(found.text, assume="western").text == found.text
