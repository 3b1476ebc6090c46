"""Rank candidates by tier, words and meaning together. Every number that ranks is here.

What was measured for each stands in `docs/decisions/0006-ranking.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.ports import ItemScore

#: Shares of full text, best passage and whole item in the score of a hit, each relative to the best of its leg: of a
#: question or a pasted sentence, and of a few words, where the letters say more and the meaning less.
LONG_WEIGHTS = (0.45, 0.12, 0.43)
SHORT_WEIGHTS = (0.62, 0.06, 0.32)
#: Hits that are ranked with meaning, besides those among the NEAR closest items; further ones keep the full-text order.
WINDOW = 120
#: Items closest in meaning that are looked at, and vectors (of items and passages) asked for to find them.
NEAR, NEAR_VECTORS = 100, 160

#: A query of more different words than this is a question or a pasted sentence: its words rank, none of them must be there.
#: It is answered by at most so many items, none with less than this share of the best full-text score.
LONG = 5
LONG_LIMIT = 300
LONG_SHARE = 0.3

#: What each tier adds to the score: of a few words, and of a question or a pasted sentence (which a text holds as one
#: phrase).
TIER_BONUS = 0.10
LONG_TIER_BONUS = 0.08

#: What it adds that a text names the place that the query names: nothing else means nearly the same as a name.
PLACE_BONUS = 0.3

#: Taken from the score of a hit whose text is poorly recognised: of two copies that match alike, the readable one comes
#: first. Asked for by their titles without accents, all 11 records of the corpus then stand before their scans (at .10 ten
#: of them); what is taken off here is also taken from a plan that there is only as a scan.
POOR_TEXT = 0.15

#: A query of a few words with fewer matches than this (two pages) is loosened.
FEW = 20
#: Shares of the words that are asked for, one after the other, while too little is found.
LOOSENED = (0.6, 0.4)
#: A query needs this many words to be loosened.
LOOSEN_WORDS = 3

#: Additions close in meaning: at most this many, each at least this close (the better cosine of item and best
#: passage), and within this distance of the closest. Measured on the corpus, see docs/decisions/0006-ranking.md.
SEMANTIC_LIMIT = 10
SEMANTIC_FLOOR = 0.25
SEMANTIC_MARGIN = 0.20


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item to rank: its tier and full-text score (both 0 for an addition by meaning), the cosines of the whole item and
    of its best passage."""

    id: str
    tier: int
    words: float
    whole: float
    passage: float
    poor: bool = False
    place: bool = False


def rank(candidates: Sequence[Candidate], *, long: bool) -> list[tuple[Candidate, float]]:
    """Order by the weighted sum of the three legs, each relative to its best, and a bonus for the tier; with the score.
    `long`: for a question or a pasted sentence. Equal scores keep the order given."""
    top = max((c.words for c in candidates), default=0.0) or 1.0
    top_whole = max((c.whole for c in candidates), default=0.0)
    top_passage = max((c.passage for c in candidates), default=0.0)
    words, passage, whole = LONG_WEIGHTS if long else SHORT_WEIGHTS
    bonus = LONG_TIER_BONUS if long else TIER_BONUS
    scored = []
    for c in candidates:
        near = passage * max(0.0, c.passage) / max(top_passage, 1e-6) + whole * max(0.0, c.whole) / max(top_whole, 1e-6)
        scored.append((c, words * c.words / top + near + bonus * c.tier + PLACE_BONUS * c.place - POOR_TEXT * c.poor))
    return sorted(scored, key=lambda pair: -pair[1])


def closest(
    closeness: Mapping[str, ItemScore], floor: float = SEMANTIC_FLOOR, margin: float = SEMANTIC_MARGIN
) -> list[tuple[str, float]]:
    """The ids close enough in meaning to be added to a result, closest first, with their closeness: the better cosine
    of the whole item and its best passage."""
    best = sorted(((score.best, item_id) for item_id, score in closeness.items()), reverse=True)
    if not best:
        return []
    least = max(floor, best[0][0] - margin)
    return [(item_id, score) for score, item_id in best if score >= least][:SEMANTIC_LIMIT]
