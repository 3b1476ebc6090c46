"""Rank candidates: tiers first, then words and meaning together. Every number that ranks is here.

`WEIGHTS` come from the fusion experiment in `docs/decisions/0006-ranking.md`: score-aware fusion of full text with the
best passage and the whole item beat rank fusion on every set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kb.ports import TextHit

#: Shares of full text, best passage and whole item in the score of a hit, each relative to the best of its leg.
WEIGHTS = (0.47, 0.10, 0.43)
#: Hits that are ranked with meaning; further ones keep the full-text order.
WINDOW = 200

#: Taken from the score of a hit whose text is poorly recognised: of two copies that match alike, the readable one comes
#: first. Asked for by their titles without accents, all 11 records of the corpus then stand before their scans (with
#: .15, seven).
POOR_TEXT = 0.25

#: A query with fewer matches than this is respelt and loosened.
FEW = 3
#: Shares of the words that are asked for, one after the other, while too little is found.
LOOSENED = (0.6, 0.4)
#: A query needs this many words to be loosened.
LOOSEN_WORDS = 3

#: Additions close in meaning: at most this many, each at least this close (the better cosine of item and best
#: passage), and within this distance of the closest. Measured on the corpus, see docs/decisions/0006-ranking.md.
SEMANTIC_LIMIT = 10
SEMANTIC_FLOOR = 0.28
SEMANTIC_MARGIN = 0.20


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with its final score, comparable inside its tier."""

    hit: TextHit
    score: float


def fuse(
    hits: Sequence[TextHit], closeness: Mapping[str, tuple[float, float]], poor: Collection[str] = frozenset()
) -> list[Ranked]:
    """Order hits by tier, then by the weighted sum of the three legs; equal scores keep the order given.

    `closeness` maps an id to (whole item, best passage) cosines; an absent id counts as 0. `poor` holds the ids whose
    text is poorly recognised.
    """
    top = max((hit.score for hit in hits), default=0.0) or 1.0
    top_item = max((max(0.0, c[0]) for c in closeness.values()), default=0.0) or 1.0
    top_passage = max((max(0.0, c[1]) for c in closeness.values()), default=0.0) or 1.0
    words, passage, item = WEIGHTS
    ranked = []
    for hit in hits:
        whole, best = closeness.get(hit.id, (0.0, 0.0))
        near = passage * max(0.0, best) / top_passage + item * max(0.0, whole) / top_item
        damage = POOR_TEXT if hit.id in poor else 0.0
        ranked.append(Ranked(hit, words * hit.score / top + near - damage))
    return sorted(ranked, key=lambda r: (-r.hit.tier, -r.score))


def closest(
    closeness: Mapping[str, tuple[float, float]], floor: float = SEMANTIC_FLOOR, margin: float = SEMANTIC_MARGIN
) -> list[tuple[str, float]]:
    """The ids close enough in meaning to be added to a result, closest first, with their closeness: the better cosine
    of the whole item and its best passage."""
    best = sorted(((max(cosines), item_id) for item_id, cosines in closeness.items()), reverse=True)
    if not best:
        return []
    least = max(floor, best[0][0] - margin)
    return [(item_id, score) for score, item_id in best if score >= least][:SEMANTIC_LIMIT]
