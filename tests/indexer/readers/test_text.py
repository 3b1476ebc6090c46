"""One text in every encoding is one text; what is no text is refused."""

from __future__ import annotations

import random
import unicodedata
import zlib
from pathlib import Path

import pytest

from indexer.discover import FoundFile
from indexer.pipeline import process
from indexer.readers.reader import Paper
from indexer.readers.registry import choose
from indexer.readers.text import decode
from kb.errors import ExtractError
from vitext import encode_legacy

TEXT = """ỦY BAN NHÂN DÂN XÃ VĨNH HẢI

Kế hoạch đẩy mạnh phong trào thi đua yêu nước, biểu dương người tốt, việc tốt.
Các thôn phổ biến đến từng hộ, nhất là những hộ ở xa đường lớn.

Chủ tịch Nguyễn Thị Hương được giao tổ chức thực hiện trước ngày 30 tháng 9.
"""


def in_1258(text: str) -> bytes:
    """A text as Windows writes it in Vietnamese: each tone mark stands behind its letter."""
    tones = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    letters = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in tones)
        letters.append(unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones)) + tone)
    return "".join(letters).encode("cp1258")


FORMS = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with mark": TEXT.encode("utf-8-sig"),
    "UTF-8, decomposed": unicodedata.normalize("NFD", TEXT).encode(),
    "UTF-16 LE": TEXT.encode("utf-16-le"),
    "UTF-16 BE": TEXT.encode("utf-16-be"),
    "UTF-16 with mark": TEXT.encode("utf-16"),
    "Windows-1258": in_1258(TEXT),
    "Windows lines": TEXT.replace("\n", "\r\n").encode(),
    "TCVN3": encode_legacy(TEXT, "tcvn3").encode("cp1252"),
    "VNI": encode_legacy(TEXT, "vni").encode("cp1252"),
    "VISCII": encode_legacy(TEXT, "viscii").encode("latin-1"),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_text_in_every_encoding_is_read_as_one_text(form: str) -> None:
    item = process(FoundFile("a.txt", Path("a.txt"), {}), FORMS[form])
    assert unicodedata.normalize("NFC", "\n\n".join(block.best for block in item.blocks)) == TEXT.strip()


@pytest.mark.parametrize(
    "text",
    ["Cà phê", "Kế hoạch năm 2024", "§¹i häc N«ng nghiÖp", "Plan of action: 5 people, 3 days.", "Ngày 5/6", "한국 문서"],
)
def test_short_texts_stay_what_they_are(text: str) -> None:
    assert decode("a.txt", text.encode()) == text
    assert decode("a.txt", text.encode("utf-16")) == text


def test_marks_that_programs_left_behind_stay_in_the_text() -> None:
    text = f"{TEXT}\n\x03\n\n\x04\n\nPAGE  2\n"
    assert decode("a.txt", text.encode()) == decode("a.txt", text.encode("utf-16-le")) == text
    assert decode("a.txt", encode_legacy(text * 2, "tcvn3").encode("cp1252")).count("\x03") == 2


def test_western_text_is_not_taken_for_windows_1258() -> None:
    text = "L'été à la campagne, où l'on naît; español: ¿qué señor? Über Größe."
    assert decode("a.txt", text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(5000),
        random.Random(2).randbytes(12),
        zlib.compress(TEXT.encode() * 50)[2:],
        b"\0" * 4000,
        b"\xff\xff\xff",
        b"\x80\x81\x82" * 100,
        b"text\0text" * 100,
        TEXT.encode("utf-16-le") + b"\0",
    ],
)
def test_what_is_no_text_is_refused_and_says_what_would_help(data: bytes) -> None:
    with pytest.raises(ExtractError, match=r"^a\.txt: .*; hãy "):
        choose(Paper("a.txt", data))


def test_a_letter_that_the_sample_cuts_does_not_decide() -> None:
    data = ("ế" * 9000).encode()
    assert choose(Paper("a.txt", b"x" + data)).name == choose(Paper("a.txt", b"xx" + data)).name == "văn bản thuần"
