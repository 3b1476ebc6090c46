"""What two items have in common: attributes, telling words, and whether they are near-duplicates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from kb.item import Item, list_of
from kb.library.library import View
from kb.library.word_counts import word_pairs
from vitext import analyse

#: Added to the closeness of two items that have the same main field.
MAIN_FIELD_BONUS = 0.06
#: Added where they share any other field.
FIELD_BONUS = 0.03
#: Added where they share a place.
PLACE_BONUS = 0.03
#: The least cosine of near-duplicates. The 11 records of the corpus and their damaged scans have cosines from .962 and word
#: shares of 1.0. Of all other pairs, the closest (two rescues at sea) has .767 and .66; a plan and the plan that implements
#: it have .961 and .83, but their numbers differ, so they are no near-duplicates.
DUPLICATE_COSINE = 0.88
#: The least share of the distinct words of the shorter text that must stand in the other text too.
DUPLICATE_WORD_SHARE = 0.72
#: Telling words that a reason names.
MAX_TELLING_WORDS = 3
#: The two syllables of a telling word belong together: the pair has at least this share of the uses of the rarer syllable.
MIN_BELONGING = 0.25
#: The greatest share of the items of the collection in which a telling word may stand.
MAX_COMMON_SHARE = 0.25


def shared_attributes(item: Item, other: Item) -> float:
    """The amount that a shared place and field add to the closeness of two items."""
    bonus = PLACE_BONUS if item.place and item.place in (other.place, other.place_former) else 0.0
    if item.fields and other.fields:
        if item.fields[0] == other.fields[0]:
            bonus += MAIN_FIELD_BONUS
        elif set(item.fields) & set(other.fields):
            bonus += FIELD_BONUS
    return bonus


def is_duplicate(item: Item, other: Item, cosine: float) -> bool:
    """Whether two items are near-duplicates: close in meaning, with mostly the same words, and not two papers with different
    numbers. The rows of one list are different entries, however alike they are written."""
    if item.source.path != other.source.path and list_of(item.source.path) == list_of(other.source.path):
        return False
    if cosine < DUPLICATE_COSINE or (item.number and other.number and item.number_key != other.number_key):
        return False
    words, others = _words(item), _words(other)
    return len(words & others) / max(1, min(len(words), len(others))) >= DUPLICATE_WORD_SHARE


def find_repeated(view: View, items: Sequence[Item]) -> dict[str, str]:
    """The items that are near-duplicates of an earlier one in the list: id -> the id of the earlier item."""
    vectors = [(item, vector) for item in items if (vector := view.vectors.item_vector(item.id)) is not None]
    repeated: dict[str, str] = {}
    for at, (item, vector) in enumerate(vectors):
        for earlier, other in vectors[:at]:
            if earlier.id not in repeated and is_duplicate(item, earlier, float(vector @ other)):
                repeated[item.id] = earlier.id
                break
    return repeated


def telling_words(view: View, item: Item, other: Item) -> list[str]:
    """Words of two syllables that both items use, the most telling first."""
    worth = {}
    most = MAX_COMMON_SHARE * view.size
    for pair, count in (_pairs(item) & _pairs(other)).items():
        seen = view.snapshot.pair_count(*pair)
        rarer = min(view.snapshot.word_count(pair[0]), view.snapshot.word_count(pair[1]))
        if 2 <= seen <= most and rarer and seen / rarer >= MIN_BELONGING:
            worth[pair] = math.log(1 + count) * seen / rarer / math.log(2 + seen)
    chosen: list[tuple[str, str]] = []
    for pair in sorted(worth, key=lambda p: (-worth[p], p)):
        if len(chosen) < MAX_TELLING_WORDS and not any(set(pair) & set(c) for c in chosen):
            chosen.append(pair)
    return [" ".join(pair) for pair in chosen]


def _words(item: Item) -> frozenset[str]:
    return frozenset(analyse("\n".join((item.title, *(block.best for block in item.blocks)))).folded)


def _pairs(item: Item) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for block in item.blocks:
        if block.role != "heading":
            counts.update((a, b) for a, b in word_pairs(block.best) if a.isalpha() and b.isalpha())
    return counts
