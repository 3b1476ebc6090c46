"""An item's words in all versions of its text, tokenised once.

Where a machine corrected the text, each word of one version knows the words that stand in its place in the other versions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType

from kb.item import Block, Item
from kb.library.alignment import pair_words
from kb.library.index_document import describe, open_runs
from search_api.display.cards import show_title
from vitext import DOUBTFUL_CONFIDENCE, CorrectedWord, Token, Words, tokenise

Others = Mapping[int, Sequence[Token]]
"""By the index of a token: the tokens that stand in its place in other versions of the text."""
#: Words of another version that may stand in the place of one word: of a span of more ("a-a-a-...") nobody knows which.
MAX_PARTNERS = 64
#: The value for a text that has no other version.
NO_OTHERS: Others = MappingProxyType({})
#: The words of a block that is not read.
NO_WORDS = Words("")
_FOLDED_KEY, _ACCENTED_KEY = attrgetter("folded"), attrgetter("accented")


@dataclass(frozen=True, slots=True)
class ItemTokens:
    """An item's words.

    `title` is the title as shown, `blocks` are the best version of each block, and `others` the words of its other versions.
    `folded` and `accented` are the keys of everything that search finds in the item, its attributes included;
    `printed_folded` and `printed_accented` are the same keys without the machine's corrections, `open` the folded keys of
    the words that have no accents to agree with.

    Of a very long item only some blocks are read, the others have no words here; where `complete` is false, words may stand
    in it that nobody looked for.
    """

    item: Item
    title: Words
    blocks: tuple[Words, ...]
    others: tuple[Others, ...]
    folded: frozenset[str]
    accented: frozenset[str]
    printed_folded: frozenset[str]
    printed_accented: frozenset[str]
    open: frozenset[str]
    complete: bool = True


def tokenise_item(item: Item, chosen: Collection[int] | None = None, *, complete: bool = True) -> ItemTokens:
    """The words of an item, or of its `chosen` blocks alone."""
    title = Words(show_title(item))
    read = range(len(item.blocks)) if chosen is None else chosen
    blocks = tuple(Words(block.best) if at in read else NO_WORDS for at, block in enumerate(item.blocks))
    attributes = Words(describe(item))
    printed, every = _Keys(set(), set()), _Keys(set(), set())
    printed.add(attributes)
    printed.add(Words(item.title_original) if item.title_original else title)
    every.add(title)
    for at in read:
        block, tokens = item.blocks[at], blocks[at]
        if block.repaired is None and block.edited is None and not block.doubts and not block.other:
            printed.add(tokens)
            continue
        texts = {text: Words(text) for text in block.versions if text != block.best} | {block.best: tokens}
        for text in block.printed:
            printed.add(texts[text])
        for own in texts.values():
            every.add(own)
    return ItemTokens(
        item,
        title,
        blocks,
        tuple(_other_words(item.blocks[at], own) if own else NO_OTHERS for at, own in enumerate(blocks)),
        frozenset(every.folded | printed.folded),
        frozenset(every.accented | printed.accented),
        frozenset(printed.folded),
        frozenset(printed.accented),
        frozenset(token.folded for run in open_runs(item, read) for token in Words(run).keys),
        complete,
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of some words."""

    folded: set[str]
    accented: set[str]

    def add(self, words: Words) -> None:
        self.folded.update(map(_FOLDED_KEY, words.keys))
        self.accented.update(map(_ACCENTED_KEY, words.keys))


def _other_words(block: Block, tokens: Sequence[Token]) -> Others:
    """For the words of the best version: the letters as recognised, and the alternative that is searched."""
    if block.repaired is None and not block.doubts and not block.other:
        return NO_OTHERS
    others: dict[int, list[Token]] = defaultdict(list)
    if block.best == block.repaired:
        spans = [((p.start, p.end), (p.original_start, p.original_end)) for p in pair_words(block.original, block.best)]
        _join(others, tokens, tokenise(block.original), spans)
    if block.edited is None:
        _add_alternatives(others, tokens, [((word.start, word.end), word) for word in block.doubts])
    if block.other:  # a second reading has lines of its own, and words are paired line by line
        pairs = pair_words(block.other.replace("\n", " "), block.best.replace("\n", " "))
        spans = [((p.start, p.end), (p.original_start, p.original_end)) for p in pairs]
        _join(others, tokens, tokenise(block.other), spans)
    return others


def words_of_original(block: Block) -> tuple[Words, Others]:
    """The words of the letters as recognised, and for each the corrected word and the alternative that is searched."""
    tokens = Words(block.original)
    others: dict[int, list[Token]] = defaultdict(list)
    if block.repaired is not None:
        pairs = pair_words(block.original, block.repaired)
        spans = [((p.original_start, p.original_end), (p.start, p.end)) for p in pairs]
        _join(others, tokens, tokenise(block.repaired), spans)
    _add_alternatives(others, tokens, [((word.original_start, word.original_end), word) for word in block.doubts])
    return tokens, others


def _add_alternatives(
    others: dict[int, list[Token]], tokens: Sequence[Token], doubts: Sequence[tuple[tuple[int, int], CorrectedWord]]
) -> None:
    """Give the tokens in the span of each guess the words of its alternative (see `Block.alternative`)."""
    places = _Places(tokens)
    for span, word in doubts:
        if word.confidence < DOUBTFUL_CONFIDENCE and word.alternatives:
            for index in places.within(*span):
                others[index] += tokenise(word.alternatives[0][0])


def _join(
    others: dict[int, list[Token]],
    tokens: Sequence[Token],
    partners: Sequence[Token],
    spans: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    """Give each token its partner in the other version.

    Inside a pair of spans the tokens are paired one to one; where their numbers differ, each token gets all partners, unless
    there are more than MAX_PARTNERS.
    """
    own_places, other_places = _Places(tokens), _Places(partners)
    for mine, theirs in spans:
        own, other = own_places.within(*mine), other_places.within(*theirs)
        if len(own) != len(other) and len(other) > MAX_PARTNERS:
            continue
        for at, index in enumerate(own):
            found = [partners[other[at]]] if len(own) == len(other) else [partners[i] for i in other]
            others[index] += [token for token in found if token.accented != tokens[index].accented]


class _Places:
    """Where the tokens of a text stand. They are in its order."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._starts = [token.start for token in tokens]
        self._ends = [token.end for token in tokens]

    def within(self, start: int, end: int) -> range:
        """The indexes of the tokens that touch characters [start, end)."""
        first = bisect_right(self._ends, start)
        return range(first, bisect_left(self._starts, end, lo=first))
