"""Repair what is certain by rule, step by step, with the original kept and every step named.

Letters that a recogniser destroyed are left alone: which syllable they stood for is not certain by any rule. `damage`
says that they are there. When unsure, a fixer leaves the text as it is; a false repair is worse than a missed one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vitext.damage import Damage, measure_damage
from vitext.normalise import place_tone
from vitext.syllables import is_syllable

_RUN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0e-\x1f\x7f]+")
_SPACES = re.compile(r"[^\S\n\t\f ]+|(?<=\S) {2,}(?=\S)")
# UTF-8 bytes C2-F4 + 80-BF as Windows-1252 (or Latin-1) shows them.
_MOJIBAKE = re.compile(r"(?:[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]{1,3})+")


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


def undo_mojibake(text: str) -> list[tuple[int, int, str]]:
    """UTF-8 that was read as Windows-1252 or Latin-1: "Ä‘áº©y" -> "đẩy".

    Only runs whose bytes are valid UTF-8, and only where one of them makes a letter that Vietnamese alone has: a French
    "Ã©tude" is left.
    """
    found = [
        (match.start(), match.end(), read) for match in _MOJIBAKE.finditer(text) if (read := _reread(match[0])) is not None
    ]
    return found if any(_only_vietnamese(c) for _, _, read in found for c in read) else []


def _reread(run: str) -> str | None:
    try:
        data = b"".join(bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode("cp1252") for c in run)
        read = data.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return read if all(c in "–—‘’“”…" or c.isalpha() for c in read) else None


def _only_vietnamese(c: str) -> bool:
    return 0x1EA0 <= ord(c) <= 0x1EF9 or c in "ăĂđĐơƠưƯ"


def drop_invisible(text: str) -> list[tuple[int, int, str]]:
    """Zero-width spaces, soft hyphens, byte order marks, control characters: they print nothing and break words."""
    return [(m.start(), m.end(), "") for m in _INVISIBLE.finditer(text)]


def compose_letters(text: str) -> list[tuple[int, int, str]]:
    """Letters written as base and marks become one character each (NFC)."""
    composed = ((m, unicodedata.normalize("NFC", m[0])) for m in _RUN.finditer(text))
    return [(m.start(), m.end(), new) for m, new in composed if new != m[0]]


def place_tones(text: str) -> list[tuple[int, int, str]]:
    """The tone mark in its old-style place, in valid syllables only: "hoà" -> "hòa", "qủa" -> "quả"."""
    placed = ((m, place_tone(m[0])) for m in _RUN.finditer(text) if is_syllable(m[0]))
    return [(m.start(), m.end(), new) for m, new in placed if new != m[0]]


def unify_spaces(text: str) -> list[tuple[int, int, str]]:
    """No-break and other special spaces, and several spaces between words, become one; lines and indents stay."""
    return [(m.start(), m.end(), " ") for m in _SPACES.finditer(text)]


Fixer = Callable[[str], list[tuple[int, int, str]]]
FIXERS: tuple[Fixer, ...] = (undo_mojibake, drop_invisible, compose_letters, place_tones, unify_spaces)


def repair(text: str) -> Repaired:
    """Repair a text by every fixer, to a fixed point. Clean text comes back as it is, with no steps.

    >>> repaired = repair("Phát huy nội lực, hoà nháº­p")
    >>> repaired.text, [step.name for step in repaired.steps]
    ('Phát huy nội lực, hòa nhập', ['undo_mojibake', 'place_tones'])
    """
    steps: list[Step] = []
    current = text
    for _ in range(5):
        before = current
        for fixer in FIXERS:
            changes = fixer(current)
            # Last first, so that the positions of earlier changes stay true.
            for start, end, after in reversed(changes):
                steps.append(Step(fixer.__name__, start, end, current[start:end], after))
                current = current[:start] + after + current[end:]
        if current == before:
            break
    return Repaired(text, current, tuple(steps), measure_damage(current))


def replay(original: str, steps: Iterable[Step]) -> str:
    """Apply the steps again. Raises ValueError when the text is not the one they were made for.

    >>> replay("hoà", repair("hoà").steps)
    'hòa'
    """
    text = original
    for step in steps:
        if text[step.start : step.end] != step.before:
            raise ValueError(f"step {step.name} expects {step.before!r} at {step.start}")
        text = text[: step.start] + step.after + text[step.end :]
    return text
