"""Rank matches by tier, words and meaning together. Every number that decides the order is here.

`docs/decisions/0006-ranking.md` tells what was measured for each number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.ports import ItemScore, TextHit

#: Weights of full text, best passage and whole item in the score of a match of a sentence. Each score is relative to the
#: best of its kind.
SENTENCE_WEIGHTS = (0.45, 0.12, 0.43)
#: The same weights for a few words, where the letters say more and the meaning says less.
SHORT_WEIGHTS = (0.62, 0.06, 0.32)
#: Full-text hits that are ranked with meaning, besides those among the MAX_NEAR closest items. Further hits keep the order
#: of the full-text index.
RERANKING_WINDOW = 120
#: Items closest in meaning that a plan considers.
MAX_NEAR = 100
#: Vectors (of items and passages) that are asked for to find these items.
KNN_LIMIT = 160

#: Items that answer a sentence, at most.
SENTENCE_LIMIT = 300
#: The least full-text score of these items, as a share of the best score.
MIN_SENTENCE_SHARE = 0.3

#: Added to the score of a match of a few words, for each tier.
SHORT_TIER_BONUS = 0.10
#: Added to the score of a match of a sentence, for each tier (higher tiers hold the sentence as one phrase).
SENTENCE_TIER_BONUS = 0.08

#: Added where the text names the place that the query names: no other words mean nearly the same as a name.
PLACE_BONUS = 0.3

#: Subtracted from the score of a match whose text is poorly recognised, so that of two copies that match alike the readable
#: one comes first. When the 11 records of the corpus that have scans are searched by their titles without accents, all of
#: them come before their scans (at .10, ten of them). A paper that exists only as a scan loses the same amount.
POOR_TEXT_PENALTY = 0.15

#: A query of a few words with fewer matches than this (two pages) is loosened (minimum_should_match).
MIN_MATCHES = 20
#: Shares of the words that must match then, tried one after the other until more is found.
LOOSENED_SHARES = (0.6, 0.4)

#: Semantic-only hits of a query, at most.
SEMANTIC_LIMIT = 10
#: The least closeness of a semantic-only hit (the better cosine of item and best passage).
SEMANTIC_FLOOR = 0.25
#: The greatest distance of a semantic-only hit from the closest one.
SEMANTIC_MARGIN = 0.20

#: The score of an item that has no vector.
NO_SCORE = ItemScore(0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Match:
    """One item of a result set, from the engines to the page.

    `text` is the full-text hit, None for a semantic-only hit. `meaning` tells how close the item is to the query and which
    of its passages is the closest. `poor` tells that its text is poorly recognised, `at_place` that it names the place of
    the query. `score` orders the result set, higher first.
    """

    id: str
    text: TextHit | None = None
    meaning: ItemScore = NO_SCORE
    poor: bool = False
    at_place: bool = False
    score: float = 0.0


def rank(matches: Sequence[Match], *, sentence: bool) -> list[Match]:
    """The matches with their scores, best first. Equal scores keep the order given.

    A score is the weighted sum of full text, best passage and whole item, each relative to its best; tier, place and
    recognition quality then add to it or subtract from it.
    """
    top = max((m.text.score for m in matches if m.text), default=0.0) or 1.0
    top_whole = max((m.meaning.whole for m in matches), default=0.0)
    top_passage = max((m.meaning.passage for m in matches), default=0.0)
    words, passage, whole = SENTENCE_WEIGHTS if sentence else SHORT_WEIGHTS
    bonus = SENTENCE_TIER_BONUS if sentence else SHORT_TIER_BONUS
    scored = []
    for match in matches:
        tier, text = (int(match.text.tier), match.text.score) if match.text else (0, 0.0)
        close = match.meaning
        near = passage * max(0.0, close.passage) / max(top_passage, 1e-6)
        near += whole * max(0.0, close.whole) / max(top_whole, 1e-6)
        score = words * text / top + near + bonus * tier + PLACE_BONUS * match.at_place - POOR_TEXT_PENALTY * match.poor
        scored.append(replace(match, score=score))
    return sorted(scored, key=lambda match: -match.score)


def closest(
    scores: Mapping[str, ItemScore], floor: float = SEMANTIC_FLOOR, margin: float = SEMANTIC_MARGIN
) -> dict[str, ItemScore]:
    """The items that are close enough in meaning to be semantic-only hits, the closest first, equally close ones by id."""
    best = sorted((-score.best, item_id) for item_id, score in scores.items())[:SEMANTIC_LIMIT]
    if not best:
        return {}
    least = max(floor, -best[0][0] - margin)
    return {item_id: scores[item_id] for _, item_id in best if scores[item_id].best >= least}
