"""Find text in the encodings before Unicode that is shown as Western letters, and make it Vietnamese again.

"§¹i häc N«ng nghiÖp" is TCVN3 whose bytes were shown as Latin-1. Convert and check: every line is converted by every
encoding, and the one is taken by which nearly every changed word becomes a Vietnamese syllable that it was not before.
Lines with letters beyond Latin-1 are Unicode already and are left alone, and so is what no encoding makes better. Short
lines follow their text.

What the bytes do not tell: a TCVN3 word of capitals without two plain letters among words in small letters ("ñy ban" may be
"Ủy ban"), and "nha." in VIQR, which is "nhạ" by RFC 1456 unless the stop is escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from vitext.alignment import Change
from vitext.encodings import ENCODINGS, PUNCTUATION, Encoding, check_encoding, decode_chunk, is_vietnamese
from vitext.syllables import is_syllable

#: A block proves its encoding with so many new syllables.
MIN_PROOF = 3
#: Share of the changed words that must be syllables.
MIN_VALID_SHARE = 0.8
#: Share of all words that must change.
MIN_CHANGED_SHARE = 0.3
#: A line with fewer new syllables is first tried in the encoding of most others.
STRONG_PROOF = 6
#: Signs a space-separated word without which no encoding is tried; VIQR needs a circumflex instead.
MIN_SIGN_SHARE = 0.1
#: Letters of Unicode a word from which a block is no legacy text.
MAX_UNICODE_SHARE = 0.05

#: Letters that Unicode text in Vietnamese has and the bytes of a legacy encoding cannot be shown as.
_UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u036f]")
# Signs and letters that clean Vietnamese does not use. VIQR cannot do without a circumflex for long.
_SIGN = re.compile("[\x02\x05\x06\x14\x19\x1e\x80-\x9f¡-¿×÷ñïöûøäåëüÑÏÖÛØÄÅËÜ]")
_CHUNK = re.compile(r"\S+")
# In VISCII the no-break space and other controls are letters.
_VISCII_CHUNK = re.compile("[^ \t\n\r\f\v]+")
_VISCII_CONTROL = re.compile("[\x02\x05\x06\x14\x19\x1e]")
_LINE = re.compile(r"[^\n]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"@|://|^www\.", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# A sign of a legacy encoding at a letter.
_BESIDE = re.compile("[^\\W\\d_][\x80-\x9f¡-¿×÷^]|[\x80-\x9f¡-¿][^\\W\\d_]")
# TCVN3: letters, capitals that have codes, and a capital behind another letter, which a font of capitals explains.
_TCVN3_LETTER = re.compile("[A-Za-z¡-ÿ]")
_CAPITAL = re.compile("[A-Z¡-§]")
_SMALL = re.compile("[a-z]")
_CAPITAL_INSIDE = re.compile("[A-Z¡-ÿ][A-Z¡-§]")
_ONLY_E = re.compile("[\x00-\x7féÉ‘’“”]*")
# What ordinary punctuation does not do to a vowel.
_VIQR_SURE = re.compile(r"[\^]|[aA]\(|[oOuU]\+|^\W*(?:dd|D[dD])|[aeiouyAEIOUY](?:[`~]|['?.][^\W\d_])")


def convert_legacy(text: str, encoding: Encoding | None = None) -> list[Change]:
    """Find every chunk between spaces that is in a legacy encoding, and what it is in Vietnamese.

    Returns the changes in the order of the text, each (start, end, new text); an empty list for a text that is none. With
    `encoding` the caller knows what the text is in, and nothing has to be proved: every chunk is converted but web and mail
    addresses, numbered codes, and whole lines with letters that only Unicode has; ValueError is raised for an encoding that
    is none of `ENCODINGS`. Do not convert a text twice that way: the
    "ó" that came out of the first conversion is a letter of TCVN3 too.

    >>> [new for _, _, new in convert_legacy("§¹i häc N«ng nghiÖp Hµ Néi")]
    ['Đại', 'học', 'Nông', 'nghiệp', 'Hà', 'Nội']
    >>> convert_legacy("cã"), convert_legacy("cã", "tcvn3")
    ([], [(0, 2, 'có')])
    """
    if encoding is not None:
        check_encoding(encoding)
        return [change for start, line in _lines(text) for change in _moved(_convert_known(line, encoding), start)]
    if "^" not in text and not _SIGN.search(text):
        return []
    lines = _lines(text)
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
        if not own or (own.encoding != ranked[0] and own.good < STRONG_PROOF):
            # A short line proves little by itself: it is as the others are, if that makes all of it right.
            made = next(filter(None, (_follow(line, encoding, whole) for encoding in ranked)), made)
        changes += _moved(made, start)
    return changes


def detect_legacy(block: str) -> Encoding | None:
    """Tell in which legacy encoding a block is.

    Takes a block of text, returns the name of the encoding; None for Unicode, for other languages and for what proves
    nothing.

    >>> detect_legacy("Ñaïi hoïc Noâng nghieäp"), detect_legacy("DDa.i ho.c No^ng nghie^.p"), detect_legacy("Đại học")
    ('vni', 'viqr', None)
    >>> detect_legacy("L'étude où déjà naïve Noël, Dvořák; 10 ® © « »") is None
    True
    """
    proof = _judge(block)
    return proof.encoding if proof else None


def _lines(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match[0]) for match in _LINE.finditer(text)]


def _moved(changes: list[Change], by: int) -> list[Change]:
    return [(start + by, end + by, new) for start, end, new in changes]


def _may_be_legacy(text: str) -> bool:
    """Whether there are enough of the signs: a quick look, for clean text and for what a recogniser damaged."""
    if "^" in text:
        return True
    return _SIGN.search(text) is not None and len(_SIGN.findall(text)) >= MIN_SIGN_SHARE * (text.count(" ") + 1)


class _Proof(NamedTuple):
    """What an encoding makes of a block: the changes, the new syllables among them, and what became no syllable."""

    encoding: Encoding
    changes: list[Change]
    good: int
    bad: int


def _judge(block: str) -> _Proof | None:
    """The encoding that makes a block right, if one does."""
    if not _may_be_legacy(block) or len(_UNICODE.findall(block)) > MAX_UNICODE_SHARE * len(block.split()):
        return None
    best: _Proof | None = None
    words = len(_CHUNK.findall(block))
    least = 2 if words == 2 and _BESIDE.search(block) else MIN_PROOF
    plain = block.isascii() and not _VISCII_CONTROL.search(block)
    for proof in (_try(block, encoding) for encoding in (ENCODINGS[3:] if plain else ENCODINGS)):
        _, changes, good, bad = proof
        enough = good >= least and good >= MIN_VALID_SHARE * (good + bad) and len(changes) >= MIN_CHANGED_SHARE * words
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
    return changes if sum(map(is_syllable, words)) >= MIN_VALID_SHARE * len(words) else []


def _apply(line: str, changes: list[Change]) -> str:
    pieces = []
    at = 0
    for start, end, new in changes:
        pieces += [line[at:start], new]
        at = end
    return "".join((*pieces, line[at:]))


def _is_code(chunk: str) -> bool:
    """Whether a chunk is an address or a numbered code, which no encoding changes."""
    return ("/" in chunk and _DIGIT.search(chunk) is not None) or _ADDRESS.search(chunk) is not None


def _convert_known(line: str, encoding: Encoding) -> list[Change]:
    """The changes to a line that is known to be in an encoding, unless its letters show that it is Unicode."""
    return [] if _UNICODE.search(line) else _try(line, encoding).changes


def _try(block: str, encoding: Encoding) -> _Proof:
    """Convert every chunk that is no address and no code; what would only get worse stays."""
    found = list((_VISCII_CHUNK if encoding == "viscii" else _CHUNK).finditer(block))
    # A text has far fewer different chunks than chunks.
    decoded = {chunk: decode_chunk(chunk, encoding) for chunk in {match[0] for match in found} if not _is_code(chunk)}
    pairs = [(match, decoded[match[0]]) for match in found if match[0] in decoded]
    if encoding == "tcvn3":
        capitals = _find_capitals([match[0] for match, _ in pairs])
        pairs = [(match, new.upper() if i in capitals else new) for i, (match, new) in enumerate(pairs)]
    valid = {new: is_vietnamese(new) for new in {new for match, new in pairs if new != match[0]}}
    changes: list[Change] = []
    good = bad = 0
    for match, new in pairs:
        chunk = match[0]
        if new == chunk:
            continue
        was = is_syllable(chunk.strip(PUNCTUATION))
        if valid[new]:
            # One sign alone (½, ±) proves no vowel, and é is what a recogniser makes of any e.
            unproved = was or len(new.strip(PUNCTUATION)) < 2 or (encoding == "tcvn3" and _ONLY_E.fullmatch(chunk))
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
    while lead < least and old[lead] == new[lead] and old[lead] in PUNCTUATION:
        lead += 1
    while lead + tail < least and old[-1 - tail] == new[-1 - tail] and old[-1 - tail] in PUNCTUATION:
        tail += 1
    return start + lead, start + len(old) - tail, new[lead : len(new) - tail]


def _find_capitals(chunks: list[str]) -> set[int]:
    """Which chunks of TCVN3 were set in the font of capitals, which shows small letters as capitals.

    A capital behind another letter tells (HO¹CH). One capital alone starts a name (Hµ Néi), or stands among words in
    capitals (KÕ HO¹CH); acronyms (TP. Hµ Néi) do not count as such.
    """
    small = {i for i, chunk in enumerate(chunks) if _SMALL.search(chunk)}
    told = {i for i, chunk in enumerate(chunks) if i not in small and _CAPITAL_INSIDE.search(chunk)}
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
