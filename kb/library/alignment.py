"""Follow places between a block's letters as recognised and its repaired reading.

Repair keeps lines, and most words stay words, so places are followed line by line and word by word; inside a word by the
letters that both readings begin and end with. Nothing is stored for it: both texts are there. For texts whose lines differ
(a human correction may join them) nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from kb.item import Block
from vitext import fold

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Characters [start, end) of a reading that stand for [original_start, original_end) of the original: mostly a word,
    several where the reader cut or joined words."""

    start: int
    end: int
    original_start: int
    original_end: int


def pair_words(original: str, reading: str) -> list[Pair]:
    """The words of a reading with those they were read from, in order; empty where the lines do not agree.

    >>> [(p.start, p.original_start) for p in pair_words("Pay manh cdng tac", "Đẩy mạnh công tác")]
    [(0, 0), (4, 4), (9, 9), (14, 14)]
    """
    old_lines, new_lines = original.split("\n"), reading.split("\n")
    if len(old_lines) != len(new_lines):
        return []
    pairs: list[Pair] = []
    old_at = new_at = 0
    for old, new in zip(old_lines, new_lines, strict=True):
        old_words, new_words = _spans(old, old_at), _spans(new, new_at)
        if len(old_words) == len(new_words):
            pairs += [Pair(*b, *a) for a, b in zip(old_words, new_words, strict=True)]
        else:
            pairs += _pair_groups(original, reading, old_words, new_words)
        old_at, new_at = old_at + len(old) + 1, new_at + len(new) + 1
    return pairs


def _spans(line: str, at: int) -> list[tuple[int, int]]:
    return [(at + m.start(), at + m.end()) for m in _WORD.finditer(line)]


def _pair_groups(original: str, reading: str, old: list[tuple[int, int]], new: list[tuple[int, int]]) -> list[Pair]:
    """The words of a line where the reader cut or joined some: those between words that agree go together."""
    old_keys, new_keys = [fold(original[a:b]) for a, b in old], [fold(reading[a:b]) for a, b in new]
    pairs = []
    for _, a, b, c, d in SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes():
        if b - a == d - c:
            pairs += [Pair(*new[c + i], *old[a + i]) for i in range(b - a)]
        elif b > a and d > c:
            pairs.append(Pair(new[c][0], new[d - 1][1], old[a][0], old[b - 1][1]))
    return pairs


def original_span(block: Block, start: int, end: int) -> tuple[int, int]:
    """Where characters [start, end) of the repaired text stand in `Block.original`; the whole block when nobody knows.

    >>> block = Block(1, "S6:43 /KH - LMHTX", repaired="Số:43 /KH - LMHTX")
    >>> block.original[slice(*original_span(block, 3, 17))]
    '43 /KH - LMHTX'
    """
    if block.repaired is None:
        return start, end
    pairs = [p for p in pair_words(block.original, block.repaired) if p.start < end and p.end > start]
    if not pairs:
        return 0, len(block.original)
    first, last = pairs[0], pairs[-1]
    return _inside(block, first, max(start, first.start))[0], _inside(block, last, min(end, last.end))[1]


def _inside(block: Block, pair: Pair, at: int) -> tuple[int, int]:
    """The original characters that a place inside a word may stand for: where a span begins, and where one ends."""
    old, new = block.original[pair.original_start : pair.original_end], (block.repaired or "")[pair.start : pair.end]
    offset = at - pair.start
    if len(old) == len(new) or new[:offset] == old[:offset]:
        offset = min(offset, len(old))
        return pair.original_start + offset, pair.original_start + (len(old) if at == pair.end else offset)
    left = len(new) - offset
    if left and new[-left:] == old[-left:]:
        return pair.original_end - left, pair.original_end - left
    return pair.original_start, pair.original_end
