"""Count the words of an item's undamaged text: what respelling ("Ý bạn là") may suggest.

Damaged blocks are left out, or the collection would teach its own scanning errors.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from kb.model import Item
from kb.store import WordCounts
from vitext import place_tone, tokenise


def count_words(item: Item) -> WordCounts:
    """Words and adjacent pairs of the clean blocks, and of the title when the text can be read."""
    words: dict[str, tuple[str, int]] = {}
    pairs: Counter[tuple[str, str]] = Counter()
    texts = [block.best for block in item.blocks if block.damage is None or block.damage.kind == "clean"]
    if item.quality == "good":
        texts.append(item.title)
    for text in texts:
        tokens = tokenise(text)
        surfaces = [place_tone(text[t.start : t.end].lower()) for t in tokens]
        for token, word in zip(tokens, surfaces, strict=True):
            words[word] = (token.f, words.get(word, ("", 0))[1] + 1)
        pairs.update(pairwise(surfaces))
    return WordCounts(words, pairs)
