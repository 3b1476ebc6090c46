"""One line of text and the encodings before Unicode: what each makes of it, and which of them the line proves.

`vitext.legacy` puts the lines of a document together.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from vitext.alignment import Change
from vitext.correction.language_model import default_language_model
from vitext.encodings import ENCODINGS, PUNCTUATION, Encoding, decode_chunk, is_acronym, is_vietnamese
from vitext.horns import CERTAIN, Horns, restore_horns
from vitext.syllables import is_syllable

#: A block proves its encoding with so many new syllables.
MIN_PROOF = 3
#: What a word costs that the language model does not know (natural logarithm).
UNKNOWN_COST = 20.0
#: How much commoner (natural logarithm) a word must be as it stands, to be Unicode in a line that holds both.
MARGIN = 3.0
#: Share of the changed words that must be syllables.
MIN_VALID_SHARE = 0.8
#: The same where many words hold signs, which no language writes inside a word.
MIN_LOSSY_SHARE = 0.6
#: Share of all words that must change.
MIN_CHANGED_SHARE = 0.3
#: Signs a space-separated word without which no encoding is tried; VIQR needs a circumflex instead.
MIN_SIGN_SHARE = 0.1
#: Letters of Unicode a word from which a block is no legacy text.
MAX_UNICODE_SHARE = 0.05

#: Letters that Unicode text in Vietnamese has and the bytes of a legacy encoding cannot be shown as.
UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u036f]")
# Signs and letters that clean Vietnamese does not use. VIQR cannot do without a circumflex for long.
SIGN = re.compile("[\x02\x05\x06\x14\x19\x1e\x80-\x9f¡-¿×÷ñïöûøäåëüÑÏÖÛØÄÅËÜ]")
# A tone mark of Windows-1258 behind a vowel, where Windows-1252 shows a letter: no two letters of Vietnamese.
TONE_1258 = re.compile(
    "[ÌÒÞìò](?:(?<=[aâãeêioôõuýyAÂÃEÊIOÔÕUÝY][ÌÒÞ])|(?<=[aâãeêoôõuýyAÂÃEÊOÔÕUÝY]ò)|(?<=[aâãeêioôõýyAÂÃEÊIOÔÕÝY]ì))"
)
CHUNK = re.compile(r"\S+")
# In VISCII the no-break space and other controls are letters.
_FINDERS: dict[str, re.Pattern[str]] = {"viscii": re.compile("[^ \t\n\r\f\v]+")}
_VISCII_CONTROL = re.compile("[\x02\x05\x06\x14\x19\x1e]")
LETTERS = re.compile(r"[^\W\d_]+")
#: Signs before a line, and those between figures, which are no letters there.
_BULLET = re.compile("[·•∙⋅‧]+")
_BETWEEN_FIGURES = re.compile("[×÷·½»±]")
_ADDRESS = re.compile(r"@|://|^www\.", re.IGNORECASE)
_FIGURE = re.compile(r"[\d.,:;()/%|+*=_-]+")
#: Types of papers with Đ, and what an abbreviation ends with.
_OF_NUMBER = re.compile(r"\b(?:[QNHC]Đ|[A-Z]{1,3}LĐ|HĐ[A-Z]{1,4})\b")
_DIGIT = re.compile(r"\d")
# A sign of a legacy encoding at a letter.
_BESIDE = re.compile("[^\\W\\d_][\x80-\x9f¡-¿×÷^]|[\x80-\x9f¡-¿][^\\W\\d_]")
STRANGE = re.compile("[^\\W\\d_][¢-§©-¬®-¿]+[^\\W\\d_]")
# TCVN3: letters, capitals that have codes, and a capital behind another letter, which a font of capitals explains.
_TCVN3_LETTER = re.compile("[A-Za-z¡-ÿ]")
_CAPITAL = re.compile("[A-Z¡-§]")
_SMALL = re.compile("[a-z]")
_RUN = re.compile("[A-Za-z¡-ÿ]+")
_CAPITAL_INSIDE = re.compile("[A-Z¡-ÿ][A-Z¡-§]")
# What its font of capitals shows as a capital.
_SMALL_CODE = re.compile("[¨-ÿ]")
_ONLY_E = re.compile("[\x00-\x7féÉ‘’“”]*")
# What ordinary punctuation does not do to a vowel.
VIQR_SURE = re.compile(r"[\^]|[aA]\(|[oOuU]\+|^\W*(?:dd|D[dD])|[aeiouyAEIOUY](?:[`~]|['?.][^\W\d_])")


class Proof(NamedTuple):
    """What an encoding makes of a block: the changes, the new syllables among them, and what became no syllable."""

    encoding: Encoding
    changes: list[Change]
    good: int
    bad: int


def judge(block: str) -> Proof | None:
    """The encoding that makes a block right, if one does."""
    if not _may_be_legacy(block) or len(UNICODE.findall(block)) > MAX_UNICODE_SHARE * len(block.split()):
        return None
    best: Proof | None = None
    words = _count_words(block)
    plain = block.isascii() and not _VISCII_CONTROL.search(block)
    shown = [encoding for encoding in ENCODINGS if encoding != "cp1258" or TONE_1258.search(block)]
    for proof in (try_encoding(block, encoding) for encoding in (ENCODINGS[3:4] if plain else shown)):
        _, changes, good, bad = proof
        least = 2 if not bad and _is_whole(block, proof) else MIN_PROOF
        # Signs inside words are no language: where letters were lost on the way, some words are wrong in any encoding.
        share = MIN_LOSSY_SHARE if good > MIN_PROOF and len(STRANGE.findall(block)) >= MIN_PROOF else MIN_VALID_SHARE
        enough = good >= least and good >= share * (good + bad) and len(changes) >= MIN_CHANGED_SHARE * words
        if enough and good - 2 * bad > (best.good - 2 * best.bad if best else -good):
            best = proof
    return best


def _may_be_legacy(text: str) -> bool:
    """Whether there are enough of the signs: a quick look, for clean text and for what a recogniser damaged."""
    if "^" in text:
        return True
    signs = len(SIGN.findall(text)) + len(TONE_1258.findall(text))
    return signs > 0 and signs >= MIN_SIGN_SHARE * _count_words(text)


def _count_words(text: str) -> int:
    """How many chunks hold a letter or a sign: lists hold many figures and lines."""
    return sum(1 for chunk in text.split() if not _FIGURE.fullmatch(chunk))


def _is_whole(line: str, proof: Proof) -> bool:
    """Whether every word of a converted line is a Vietnamese syllable or an acronym, and a sign showed that it was none."""
    if not (_BESIDE.search(line) or proof.encoding == "vni"):
        return False
    words = [word for word in LETTERS.findall(apply(line, proof.changes)) if len(word) > 1]
    return all(is_syllable(word) or (word.isupper() and (word.isascii() or is_acronym(word))) for word in words)


def apply(line: str, changes: list[Change]) -> str:
    pieces = []
    at = 0
    for start, end, new in changes:
        pieces += [line[at:start], new]
        at = end
    return "".join((*pieces, line[at:]))


def rarity(changes: list[Change]) -> float:
    """How rare the words are that the changes make, in the mean."""
    words = [word.lower() for _, _, new in changes for word in LETTERS.findall(new)]
    model = default_language_model()
    return sum(min(model.word_cost(word), UNKNOWN_COST) for word in words) / max(len(words), 1)


def decode(chunk: str, encoding: Encoding, horns: Horns) -> str:
    """A chunk as it is in the encoding; web and mail addresses stay."""
    if _is_address(chunk):
        return chunk
    if encoding == "viqr" and _is_code(chunk):
        # In a number only the stroke is typed, and what looks like a tone is its punctuation.
        return chunk.replace("DD", "Đ")
    new = decode_chunk(chunk, encoding)
    if encoding == "tcvn3":
        return restore_horns(new, horns)
    return chunk if _is_code(chunk) and not is_vietnamese(new) else new


def _is_address(chunk: str) -> bool:
    return _ADDRESS.search(chunk) is not None


def _is_code(chunk: str) -> bool:
    """Whether a chunk may be the number of a paper or a figure with its unit."""
    return "/" in chunk and _DIGIT.search(chunk) is not None


def try_encoding(block: str, encoding: Encoding, horns: Horns = CERTAIN) -> Proof:
    """Convert every chunk that is no address; what would only get worse stays."""
    found = _find_signs(block) if encoding == "tcvn3" else list(_FINDERS.get(encoding, CHUNK).finditer(block))
    # A text has far fewer different chunks than chunks.
    decoded = {chunk: decode(chunk, encoding, horns) for chunk in {match[0] for match in found}}
    pairs = [(match, decoded[match[0]]) for match in found]
    if encoding == "tcvn3":
        capitals = _find_capitals([match[0] for match, _ in pairs])
        pairs = [(match, new.upper() if i in capitals else new) for i, (match, new) in enumerate(pairs)]
    valid = {new: _is_right(new, encoding) for new in {new for match, new in pairs if new != match[0]}}
    changes: list[Change] = []
    good = bad = 0
    unicode = UNICODE.search(block) is not None
    for match, new in pairs:
        chunk = match[0]
        if new == chunk or not valid[new]:
            # A word of the other encoding, among those of this one, is converted and proves nothing.
            other = _read_otherwise(chunk, encoding)
            if other:
                bad += new != chunk
                changes.append(trim(match.start(), chunk, other))
                continue
        if new == chunk:
            continue
        was = is_syllable(chunk.strip(PUNCTUATION))
        if valid[new]:
            if was and unicode and rarity([(0, 0, chunk)]) + MARGIN <= rarity([(0, 0, new)]):
                continue  # Both are syllables, and the line holds words of Unicode.
            # One sign alone (½, ±) proves no vowel, nor does an acronym, and é is what a recogniser makes of any e.
            unproved = was or len(new.strip(PUNCTUATION)) < 2 or (encoding == "tcvn3" and _ONLY_E.fullmatch(chunk))
            if is_neutral(new):
                # The numbers of papers say it themselves: no other paper is a "Q§" or an "NÑ".
                if encoding in ("tcvn3", "vni") and _OF_NUMBER.search(new):
                    good += 2 if _is_code(new) else 1
            else:
                good += not unproved and not new.isascii()
        else:
            bad += 1
            if was or (encoding == "viqr" and not VIQR_SURE.search(chunk)):
                continue
        changes.append(trim(match.start(), chunk, new))
    return Proof(encoding, changes, good, bad)


def _find_signs(block: str) -> list[re.Match[str]]:
    """The chunks of a block of TCVN3 without bullets and without signs between figures: "·", "5 × 3"."""
    chunks = []
    figure = False
    for match in CHUNK.finditer(block):
        sign = _BETWEEN_FIGURES.fullmatch(match[0])
        bullet = _BULLET.fullmatch(match[0]) and block[: match.start()].rpartition("\n")[2].strip() == ""
        if not bullet and not (sign and figure):
            chunks.append(match)
        figure = match[0][-1].isdigit()
    return chunks


def _read_otherwise(chunk: str, encoding: Encoding) -> str:
    """What a chunk with a sign in it is in the other of the two common encodings, "" where it is no word there either."""
    if (
        encoding not in ("tcvn3", "vni")
        or not SIGN.search(chunk)
        or UNICODE.search(chunk)
        or _is_code(chunk)
        or len(chunk) < 2
    ):
        return ""
    other: Encoding = "vni" if encoding == "tcvn3" else "tcvn3"
    new = decode(chunk, other, CERTAIN)
    words = LETTERS.findall(new)
    right = new != chunk and is_vietnamese(new) and (_BESIDE.search(chunk) or not is_vietnamese(chunk))
    return new if right and words and not any(a.islower() and b.isupper() for a, b in pairwise(new)) else ""


def _is_right(new: str, encoding: Encoding) -> bool:
    """Whether a converted chunk is Vietnamese. VISCII has all capitals, so it puts none inside a word."""
    return is_vietnamese(new) and not (encoding == "viscii" and any(a.islower() and b.isupper() for a, b in pairwise(new)))


def is_neutral(new: str) -> bool:
    """Whether a chunk is an acronym or the number of a paper, which proves no encoding."""
    return is_acronym(new) and not all(map(is_syllable, LETTERS.findall(new)))


def trim(start: int, old: str, new: str) -> Change:
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
    told = {i for i, chunk in enumerate(chunks) if i not in small and _shows_capitals(chunk)}
    shown = {i for i in told if _SMALL_CODE.search(chunks[i])}
    if not small:
        return set(range(len(chunks))) if shown else set()
    lettered = [i for i, chunk in enumerate(chunks) if _TCVN3_LETTER.search(chunk)]
    for i, before, after in reversed(list(zip(lettered, [-1, *lettered], [*lettered[1:], -1], strict=False))):
        if i in small or i in told:
            continue
        named = _CAPITAL.search(chunks[i]) or before in told
        if (after in shown and named) or (after < 0 and before in shown):
            told.add(i)
            shown.add(i)
    return told


def _shows_capitals(chunk: str) -> bool:
    """Whether a chunk without plain small letters is an acronym, or a word with a capital behind another letter."""
    if chunk.isascii():
        return _CAPITAL_INSIDE.search(chunk) is not None
    return any(_CAPITAL_INSIDE.search(run) and _SMALL_CODE.search(run) for run in _RUN.findall(chunk))
