"""An item's words, tokenised once: what its texts hold, as printed and as a machine read them.

Where a machine read the text anew, each word knows what stands in its place in the other readings.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from kb.item import Block, Item
from kb.library.alignment import pair_words
from kb.library.index_document import describe
from search_api.display.cards import show_title
from vitext import DOUBTFUL_CONFIDENCE, Token, tokenise

Others = Mapping[int, Sequence[Token]]
"""By the index of a token, what stands in its place in other readings of the text."""
NOTHING: Others = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ItemTokens:
    """An item's words, tokenised once: title as shown, best reading of each block with the words of its other readings; and
    the folded and raw keys of everything searchable in it, its attributes included. `printed` are the same keys without
    what a machine read anew."""

    item: Item
    title: tuple[Token, ...]
    blocks: tuple[tuple[Token, ...], ...]
    others: tuple[Others, ...]
    folded: frozenset[str]
    accented: frozenset[str]
    printed_folded: frozenset[str]
    printed_accented: frozenset[str]


def tokenise_item(item: Item) -> ItemTokens:
    title = tuple(tokenise(show_title(item)))
    blocks = tuple(tuple(tokenise(block.best)) for block in item.blocks)
    attributes = tokenise(describe(item))
    printed = [*attributes, *(tokenise(item.title_original) if item.title_original else title)]
    read = [*title]
    for block, tokens in zip(item.blocks, blocks, strict=True):
        texts = {text: tokenise(text) for text in block.versions if text != block.best} | {block.best: tokens}
        printed += [token for text in block.printed for token in texts[text]]
        read += [token for own in texts.values() for token in own]
    return ItemTokens(
        item,
        title,
        blocks,
        tuple(_other_words(block, tokens) for block, tokens in zip(item.blocks, blocks, strict=True)),
        frozenset(t.folded for t in read) | frozenset(t.folded for t in printed),
        frozenset(t.accented for t in read) | frozenset(t.accented for t in printed),
        frozenset(t.folded for t in printed),
        frozenset(t.accented for t in printed),
    )


def _other_words(block: Block, tokens: Sequence[Token]) -> Others:
    """For the words of the best reading: the letters that were recognised, and the alternative that is searched."""
    if block.repaired is None and not block.doubts:
        return NOTHING
    others: dict[int, list[Token]] = defaultdict(list)
    if block.best == block.repaired:
        spans = [((p.start, p.end), (p.original_start, p.original_end)) for p in pair_words(block.original, block.best)]
        _join(others, tokens, tokenise(block.original), spans)
    if block.edited is None:
        for word in block.doubts:
            if word.confidence < DOUBTFUL_CONFIDENCE and word.alternatives:
                for index in _within(tokens, word.start, word.end):
                    others[index] += tokenise(word.alternatives[0][0])
    return others


def words_of_original(block: Block) -> tuple[list[Token], Others]:
    """The words of the letters as recognised, each with how it was read."""
    tokens = tokenise(block.original)
    others: dict[int, list[Token]] = defaultdict(list)
    if block.repaired is not None:
        pairs = pair_words(block.original, block.repaired)
        spans = [((p.original_start, p.original_end), (p.start, p.end)) for p in pairs]
        _join(others, tokens, tokenise(block.repaired), spans)
    for word in block.doubts:
        if word.confidence < DOUBTFUL_CONFIDENCE and word.alternatives:
            for index in _within(tokens, word.original_start, word.original_end):
                others[index] += tokenise(word.alternatives[0][0])
    return tokens, others


def _join(
    others: dict[int, list[Token]],
    tokens: Sequence[Token],
    partners: Sequence[Token],
    spans: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    """Give each token its partner in the other reading: one to one inside a pair of spans, all where the counts differ."""
    for mine, theirs in spans:
        own, other = _within(tokens, *mine), _within(partners, *theirs)
        for at, index in enumerate(own):
            found = [partners[other[at]]] if len(own) == len(other) else [partners[i] for i in other]
            others[index] += [token for token in found if token.accented != tokens[index].accented]


def _within(tokens: Sequence[Token], start: int, end: int) -> range:
    """Indexes of the tokens that touch characters [start, end); tokens stand in the order of the text."""
    first = bisect_right(tokens, start, key=lambda token: token.end)
    return range(first, bisect_left(tokens, end, lo=first, key=lambda token: token.start))
