"""Similar items (Nội dung tương tự): close in meaning, of the same field or place, unlike each other, with reasons.

Near-duplicates of the item come first, with a reason that says so ("có thể là cùng một thành tích"). Among the other items
no two are near-duplicates of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.item import Item, list_of
from kb.library.library import View
from kb.papers import vocabulary
from search_api.display.cards import card
from search_api.display.parts import first_part
from search_api.retrieval.likeness import DUPLICATE_COSINE, is_duplicate, shared_attributes, telling_words
from search_api.schema import SimilarItem

#: Nearest vectors that are asked for. Passages and whole items share the index, and a record has about five vectors.
KNN_LIMIT = 300
#: Weight of closeness to the item; the rest is the weight of being unlike the items chosen before (maximal marginal
#: relevance).
CLOSENESS_WEIGHT = 0.75
#: The least cosine of a similar item.
MIN_COSINE = 0.45


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A candidate. `cosine` is its closeness to the item, `score` the same with a bonus for shared attributes."""

    item: Item
    cosine: float
    score: float
    vector: np.ndarray
    duplicate: bool


def find_similar(view: View, item: Item, limit: int) -> list[SimilarItem]:
    """At most `limit` items, near-duplicates first. The list is empty where the item has no vector."""
    vector = view.vectors.item_vector(item.id)
    if vector is None:
        return []
    neighbours = []
    for hit in view.vectors.search(vector, KNN_LIMIT):
        if hit.key.ordinal or hit.key.item_id == item.id or hit.score < MIN_COSINE:
            continue
        other = first_part(view.snapshot.item(hit.key.item_id))
        if list_of(item.source.path) == other.source.path or list_of(other.source.path) == item.source.path:
            continue  # a list, and a row that is a part of it
        other_vector = view.vectors.item_vector(other.id)
        if other_vector is not None:
            score = hit.score + shared_attributes(item, other)
            duplicate = is_duplicate(item, other, hit.score)
            neighbours.append(Neighbour(other, hit.score, score, other_vector, duplicate))
    return [_explain(view, item, neighbour) for neighbour in _choose(neighbours, limit)]


def _choose(neighbours: Sequence[Neighbour], limit: int) -> list[Neighbour]:
    chosen = sorted((n for n in neighbours if n.duplicate), key=lambda n: -n.cosine)[:limit]
    rest = [n for n in neighbours if not n.duplicate]
    while rest and len(chosen) < limit:
        likeness = [max((float(n.vector @ c.vector) for c in chosen if not c.duplicate), default=0.0) for n in rest]
        rest = [n for n, like in zip(rest, likeness, strict=True) if like < DUPLICATE_COSINE]
        likeness = [like for like in likeness if like < DUPLICATE_COSINE]
        if not rest:
            break
        value = [CLOSENESS_WEIGHT * n.score - (1 - CLOSENESS_WEIGHT) * like for n, like in zip(rest, likeness, strict=True)]
        chosen.append(rest.pop(int(np.argmax(value))))
    return chosen


def _explain(view: View, item: Item, neighbour: Neighbour) -> SimilarItem:
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
