"""Map positions between the letters of a block as recognised and its corrected text.

A correction keeps the lines, and most words stay words. So positions are mapped line by line and word by word, and inside a
word by the letters that both versions begin and end with. Nothing is stored for this, because both texts are there. When
the lines of the two texts differ (a person who edits a text may join them), there is no mapping.
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
    for _, a, b, c, d in SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes():
        if b - a == d - c:
            pairs += [Pair(*new[c + i], *old[a + i]) for i in range(b - a)]
        elif b > a and d > c:
            pairs.append(Pair(new[c][0], new[d - 1][1], old[a][0], old[b - 1][1]))
    return pairs


def original_span(block: Block, start: int, end: int) -> tuple[int, int]:
    """The span of `Block.original` that characters [start, end) of the repaired text correspond to; all of it when unknown.

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
