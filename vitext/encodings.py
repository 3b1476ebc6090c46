"""The encodings of Vietnamese before Unicode: which letter is written how, and the way there and back for one chunk of text.

TCVN3, VNI and VISCII write letters as bytes of the upper half, which programs that know nothing of them show as the letters
of Latin-1 ("§¹i häc"); `legacy.tsv` holds these three. VIQR writes marks as punctuation behind the vowel ("DDa.i ho.c").
Windows-1258 has a byte for every tone, which stands behind its letter and is shown as one itself ("Ðaòi hoòc").
Whether a text is in one of them is decided in `vitext.legacy`; nothing is judged here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

from vitext.compose import compose
from vitext.syllables import is_syllable
from vitext.tables import read_table

#: The name of an encoding: one of `ENCODINGS`.
Encoding = Literal["tcvn3", "vni", "viscii", "viqr", "cp1258"]
#: The five encodings before Unicode that `convert_legacy`, `detect_legacy`, `encode_legacy` and `repair` know.
ENCODINGS: tuple[Encoding, ...] = ("tcvn3", "vni", "viscii", "viqr", "cp1258")
#: Plain punctuation that may stand around a word.
PUNCTUATION = ".,;:!?\"'()[]-"
#: Printed punctuation that may; Windows-1252 shows some capitals of VISCII as these signs.
_TYPOGRAPHIC = "‘’“”•–—…"

#: Signs that programs put in the place of those of TCVN3: Greek mu, dots, and the minus for the soft hyphen.
_ALIKE = str.maketrans({"\u03bc": "\xb5", "−": "\xad"})
#: A dot behind a letter is ã (x· hội); one before it is a bullet.
_DOT = re.compile("(?<=[A-Za-z\xa1-\xff])[∙⋅‧•]")
#: Letters beyond ASCII in the abbreviations of offices and papers.
_OF_ACRONYMS = frozenset("ĐƯÂĂÊÔƠ")
#: Letters of such an abbreviation, at most.
LONGEST_ACRONYM = 8

_LETTERS = re.compile(r"[^\W\d_]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
#: A sign that a conversion left within a word.
_LEFT_OVER = re.compile("[^\\W\\d_][¡-¿×÷][^\\W\\d_]")
_FINAL_K = re.compile("k$")
_CLUSTER = re.compile("^[bkp](?=[lr])")
_K_BEFORE = re.compile("^k(?=[^eêiyhrlèéẻẽẹềếểễệìíỉĩịỳýỷỹỵ])")
#: What Windows-1258 has where Windows-1252 has another letter.
_OF_1258 = dict(zip("ãÃðÐõÕýÝÌÒÞìò", "ăĂđĐơƠưƯ\u0300\u0309\u0303\u0301\u0323", strict=True))
_FROM_1258 = str.maketrans(_OF_1258)
_TO_1258 = {letter: shown for shown, letter in _OF_1258.items()}
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_VIQR_TONES = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_VIQR_MARKS = {"^": "\u0302", "(": "\u0306", "+": "\u031b"}
_VIQR_SIGNS = {mark: sign for sign, mark in (_VIQR_MARKS | _VIQR_TONES).items()}
_VIQR_BASES = {"^": "aeo", "(": "a", "+": "ou"}
# The backslash escapes what would be taken for a mark and nothing else: C:\dir is a path.
_VIQR = re.compile(r"\\(['`?~.^(+\\]|(?<=[dD]\\)[dD])|(dd|DD|Dd)|([aeiouyAEIOUY])([\^(+]?)(['`?~.]?)")


def encode_legacy(text: str, encoding: Encoding) -> str:
    """Write a text in a legacy encoding, as its bytes look when a program shows them as Latin-1.

    Takes a text in Unicode and returns a text of Latin-1, for test data and for programs that want the old form. Letters
    that the encoding does not have stay as they are; TCVN3 has codes for seven capitals only (a font shows the others),
    so its other capitals become small letters. Raises ValueError for an encoding that is none of `ENCODINGS`. The result
    has the bytes of the encoding as `result.encode("latin-1")`, as long as the text holds no other letters.

    >>> encode_legacy("Đại học", "tcvn3"), encode_legacy("Đại học.", "viqr")
    ('§¹i häc', 'DDa.i ho.c.')
    """
    check_encoding(encoding)
    composed = compose(text)
    if encoding == "viqr":
        escaped = re.sub(r"[dDđĐ](?=[dD])|\\(?=['`?~.^(+\\dD])", r"\g<0>\\", composed)
        escaped = re.sub(r"([aeiouyAEIOUYăâêôơưĂÂÊÔƠƯ\u1ea0-\u1ef9\u00c0-\u00fd])(?=['`?~.^(+])", "\\1\\\\", escaped)
        return "".join(map(_to_viqr, escaped))
    if encoding == "cp1258":
        return "".join(map(_to_1258, composed))
    table = _shown_forms()[encoding]
    return "".join(table.get(c) or table.get(c.lower(), c) for c in composed)


def check_encoding(encoding: str) -> None:
    """Raise ValueError for an encoding that is none of `ENCODINGS`."""
    if encoding not in ENCODINGS:
        raise ValueError(f"{encoding!r} is none of {', '.join(ENCODINGS)}")


def decode_chunk(chunk: str, encoding: Encoding) -> str:
    """A chunk between spaces as it is in the encoding; what the encoding does not use stays."""
    if encoding == "viqr":
        new = _VIQR.sub(_from_viqr, chunk)
        return compose(new) if new != chunk else chunk
    if encoding == "cp1258":
        return compose(chunk.translate(_FROM_1258))
    letters = _letters()[encoding]
    if encoding == "tcvn3":
        chunk = _DOT.sub("·", chunk).translate(_ALIKE)
    new = _patterns()[encoding].sub(lambda match: letters[match[0]], chunk)
    word = chunk.strip(_TYPOGRAPHIC + PUNCTUATION)
    if encoding == "viscii" and len(word) < len(chunk):
        inner = decode_chunk(word, encoding) if word else ""
        if all(map(is_syllable, _LETTERS.findall(inner))) or not is_vietnamese(new):
            start = chunk.find(word) if word else len(chunk)
            return chunk[:start] + inner + chunk[start + len(word) :]
    return compose(new) if new != chunk else chunk


def is_vietnamese(chunk: str) -> bool:
    """Whether every word of a converted chunk is right: a Vietnamese syllable, a name in its spelling, or plain ASCII."""
    if _CONTROL.search(chunk) or _LEFT_OVER.search(chunk):
        return False
    words = _LETTERS.findall(chunk)
    return bool(words) and all(map(_is_word, words))


def is_acronym(chunk: str) -> bool:
    """Whether a chunk holds no other words than acronyms and plain ASCII, one acronym beyond ASCII at least.

    >>> is_acronym("TNLĐ"), is_acronym("28/2003/NĐ-CP"), is_acronym("Đắk"), is_acronym("UBND")
    (True, True, False, False)
    """
    words = [word for word in _LETTERS.findall(chunk) if not word.isascii()]
    return bool(words) and all(map(_is_acronym, words))


def _is_acronym(word: str) -> bool:
    return len(word) <= LONGEST_ACRONYM and word.isupper() and all(c.isascii() or c in _OF_ACRONYMS for c in word)


def _is_word(word: str) -> bool:
    return word.isascii() or word in "đĐ" or is_syllable(word) or is_syllable(_as_spelt(word)) or _is_acronym(word)


def _as_spelt(name: str) -> str:
    """A name of the highlands in Vietnamese spelling: Đắk, Krông, Kạn as đắc, rông, cạn."""
    return _FINAL_K.sub("c", _CLUSTER.sub("", _K_BEFORE.sub("c", name.lower())))


def _from_viqr(match: re.Match[str]) -> str:
    escaped, stroke, vowel, mark, tone = match.groups()
    if escaped is not None:
        return str(escaped)
    if stroke:
        return "đ" if stroke == "dd" else "Đ"
    if mark and vowel.lower() not in _VIQR_BASES[mark]:
        return match[0]
    return str(vowel) + (_VIQR_MARKS[mark] if mark else "") + (_VIQR_TONES[tone] if tone else "")


def _to_viqr(c: str) -> str:
    if c in "đĐ":
        return "dd" if c == "đ" else "DD"
    decomposed = unicodedata.normalize("NFD", c)
    base, marks = decomposed[0], decomposed[1:]
    signs = sorted((_VIQR_SIGNS[mark] for mark in marks if mark in _VIQR_SIGNS), key=lambda sign: sign in _VIQR_TONES)
    return base + "".join(signs) if c.isalpha() and len(signs) == len(marks) else c


def _to_1258(c: str) -> str:
    decomposed = unicodedata.normalize("NFD", c)
    tones = _TONE.findall(decomposed)
    if not tones:
        return _TO_1258.get(c, c)
    base = unicodedata.normalize("NFC", _TONE.sub("", decomposed))
    return _TO_1258.get(base, base) + "".join(_TO_1258[tone] for tone in tones)


@cache
def _shown_forms() -> dict[str, dict[str, str]]:
    """By encoding: a Vietnamese letter -> the characters of Latin-1 that it is shown as."""
    tables: dict[str, dict[str, str]] = {"tcvn3": {}, "vni": {}, "viscii": {}}
    for _, (letter, *codes) in read_table(Path(__file__).parent / "legacy.tsv", 4):
        for name, code in zip(tables, codes, strict=True):
            if code != "-":
                tables[name][letter] = bytes.fromhex(code).decode("latin-1")
    return tables


@cache
def _letters() -> dict[str, dict[str, str]]:
    """By encoding: shown characters -> the letter; codes 80-9F also as Windows-1252 shows them."""
    found: dict[str, dict[str, str]] = {}
    for name, table in _shown_forms().items():
        here = found[name] = {shown: letter for letter, shown in table.items()}
        if name == "vni":
            # People type a capital with the small form of its mark ("Aùo").
            here |= {shown[0] + shown[1].lower(): c for c, shown in table.items() if shown[1:] and c.isupper()}
        for shown, letter in list(here.items()):
            windows = shown.encode("latin-1").decode("cp1252", "ignore")
            if len(windows) == len(shown):
                here.setdefault(windows, letter)
    return found


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """By encoding: what finds the shown characters, the longest first, for VNI writes a letter and its mark."""
    return {
        name: re.compile("|".join(re.escape(shown) for shown in sorted(table, key=len, reverse=True)))
        for name, table in _letters().items()
    }
