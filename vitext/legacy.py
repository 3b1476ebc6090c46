"""Text in the encodings before Unicode, shown as Western letters: TCVN3, VNI, VISCII and VIQR become Vietnamese.

"§¹i häc N«ng nghiÖp" is TCVN3 whose bytes were shown as Latin-1. Convert and check: every line is converted by every
encoding, and the one is taken by which nearly every changed word becomes a Vietnamese syllable that it was not before.
Lines with letters beyond Latin-1 are Unicode already and are left alone, and so is what no encoding makes better. Short
lines follow their text.

What the bytes do not tell: a TCVN3 word of capitals without two plain letters among words in small letters ("ñy ban" may be
"Ủy ban"), and "nha." in VIQR, which is "nhạ" by RFC 1456 unless the stop is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from vitext.alignment import Change
from vitext.syllables import is_syllable
from vitext.tables import read_table

Encoding = Literal["tcvn3", "vni", "viscii", "viqr"]
ENCODINGS: tuple[Encoding, ...] = ("tcvn3", "vni", "viscii", "viqr")
#: A block proves its encoding with so many new syllables; so large a share of the changed words must be syllables, and so
#: large a share of all words must change.
PROOF, VALID, CHANGED = 3, 0.8, 0.3
#: A line with fewer new syllables is first tried in the encoding of most others.
STRONG = 6
#: Signs a space-separated word without which no encoding is tried; VIQR needs a circumflex instead.
SIGNS = 0.1
#: Letters that Unicode text in Vietnamese has and the bytes of a legacy encoding cannot be shown as.
_UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u036f]")
# Signs and letters that clean Vietnamese does not use. VIQR cannot do without a circumflex for long.
_SIGN = re.compile("[\x02\x05\x06\x14\x19\x1e\x80-\x9f¡-¿×÷ñïöûøäåëüÑÏÖÛØÄÅËÜ]")
# In VISCII the no-break space and other controls are letters.
_VISCII_CHUNK = re.compile("[^ \t\n\r\f\v]+")
_CHUNK = re.compile(r"\S+")
_VISCII_CONTROL = re.compile("[\x02\x05\x06\x14\x19\x1e]")
# A sign of a legacy encoding at a letter, and one that a conversion left within a word.
_BESIDE = re.compile("[^\\W\\d_][\x80-\x9f¡-¿×÷^]|[\x80-\x9f¡-¿][^\\W\\d_]")
_LEFT_OVER = re.compile("[^\\W\\d_][¡-¿×÷][^\\W\\d_]")
# TCVN3: letters, capitals that have codes, and a capital behind another letter, which a font of capitals explains.
_TCVN3_LETTER, _CAPITAL, _SMALL = re.compile("[A-Za-z¡-ÿ]"), re.compile("[A-Z¡-§]"), re.compile("[a-z]")
_TOLD = re.compile("[A-Z¡-ÿ][A-Z¡-§]")
_ONLY_E = re.compile("[\x00-\x7féÉ‘’“”]*")
_FINAL_K, _CLUSTER = re.compile("k$"), re.compile("^[bkp](?=[lr])")
_K_BEFORE = re.compile("^k(?=[^eêiyhrlèéẻẽẹềếểễệìíỉĩịỳýỷỹỵ])")
# What may stand around a word; Windows-1252 shows some capitals of VISCII as signs of the second row.
_AROUND = ".,;:!?\"'()[]-"
_TYPOGRAPHIC = "‘’“”•–—…"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\d.*/|/.*\d|@|://|^www\.", re.IGNORECASE)
_VIQR_TONES = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_VIQR_MARKS = {"^": "\u0302", "(": "\u0306", "+": "\u031b"}
# The backslash escapes what would be read as a mark and nothing else: C:\dir is a path.
_VIQR = re.compile(r"\\(['`?~.^(+\\]|(?<=[dD]\\)[dD])|(dd|DD|Dd)|([aeiouyAEIOUY])([\^(+]?)(['`?~.]?)")
# What ordinary punctuation does not do to a vowel.
_VIQR_SURE = re.compile(r"[\^]|[aA]\(|[oOuU]\+|^\W*(?:dd|D[dD])|[aeiouyAEIOUY](?:[`~]|['?.][^\W\d_])")
_VIQR_BASES = {"^": "aeo", "(": "a", "+": "ou"}


def convert_legacy(text: str) -> list[Change]:
    """Every chunk between spaces that is in a legacy encoding, as Vietnamese.

    >>> [new for _, _, new in convert_legacy("§¹i häc N«ng nghiÖp Hµ Néi")]
    ['Đại', 'học', 'Nông', 'nghiệp', 'Hà', 'Nội']
    """
    if "^" not in text and not _SIGN.search(text):
        return []
    lines = [(match.start(), match[0]) for match in re.finditer(r"[^\n]+", text)]
    found = [_judge(line) for _, line in lines]
    proofs: Counter[Encoding] = Counter()
    for proof in filter(None, found):
        proofs[proof.encoding] += proof.good
    # Text of one piece may prove together what no line does; once a part of it is Unicode, it may not.
    whole = not _UNICODE.search(text)
    if not proofs and whole and len(lines) > 1 and (together := _judge(text)):
        proofs[together.encoding] += together.good
    changes: list[Change] = []
    ranked = [encoding for encoding, _ in proofs.most_common()]
    for (start, line), own in zip(lines, found, strict=True):
        made = own.changes if own else []
        if not own or (own.encoding != ranked[0] and own.good < STRONG):
            # A short line proves little by itself: it is as the others are, if that makes all of it right.
            made = next(filter(None, (_follow(line, encoding, whole) for encoding in ranked)), made)
        changes += [(start + a, start + b, new) for a, b, new in made]
    return changes


def detect_legacy(block: str) -> Encoding | None:
    """The encoding of a block, None for Unicode, for other languages and for what proves nothing.

    >>> detect_legacy("Ñaïi hoïc Noâng nghieäp"), detect_legacy("DDa.i ho.c No^ng nghie^.p"), detect_legacy("Đại học")
    ('vni', 'viqr', None)
    >>> detect_legacy("L'étude où déjà naïve Noël, Dvořák; 10 ® © « »") is None
    True
    """
    proof = _judge(block)
    return proof.encoding if proof else None


def encode_legacy(text: str, encoding: Encoding) -> str:
    """The text as its bytes look when shown as Latin-1; capitals that TCVN3 has no code for as small letters.

    >>> encode_legacy("Đại học", "tcvn3"), encode_legacy("Đại học.", "viqr")
    ('§¹i häc', 'DDa.i ho.c.')
    """
    composed = unicodedata.normalize("NFC", text)
    if encoding == "viqr":
        escaped = re.sub(r"[dDđĐ](?=[dD])|\\(?=['`?~.^(+\\dD])", r"\g<0>\\", composed)
        escaped = re.sub(r"([aeiouyAEIOUYăâêôơưĂÂÊÔƠƯ\u1ea0-\u1ef9\u00c0-\u00fd])(?=['`?~.^(+])", "\\1\\\\", escaped)
        return "".join(map(_to_viqr, escaped))
    table = _tables()[encoding]
    return "".join(table.get(c) or table.get(c.lower(), c) for c in composed)


def _may_be_legacy(text: str) -> bool:
    """Whether there are enough of the signs: a quick look, for clean text and for what a recogniser damaged."""
    if "^" in text:
        return True
    return _SIGN.search(text) is not None and len(_SIGN.findall(text)) >= SIGNS * (text.count(" ") + 1)


class _Proof(NamedTuple):
    """What an encoding makes of a block: the changes, the new syllables among them, and what became no syllable."""

    encoding: Encoding
    changes: list[Change]
    good: int
    bad: int


def _judge(block: str) -> _Proof | None:
    """The encoding that makes a block right, if one does."""
    if not _may_be_legacy(block) or len(_UNICODE.findall(block)) > 0.05 * len(block.split()):
        return None
    best: _Proof | None = None
    words = len(_CHUNK.findall(block))
    least = 2 if words == 2 and _BESIDE.search(block) else PROOF
    plain = block.isascii() and not _VISCII_CONTROL.search(block)
    for proof in (_try(block, encoding) for encoding in (ENCODINGS[3:] if plain else ENCODINGS)):
        _, changes, good, bad = proof
        enough = good >= least and good >= VALID * (good + bad) and len(changes) >= CHANGED * words
        if enough and good - 2 * bad > (best.good - 2 * best.bad if best else 0):
            best = proof
    return best


def _follow(line: str, encoding: Encoding, whole: bool) -> list[Change]:
    """The changes to a line that proves nothing, none unless they make the whole line Vietnamese.

    Where the whole text is legacy, one syllable may become another (cã, có); among Unicode it could be either.
    """
    if _UNICODE.search(line) or (encoding == "viqr" and not any(map(_VIQR_SURE.search, line.split()))):
        return []
    _, changes, good, bad = _try(line, encoding)
    if bad or not (good or whole):
        return []
    # Enumerators and acronyms are no syllables and need not be.
    words = [word for word in _LETTERS.findall(_apply(line, changes)) if len(word) > 1]
    words = [word for word in words if not (word.isascii() and word.isupper())]
    return changes if sum(map(is_syllable, words)) >= VALID * len(words) else []


def _apply(line: str, changes: list[Change]) -> str:
    for start, end, new in reversed(changes):
        line = line[:start] + new + line[end:]
    return line


def _try(block: str, encoding: Encoding) -> _Proof:
    """Convert every chunk that is no address and no code; what would only get worse stays."""
    found = (_VISCII_CHUNK if encoding == "viscii" else _CHUNK).finditer(block)
    pairs = [(match, _convert(match[0], encoding)) for match in found if not _CODE.search(match[0])]
    if encoding == "tcvn3":
        capitals = _find_capitals([match[0] for match, _ in pairs])
        pairs = [(match, new.upper() if i in capitals else new) for i, (match, new) in enumerate(pairs)]
    changes: list[Change] = []
    good = bad = 0
    for match, new in pairs:
        chunk = match[0]
        if new == chunk:
            continue
        was = is_syllable(chunk.strip(_AROUND))
        if _is_right(new):
            # One sign alone (½, ±) proves no vowel, and é is what a recogniser makes of any e.
            unproved = was or len(new.strip(_AROUND)) < 2 or (encoding == "tcvn3" and _ONLY_E.fullmatch(chunk))
            good += not unproved and not new.isascii()
        else:
            bad += 1
            if was or (encoding == "viqr" and not _VIQR_SURE.search(chunk)):
                continue
        changes.append(_trim(match.start(), chunk, new))
    return _Proof(encoding, changes, good, bad)


def _trim(start: int, old: str, new: str) -> Change:
    """The change of a chunk without the punctuation around it."""
    lead = tail = 0
    least = min(len(old), len(new))
    while lead < least and old[lead] == new[lead] and old[lead] in _AROUND:
        lead += 1
    while lead + tail < least and old[-1 - tail] == new[-1 - tail] and old[-1 - tail] in _AROUND:
        tail += 1
    return start + lead, start + len(old) - tail, new[lead : len(new) - tail]


def _is_right(new: str) -> bool:
    """Whether every word is a Vietnamese syllable or plain."""
    if _CONTROL.search(new) or _LEFT_OVER.search(new):
        return False
    words = _LETTERS.findall(new)
    return bool(words) and all(map(_is_word, words))


def _is_word(word: str) -> bool:
    return word.isascii() or word in "đĐ" or is_syllable(word) or is_syllable(_as_spelt(word))


def _as_spelt(name: str) -> str:
    """A name of the highlands in Vietnamese spelling: Đắk, Krông, Kạn as đắc, rông, cạn."""
    return _FINAL_K.sub("c", _CLUSTER.sub("", _K_BEFORE.sub("c", name.lower())))


def _find_capitals(chunks: list[str]) -> set[int]:
    """Which chunks of TCVN3 were set in the font of capitals, which shows small letters as capitals.

    A capital behind another letter tells (HO¹CH). One capital alone starts a name (Hµ Néi), or stands among words in
    capitals (KÕ HO¹CH); acronyms (TP. Hµ Néi) do not count as such.
    """
    small = {i for i, chunk in enumerate(chunks) if _SMALL.search(chunk)}
    told = {i for i, chunk in enumerate(chunks) if i not in small and _TOLD.search(chunk)}
    if not small:
        return set(range(len(chunks))) if told else set()
    shown = {i for i in told if not chunks[i].isascii()}
    lettered = [i for i, chunk in enumerate(chunks) if _TCVN3_LETTER.search(chunk)]
    for i, before, after in reversed(list(zip(lettered, [-1, *lettered], [*lettered[1:], -1], strict=False))):
        if i in small or i in told:
            continue
        named = _CAPITAL.search(chunks[i]) or before in told
        if (after in shown and named) or (after < 0 and before in shown):
            told.add(i)
            shown.add(i)
    return told


def _convert(chunk: str, encoding: Encoding) -> str:
    if encoding == "viqr":
        new = _VIQR.sub(_from_viqr, chunk)
        return unicodedata.normalize("NFC", new) if new != chunk else chunk
    new = _patterns()[encoding].sub(lambda match: _back()[encoding][match[0]], chunk)
    word = chunk.strip(_TYPOGRAPHIC + _AROUND)
    if encoding == "viscii" and len(word) < len(chunk):
        inner = _convert(word, encoding) if word else ""
        if all(map(is_syllable, _LETTERS.findall(inner))) or not _is_right(new):
            start = chunk.find(word) if word else len(chunk)
            return chunk[:start] + inner + chunk[start + len(word) :]
    return unicodedata.normalize("NFC", new) if new != chunk else chunk


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
    for _, (letter, *codes) in read_table(Path(__file__).parent / "legacy.tsv", 4):
        for name, code in zip(tables, codes, strict=True):
            if code != "-":
                tables[name][letter] = bytes.fromhex(code).decode("latin-1")
    return tables


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
