"""Words that a recogniser ran together ("đãtruyềndạy"): they are cut, corrected, and told as one again."""

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
MIN_CUT_LENGTH = 5
#: Longer ones neither; see decoder.c.
MAX_CUT_LENGTH = 96
#: Alternatives of a word that was cut.
MAX_ALTERNATIVES = 3

Cuts = Callable[[npt.NDArray[np.int32]], npt.NDArray[np.uint32]]
"""(n, 2) offsets and lengths -> (n, 3) bits, one a character: see `WasmDecoder.cuts`."""


def cut_words(text: str, words: Words, cuts: Cuts) -> list[tuple[int, int]]:
    """Put the parts of the words that were run together in their places. Returns where these words begin and end."""
    asked = [
        at
        for at, ((_, size), kind) in enumerate(zip(words.places, words.kinds, strict=True))
        if kind == DAMAGED and MIN_CUT_LENGTH <= size <= MAX_CUT_LENGTH
    ]
    if not asked:
        return []
    found = []
    rows = cuts(np.array([words.places[at] for at in asked], dtype=np.int32))
    # The last first, so that the numbers of the others stay true.
    for at, row in reversed([(at, row.tolist()) for at, row in zip(asked, rows, strict=True) if row.any()]):
        start, size = words.places[at]
        ends = [k for k in range(1, size) if row[k // 32] >> k % 32 & 1]
        edges = [0, *ends, size]
        parts = [(start + a, b - a) for a, b in pairwise(edges)]
        more = len(parts) - 1
        weighed = words.caps[at] != NOT_WEIGHED
        after = [AFTER_CAPITAL if text[place].isupper() else AFTER_SMALL for place, _ in parts[:-1]]
        words.places[at : at + 1] = parts
        words.kinds[at : at + 1] = [DAMAGED] * len(parts)
        words.known[at : at + 1] = [0] * len(parts)
        words.caps[at + 1 : at + 1] = after if weighed else [NOT_WEIGHED] * more
        words.starts[at + 1 : at + 1] = [0] * more
        words.certain = {place + more if place > at else place: word for place, word in words.certain.items()}
        found.append((start, start + size))
    return found[::-1]


def join_parts(found: Sequence[Correction], spans: Sequence[tuple[int, int]]) -> list[Correction]:
    """The corrections with one for each word that was cut: its parts with spaces between. Both are in their order."""
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
            joined.append(_one(parts))
            parts = []
    return joined


def _one(parts: Sequence[Correction]) -> Correction:
    confidence = 1.0
    for part in parts:
        confidence *= part.confidence
    words = [part.after for part in parts]
    others = []
    for at, part in enumerate(parts):
        for other, share in part.alternatives:
            others.append((" ".join([*words[:at], other, *words[at + 1 :]]), round(share * confidence / part.confidence, 4)))
    others.sort(key=lambda other: -other[1])
    return parts[0]._replace(
        end=parts[-1].end,
        after=" ".join(words),
        confidence=round(confidence, 4),
        alternatives=tuple(others[:MAX_ALTERNATIVES]),
    )
