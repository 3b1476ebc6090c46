"""The one score: never lower for more of anything, whatever the query; the same numbers explained; the file that was learned."""

from __future__ import annotations

import random
from itertools import product

import pytest

from kb.ports import ItemScore, TextHit, Tier
from search_api.retrieval import ranking
from search_api.retrieval.features import FACTS, FEATURES, Asked
from search_api.retrieval.ranking import Match, explain, rank

ASKED = [Asked(sentence, words) for sentence, words in ((False, 1), (False, 4), (True, 7), (True, 25))]


def matches(seed: int, count: int = 30) -> list[Match]:
    """Matches as a query gives them: few with all words, some by meaning only."""
    rng = random.Random(seed)
    out = []
    for number in range(count):
        tier = rng.choice((0, 1, 1, 2, 4, 6))
        text = TextHit(str(number), Tier(tier), rng.uniform(1, 60)) if tier else None
        meaning = ItemScore(rng.uniform(-0.1, 0.7), rng.uniform(-0.1, 0.7), 1)
        out.append(Match(str(number), text, meaning, some_words=0.0 if text else rng.uniform(0, 20)))
    return out


def test_the_learned_file_fits_the_features() -> None:
    assert ranking.ranker().shape == (len(FEATURES), len(FACTS))
    assert rank([], ASKED[0]) == []


@pytest.mark.parametrize(("seed", "asked"), list(product(range(3), ASKED)))
def test_every_feature_counts_for_an_item(seed: int, asked: Asked) -> None:
    found = matches(seed)
    ids = [match.id for match in rank(found, asked)]
    assert sorted(ids) == sorted(match.id for match in found)
    scores = [match.score for match in rank(found, asked)]
    assert scores == sorted(scores, reverse=True) and scores[-1] >= 0 and scores[0] <= 1


@pytest.mark.parametrize(("seed", "asked"), list(product(range(3), ASKED)))
def test_of_two_alike_the_better_one_comes_first(seed: int, asked: Asked) -> None:
    """Two matches that differ in one thing: closer, more words, a better tier, the place, a readable text."""
    worse = Match("worse", TextHit("worse", Tier.SCATTERED, 12.0), ItemScore(0.3, 0.3, 1), poor=False)
    better = [
        worse._replace(meaning=ItemScore(0.33, 0.3, 1)),
        worse._replace(meaning=ItemScore(0.3, 0.33, 1)),
        worse._replace(text=TextHit("better", Tier.SCATTERED, 14.0)),
        worse._replace(at_place=True),
    ]
    for one in [*better, *([] if asked.sentence else [worse._replace(text=TextHit("better", Tier.EXACT, 12.0))])]:
        for pair in ([worse, one._replace(id="better")], [one._replace(id="better"), worse]):
            order = [match.id for match in rank([*matches(seed), *pair], asked)]
            assert order.index("better") < order.index("worse"), one
    order = [match.id for match in rank([*matches(seed), worse._replace(id="poor", poor=True), worse], asked)]
    assert order.index("worse") < order.index("poor")


@pytest.mark.parametrize("asked", ASKED)
def test_an_explanation_adds_up(asked: Asked) -> None:
    found = matches(7)
    for place, match in enumerate(rank(found, asked)[:5], 1):
        told = explain(found, asked, match.id)
        assert told is not None and (told.place, told.competing) == (place, len(found))
        assert sum(added for _, added in told.features.values()) == pytest.approx(match.score) == told.match.score
        assert all(added >= 0 for name, (_, added) in told.features.items() if name != "poor")
    assert explain(found, asked, "no such item") is None


def test_a_record_in_other_words_may_come_first() -> None:
    """What is much closer in meaning and holds one of the words stands before what names the words in passing."""
    close = Match("close", None, ItemScore(0.6, 0.6, 1), some_words=6.0)
    passing = [Match(f"{n}", TextHit(f"{n}", Tier.PARTIAL, 7.0 - n), ItemScore(0.05, 0.08, 1)) for n in range(4)]
    assert rank([*passing, close], Asked(False, 5))[0].id == "close"


def test_a_file_of_other_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "FEATURES", (*FEATURES, "another"))
    ranking.ranker.cache_clear()
    with pytest.raises(ValueError, match="make_ranker"):
        ranking.ranker()
    ranking.ranker.cache_clear()
