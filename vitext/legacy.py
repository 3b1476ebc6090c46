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
from collections.abc import Sequence

from vitext.alignment import Change
from vitext.correction.western import is_western
from vitext.encodings import ENCODINGS, PUNCTUATION, Encoding, check_encoding, decode_chunk, is_acronym, is_vietnamese
from vitext.horns import CERTAIN, Horns, tell_horns
from vitext.legacy_line import (
    CHUNK,
    LETTERS,
    MIN_PROOF,
    MIN_VALID_SHARE,
    SIGN,
    STRANGE,
    TONE_1258,
    UNICODE,
    VIQR_SURE,
    apply,
    decode,
    is_neutral,
    judge,
    rarity,
    trim,
    try_encoding,
)
from vitext.syllables import is_syllable

#: A line with fewer new syllables is first tried in the encoding of most others.
STRONG_PROOF = 6
#: Words with such letters, for each syllable that proves an encoding, in a document that is whole in the encoding.
MAX_UNICODE_WORDS = 0.1
#: Letters and marks as which Windows-1258 shows bytes that Windows-1252 shows otherwise.
_TO_1252 = {
    ord(shown): byte
    for byte, shown in zip(
        b"\xc3\xcc\xd0\xd2\xd5\xdd\xde\xe3\xec\xf0\xf2\xf5\xfd", "Ă\u0300Đ\u0309ƠƯ\u0303ă\u0301đ\u0323ơư", strict=True
    )
}
_OF_1258 = re.compile("[ĂĐƠƯăđơư\u0300\u0301\u0303\u0309\u0323]")
_LINE = re.compile(r"[^\n]+")


def convert_legacy(text: str, encoding: Encoding | None = None) -> list[Change]:
    """Find every chunk between spaces that is in a legacy encoding, and what it is in Vietnamese.

    Returns the changes in the order of the text, each (start, end, new text); an empty list for a text that is none. With
    `encoding` the caller knows what the text is in, and nothing has to be proved: every chunk is converted but web and mail
    addresses, and whole lines with letters that only Unicode has; ValueError is raised for an encoding that is none of
    `ENCODINGS`. Do not convert a text twice that way: the "ó" that came out of the first conversion is one of TCVN3 too.

    >>> [new for _, _, new in convert_legacy("§¹i häc N«ng nghiÖp Hµ Néi, 7/Q§-UB")]
    ['Đại', 'học', 'Nông', 'nghiệp', 'Hà', 'Nội', '7/QĐ-UB']
    >>> convert_legacy("cã"), convert_legacy("cã", "tcvn3")
    ([], [(0, 2, 'có')])
    """
    if encoding is None:
        return convert_blocks([text])[0]
    check_encoding(encoding)
    lines = _lines(text)
    horns = _tell_horns([line for _, line in lines]) if encoding == "tcvn3" else CERTAIN
    return [change for start, line in lines for change in _moved(_convert_known(line, encoding, horns), start)]


def convert_blocks(blocks: Sequence[str]) -> list[list[Change]]:
    """As `convert_legacy`, for the blocks of one document: what their encoding is, all of them tell together.

    >>> [[new for _, _, new in changes] for changes in convert_blocks(["§¹i häc N«ng nghiÖp", "Sè: 7"])]
    [['Đại', 'học', 'Nông', 'nghiệp'], ['Số']]
    """
    if not any("^" in block or SIGN.search(block) or TONE_1258.search(block) for block in blocks) or is_western(blocks):
        return [[] for _ in blocks]
    lines = [_lines(block) for block in blocks]
    made = iter(_convert_lines([line for found in lines for _, line in found]))
    return [[change for start, _ in found for change in _moved(next(made), start)] for found in lines]


def _convert_lines(lines: list[str]) -> list[list[Change]]:
    """The changes to each line of a document."""
    lines = _as_western(lines)
    found = [judge(line) for line in lines]
    proofs: Counter[Encoding] = Counter()
    for proof in filter(None, found):
        proofs[proof.encoding] += proof.good
    unicode = sum(1 for line in lines if UNICODE.search(line) for word in line.split() if UNICODE.search(word))
    # Text of one piece may prove together what no line does; once a part of it is Unicode, it may not.
    if not proofs and not unicode and len(lines) > 1 and (together := judge("\n".join(lines))):
        proofs[together.encoding] += together.good
    if not proofs:
        return _convert_runs(lines, ENCODINGS[:2], proved=False)
    whole = unicode <= MAX_UNICODE_WORDS * proofs.total()
    ranked = [encoding for encoding, _ in proofs.most_common()]
    horns = _tell_horns(lines) if ranked[0] == "tcvn3" else CERTAIN
    changes = []
    for line, own in zip(lines, found, strict=True):
        if own and (own.encoding == ranked[0] or own.good >= STRONG_PROOF):
            made = try_encoding(line, own.encoding, horns).changes if horns != CERTAIN else own.changes
        else:
            # A short line proves little by itself: it is as the others are, if that makes all of it right.
            follows = [follow for encoding in ranked if (follow := _follow(line, encoding, whole, horns))]
            made = (min(follows, key=rarity) if len(follows) > 1 else follows[0]) if follows else own.changes if own else []
        changes.append(made)
    rest = _convert_runs([line if not made else "" for line, made in zip(lines, changes, strict=True)], ranked, proved=True)
    return [made or run for made, run in zip(changes, rest, strict=True)]


