"""Score an item from the cosines of its vectors, for engines that find these one by one."""

from __future__ import annotations

from collections.abc import Mapping

from kb.ports import ItemScore


def item_score(cosines: Mapping[int, float]) -> ItemScore:
    """The score of an item, from the cosines of its vectors by ordinal (at least one).

    >>> item_score({0: 0.5, 1: 0.2, 2: 0.7})
    ItemScore(whole=0.5, passage=0.7, ordinal=2)
    """
    best = min((-cosine, ordinal) for ordinal, cosine in cosines.items() if ordinal or len(cosines) == 1)
    return ItemScore(cosines.get(0, -best[0]), -best[0], best[1])
