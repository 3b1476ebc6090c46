"""The fixers that are certain by rule: Unicode form, look-alikes, tone marks, mojibake, line ends, spaces, the invisible.

Each looks at a whole text and says what it would change; `repair` applies them to a fixed point. When unsure, a fixer leaves
the text as it is: a false repair is worse than a missed one. Web and mail addresses keep their letters; numbers and codes
(238/KH-UBND) are never respelt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from vitext.alignment import Change
from vitext.chunks import different_chunks, is_address, is_code, outside
from vitext.compose import compose
from vitext.correction.language_model import default_language_model
from vitext.legacy import convert_legacy
from vitext.mojibake import resolve_entities, restore_lost_bytes, undo_mojibake
from vitext.normalise import LATIN, place_tone
from vitext.spacing import join_marks, join_split_syllables, split_joined_syllables
from vitext.syllables import is_syllable
from vitext.typed import restore_keystrokes

_RUN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
# A run of letters that no sign of Latin-1 ties to more letters: "truyá»n" is lost mojibake, not "truyá".
_SIGN = "[\u0080-\u009f\u00a1-\u00ac\u00ae-\u00bf]"
_WORD = re.compile(rf"(?<![^\W\d_]{_SIGN})(?<![^\W\d_\u0300-\u036f]){_RUN.pattern}+(?!{_SIGN}[^\W\d_])")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\u2028\u2029]")
#: Characters to either side in which a line's other accents are looked for; bounded, for a line may be a whole file.
NEIGHBOUR_REACH = 200
#: Characters of a chunk between spaces of which it is remembered whether a tone mark is misplaced in it.
MAX_KEPT_CHUNK = 64
#: Different chunks that are searched for one by one; the chunks of the text are gone through for more.
MAX_SEARCHED = 24
_OTHER_ACCENT = re.compile("[^\x00-\x7féÉ\\W\\d_]")
# Joiners only beside a Latin letter: they hold emoji and Indic clusters together. \x80-\x9f may be unproven mojibake.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]+"
    # The lookbehind keeps a run of joiners from being looked at from each of its places.
    f"|(?<=[{LATIN}])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]+(?=[{LATIN}])"
)
_MAYBE_INVISIBLE = re.compile("[\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060\\ufeff\\x00-\\x08\\x0e-\\x1f\\x7f]")
_OTHER_SPACE = re.compile(r"[^\S\n\t\f\x85 ]")
_SPACES = re.compile(r"[^\S\n\t\f\x85 ]+|(?<=\S) {2,}(?=\S)")
_CHUNK = re.compile(r"\S+")
#: Letters that stand for others, and those that no other language has.
_LOOKALIKE = re.compile("[ƣƢÐðñÑ]")
_ONLY_VIETNAMESE = re.compile("[\u1ea0-\u1ef9ăĂđĐơƠưƯƣƢ]")
_HORNED = str.maketrans("ƣƢ", "ưƯ")
#: Letters of Windows-1252 where Windows-1258 has others, and a pair of them that no word has.
_WESTERN = dict(zip("ýÝõÕãÃðÐ", "ưƯơƠăĂđĐ", strict=True))
_WESTERN_PAIR = re.compile("[ýÝ][ơờớởỡợõƠỜỚỞỠỢÕ]")
#: Such pairs in a text, at least; letters of a word, at most; and how much commoner a reading must be (natural logarithm).
MIN_WESTERN = 2
LONGEST_WESTERN = 7
WESTERN_MARGIN = 1.0
#: What a word costs that the language model does not know.
UNKNOWN_COST = 20.0
_CROSSED = str.maketrans("ÐðñÑ", "ĐđđĐ")


def unify_lines(text: str) -> list[Change]:
    """Every kind of line end becomes a newline: Windows, old Mac, Word's soft break, Unicode separators."""
    return [(m.start(), m.end(), "\n") for m in _LINE_ENDS.finditer(text)]


def drop_invisible(text: str) -> list[Change]:
    """Zero-width spaces, soft hyphens, byte order marks, control characters: they print nothing and break words.

    Joiners inside emoji stay.
    """
    if not _MAYBE_INVISIBLE.search(text):
        return []
    return [(m.start(), m.end(), "") for m in _INVISIBLE.finditer(text)]


def compose_letters(text: str) -> list[Change]:
    """Letters written as base and marks become one character each (NFC): what is drawn stays the same."""
    if unicodedata.is_normalized("NFC", text):
        return []
    composed = ((m, compose(m[0])) for m in _RUN.finditer(text))
    return outside(text, [(m.start(), m.end(), new) for m, new in composed if new != m[0]], is_address)


