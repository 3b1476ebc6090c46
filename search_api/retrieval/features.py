"""What the ranking knows of a query and of each of its matches, as numbers.

Features describe a match, facts describe the query. None depends on the scale of an engine's score except through
`evidence`, and of tiers only their meaning is used (`Tier`), so that another way of matching needs no other code here, only
another training (`training/make_ranker.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb.ports import ItemScore, Tier

Numbers = npt.NDArray[np.float64]

#: The features of a match, in the order of the columns of `Table.features`; all are between 0 and 1, and more is better.
FEATURES = (
    "words",  # full-text score, as a share of the best
    "whole",  # closeness of the whole item, as a share of the greatest
    "passage",  # closeness of the best passage, as a share of the greatest
    "words_place",  # 1 / place by words alone
    "whole_place",  # 1 / place by the closeness of whole items
    "agreement",  # words times whole: both legs say so
    "closeness",  # closeness of the whole item, as it is
    "all_words",  # of a few words: the item holds all of them
    "near_words",  # of a few words: all of them, near each other
    "accents",  # of a few words: all of them, near each other, in the accents as typed
    "phrase",  # of a sentence: the item holds it as one phrase
)
#: The facts of a query, in the order of `Table.facts`. All but the first are centred so that usual queries are around 0.
FACTS = (
    "always",  # 1
    "sentence",  # 1 for a question or pasted text, 0 for a few words
    "length",  # how many different words it has
    "evidence",  # the best full-text score, for each word
    "covered",  # the best full-text score, as a share of what the rarity of the words could give
    "loosened",  # 1 for a few words of which no item holds all
    "wordless",  # 1 where no item holds any of the words that are required
    "closest",  # the closeness of the closest item
    "words_lead",  # how far the best item by words is ahead of the second
    "whole_lead",  # how far the closest item is ahead of the second
    "best_is_close",  # how close the best item by words is, as a share of the greatest
    "closest_has_words",  # the full-text score of the closest item, as a share of the best
    "many",  # how many items compete
)


#: What BM25 gives for a word that an item holds, in units of its rarity: about this much, over all fields.
USUAL_GAIN = 4.0
#: The most that `covered` counts: more only tells that the words are in every item.
MOST_COVERED = 1.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ranking must know of a query: whether it is a `sentence` (its words decide the order, and an item need not
    hold all of them), how many different `words` it has, and the sum of their `rarity` (of each: the logarithm of one and
    the items for each time that it stands in the collection)."""

    sentence: bool
    words: int
    rarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """The features of matches, one row for each, and the facts of their query."""

    features: Numbers
    facts: Numbers


def table(hits: Sequence[tuple[int, float]], meanings: Sequence[ItemScore], asked: Asked) -> Table:
    """The features and facts of the matches of a query: (tier, full-text score) and closeness of each. The tier is 0 for a
    semantic-only hit, whose score is that of the words that it happens to hold. There must be at least one match."""
    tier = np.array([hit[0] for hit in hits])
    text = np.array([hit[1] for hit in hits])
    whole = np.array([max(0.0, meaning.whole) for meaning in meanings])
    passage = np.array([max(0.0, meaning.passage) for meaning in meanings])
    words, near, close = _shares(text), _shares(whole), _shares(passage)
    few = 0.0 if asked.sentence else 1.0
    columns = (
        words,
        near,
        close,
        _places(text) * (text > 0),
        _places(whole),
        words * near,
        whole,
        few * (tier >= Tier.SCATTERED),
        few * (tier >= Tier.REPAIRED),
        few * (tier >= Tier.CORRECTED),
        (1.0 - few) * (tier > Tier.PARTIAL),
    )
    best, closest = int(text.argmax()), int(whole.argmax())
    facts = (
        1.0,
        1.0 - few,
        math.log(max(1, asked.words)) / 2 - 0.8,
        math.log1p(text.max() / max(1, asked.words)) - 1.8,
        min(MOST_COVERED, text.max() / max(1.0, USUAL_GAIN * asked.rarity)) - 0.5,
        few * (tier.max() == Tier.PARTIAL),
        float(tier.max() == 0),
        4 * (whole.max() - 0.35),
        2 * _lead(words),
        3 * _lead(near),
        near[best],
        words[closest],
        math.log1p(len(hits)) / 3 - 1,
    )
    return Table(np.stack(columns, axis=1).astype(np.float64), np.array(facts, dtype=np.float64))


def _shares(values: Numbers) -> Numbers:
    shares: Numbers = values / max(float(values.max()), 1e-9)
    return shares


def _places(values: Numbers) -> Numbers:
    """1 / place in the order of the values; equal values share the better place."""
    better = len(values) - np.searchsorted(np.sort(values), values, side="right")
    places: Numbers = 1.0 / (1.0 + better.astype(np.float64))
    return places


def _lead(shares: Numbers) -> float:
    """How far the best is ahead of the second; 1 where there is no second."""
    if len(shares) < 2:
        return 1.0
    second, first = np.partition(shares, -2)[-2:]
    return float(first - second)