def _as_western(lines: list[str]) -> list[str]:
    """The lines as Windows-1252 shows their bytes, where Windows-1258 showed them ("chƯnh" for "chÝnh").

    A line with signs inside its words, which proves an encoding so and not as it stands, shows that for its document.
    """
    shown = [line.translate(_TO_1252) if _OF_1258.search(line) else line for line in lines]
    for line, western in zip(lines, shown, strict=True):
        if western is not line and not UNICODE.search(western) and len(STRANGE.findall(western)) >= MIN_PROOF:
            proof = judge(western)
            if proof and proof.encoding in ENCODINGS[:2] and not judge(line):
                return [line if UNICODE.search(western) else western for line, western in zip(lines, shown, strict=True)]
    return lines


def _follow(line: str, encoding: Encoding, whole: bool, horns: Horns) -> list[Change]:
    """The changes to a line that proves nothing, as its document is in an encoding.

    Where the `whole` document is, a line is where most of its signs make Vietnamese, and one syllable may become another
    (cã, có). Among Unicode it could be either: all of the line must be right.
    """
    if UNICODE.search(line) or (encoding == "viqr" and not any(map(VIQR_SURE.search, line.split()))):
        return []
    _, changes, good, bad = try_encoding(line, encoding, horns)
    if whole and encoding != "viqr":
        # What is no Vietnamese afterwards may be another language, but no language has such signs inside a word.
        left = [chunk for chunk in apply(line, changes).split() if not chunk.isascii() and not is_vietnamese(chunk)]
        strange = sum(1 for chunk in line.split() if STRANGE.search(chunk))
        return changes if len(changes) >= 2 * (max(bad, len(left)) - strange) else []
    if good < 2 * bad or not (good or whole):
        return []
    # Enumerators and acronyms are no syllables and need not be.
    words = [word for word in LETTERS.findall(apply(line, changes)) if len(word) > 1]
    words = [word for word in words if not ((word.isascii() or is_acronym(word)) and word.isupper())]
    return changes if sum(map(is_syllable, words)) >= MIN_VALID_SHARE * len(words) else []


def _convert_runs(lines: list[str], encodings: Sequence[Encoding], *, proved: bool) -> list[list[Change]]:
    """The changes to single words in lines of Unicode, where several words of a document are in an encoding.

    Such a word holds a sign that no word of Vietnamese has, and is a syllable when it is converted.
    """
    best: list[list[Change]] = [[] for _ in lines]
    for encoding in encodings:
        if encoding in ("viqr", "cp1258"):
            continue
        made = [_find_runs(line, encoding, proved) if proved or UNICODE.search(line) else ([], 0) for line in lines]
        new = [new for changes, _ in made for _, _, new in changes]
        bad = sum(count for _, count in made)
        if proved or (len(set(new)) >= MIN_PROOF and len(new) >= MIN_VALID_SHARE * (len(new) + bad)):
            best = [max(changes, one, key=len) for changes, (one, _) in zip(best, made, strict=True)]
    return best


def _find_runs(line: str, encoding: Encoding, proved: bool) -> tuple[list[Change], int]:
    """The words of a line that an encoding makes syllables, and how many with such signs it does not."""
    changes: list[Change] = []
    bad = 0
    for match in CHUNK.finditer(line):
        chunk = match[0]
        if len(chunk) < 2 or chunk.isascii() or UNICODE.search(chunk) or is_syllable(chunk.strip(PUNCTUATION)):
            continue
        # VNI writes two letters for one, which is sign enough in a text that proves it elsewhere.
        if not SIGN.search(chunk) and not (proved and encoding == "vni"):
            continue
        new = decode(chunk, encoding, CERTAIN)
        if not is_vietnamese(new):
            bad += 1
        elif new != chunk and not is_neutral(new):
            changes.append(trim(match.start(), chunk, new))
    return (changes, bad) if len(changes) > bad else ([], bad)


def detect_legacy(block: str) -> Encoding | None:
    """Tell in which legacy encoding a block is.

    Takes a block of text, returns the name of the encoding; None for Unicode, for other languages and for what proves
    nothing.

    >>> detect_legacy("Ñaïi hoïc Noâng nghieäp"), detect_legacy("DDa.i ho.c No^ng nghie^.p"), detect_legacy("Đại học")
    ('vni', 'viqr', None)
    >>> detect_legacy("L'étude où déjà naïve Noël, Dvořák; 10 ® © « »") is None
    True
    """
    proof = judge(block)
    return proof.encoding if proof else None


def _lines(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match[0]) for match in _LINE.finditer(text)]


def _moved(changes: list[Change], by: int) -> list[Change]:
    return [(start + by, end + by, new) for start, end, new in changes]


def _tell_horns(lines: list[str]) -> Horns:
    """How a document of TCVN3 lost its letter ư."""
    return tell_horns(decode_chunk(chunk, "tcvn3") for line in lines if not UNICODE.search(line) for chunk in line.split())


def _convert_known(line: str, encoding: Encoding, horns: Horns) -> list[Change]:
    """The changes to a line that is known to be in an encoding, unless its letters show that it is Unicode."""
    return [] if UNICODE.search(line) else try_encoding(line, encoding, horns).changes
