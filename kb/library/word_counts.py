"""Count the words of an item's undamaged text: the words that "Ý bạn là" (did you mean) may suggest.

Damaged blocks are left out, else the program would suggest the collection's own scanning errors. So is every word that a
machine corrected and is not sure of; two words with such a word between them are no pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kb.item import Block, Item
from vitext import Token, place_tone, tokenise
from vitext.words import cut_run


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The words of one item's undamaged text (lower case, normalised): word -> (folded key, count), and adjacent pairs."""

    words: dict[str, tuple[str, int]]
    pairs: Counter[tuple[str, str]]


def count_words(item: Item) -> WordCounts:
    """Words and adjacent pairs of the clean blocks, and of the title when the text can be read."""
    words: dict[str, tuple[str, int]] = {}
    pairs: Counter[tuple[str, str]] = Counter()
    clean = [block for block in item.blocks if block.damage is None or block.damage.kind == "clean"]
    texts = [text for block in clean for text in _sure_texts(block)]
    if item.quality == "good" and not item.title_original:
        texts.append(item.title)
    for text in texts:
        counted = counted_words(text)
        for token, word in counted:
            words[word] = (token.folded, words.get(word, ("", 0))[1] + 1)
        pairs.update(pairwise(word for _, word in counted))
    return WordCounts(words, pairs)


def counted_words(text: str) -> list[tuple[Token, str]]:
    """The words of a text in the form in which they are counted: lower case, the tone mark in one place.

    >>> [word for _, word in counted_words("Văn hoá ĐỌC, văn hóa")]
    ['văn', 'hóa', 'đọc', 'văn', 'hóa']
    """
    return [(token, _spelling(text[token.start : token.end])) for token in tokenise(text)]


@lru_cache(maxsize=1 << 16)
def _spelling(printed: str) -> str:
    """A word without what nobody sees, in letters as Vietnamese writes them."""
    return place_tone("".join(word.letters for word in cut_run(printed)).lower())


def word_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Neighbouring words as they are counted, with nothing but space between them.

    >>> list(word_pairs("Văn hoá đọc, sách"))
    [('văn', 'hóa'), ('hóa', 'đọc')]
    """
    for (first, a), (second, b) in pairwise(counted_words(text)):
        if text[first.end : second.start].isspace():
            yield a, b


def _sure_texts(block: Block) -> Iterator[str]:
    """The best version of the block, cut at the words that are not sure."""
    if block.edited:
        yield block.edited
        return
    at = 0
    for word in block.doubts:
        yield block.best[at : word.start]
        at = word.end
    yield block.best[at:]
