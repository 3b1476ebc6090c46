"""Map positions between the letters of a block as recognised and its corrected text.

A correction keeps the lines, and most words stay words. So positions are mapped line by line and word by word, and inside a
word by the letters that both versions begin and end with. Nothing is stored for this, because both texts are there. When
the lines of the two texts differ (a person who edits a text may join them), there is no mapping.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kb.item import Block
from vitext import fold

#: Words of a line in which some were split or joined up to which all of them are compared with each other; longer lines are
#: compared in pieces of STEP words, because the work of a comparison grows with the square of the words at least.
MAX_COMPARED = 256
#: Words of a long line that are compared at a time.
STEP = 64

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Characters [start, end) of the corrected text, which stand for [original_start, original_end) of the original. This
    is mostly one word, and several where the correction split or joined words."""

    start: int
    end: int
    original_start: int
    original_end: int


def pair_words(original: str, corrected: str) -> list[Pair]:
    """The words of a corrected text with the original words that they correspond to, in order; empty when the numbers of
    lines differ.

    >>> [(p.start, p.original_start) for p in pair_words("Pay manh cdng tac", "Đẩy mạnh công tác")]
    [(0, 0), (4, 4), (9, 9), (14, 14)]
    """
    old_lines, new_lines = original.split("\n"), corrected.split("\n")
    if len(old_lines) != len(new_lines):
        return []
    pairs: list[Pair] = []
    old_at = new_at = 0
    for old, new in zip(old_lines, new_lines, strict=True):
        old_words, new_words = _spans(old, old_at), _spans(new, new_at)
        if len(old_words) == len(new_words):
            pairs += [Pair(*b, *a) for a, b in zip(old_words, new_words, strict=True)]
        else:
            pairs += _pair_groups(original, corrected, old_words, new_words)
        old_at, new_at = old_at + len(old) + 1, new_at + len(new) + 1
    return pairs


def _spans(line: str, at: int) -> list[tuple[int, int]]:
    return [(at + m.start(), at + m.end()) for m in _WORD.finditer(line)]


def _pair_groups(original: str, corrected: str, old: list[tuple[int, int]], new: list[tuple[int, int]]) -> list[Pair]:
    """The words of a line in which some were split or joined: the words between two that agree form one pair."""
    old_keys, new_keys = [fold(original[a:b]) for a, b in old], [fold(corrected[a:b]) for a, b in new]
    pairs = []
    for a, b, c, d in _groups(old_keys, new_keys):
        if b - a == d - c:
            pairs += [Pair(*new[c + i], *old[a + i]) for i in range(b - a)]
        elif b > a and d > c:
            pairs.append(Pair(new[c][0], new[d - 1][1], old[a][0], old[b - 1][1]))
    return pairs


def _groups(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches [a, b) of the old words and [c, d) of the new words that correspond, in order."""
    a = c = 0
    while max(len(old) - a, len(new) - c) > MAX_COMPARED and a < len(old) and c < len(new):
        here, there = old[a : a + STEP], new[c : c + STEP]
        found = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
        # What follows the last agreement may agree with words beyond the piece: it is compared again with them.
        last = next((block for block in reversed(found) if block.size), None)
        b, d = (last.a + last.size, last.b + last.size) if last else (len(here), len(there))
        for _, i, j, k, m in SequenceMatcher(None, here[:b], there[:d], autojunk=False).get_opcodes():
            yield a + i, a + j, c + k, c + m
        a, c = a + b, c + d
    for _, i, j, k, m in SequenceMatcher(None, old[a:], new[c:], autojunk=False).get_opcodes():
        yield a + i, a + j, c + k, c + m


class OriginalPlaces:
    """Finds places of the repaired texts of blocks in their originals. A block is aligned once, when it is asked for."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._pairs: dict[int, list[Pair]] = {}

    def span(self, block: int, start: int, end: int) -> tuple[int, int]:
        """As `original_span` of the block with that index."""
        here = self._blocks[block]
        if here.repaired is None:
            return start, end
        if block not in self._pairs:
            self._pairs[block] = pair_words(here.original, here.repaired)
        return _span_in(here, self._pairs[block], start, end)


def original_span(block: Block, start: int, end: int) -> tuple[int, int]:
    """The span of `Block.original` that characters [start, end) of the repaired text correspond to; all of it when unknown.

    >>> block = Block(1, "S6:43 /KH - LMHTX", repaired="Số:43 /KH - LMHTX")
    >>> block.original[slice(*original_span(block, 3, 17))]
    '43 /KH - LMHTX'
    """
    if block.repaired is None:
        return start, end
    return _span_in(block, pair_words(block.original, block.repaired), start, end)


def _span_in(block: Block, pairs: Sequence[Pair], start: int, end: int) -> tuple[int, int]:
    """The span of `Block.original` by the pairs of the block's words."""
    first_at = bisect_right(pairs, start, key=lambda pair: pair.end)
    last_at = bisect_left(pairs, end, key=lambda pair: pair.start) - 1
    if first_at > last_at:
        return 0, len(block.original)
    first, last = pairs[first_at], pairs[last_at]
    return _inside(block, first, max(start, first.start))[0], _inside(block, last, min(end, last.end))[1]


def _inside(block: Block, pair: Pair, at: int) -> tuple[int, int]:
    """The original positions that a position inside a word may correspond to: as the start of a span, and as its end."""
    old, new = block.original[pair.original_start : pair.original_end], (block.repaired or "")[pair.start : pair.end]
    offset = at - pair.start
    if len(old) == len(new) or new[:offset] == old[:offset]:
        offset = min(offset, len(old))
        return pair.original_start + offset, pair.original_start + (len(old) if at == pair.end else offset)
    left = len(new) - offset
    if left and new[-left:] == old[-left:]:
        return pair.original_end - left, pair.original_end - left
    return pair.original_start, pair.original_end
