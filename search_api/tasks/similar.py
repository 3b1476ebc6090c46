"""Similar items (Nội dung tương tự): close in meaning, same field or place, different from each other, explained.

Near-duplicates of the item are named as such ("có thể là cùng một thành tích") and come first; among the others no two
are near-duplicates of each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kb.item import Item
from kb.library.library import View
from kb.papers import vocabulary
from search_api.display.cards import card
from search_api.schema import SimilarItem
from vitext import analyse

#: Nearest vectors looked at; passages and whole items share the index, a record has about five.
NEIGHBOURS = 300
#: Added to the cosine for a shared main field, any shared field, a shared place.
SAME_MAIN_FIELD, SAME_FIELD, SAME_PLACE = 0.06, 0.03, 0.03
#: Weight of being close against being unlike those chosen before (maximal marginal relevance).
CLOSE_WEIGHT = 0.75
#: Not similar below this cosine.
FLOOR = 0.45
#: Near-duplicate: this close in meaning, and this share of the distinct words of the poorer text in the other. The 11
#: records of the corpus and their damaged scans have cosines from .962 and shares of 1.0; of all other pairs the closest,
#: two rescues at sea, has .767 and .66, and a plan and the one that carries it out .961 and .83 (other numbers: no copies).
DUPLICATE_COSINE = 0.88
DUPLICATE_WORDS = 0.72
#: Words named as the reason: this many; they belong together (share of the rarer syllable's uses), and stand in the
#: collection no more often than this share of its items.
SHARED_WORDS = 3
BELONGING = 0.25
COMMON_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A candidate: its vector, its closeness to the item asked about, and that with the shared attributes added."""

    item: Item
    cosine: float
    score: float
    vector: np.ndarray
    duplicate: bool


def find_similar(view: View, item: Item, limit: int) -> list[SimilarItem]:
    """At most `limit` items, duplicates first; empty when the item has no vector."""
    vector = view.vectors.item_vector(item.id)
    if vector is None:
        return []
    neighbours = []
    own_words = _words(item)
    for hit in view.vectors.search(vector, NEIGHBOURS):
        if hit.key.ordinal or hit.key.item_id == item.id or hit.score < FLOOR:
            continue
        other = view.snapshot.item(hit.key.item_id)
        other_vector = view.vectors.item_vector(other.id)
        if other_vector is not None:
            duplicate = may_repeat(item, other, hit.score) and _overlap(own_words, _words(other)) >= DUPLICATE_WORDS
            score = hit.score + shared_attributes(item, other)
            neighbours.append(Neighbour(other, hit.score, score, other_vector, duplicate))
    return [_show(view, item, neighbour) for neighbour in _choose(neighbours, limit)]


def may_repeat(item: Item, other: Item, cosine: float) -> bool:
    """Close enough for near-duplicates, and not two papers of different numbers."""
    return cosine >= DUPLICATE_COSINE and not (item.number and other.number and item.number_key != other.number_key)


def find_repeated(view: View, items: Sequence[Item]) -> dict[str, str]:
    """Which of the items are near-duplicates of one before them: id -> the id of that one."""
    vectors = [(item, vector) for item in items if (vector := view.vectors.item_vector(item.id)) is not None]
    repeated: dict[str, str] = {}
    for at, (item, vector) in enumerate(vectors):
        for earlier, other in vectors[:at]:
            if earlier.id in repeated or not may_repeat(item, earlier, float(vector @ other)):
                continue
            if _overlap(_words(item), _words(earlier)) >= DUPLICATE_WORDS:
                repeated[item.id] = earlier.id
                break
    return repeated


def shared_attributes(item: Item, other: Item) -> float:
    """What a shared place and field add to the closeness of two items."""
    bonus = SAME_PLACE if item.place and item.place in (other.place, other.place_former) else 0.0
    if item.fields and other.fields:
        if item.fields[0] == other.fields[0]:
            bonus += SAME_MAIN_FIELD
        elif set(item.fields) & set(other.fields):
            bonus += SAME_FIELD
    return bonus


def _choose(neighbours: Sequence[Neighbour], limit: int) -> list[Neighbour]:
    chosen = sorted((n for n in neighbours if n.duplicate), key=lambda n: -n.cosine)[:limit]
    rest = [n for n in neighbours if not n.duplicate]
    while rest and len(chosen) < limit:
        likeness = [max((float(n.vector @ c.vector) for c in chosen if not c.duplicate), default=0.0) for n in rest]
        rest = [n for n, like in zip(rest, likeness, strict=True) if like < DUPLICATE_COSINE]
        likeness = [like for like in likeness if like < DUPLICATE_COSINE]
        if not rest:
            break
        value = [CLOSE_WEIGHT * n.score - (1 - CLOSE_WEIGHT) * like for n, like in zip(rest, likeness, strict=True)]
        chosen.append(rest.pop(int(np.argmax(value))))
    return chosen


def _words(item: Item) -> frozenset[str]:
    return frozenset(analyse("\n".join((item.title, *(block.best for block in item.blocks)))).folded)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def _show(view: View, item: Item, neighbour: Neighbour) -> SimilarItem:
    other = neighbour.item
    reasons = ["có thể là cùng một thành tích"] if neighbour.duplicate else []
    common = [code for code in item.fields if code in other.fields]
    if common:
        reasons.append("cùng lĩnh vực " + vocabulary.label("field", common[0]))
    if item.place and item.place in (other.place, other.place_former):
        reasons.append("cùng địa bàn " + item.place.split(",")[0])
    words = telling_words(view, item, other)
    if words:
        reasons.append("cùng nói đến " + ", ".join(f"“{word}”" for word in words))
    reasons.append(f"gần nghĩa {round(100 * neighbour.cosine)} %")
    return SimilarItem(card=card(other), score=neighbour.score, reasons=reasons, duplicate=neighbour.duplicate)


def telling_words(view: View, item: Item, other: Item) -> list[str]:
    """Two-syllable words both use, those that say most about the pair first."""
    worth = {}
    most = COMMON_SHARE * view.snapshot.count()
    for pair, count in (_pairs(item) & _pairs(other)).items():
        seen = view.snapshot.pair_count(*pair)
        rarer = min(view.snapshot.word_count(pair[0]), view.snapshot.word_count(pair[1]))
        if 2 <= seen <= most and rarer and seen / rarer >= BELONGING:
            worth[pair] = math.log(1 + count) * seen / rarer / math.log(2 + seen)
    chosen: list[tuple[str, str]] = []
    for pair in sorted(worth, key=lambda p: (-worth[p], p)):
        if len(chosen) < SHARED_WORDS and not any(set(pair) & set(c) for c in chosen):
            chosen.append(pair)
    return [" ".join(pair) for pair in chosen]


def _pairs(item: Item) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for block in item.blocks:
        if block.role == "heading":
            continue
        keys = [word.lower() for word in block.best.split()]
        counts.update((a, b) for a, b in pairwise(keys) if a.isalpha() and b.isalpha())
    return counts
