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
from vitext.compose import compose
from vitext.legacy import convert_legacy
from vitext.normalise import LATIN, place_tone
from vitext.syllables import is_syllable

_RUN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
# A run of letters that no sign of Latin-1 ties to more letters: "truyá»n" is lost mojibake, not "truyá".
_SIGN = "[\u0080-\u009f\u00a1-\u00ac\u00ae-\u00bf]"
_WORD = re.compile(rf"(?<![^\W\d_]{_SIGN})(?<![^\W\d_\u0300-\u036f]){_RUN.pattern}+(?!{_SIGN}[^\W\d_])")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\u2028\u2029]")
#: Characters to either side in which a line's other accents are looked for; bounded, for a line may be a whole file.
NEIGHBOUR_REACH = 200
#: Characters of a chunk between spaces of which it is remembered whether a tone mark is misplaced in it.
MAX_KEPT_CHUNK = 64
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
_CROSSED = str.maketrans("ÐðñÑ", "ĐđđĐ")
# UTF-8 bytes C2-F4 + 80-BF as Windows-1252 (or Latin-1) shows them.
_MOJIBAKE = re.compile(r"(?:[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]{1,3})+")


def undo_mojibake(text: str) -> list[Change]:
    """UTF-8 that was read as Windows-1252 or Latin-1: "Ä‘áº©y" -> "đẩy".

    Only runs whose bytes are valid UTF-8, and only where one of them makes a letter that Vietnamese alone has: a French
    "Ã©tude" is left.
    """
    found = [(m.start(), m.end(), new) for m in _MOJIBAKE.finditer(text) if (new := _as_utf8(m[0])) is not None]
    return _outside(text, found, _is_address) if any(map(_only_vietnamese, "".join(new for _, _, new in found))) else []


def _as_utf8(run: str) -> str | None:
    try:
        data = b"".join(bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode("cp1252") for c in run)
        new = data.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return new if all(c in "–—‘’“”…" or c.isalpha() for c in new) else None


def _only_vietnamese(c: str) -> bool:
    return 0x1EA0 <= ord(c) <= 0x1EF9 or c in "ăĂđĐơƠưƯ"


def _is_address(chunk: str) -> bool:
    return "@" in chunk or "://" in chunk or chunk.lower().startswith("www.")


def _is_code(chunk: str) -> bool:
    return _is_address(chunk) or ("/" in chunk and any(map(str.isdigit, chunk)))


def _outside(text: str, changes: list[Change], kept: Callable[[str], bool]) -> list[Change]:
    """The changes that touch no run of non-spaces that is to be kept."""
    if not changes:
        return changes
    inside = bytearray(len(text))
    for chunk in _CHUNK.finditer(text):
        if kept(chunk[0]):
            inside[chunk.start() : chunk.end()] = b"\1" * len(chunk[0])
    return [change for change in changes if not any(inside[change[0] : change[1]])]


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
    return _outside(text, [(m.start(), m.end(), new) for m, new in composed if new != m[0]], _is_address)


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
    found = _outside(text, found, _is_code)
    for chunk in _CHUNK.finditer(text):
        if "Ð" in chunk[0] and _is_code(chunk[0]) and not _is_address(chunk[0]):
            found += [(chunk.start() + at, chunk.start() + at + 1, "Đ") for at, c in enumerate(chunk[0]) if c == "Ð"]
    return sorted(found)


def place_tones(text: str) -> list[Change]:
    """The tone mark in its old-style place, in valid syllables only: "hoà" -> "hòa", "qủa" -> "quả".

    Not in addresses and codes, nor where é is the only accent of the line: an English recogniser makes it of ẻ, ẽ and ế too,
    so "khoé" may have been "khoẻ", and `vitext.correction` wants the letters as they were recognised.
    """
    # A text has few different words: looking at those first lets whole text pass quickly.
    if not any(map(_may_have_misplaced, set(text.split()))):
        return []
    placed = (
        (m, place_tone(m[0]))
        for m in _WORD.finditer(text)
        if not m[0].isascii() and is_syllable(m[0]) and not _is_misread(text, m)
    )
    return _outside(text, [(m.start(), m.end(), new) for m, new in placed if new != m[0]], _is_code)


def _is_misread(text: str, word: re.Match[str]) -> bool:
    """Whether the word and its line, as far as `NEIGHBOUR_REACH` characters off, bear no accent but é."""
    if _OTHER_ACCENT.search(word[0]):
        return False
    before = text[max(0, word.start() - NEIGHBOUR_REACH) : word.start()].rpartition("\n")[2]
    after = text[word.end() : word.end() + NEIGHBOUR_REACH].partition("\n")[0]
    return not _OTHER_ACCENT.search(before) and not _OTHER_ACCENT.search(after)


def _may_have_misplaced(chunk: str) -> bool:
    # Long chunks are not kept.
    return not chunk.isascii() and (len(chunk) > MAX_KEPT_CHUNK or _has_misplaced(chunk))


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
    undo_mojibake,
    convert_legacy,
    unify_lines,
    drop_invisible,
    compose_letters,
    restore_lookalikes,
    place_tones,
    unify_spaces,
)
