"""Spaces that stand inside a syllable, and those that are missing between two: what PDF readers and converters leave.

A mark behind a space ("Tiê ́ng") is always wrong. Whether two pieces are one word ("ĐIỀ U KHO ẢN"), or one piece several
("đãtruyềndạy"), several of them in a line or a text have to show.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from vitext.alignment import Change
from vitext.chunks import different_chunks, is_code, outside
from vitext.compose import compose
from vitext.correction.language_model import default_language_model
from vitext.syllables import is_syllable
from vitext.words import cut_run

#: Pairs in a line that are one syllable and cannot be two, by which a line shows that its syllables were split.
MIN_SPLIT = 2
#: The share of the pieces of a line that they are at least.
MIN_SPLIT_SHARE = 0.1
#: How much commoner one word must be than two (natural logarithm), where both could be.
MARGIN = 2.0
#: What a word costs that the language model does not know.
UNKNOWN_COST = 16.0
#: Runs of several syllables in a text, by which it shows that it lost spaces, and their share of the words.
MIN_JOINED = 2
MIN_JOINED_SHARE = 0.05
#: Letters of a run that may be several syllables.
JOINED = range(5, 41)
#: Characters of a chunk between spaces of which it is remembered whether it holds such a run.
MAX_KEPT_CHUNK = 64

_SPACE_AND_MARK = re.compile("([^\\W\\d_][\u0300-\u036f]*)[ \u00a0]+([\u0300-\u0303\u0306\u0309\u031b\u0323]+)([^\\W\\d_]*)")
_SPACED_MARK = re.compile("[ \u00a0][\u0300-\u0323]")
#: What a split syllable looks like: consonants before a vowel or behind one, and a rime without its end.
_TORN = re.compile(
    r" (?:[bcdđghklmnpqrstvx]{1,3} (?=[aăâeêioôơuưy\u00e0-\u00fd\u1ea0-\u1ef9])|(?:c|ch|m|n|ng|nh|p|t)(?![^\W_])"
    r"|(?:(?<=i[êềếểễệ] )|(?<=u[ôồốổỗộ] )|(?<=ư[ơờớởỡợ] )|(?<=[ăằắẳẵặâầấẩẫậ] ))(?=[^\W\d_]))"
)
_PIECE = re.compile("[bcdđghklmnpqrstvx]{1,3}[,.;:]?|[^\\W\\d_]*(?:i[êềếểễệ]|u[ôồốổỗộ]|ư[ơờớởỡợ]|[ăằắẳẵặâầấẩẫậ])")
_LETTERS = re.compile(r"[^\W\d_]+")
_LINE = re.compile(r"[^\n]+")
_VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")


def join_marks(text: str) -> list[Change]:
    """A mark behind a space goes to the vowel before it: "Tiê ́ng Viê ̣t" -> "Tiếng Việt"."""
    changes: list[Change] = []
    if not _SPACED_MARK.search(text):
        return changes
    for match in _SPACE_AND_MARK.finditer(text):
        vowel, marks, _ = match.groups()
        if vowel[0] in _VOWELS:
            changes.append((match.start(), match.start(3), compose(vowel + marks)))
    return changes


def join_split_syllables(text: str) -> list[Change]:
    """Pieces of syllables become whole: "ĐIỀ U KHO ẢN" -> "ĐIỀU KHOẢN".

    A line shows that its syllables were split by pairs of which one piece is no word, and both together are a common one.
    Then two pieces that are words are joined too, where the one word is far commoner.
    """
    changes: list[Change] = []
    if not any(map(_is_torn, different_chunks(text))) or not _TORN.search(f" {text.lower()}"):
        return changes
    for line in _LINE.finditer(text):
        if line[0].isascii() or len(_TORN.findall(f" {line[0].lower()}")) < MIN_SPLIT:
            continue
        pieces = list(_LETTERS.finditer(line[0]))
        pairs = [(a, b) for a, b in pairwise(pieces) if b.start() == a.end() + 1 and line[0][a.end()] == " "]
        # "anh T ở nhà": a capital alone may be a name.
        sure = [(a, b) for a, b in pairs if _is_split(a[0], b[0]) and not (len(a[0]) == 1 and (a[0] + b[0]).istitle())]
        if len(sure) < MIN_SPLIT or len(sure) < MIN_SPLIT_SHARE * len(pieces):
            continue
        end = 0
        for a, b in pairs:
            if a.start() >= end and (_is_split(a[0], b[0]) or _is_rather_one(a[0], b[0])):
                changes.append((line.start() + a.start(), line.start() + b.end(), a[0] + b[0]))
                end = b.end()
    return changes


@lru_cache(maxsize=1 << 17)
def _is_torn(chunk: str) -> bool:
    """Whether a chunk can be a piece of a syllable and no word: it has no vowel, or its rime lacks an end."""
    return len(chunk) <= JOINED.start and _PIECE.fullmatch(chunk.lower()) is not None


def _is_split(first: str, second: str) -> bool:
    """Whether two pieces are one common word, and one of them no word at all."""
    joined = first + second
    if len(joined) > 7 or not (joined.islower() or joined.isupper() or joined.istitle()) or not is_syllable(joined):
        return False
    return not (is_syllable(first) and is_syllable(second)) and default_language_model().knows(joined.lower())


def _is_rather_one(first: str, second: str) -> bool:
    joined = first + second
    if len(joined) > 7 or not (joined.islower() or joined.isupper() or joined.istitle()) or not is_syllable(joined):
        return False
    return _cost(joined) + MARGIN < max(_cost(first), _cost(second))


def _cost(word: str) -> float:
    return min(default_language_model().word_cost(word.lower()), UNKNOWN_COST)


def split_joined_syllables(text: str) -> list[Change]:
    """Runs of several syllables become words: "đãtruyềndạy" -> "đã truyền dạy".

    Only where every piece is a syllable that the language model knows and no other way to cut is as likely (see
    `vitext.words`), and only in a text with several such runs; names that are written together are too few for that.
    """
    if sum(map(_may_be_joined, different_chunks(text))) < MIN_JOINED:
        return []
    runs = [match for match in _LETTERS.finditer(text) if len(match[0]) in JOINED and not match[0].isascii()]
    cuts = [(match, cut) for match in runs if (cut := _cut(match[0]))]
    if len(cuts) < MIN_JOINED or len(cuts) < MIN_JOINED_SHARE * (text.count(" ") + text.count("\n") + 1):
        return []
    return outside(text, [(match.start(), match.end(), cut) for match, cut in cuts], is_code)


def _may_be_joined(chunk: str) -> bool:
    return len(chunk) >= JOINED.start and not chunk.isascii() and len(chunk) <= MAX_KEPT_CHUNK and _holds_joined(chunk)


@lru_cache(maxsize=1 << 17)
def _holds_joined(chunk: str) -> bool:
    return any(_cut(run) for run in _LETTERS.findall(chunk) if len(run) in JOINED and not run.isascii())


@lru_cache(maxsize=1 << 12)
def _cut(run: str) -> str:
    """The words of a run with spaces between them, "" for one word."""
    if is_syllable(run):
        return ""
    words = [run[word.start : word.end] for word in cut_run(run)]
    if len(words) < 2 or not all(is_syllable(word) and default_language_model().knows(word.lower()) for word in words):
        return ""
    # Camels are names: a small letter before a capital.
    return "" if any(a.islower() and b.isupper() for a, b in pairwise(run)) else " ".join(words)
