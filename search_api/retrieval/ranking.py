"""Rank matches by words and meaning in one score. Every number that decides the order is here or in `ranker.tsv`.

The score of a match is the weighted mean of its features (`features.FEATURES`). The weights depend on the query: each is
the softplus of a sum over the facts of the query (`features.FACTS`), so it is never negative, and more of a feature never
lowers a score. `ranker.tsv` holds the numbers of these sums; `training/make_ranker.py` learns them.
`docs/decisions/0028-one-ranking.md` tells what was measured, also for the constants below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kb.ports import ItemScore, TextHit
from search_api.retrieval.features import FACTS, FEATURES, Asked, Numbers, Table, table

#: The learned numbers: one row for each feature, one column for each fact.
RANKER = Path(__file__).parent / "ranker.tsv"

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

#: Added where the text names the place that the query names: no other words mean nearly the same as a name.
PLACE_BONUS = 0.2

#: Added where the item has every value that the words of the query name ("lĩnh vực y tế", "năm 2023"), and a share of it
#: where it has some of them.
OFFER_BONUS = 0.2

#: Subtracted from the score of a match whose text is poorly recognised, so that of two copies that match alike the readable
#: one comes first. A paper that exists only as a scan loses the same amount.
POOR_TEXT_PENALTY = 0.20

#: Shares of the whole item and of its best passage where meaning ranks alone, for benchmarks.
SEMANTIC_LEG = (0.78, 0.22)

#: A query of a few words with fewer matches than this (two pages) is loosened (minimum_should_match).
MIN_MATCHES = 20
#: Shares of the words that must match then, tried one after the other until more is found.
LOOSENED_SHARES = (0.6, 0.4)

#: Semantic-only hits of a query, at most.
SEMANTIC_LIMIT = 15
#: The least closeness of a semantic-only hit (the better cosine of item and best passage) where the query is a few words.
SEMANTIC_FLOOR = 0.18
#: The same for a sentence, which any item answers that holds any of its words.
SENTENCE_FLOOR = 0.10
#: The greatest distance of a semantic-only hit from the closest one.
SEMANTIC_MARGIN = 0.25


#: The score of an item that has no vector.
NO_SCORE = ItemScore(0.0, 0.0, 0)


class Match(NamedTuple):
    """One item of a result set, from the engines to the page.

    `text` is the full-text hit, None for a semantic-only hit; `some_words` is then the full-text score of the words that it
    happens to hold. `meaning` tells how close the item is to the query and which of its passages is the closest. `poor`
    tells that its text is poorly recognised, `at_place` that it names the place of the query, `offered` which share of the
    values that the query names it has. `score` orders the result set, higher first.
    """

    id: str
    text: TextHit | None = None
    meaning: ItemScore = NO_SCORE
    poor: bool = False
    at_place: bool = False
    offered: float = 0.0
    some_words: float = 0.0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a match stands where it stands.

    `place` counts from 1 among the `competing` matches. `features` has the value and the contribution of each feature; the
    contributions, with those of place, named values and recognition quality (the last three), add up to the score of
    `match`. `facts` are those of the query.
    """

    match: Match
    place: int
    competing: int
    features: Mapping[str, tuple[float, float]]
    facts: Mapping[str, float]


def rank(matches: Sequence[Match], asked: Asked) -> list[Match]:
    """The matches with their scores, best first. Equal scores keep the order given."""
    if not matches:
        return []
    known = _table(matches, asked)
    scores = known.features @ _shares_of(known) + _adjusted(matches).sum(axis=1)
    order = np.argsort(-scores, kind="stable")
    return [_with_score(matches[at], float(scores[at])) for at in order]


def _with_score(match: Match, score: float) -> Match:
    """The match with its score; `_replace` would take half of the time of ranking."""
    return Match(match.id, match.text, match.meaning, match.poor, match.at_place, match.offered, match.some_words, score)


def explain(matches: Sequence[Match], asked: Asked, item_id: str) -> Explanation | None:
    """Why the item stands where it stands among the matches of a query, None where it is not among them."""
    at = next((at for at, match in enumerate(matches) if match.id == item_id), None)
    if at is None:
        return None
    ranked = rank(matches, asked)
    place = next(place for place, match in enumerate(ranked, 1) if match.id == item_id)
    known = _table(matches, asked)
    values = [*known.features[at], float(matches[at].at_place), matches[at].offered, float(matches[at].poor)]
    added = [*(known.features[at] * _shares_of(known)), *_adjusted(matches)[at]]
    names = (*FEATURES, "at_place", "offered", "poor")
    features = {name: (float(v), float(a)) for name, v, a in zip(names, values, added, strict=True)}
    facts = dict(zip(FACTS, map(float, known.facts), strict=True))
    return Explanation(ranked[place - 1], place, len(matches), features, facts)


def _table(matches: Sequence[Match], asked: Asked) -> Table:
    hits = [(int(match.text.tier), match.text.score) if match.text else (0, match.some_words) for match in matches]
    return table(hits, [match.meaning for match in matches], asked)


def _shares_of(known: Table) -> Numbers:
    """The share of each feature in the score of this query; together they are 1."""
    weights = np.logaddexp(0.0, ranker() @ known.facts)
    shares: Numbers = weights / weights.sum()
    return shares


def _adjusted(matches: Sequence[Match]) -> Numbers:
    """What place, named values and recognition quality add to the score of each match."""
    rows = [
        (PLACE_BONUS * match.at_place, OFFER_BONUS * match.offered, -POOR_TEXT_PENALTY * match.poor) for match in matches
    ]
    return np.array(rows, dtype=np.float64)


@lru_cache(maxsize=1)
def ranker() -> Numbers:
    """The learned numbers, shape (features, facts). Raises ValueError when the file has other features or facts."""
    lines = [line for line in RANKER.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    head, *rows = (line.split("\t") for line in lines)
    if tuple(head[1:]) != FACTS or tuple(row[0] for row in rows) != FEATURES:
        raise ValueError(f"{RANKER.name} belongs to other features; make it again (training/make_ranker.py)")
    return np.array([[float(cell) for cell in row[1:]] for row in rows])


def by_meaning(scores: Mapping[str, ItemScore]) -> list[str]:
    """The items in the order of their meaning alone, for benchmarks; equally close ones keep the order given."""
    whole, passage = SEMANTIC_LEG
    return sorted(scores, key=lambda item_id: -(whole * scores[item_id].whole + passage * scores[item_id].passage))


def closest(
    scores: Mapping[str, ItemScore], floor: float = SEMANTIC_FLOOR, margin: float = SEMANTIC_MARGIN
) -> dict[str, ItemScore]:
    """The items that are close enough in meaning to be semantic-only hits, the closest first, equally close ones by id."""
    best = sorted((-score.best, item_id) for item_id, score in scores.items())[:SEMANTIC_LIMIT]
    if not best:
        return {}
    least = max(floor, -best[0][0] - margin)
    return {item_id: scores[item_id] for _, item_id in best if scores[item_id].best >= least}