def restore_lookalikes(text: str) -> list[Change]:
    """Letters of other alphabets that fonts and programs put for Vietnamese ones: ƣ for ư, Ð and ð for Đ and đ, ñ for đ.

    Only where the word becomes a valid syllable, at its beginning for đ, and only in a text that holds a letter which
    Vietnamese alone has; so "español" and "Ðorđe" stay. In codes of such a text (28/QÐ-UBND) Ð is Đ.
    """
    if not _LOOKALIKE.search(text) or not _ONLY_VIETNAMESE.search(text):
        return []
    found = []
    for word in _RUN.finditer(text):
        if _LOOKALIKE.search(word[0]):
            new = word[0].translate(_HORNED)
            new = new[0].translate(_CROSSED) + new[1:]
            if new != word[0] and is_syllable(new):
                found.append((word.start(), word.end(), new))
    found = outside(text, found, is_code)
    for chunk in _CHUNK.finditer(text):
        if "Ð" in chunk[0] and is_code(chunk[0]) and not is_address(chunk[0]):
            found += [(chunk.start() + at, chunk.start() + at + 1, "Đ") for at, c in enumerate(chunk[0]) if c == "Ð"]
    return sorted(found)


def restore_western(text: str) -> list[Change]:
    """ý, õ, ã and ð of Western tables, which were ư, ơ, ă and đ: "trýờng" -> "trường", "cõ quan" -> "cơ quan".

    The other letters of such a text are right, so nothing else gives it away than ý before ơ or õ, which no word has: two
    words with that prove it. Of what a word may be, the commonest is taken if it is commoner by far than what stands there.
    """
    if len(_WESTERN_PAIR.findall(text)) < MIN_WESTERN:
        return []
    found = [(m.start(), m.end(), new) for m in _RUN.finditer(text) if (new := _from_western(m[0])) != m[0]]
    return outside(text, found, is_address)


@lru_cache(maxsize=1 << 12)
def _from_western(word: str) -> str:
    letters = {c for c in word if c in _WESTERN}
    if not letters or len(word) > LONGEST_WESTERN:
        return word
    model = default_language_model()
    ways = [word]
    for c in sorted(letters):
        ways += [way.replace(c, _WESTERN[c]) for way in ways]
    costs = {way: min(model.word_cost(way.lower()), UNKNOWN_COST) for way in ways if is_syllable(way)}
    best = min(costs, key=lambda way: (costs[way], way), default=word)
    return best if costs.get(best, UNKNOWN_COST) + WESTERN_MARGIN < costs.get(word, UNKNOWN_COST) else word


def place_tones(text: str) -> list[Change]:
    """The tone mark in its old-style place, in valid syllables only: "hoà" -> "hòa", "qủa" -> "quả".

    Not in addresses and codes, nor where é is the only accent of the line: an English recogniser makes it of ẻ, ẽ and ế too,
    so "khoé" may have been "khoẻ", and `vitext.correction` wants the letters as they were recognised.
    """
    # A text has few different words: looking at those first lets most text pass quickly.
    kept = {chunk for chunk in different_chunks(text) if not chunk.isascii() and _may_have_misplaced(chunk)}
    changes = []
    for start, end in _find_chunks(text, {chunk for chunk in kept if not is_code(chunk)}):
        for m in _WORD.finditer(text, start, end):
            new = m[0] if m[0].isascii() or not is_syllable(m[0]) else place_tone(m[0])
            if new != m[0] and not _is_misread(text, m):
                changes.append((m.start(), m.end(), new))
    return changes


def _find_chunks(text: str, chunks: set[str]) -> list[tuple[int, int]]:
    """Where each of some chunks stands between spaces, in the order of the text."""
    if len(chunks) > MAX_SEARCHED:
        return [m.span() for m in _CHUNK.finditer(text) if m[0] in chunks]
    found = []
    for chunk in chunks:
        at = text.find(chunk)
        while at >= 0:
            end = at + len(chunk)
            if text[at - 1 : at].strip() == "" and text[end : end + 1].strip() == "":
                found.append((at, end))
            at = text.find(chunk, end)
    return sorted(found)


def _is_misread(text: str, word: re.Match[str]) -> bool:
    """Whether the word and its line, as far as `NEIGHBOUR_REACH` characters off, bear no accent but é."""
    if _OTHER_ACCENT.search(word[0]):
        return False
    before = text[max(0, word.start() - NEIGHBOUR_REACH) : word.start()].rpartition("\n")[2]
    after = text[word.end() : word.end() + NEIGHBOUR_REACH].partition("\n")[0]
    return not _OTHER_ACCENT.search(before) and not _OTHER_ACCENT.search(after)


def _may_have_misplaced(chunk: str) -> bool:
    # Long chunks are not kept.
    return len(chunk) > MAX_KEPT_CHUNK or _has_misplaced(chunk)


@lru_cache(maxsize=1 << 17)
def _has_misplaced(chunk: str) -> bool:
    return not chunk.isascii() and any(place_tone(m[0]) != m[0] for m in _RUN.finditer(chunk))


def unify_spaces(text: str) -> list[Change]:
    """No-break and other special spaces, and several spaces between words, become one; lines and indents stay."""
    if "  " not in text and not _OTHER_SPACE.search(text):
        return []
    return [(m.start(), m.end(), " ") for m in _SPACES.finditer(text)]


Fixer = Callable[[str], list[Change]]
FIXERS: tuple[Fixer, ...] = (
    resolve_entities,
    undo_mojibake,
    restore_lost_bytes,
    convert_legacy,
    unify_lines,
    drop_invisible,
    join_marks,
    compose_letters,
    restore_lookalikes,
    restore_western,
    join_split_syllables,
    split_joined_syllables,
    restore_keystrokes,
    place_tones,
    unify_spaces,
)
