"""Text in the encodings before Unicode, shown as Western letters: TCVN3, VNI, VISCII and VIQR become Vietnamese.

"§¹i häc N«ng nghiÖp" is TCVN3 whose bytes were shown as Latin-1. Convert and check: every line is converted by every
encoding, and the one is taken by which nearly every changed word becomes a Vietnamese syllable. Lines with letters beyond
Latin-1 are Unicode already and are left alone, and so is what no encoding makes better. Short lines follow their text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from vitext.alignment import Change
from vitext.syllables import is_syllable

Encoding = Literal["tcvn3", "vni", "viscii", "viqr"]
ENCODINGS: tuple[Encoding, ...] = ("tcvn3", "vni", "viscii", "viqr")
#: A block proves its encoding with so many new syllables; so large a share of the changed words must be syllables, and so
#: large a share of all words must change.
PROOF, VALID, CHANGED = 3, 0.85, 0.3
#: Signs a space-separated word without which no encoding is tried; VIQR needs a circumflex instead.
SIGNS = 0.1
#: Letters that Unicode text in Vietnamese has and the bytes of a legacy encoding cannot be shown as.
_UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u036f]")
# Signs and letters that clean Vietnamese does not use. VIQR cannot do without a circumflex for long.
_SIGN = re.compile("[\x02\x05\x06\x14\x19\x1e\x80-\x9f¡-¿×÷ñïöûøäåëüÑÏÖÛØÄÅËÜ]")
_CHUNK = re.compile("[^ \t\n\r\f\v]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\d.*/|/.*\d|@|://|^www\.")
_VIQR_TONES = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_VIQR_MARKS = {"^": "\u0302", "(": "\u0306", "+": "\u031b"}
_VIQR = re.compile(r"\\(.)|(dd|DD|Dd)|([aeiouyAEIOUY])([\^(+]?)(['`?~.]?)")
_VIQR_BASES = {"^": "aeo", "(": "a", "+": "ou"}


def convert_legacy(text: str) -> list[Change]:
    """Every chunk between spaces that is in a legacy encoding, as Vietnamese.

    >>> [new for _, _, new in convert_legacy("§¹i häc N«ng nghiÖp Hµ Néi")]
    ['Đại', 'học', 'Nông', 'nghiệp', 'Hà', 'Nội']
    """
    if "^" not in text and not _SIGN.search(text):
        return []
    lines = [(match.start(), match[0]) for match in re.finditer(r"[^\n]+", text)]
    found = [detect_legacy(line) for _, line in lines]
    proved = {encoding for encoding in found if encoding}
    if not proved and (whole := detect_legacy(text)):
        proved = {whole}
    changes: list[Change] = []
    for (start, line), encoding in zip(lines, found, strict=True):
        # A short line proves nothing by itself: it is as the others are, if that makes all of it right.
        if encoding is None and len(proved) == 1 and not _UNICODE.search(line):
            (other,) = proved
            _, good, bad = _try(line, other)
            encoding = other if good and not bad else None
        if encoding:
            made, _, _ = _try(line, encoding)
            changes += [(start + a, start + b, new) for a, b, new in made]
    return changes


def detect_legacy(block: str) -> Encoding | None:
    """The encoding of a block, None for Unicode, for other languages and for what proves nothing.

    >>> detect_legacy("Ñaïi hoïc Noâng nghieäp"), detect_legacy("DDa.i ho.c No^ng nghie^.p"), detect_legacy("Đại học")
    ('vni', 'viqr', None)
    >>> detect_legacy("L'étude où déjà naïve Noël, Dvořák; 10 ® © « »") is None
    True
    """
    if not _may_be_legacy(block) or len(_UNICODE.findall(block)) > 0.05 * len(block.split()):
        return None
    best: Encoding | None = None
    most = 0
    words = len(_CHUNK.findall(block))
    for encoding in ENCODINGS:
        changes, good, bad = _try(block, encoding)
        enough = good >= min(PROOF, max(2, words)) and good >= VALID * (good + bad) and len(changes) >= CHANGED * words
        if enough and good - 2 * bad > most:
            best, most = encoding, good - 2 * bad
    return best


def encode_legacy(text: str, encoding: Encoding) -> str:
    """The text as its bytes look when shown as Latin-1; capitals that TCVN3 has no code for as small letters.

    >>> encode_legacy("Đại học", "tcvn3"), encode_legacy("Đại học.", "viqr")
    ('§¹i häc', 'DDa.i ho.c.')
    """
    composed = unicodedata.normalize("NFC", text)
    if encoding == "viqr":
        escaped = re.sub(r"([aeiouyAEIOUYăâêôơưĂÂÊÔƠƯ\u1ea0-\u1ef9\u00c0-\u00fd])(?=['`?~.^(+])", "\\1\\\\", composed)
        return "".join(map(_to_viqr, escaped))
    table = _tables()[encoding]
    return "".join(table.get(c) or table.get(c.lower(), c) for c in composed)


def _may_be_legacy(text: str) -> bool:
    """Whether there are enough of the signs: a quick look, for clean text and for what a recogniser damaged."""
    if "^" in text:
        return True
    return _SIGN.search(text) is not None and len(_SIGN.findall(text)) >= SIGNS * (text.count(" ") + 1)


def _try(block: str, encoding: Encoding) -> tuple[list[Change], int, int]:
    """The changes, how many of them make a Vietnamese syllable, and how many make something else."""
    changes: list[Change] = []
    good = bad = 0
    chunks = [(match.start(), match.end(), match[0]) for match in _CHUNK.finditer(block)]
    capitals = {i for i, (_, _, chunk) in enumerate(chunks) if encoding == "tcvn3" and _in_capitals(chunk, 2)}
    for i, (start, end, chunk) in enumerate(chunks):
        if _CODE.search(chunk):
            continue
        new = _convert(chunk, encoding)
        # One capital alone starts a name (Hµ), or stands among words in capitals (KÕ HO¹CH).
        if i in capitals or ({i - 1, i + 1} & capitals and _in_capitals(chunk, 0)):
            new = new.upper()
        if new == chunk:
            continue
        changes.append((start, end, new))
        words = _LETTERS.findall(new)
        whole = all(word.isascii() or is_syllable(word) for word in words)
        if words and whole and not _CONTROL.search(new):
            good += 1
        else:
            bad += 1
    return changes, good, bad


def _in_capitals(chunk: str, least: int) -> bool:
    """Whether the plain letters of a chunk, at least so many, are capitals: TCVN3 has a font of capitals for the others."""
    plain = [c for c in chunk if c.isascii() and c.isalpha()]
    return len(plain) >= least and all(c.isupper() for c in plain)


def _convert(chunk: str, encoding: Encoding) -> str:
    if encoding == "viqr":
        return unicodedata.normalize("NFC", _VIQR.sub(_from_viqr, chunk))
    return _patterns()[encoding].sub(lambda match: _back()[encoding][match[0]], chunk)


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
    back = {mark: sign for sign, mark in (_VIQR_MARKS | _VIQR_TONES).items()}
    decomposed = unicodedata.normalize("NFD", c)
    base, marks = decomposed[0], decomposed[1:]
    signs = sorted((back[mark] for mark in marks if mark in back), key=lambda sign: sign in _VIQR_TONES)
    return base + "".join(signs) if c.isalpha() and len(signs) == len(marks) else c


@cache
def _tables() -> dict[str, dict[str, str]]:
    """Letter to what it looks like, by encoding."""
    tables: dict[str, dict[str, str]] = {"tcvn3": {}, "vni": {}, "viscii": {}}
    for line in _rows():
        letter, *codes = line.split("\t")
        for name, code in zip(tables, codes, strict=True):
            if code != "-":
                tables[name][letter] = bytes.fromhex(code).decode("latin-1")
    return tables


def _rows() -> Iterator[str]:
    lines = (Path(__file__).parent / "legacy.tsv").read_text("utf-8").splitlines()
    return (line for line in lines if line and not line.startswith("#"))


@cache
def _back() -> dict[str, dict[str, str]]:
    """What a letter looks like to the letter; codes 80-9F also as Windows-1252 shows them."""
    back: dict[str, dict[str, str]] = {}
    for name, table in _tables().items():
        here = back[name] = {shown: letter for letter, shown in table.items()}
        for shown, letter in list(here.items()):
            windows = shown.encode("latin-1").decode("cp1252", "ignore")
            if len(windows) == len(shown):
                here.setdefault(windows, letter)
    return back


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """The longest first: VNI writes a letter and its mark."""
    return {
        name: re.compile("|".join(re.escape(shown) for shown in sorted(table, key=len, reverse=True)))
        for name, table in _back().items()
    }
