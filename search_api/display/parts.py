"""Cut a very long text into parts, and find where in it the words of a query stand, without reading every word of it.

A page of an item costs as much as one part, whatever the length of the item. Most items have one part.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kb import cancellation
from kb.item import Block, Item
from kb.ports import Term
from search_api.display.counts import show_count
from search_api.display.item_tokens import ItemTokens, tokenise_item
from search_api.query.interpretation import Interpretation
from search_api.schema import Snippet, TextPart
from vitext import fold

#: Blocks of a part, at most.
PART_BLOCKS = 1_000
#: Characters of a part, at most: about sixty printed pages. A single block that is longer is cut.
PART_LENGTH = 60_000
#: Characters of an item that are looked through for the words of a query, at most.
MAX_SEARCHED = 3_000_000
#: Blocks in which the words of a query are marked, of a very long item.
MAX_TELLING = 24
#: Characters of a heading in the list of the parts, at most.
HEADING_LENGTH = 90
#: Characters before the first hit in a block that is cut.
_BEFORE = 300


def split_parts(item: Item) -> list[int]:
    """The index of the first block of every part: [0] for all but very long items."""
    starts, blocks, length = [0], 0, 0
    for index, block in enumerate(item.blocks):
        size = len(block.best)
        if blocks and (blocks == PART_BLOCKS or length + size > PART_LENGTH):
            starts.append(index)
            blocks = length = 0
        blocks += 1
        length += size
    return starts


def part_of(starts: Sequence[int], block: int) -> int:
    """The number of the part, from 1, that holds a block."""
    return max(1, bisect_right(starts, block))


def take_part(item: Item, starts: Sequence[int], number: int) -> Item:
    """The item with the blocks of one part alone; the very item where it has one part and no block that is cut."""
    stop = starts[number] if number < len(starts) else len(item.blocks)
    blocks = item.blocks[starts[number - 1] : stop]
    cut = tuple(_cut(block) for block in blocks)
    return item if cut == item.blocks else item.with_(blocks=cut)


def first_part(item: Item) -> Item:
    """The item with its first part alone, which stands for it where two items are compared."""
    return take_part(item, split_parts(item), 1)


def _cut(block: Block) -> Block:
    """The block, or its beginning where it is longer than a part."""
    if max(len(text or "") for text in (block.original, block.repaired, block.edited)) <= PART_LENGTH:
        return block
    return replace(
        block,
        original=_beginning(block.original),
        repaired=None if block.repaired is None else _beginning(block.repaired),
        edited=None if block.edited is None else _beginning(block.edited),
        doubts=tuple(w for w in block.doubts if max(w.end, w.original_end) <= PART_LENGTH),
    )


def _beginning(text: str) -> str:
    over = len(text) - PART_LENGTH
    return f"{text[:PART_LENGTH]} … (còn {show_count(over)} ký tự)" if over > 0 else text


@dataclass(frozen=True, slots=True)
class Found:
    """Where the words of a query stand: by the index of a block, the words that it holds, as keys. `complete` tells that the
    whole text was looked through."""

    blocks: dict[int, frozenset[str]]
    complete: bool


def find_words(item: Item, meant: Interpretation) -> Found:
    """The blocks that hold words of the query, in the text as it is read best."""
    sought = _sought(meant)
    if sought is None:
        return Found({}, complete=True)
    found: dict[int, frozenset[str]] = {}
    left = MAX_SEARCHED
    for index, block in enumerate(item.blocks):
        if index % PART_BLOCKS == 0:
            cancellation.check()
        text = block.best[:left]
        held = frozenset(match[0] for match in sought.finditer(_plain(text)))
        if held:
            found[index] = held
        left -= len(text)
        if left <= 0:
            return Found(found, complete=index == len(item.blocks) - 1 and len(text) == len(block.best))
    return Found(found, complete=True)


def tokenise_part(item: Item, number: int) -> ItemTokens:
    """The words of one part; `complete` only where it is the whole text."""
    starts = split_parts(item)
    part = take_part(item, starts, min(number, len(starts)))
    return tokenise_item(part, complete=part is item)


def tokenise_telling(item: Item, meant: Interpretation) -> ItemTokens:
    """The words of an item; of a very long one those of the blocks that hold most words of the query. Blocks that are too
    long are cut around their first hit."""
    if len(split_parts(item)) == 1 and all(len(block.best) <= PART_LENGTH for block in item.blocks):
        return tokenise_item(item)
    found = find_words(item, meant)
    ranked = sorted(found.blocks, key=lambda index: (-len(found.blocks[index]), index))
    # A block for every word of the query, then those that hold most of them.
    first: dict[str, int] = {}
    for index in ranked:
        for word in found.blocks[index]:
            first.setdefault(word, index)
    best = (*first.values(), *ranked[:MAX_TELLING])
    # A title or a heading is shown where nothing matched.
    chosen = frozenset((*best, *range(min(2, len(item.blocks)))))
    sought = _sought(meant)
    blocks = list(item.blocks)
    for index in chosen:
        if len(blocks[index].best) > PART_LENGTH:
            blocks[index] = _around(blocks[index], sought)
    return tokenise_item(item.with_(blocks=tuple(blocks)), chosen, complete=found.complete)


def in_parts(item: Item, snippets: Sequence[Snippet]) -> list[Snippet]:
    """The snippets with the numbers of their parts."""
    starts = split_parts(item)
    return [snippet.model_copy(update={"part": part_of(starts, snippet.block)}) for snippet in snippets]


def show_parts(item: Item, meant: Interpretation | None) -> tuple[list[TextPart], bool]:
    """The parts of a very long text, none of any other; and whether the whole text was looked through for the query."""
    starts = split_parts(item)
    if len(starts) == 1:
        return [], True
    found = find_words(item, meant) if meant else Found({}, complete=True)
    holding = {part_of(starts, index) for index in found.blocks}
    parts = [
        TextPart(number=number, first_block=start, heading=_heading(item, start, stop), holds=number in holding)
        for number, (start, stop) in enumerate(pairwise([*starts, len(item.blocks)]), 1)
    ]
    return parts, found.complete


def _heading(item: Item, start: int, stop: int) -> str:
    """The first heading of some blocks, cut; "" where there is none."""
    found = next((block.best for block in item.blocks[start:stop] if block.role == "heading"), "")
    words = " ".join(found[: 2 * HEADING_LENGTH].split())
    return words if len(words) <= HEADING_LENGTH else words[:HEADING_LENGTH].rsplit(" ", 1)[0] + " …"


def count_syllables(item: Item) -> int:
    """The syllables of a very long text, counted by their spaces."""
    return sum(len(block.best.split()) for block in item.blocks)


def _around(block: Block, sought: re.Pattern[str] | None) -> Block:
    hit = sought.search(_plain(block.best[:MAX_SEARCHED])) if sought else None
    start = max(0, hit.start() - _BEFORE) if hit else 0
    return Block(block.page, block.best[start : start + PART_LENGTH], block.role, block.level, block.marker)


def _sought(meant: Interpretation) -> re.Pattern[str] | None:
    """A pattern of the words of a query in every form in which it is searched; None where it has no words."""
    words = sorted({_plain(term.folded) for term in _terms(meant)}, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") if words else None


def _terms(meant: Interpretation) -> Iterator[Term]:
    for variant in (*meant.query.variants, *meant.text.variants):
        for clause in (*variant.clauses, *variant.optional):
            for terms, _ in clause.forms:
                yield from terms


def _plain(text: str) -> str:
    """The folded text, with one letter for i and y, which the keys of words do not distinguish."""
    return fold(text).replace("y", "i")
