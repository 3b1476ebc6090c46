"""Words that a recogniser ran together ("đãtruyềndạy", "xã,phường"): they are cut, corrected, and told as one again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vitext.correction.model import DAMAGED
from vitext.correction.preparation import AFTER_CAPITAL, AFTER_SMALL, NOT_WEIGHED, Words

if TYPE_CHECKING:
    from vitext.correction.corrector import Correction

#: Shorter words are not cut: two syllables of two letters each are seldom run together, and many words have four.
MIN_CUT_LENGTH = 4
#: Longer ones neither; see decoder.c.
MAX_CUT_LENGTH = 96
#: Signs between two words behind which a space is missing.
GLUE = frozenset(",;")
#: Alternatives of a word that was cut.
MAX_ALTERNATIVES = 3

Cuts = Callable[[npt.NDArray[np.int32]], npt.NDArray[np.uint32]]
"""(n, 2) offsets and lengths -> (n, 3) bits, one a character: see `WasmDecoder.cuts`."""


def cut_words(text: str, words: Words, cuts: Cuts) -> list[tuple[int, int]]:
    """Put the parts of the words that were run together in their places. Returns the characters [start, end) of what is to
    be told as one: the parts of a word, and words between which only the space behind a comma is missing."""
    asked = [
        at
        for at, ((_, size), kind) in enumerate(zip(words.places, words.kinds, strict=True))
        if kind == DAMAGED and MIN_CUT_LENGTH <= size <= MAX_CUT_LENGTH
    ]
    rows = cuts(np.array([words.places[at] for at in asked], dtype=np.int32)) if asked else ()
    # The last first, so that the numbers of the others stay true.
    for at, row in reversed([(at, row.tolist()) for at, row in zip(asked, rows, strict=True) if row.any()]):
        _cut(text, words, at, [k for k in range(1, words.places[at][1]) if row[k // 32] >> k % 32 & 1])
    spans: list[tuple[int, int]] = []
    for at, (one, (start, size)) in enumerate(pairwise(words.places)):
        gap = text[sum(one) : start]
        if (gap and gap not in GLUE) or words.kinds[at] != DAMAGED or words.kinds[at + 1] != DAMAGED:
            continue
        if gap and not (text[start - 2].isalpha() and text[start].isalpha()):
            continue
        if spans and spans[-1][1] == sum(one):
            spans[-1] = spans[-1][0], start + size
        else:
            spans.append((one[0], start + size))
    return spans


def _cut(text: str, words: Words, at: int, ends: Sequence[int]) -> None:
    """Put the parts of a word in its place; they end `ends` characters behind its start."""
    start, size = words.places[at]
    parts = [(start + a, b - a) for a, b in pairwise([0, *ends, size])]
    more = len(parts) - 1
    after = [AFTER_CAPITAL if text[place].isupper() else AFTER_SMALL for place, _ in parts[:-1]]
    words.places[at : at + 1] = parts
    words.kinds[at : at + 1] = [DAMAGED] * len(parts)
    words.known[at : at + 1] = [0] * len(parts)
    words.starts[at + 1 : at + 1] = [0] * more
    words.caps[at + 1 : at + 1] = [NOT_WEIGHED] * more if words.caps[at] == NOT_WEIGHED else after
    words.certain = {place + more if place > at else place: word for place, word in words.certain.items()}


def join_parts(text: str, found: Sequence[Correction], spans: Sequence[tuple[int, int]]) -> list[Correction]:
    """The corrections of a text with one for each span. Both are in their order; what stands between two parts stays, with a
    space behind it."""
    starts = [start for start, _ in spans]
    joined: list[Correction] = []
    parts: list[Correction] = []
    for correction in found:
        at = bisect_right(starts, correction.start) - 1
        if at < 0 or correction.start >= spans[at][1]:
            joined.append(correction)
            continue
        parts.append(correction)
        if correction.end == spans[at][1]:
            joined.append(_one(text, parts))
            parts = []
    return joined


def _one(text: str, parts: Sequence[Correction]) -> Correction:
    gaps = [f"{text[one.end : other.start]} " for one, other in pairwise(parts)]
    words = [part.after for part in parts]
    confidence = 1.0
    for part in parts:
        confidence *= part.confidence
    others = []
    for at, part in enumerate(parts):
        for other, share in part.alternatives:
            changed = _written([*words[:at], other, *words[at + 1 :]], gaps)
            others.append((changed, round(share * confidence / part.confidence, 4)))
    others.sort(key=lambda other: -other[1])
    return parts[0]._replace(
        end=parts[-1].end,
        after=_written(words, gaps),
        confidence=round(confidence, 4),
        alternatives=tuple(others[:MAX_ALTERNATIVES]),
    )


def _written(words: Sequence[str], gaps: Sequence[str]) -> str:
    return "".join(word + gap for word, gap in zip(words, [*gaps, ""], strict=True))
