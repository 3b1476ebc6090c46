"""Convert the text of fonts from before Unicode, which their names give away: `.VnTime` is TCVN3, `VNI-Times` is VNI.

Such a font shows "®" as "đ". A file that names the font of every run (Word, RTF, PDF) therefore tells the encoding of a
single letter, where `vitext.convert_legacy` needs a text that proves it. What a file tells is not judged again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, groupby

from vitext import Encoding, convert_legacy
from vitext.encodings import decode_chunk, is_vietnamese

#: A piece of text and the name of its font ("" where the file names none).
Run = tuple[str, str]

#: What a PDF puts before the name of a font of which it holds some letters only.
_SUBSET = re.compile(r"^[A-Z]{6}\+")
#: Fonts of TCVN3, which some programs name without the dot, and fonts of VNI.
_TCVN3_NAME = re.compile(r"(?i:\.vn(?!i[- ])|(?:vntime|vnarial|vnavant)h?$)|Vn[A-Z]")
_VNI_NAME = re.compile(r"\.?vni[- ]", re.IGNORECASE)
#: Letters that only Unicode text has.
_UNICODE = re.compile("[\u1ea0-\u1ef9]")
#: Signs and letters that Vietnamese in Unicode does not use: where they are rarer, it is Unicode, whatever the font's name.
_SIGN = re.compile("[\x80-\x9f¡-¿×÷ñïöûøäåëüÑÏÖÛØÄÅËÜ]")
_CHUNK = re.compile(r"\S+")
#: Letters as which Windows-1258 shows bytes that Windows-1252 shows otherwise.
_WINDOWS_1258 = {
    ord(shown): byte
    for byte in range(0xC0, 0x100)
    if (shown := bytes([byte]).decode("cp1258", "replace")) != chr(byte) and shown != "\ufffd"
}
#: A capital with the small form of its mark, as people type VNI ("Aùo"): the table has the capital form.
_VNI_MIXED = re.compile("[AEIOUYÔÖ][\xe0-\xfc]")
#: Bytes that Windows-1252 does not use.
_UNUSED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = re.compile("[a-z]")
_LETTER = re.compile("[A-Za-z]")
#: Symbol fonts put their 8-bit codes here.
_SYMBOL = re.compile("[\uf020-\uf0ff]")


@lru_cache(maxsize=256)
def font_encoding(font: str) -> Encoding | None:
    """The encoding that a font of this name shows, None for fonts of Unicode and of other scripts.

    >>> font_encoding("ABCDEF+.VnTimeH"), font_encoding("VNI-Times"), font_encoding("Times New Roman")
    ('tcvn3', 'vni', None)
    """
    name = _SUBSET.sub("", font.strip())
    if _TCVN3_NAME.match(name):
        return "tcvn3"
    return "vni" if _VNI_NAME.match(name) else None


def convert_font_text(text: str, font: str) -> str:
    """A text in the letters that its font shows; the same text where the font's name tells nothing.

    It has as many lines as before. Letters among capitals become capitals, as most of TCVN3 have none of their own; a line
    in small letters stays small, though a font of capitals (`.VnTimeH`) shows it in capitals.

    >>> convert_font_text("§\\xadîc", ".VnTime"), convert_font_text("Ñöôïc", "VNI-Times")
    ('Được', 'Được')
    """
    encoding = font_encoding(font)
    if encoding is None or text.isascii():
        return text
    if unicode := len(_UNICODE.findall(text)):
        if len(_SIGN.findall(text)) < unicode:
            return text
        # Capitals that a font of TCVN3 lacks were typed in Unicode.
        return _CHUNK.sub(lambda match: match[0] if _UNICODE.search(match[0]) else _convert(match[0], encoding), text)
    return _convert(text, encoding)


def _convert(text: str, encoding: Encoding) -> str:
    shown = _SYMBOL.sub(lambda match: chr(ord(match[0]) & 0xFF), text).translate(_WINDOWS_1258)
    if encoding == "vni":
        shown = _VNI_MIXED.sub(lambda match: match[0].upper(), shown)
    converted = decode_chunk(shown, encoding)
    return "\n".join(map(_raise_capitals, converted.split("\n"))) if encoding == "tcvn3" else converted


def _raise_capitals(line: str) -> str:
    """A line in which the letters that TCVN3 has no capitals of stand among capitals ("THủ TRƯởNG"), all in capitals."""
    raised = _WORD.sub(lambda match: match[0].upper() if _is_capital(match[0]) else match[0], line)
    return line.upper() if raised != line and not _SMALL.search(line) else raised


def _is_capital(word: str) -> bool:
    return sum(map(str.isupper, word)) > 1 and not _SMALL.search(word)


def decode_western(data: bytes) -> str:
    """Bytes as letters of Windows-1252; those that it does not use keep their number, for VISCII uses them.

    >>> decode_western(bytes([0x93, 0x48, 0xB6, 0x69, 0x94])), decode_western(bytes([0x8D])) == chr(0x8D)
    ('“H¶i”', True)
    """
    if not _UNUSED.search(data):
        return data.decode("cp1252")
    return "".join(chr(byte) if _UNUSED.match(bytes([byte])) else bytes([byte]).decode("cp1252") for byte in data)


def convert_proved(texts: Sequence[str]) -> list[str]:
    """Short texts of one table (cells) whose fonts tell nothing, converted where they prove their encoding together.

    >>> convert_proved(["Sè", "Tªn chØ tiªu, ®¬n vÞ tÝnh", "§Þa ®iÓm", "12"])
    ['Số', 'Tên chỉ tiêu, đơn vị tính', 'Địa điểm', '12']
    """
    converted = list(texts)
    whole = "\n".join(texts)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    for start, end, new in reversed(convert_legacy(whole)):
        at = bisect_right(starts, start) - 1
        text = converted[at]
        converted[at] = text[: start - starts[at]] + new + text[end - starts[at] :]
    return converted


def convert_mixed(text: str, encoding: Encoding) -> str:
    """A text of which an unknown part is in an encoding: the words that a sign among their letters gives away.

    It is for files that name a font of the encoding elsewhere; a word is converted only where Vietnamese comes out.

    >>> convert_mixed("Ủy ban nh©n d©n quËn 9 © 2006", "tcvn3")
    'Ủy ban nhân dân quận 9 © 2006'
    """

    def convert(match: re.Match[str]) -> str:
        word = match[0]
        if not _SIGN.search(word) or _UNICODE.search(word) or not _LETTER.search(word):
            return word
        new = _convert(word, encoding)
        return new if is_vietnamese(new) else word

    return _CHUNK.sub(convert, text)


def join_runs(runs: Iterable[Run]) -> tuple[str, str | None]:
    """Join runs of text, each with the name of its font.

    Returns the characters of the file, and the text as its fonts show it (None where that is the same). Neighbours in one
    encoding are converted together, for VNI writes a letter and its mark.

    >>> join_runs([("Ñ", "VNI-Times"), ("aï", "VNI-Helve"), ("i", "Arial")])
    ('Ñaïi', 'Đại')
    """
    original: list[str] = []
    converted: list[str] = []
    for _, group in groupby(runs, key=lambda run: font_encoding(run[1])):
        members = list(group)
        text = "".join(text for text, _ in members)
        original.append(text)
        converted.append(convert_font_text(text, members[0][1]))
    whole, shown = "".join(original), "".join(converted)
    return whole, shown if shown != whole else None
