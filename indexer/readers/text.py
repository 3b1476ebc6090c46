"""Read plain text (.txt) in any encoding: decode it, split it into pages at form feeds and into blocks at empty lines.

The encodings are tried in a fixed order, and none of them is guessed by statistics over languages: a byte order mark, strict
UTF-8, UTF-16 by the pattern of its zero bytes, Windows-1258 by its tone marks behind vowels, and then the bytes as letters
of Windows-1252, which keeps TCVN3 and VNI as they are: `vitext.repair` converts these.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from indexer.limits import check_text
from indexer.readers.front_matter import read_front_matter
from indexer.readers.legacy_fonts import decode_western
from indexer.readers.reader import Content, Paper
from indexer.readers.sniff import HEAD_BYTES, PLAIN, TABLE, sniff
from kb.errors import ExtractError
from kb.item import Block
from vitext import detect_legacy, is_syllable

_GAP = re.compile(r"\n[ \t]*\n\s*")
#: Controls that no text has; VISCII writes letters as some others.
_CONTROLS = re.compile("[\x00\x01\x03\x04\x07\x0e-\x13\x15-\x18\x1a\x1c-\x1d\x7f]")
_C1 = re.compile("[\x80-\x9f]")
_TONES_1258 = re.compile("(.?)([\u0300\u0301\u0303\u0309\u0323])")
_VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
_WORD = re.compile(r"[^\W\d_]+")
#: The share of the tone marks that follow a vowel, and of the words that are syllables, from which a text is Windows-1258.
MIN_1258_SHARE = 0.8
#: A text may have one such control for so many characters: programs leave marks of fields behind. Bytes that are no Unicode
#: may be anything, and get fewer; one in eleven random bytes is such a control.
_UNICODE_A_CONTROL = 10
_WESTERN_A_CONTROL = 50
#: The share of plain ASCII that a text in an encoding before Unicode has at least; Vietnamese has 60 % and more.
MIN_ASCII_SHARE = 0.4
#: A beginning that is long enough to tell whether a file is text.
_SAMPLE_BYTES = 8192


class TextReader:
    """Plain text. Its bid is low, so that every reader of a format that is written in letters goes before it."""

    name = "văn bản thuần"

    def bid(self, paper: Paper) -> float:
        return 0.2 if is_text(paper) else 0.0

    def read(self, paper: Paper) -> Content:
        text = decode(paper.path, paper.data)
        check_text(paper.path, text)
        _, body = read_front_matter(paper.path, text)
        return Content(tuple(split_text(body)), opening=body)


def is_text(paper: Paper) -> bool:
    """Whether a file is plain text for people: its beginning is of no other family and can be decoded."""
    if sniff(paper.path, paper.data[:HEAD_BYTES]) not in (PLAIN, TABLE):
        return False
    sample = paper.data[:_SAMPLE_BYTES]
    if len(paper.data) > _SAMPLE_BYTES:
        end = max(sample.rfind(b"\n"), sample.rfind(b" "))
        sample = sample[: end if end > 0 else None]
        sample = sample[: len(sample) // 2 * 2] if b"\0" in sample else sample
    try:
        decode(paper.path, sample)
    except ExtractError:
        # A letter may have been cut in the middle; then the whole text decides.
        return len(paper.data) > _SAMPLE_BYTES and b"\0" not in sample
    return True


def decode(path: str, data: bytes) -> str:
    """The text of bytes in whatever encoding, with "\\n" at line ends. Raises ExtractError for what is no text.

    TCVN3, VNI and VISCII come out as the letters that a program shows which takes them for Western European.

    >>> decode("a.txt", "Hải Phòng\\r\\n".encode()), decode("a.txt", "Hải".encode("utf-16-le")), decode("a.txt", b"H\\xb6i")
    ('Hải Phòng\\n', 'Hải', 'H¶i')
    """
    text = decode_unicode(data)
    if text is None and b"\0" not in data:
        text = _as_1258(data) or _as_western(data)
    if text is None:
        raise ExtractError(
            f"{path}: không phải văn bản (dữ liệu nhị phân không rõ loại); hãy lưu thành .txt mã UTF-8 hoặc bỏ tệp"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_unicode(data: bytes) -> str | None:
    """The text of bytes in UTF-8, or in UTF-16 with a mark or without; None for every other encoding, and for no text.

    >>> decode_unicode("Hải".encode()), decode_unicode(b"H\\xb6i")
    ('Hải', None)
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding)
    if b"\0" in data:
        return _by_zeros(data)
    return _strict(data, "utf-8")


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if _is_clean(text, _UNICODE_A_CONTROL) else None


def _is_clean(text: str, for_a_control: int) -> bool:
    return len(_CONTROLS.findall(text)) * for_a_control <= len(text) and "\0" not in text


def _by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: the zero bytes of its ASCII letters all stand at odd, or all at even places."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    many, few = max(even, odd), min(even, odd)
    if many < len(data) // 10 or few * 50 > many:
        return None
    return _strict(data, "utf-16-be" if even > odd else "utf-16-le")


def _as_1258(data: bytes) -> str | None:
    """Text in Windows-1258, composed: its tone marks stand behind vowels and make syllables of the words."""
    try:
        text = data.decode("cp1258")
    except UnicodeDecodeError:
        return None
    marks = _TONES_1258.findall(text)
    if not marks or sum(before in _VOWELS for before, _ in marks) < MIN_1258_SHARE * len(marks):
        return None
    text = unicodedata.normalize("NFC", text)
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    good = sum(map(is_syllable, words))
    return text if _is_clean(text, _WESTERN_A_CONTROL) and good >= MIN_1258_SHARE * len(words) else None


def _as_western(data: bytes) -> str | None:
    """The bytes as letters of Windows-1252 (the five that it lacks as controls), or of Latin-1 where that makes VISCII."""
    ascii_count = sum(byte < 0x80 for byte in data)
    latin = data.decode("latin-1")
    if ascii_count < MIN_ASCII_SHARE * len(data) or not _is_clean(latin, _WESTERN_A_CONTROL):
        return None
    if _C1.search(latin) and detect_legacy(latin[:20_000]) == "viscii":
        return latin
    return decode_western(data)


def split_text(text: str) -> list[Block]:
    """Blocks of a plain text; lines inside a block are kept as they are.

    >>> [(b.page, b.original) for b in split_text("a\\nb\\n\\nc\\fd")]
    [(1, 'a\\nb'), (1, 'c'), (2, 'd')]
    """
    blocks = []
    for number, page in enumerate(text.split("\f"), 1):
        for piece in _GAP.split(page.strip("\n")):
            if piece.strip():
                blocks.append(Block(number, piece.strip("\n").rstrip()))
    return blocks
