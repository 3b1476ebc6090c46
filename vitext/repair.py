"""Repair what is certain by rule, step by step, with the original kept and every step named.

Letters that a recogniser destroyed are left alone: which syllable they stood for is not certain by any rule. `damage`
says that they are there. When unsure, a fixer leaves the text as it is; a false repair is worse than a missed one. Web and
mail addresses keep their letters; numbers and codes (238/KH-UBND) are never respelt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vitext.damage import Damage, measure_damage
from vitext.normalise import LATIN, place_tone
from vitext.syllables import is_syllable

_RUN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
# A run of letters that no sign of Latin-1 ties to more letters: "truyá»n" is lost mojibake, not "truyá".
_SIGN = "[\u0080-\u009f\u00a1-\u00ac\u00ae-\u00bf]"
_WORD = re.compile(rf"(?<![^\W\d_]{_SIGN})(?<![^\W\d_\u0300-\u036f]){_RUN.pattern}+(?!{_SIGN}[^\W\d_])")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\u2028\u2029]")
# Joiners only beside a Latin letter: they hold emoji and Indic clusters together. \x80-\x9f may be unproven mojibake.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]+"
    f"|(?<=[{LATIN}])[\u200c\u200d]+|[\u200c\u200d]+(?=[{LATIN}])"
)
_SPACES = re.compile(r"[^\S\n\t\f\x85 ]+|(?<=\S) {2,}(?=\S)")
_CHUNK = re.compile(r"\S+")
_PASSES = 16
# UTF-8 bytes C2-F4 + 80-BF as Windows-1252 (or Latin-1) shows them.
_MOJIBAKE = re.compile(r"(?:[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]{1,3})+")


#: start, end and the new text of one change.
Change = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `before` at characters [start, end) of the text that the step met became `after`."""

    name: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text that explains itself; `replay(original, steps)` gives `text` again. `damage` measures `text`."""

    original: str
    text: str
    steps: tuple[Step, ...]
    damage: Damage


def undo_mojibake(text: str) -> list[Change]:
    """UTF-8 that was read as Windows-1252 or Latin-1: "Ä‘áº©y" -> "đẩy".

    Only runs whose bytes are valid UTF-8, and only where one of them makes a letter that Vietnamese alone has: a French
    "Ã©tude" is left.
    """
    found = [(m.start(), m.end(), read) for m in _MOJIBAKE.finditer(text) if (read := _reread(m[0])) is not None]
    return _outside(text, found, _is_address) if any(map(_only_vietnamese, "".join(new for _, _, new in found))) else []


def _reread(run: str) -> str | None:
    try:
        data = b"".join(bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode("cp1252") for c in run)
        read = data.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return read if all(c in "–—‘’“”…" or c.isalpha() for c in read) else None


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
    return [(m.start(), m.end(), "") for m in _INVISIBLE.finditer(text)]


def compose_letters(text: str) -> list[Change]:
    """Letters written as base and marks become one character each (NFC): what is drawn stays the same."""
    if unicodedata.is_normalized("NFC", text):
        return []
    composed = ((m, unicodedata.normalize("NFC", m[0])) for m in _RUN.finditer(text))
    return _outside(text, [(m.start(), m.end(), new) for m, new in composed if new != m[0]], _is_address)


def place_tones(text: str) -> list[Change]:
    """The tone mark in its old-style place, in valid syllables only: "hoà" -> "hòa", "qủa" -> "quả".

    Not in addresses and codes.
    """
    placed = ((m, place_tone(m[0])) for m in _WORD.finditer(text) if not m[0].isascii() and is_syllable(m[0]))
    return _outside(text, [(m.start(), m.end(), new) for m, new in placed if new != m[0]], _is_code)


def unify_spaces(text: str) -> list[Change]:
    """No-break and other special spaces, and several spaces between words, become one; lines and indents stay."""
    return [(m.start(), m.end(), " ") for m in _SPACES.finditer(text)]


Fixer = Callable[[str], list[Change]]
FIXERS: tuple[Fixer, ...] = (undo_mojibake, unify_lines, drop_invisible, compose_letters, place_tones, unify_spaces)


def repair(text: str) -> Repaired:
    """Repair a text by every fixer, to a fixed point. Clean text comes back as it is, with no steps.

    >>> repaired = repair("Phát huy nội lực, hoà nháº­p")
    >>> repaired.text, [step.name for step in repaired.steps]
    ('Phát huy nội lực, hòa nhập', ['undo_mojibake', 'place_tones'])
    """
    steps: list[Step] = []
    current = text
    for _ in range(_PASSES):
        before = current
        for fixer in FIXERS:
            # Last first, so that the positions of earlier changes stay true.
            made = [Step(fixer.__name__, a, b, current[a:b], new) for a, b, new in reversed(fixer(current))]
            current = _apply(current, made)
            steps += made
        if current == before:
            break
    return Repaired(text, current, tuple(steps), measure_damage(current))


def replay(original: str, steps: Iterable[Step]) -> str:
    """Apply the steps again. Raises ValueError when the text is not the one they were made for.

    >>> replay("hoà", repair("hoà").steps)
    'hòa'
    """
    text = original
    run: list[Step] = []
    for step in steps:
        if run and step.end > run[-1].start:
            text, run = _apply(text, run), []
        run.append(step)
    return _apply(text, run)


def _apply(text: str, steps: list[Step]) -> str:
    """Make changes that stand last first and do not overlap: all at once, so that time grows with the text only."""
    pieces = []
    rest = len(text)
    for step in steps:
        if text[step.start : step.end] != step.before:
            raise ValueError(f"step {step.name} expects {step.before!r} at {step.start}")
        pieces += [text[step.end : rest], step.after]
        rest = step.start
    pieces.append(text[:rest])
    return "".join(reversed(pieces))
