"""Rank matches by tier, words and meaning together. Every number that ranks is here.

What was measured for each stands in `docs/decisions/0006-ranking.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.ports import ItemScore, TextHit

#: Shares of full text, best passage and whole item in the score of a match, each relative to the best of its leg: of a
#: sentence, and of a few words, where the letters say more and the meaning says less.
SENTENCE_WEIGHTS = (0.45, 0.12, 0.43)
SHORT_WEIGHTS = (0.62, 0.06, 0.32)
#: Hits that are ranked with meaning, besides those among the MAX_NEAR closest items; further ones keep the full-text order.
RERANKING_WINDOW = 120
#: Items closest in meaning that are looked at.
MAX_NEAR = 100
#: Vectors (of items and passages) that are asked for to find them.
KNN_LIMIT = 160

#: A sentence is answered by at most so many items.
SENTENCE_LIMIT = 300
#: None of them has less than this share of the best full-text score.
MIN_SENTENCE_SHARE = 0.3

#: What each tier adds to the score of a match of a few words.
SHORT_TIER_BONUS = 0.10
#: What each tier adds to the score of a match of a sentence (which a text holds as one phrase).
SENTENCE_TIER_BONUS = 0.08

#: What it adds that a text names the place that the query names: nothing else means nearly the same as a name.
PLACE_BONUS = 0.3

#: Taken from the score of a match whose text is poorly recognised: of two copies that match alike, the readable one comes
#: first. Asked for by their titles without accents, all 11 records of the corpus then stand before their scans (at .10 ten
#: of them); what is taken off here is also taken from a plan that there is only as a scan.
POOR_TEXT_PENALTY = 0.15

#: A query of a few words with fewer matches than this (two pages) is loosened.
MIN_MATCHES = 20
#: Shares of the words that are asked for, one after the other, while too little is found.
LOOSENED_SHARES = (0.6, 0.4)

#: Semantic-only hits: at most this many.
SEMANTIC_LIMIT = 10
#: Each is at least this close (the better cosine of item and best passage). Measured on the corpus, see
#: `docs/decisions/0006-ranking.md`.
SEMANTIC_FLOOR = 0.25
#: And it lies within this distance of the closest.
SEMANTIC_MARGIN = 0.20

NOT_SCORED = ItemScore(0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Match:
    """One item of a result set, from the engines to the page.

    `text` is the full-text hit, None for a semantic-only hit. `meaning` tells how close the item is to what is meant, and
    which of its passages is the closest. `poor`: its text is poorly recognised; `at_place`: it names the place of the query.
    `score` orders the result set, higher first.
    """

    id: str
    text: TextHit | None = None
    meaning: ItemScore = NOT_SCORED
    poor: bool = False
    at_place: bool = False
    score: float = 0.0


def rank(matches: Sequence[Match], *, sentence: bool) -> list[Match]:
    """The matches with their scores, best first: the weighted sum of the three legs, each relative to its best, and what
    tier, place and recognition quality add or take. Equal scores keep the order given."""
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
    """The items close enough in meaning to be added to a result, closest first."""
    best = sorted(((score.best, item_id) for item_id, score in scores.items()), reverse=True)[:SEMANTIC_LIMIT]
    if not best:
        return {}
    least = max(floor, best[0][0] - margin)
    return {item_id: scores[item_id] for cosine, item_id in best if cosine >= least}
