"""Count the syllables of the training texts and estimate a pruned trigram model: modified Kneser-Ney, packed.

The model is over lower-case words (`vitext.correction.tokens`): Vietnamese syllables and the commonest other words (names,
foreign words, abbreviations), `NUMBER` for numbers, `UNKNOWN` for the rest, `START` at sentence ends. Chen and Goodman
(1998) give the three discounts of each order. The n-grams are kept whose loss would cost the training text most (weighted
difference, Seymore and Rosenfeld 1996); at equal size this is better than keeping them by count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.texts import TrainingText
from vitext.correction.tokens import SPECIAL, START, UNKNOWN, lm_words
from vitext.syllables import is_syllable

#: The least number of occurrences of a syllable in the model.
MIN_SYLLABLE_COUNT = 4
#: The least number of occurrences of any other word in the model.
MIN_WORD_COUNT = 60
#: How often the texts of a register are counted: place names occur in few texts, a fixed phrase once in its list.
REGISTER_WEIGHTS = {"places": 6, "own": 6, "phrases": 40}
#: Bigrams that are kept.
MAX_BIGRAMS = 1_100_000
#: Trigrams that are kept.
MAX_TRIGRAMS = 3_000_000

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words by number: the special ones first, then by falling count. `capitals` are shares (0..1) with a capital, see
    `count_words`."""

    words: list[str]
    counts: list[int]
    capitals: list[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Natural logarithms. `bigram_keys` are u*V+v sorted; `trigram_keys` are (index of bigram uv)*V+w sorted."""

    vocabulary: Vocabulary
    unigram: Floats
    unigram_backoff: Floats
    bigram_keys: Keys
    bigram: Floats
    bigram_backoff: Floats
    trigram_keys: Keys
    trigram: Floats


def count_words(texts: Iterable[TrainingText]) -> tuple[Vocabulary, npt.NDArray[np.uint16]]:
    """The vocabulary and the whole text as numbers, with START before every sentence.

    `capitals` of a word are three shares: how often it has a capital after a word without one, after a word with one, and at
    the start of a sentence. Lines in capitals do not count.
    """
    numbers: dict[str, int] = {}
    stream: list[npt.NDArray[np.int32]] = []
    capital: list[npt.NDArray[np.uint8]] = []
    for text in texts:
        for _ in range(REGISTER_WEIGHTS.get(text.register, 1)):
            ids: list[int] = []
            upper: list[int] = []
            for word, shape in lm_words(text.text):
                ids.append(numbers.setdefault(word, len(numbers)))
                upper.append(shape)
            stream.append(np.array(ids, dtype=np.int32))
            capital.append(np.array(upper, dtype=np.uint8))
    flat, shapes = np.concatenate(stream), np.concatenate(capital)
    names = list(numbers)
    counts = np.bincount(flat, minlength=len(names))
    kept = [i for i, name in enumerate(names) if name not in SPECIAL and counts[i] >= _min_count(name)]
    kept.sort(key=lambda i: (-int(counts[i]), names[i]))
    new = np.full(len(names), SPECIAL.index(UNKNOWN), dtype=np.int32)
    for place, i in enumerate(kept):
        new[i] = place + len(SPECIAL)
    for place, name in enumerate(SPECIAL):
        if name in numbers:
            new[numbers[name]] = place
    words = [*SPECIAL, *(names[i] for i in kept)]
    flat = new[flat]
    total = np.bincount(flat, minlength=len(words))
    # shape: 0 lower, 1 title, 2 all capitals or no letters. before: 0 lower, 1 title, 2 start.
    before = np.where(flat[:-1] == SPECIAL.index(START), 2, np.minimum(shapes[:-1], 2))
    table = []
    for state in (0, 1, 2):
        here = (before == state) & ((shapes[:-1] < 2) | (state == 2)) & (shapes[1:] < 2)
        of = np.bincount(flat[1:][here], minlength=len(words)).astype(float)
        with_capital = np.bincount(flat[1:][here], weights=(shapes[1:][here] == 1).astype(float), minlength=len(words))
        prior = with_capital.sum() / max(of.sum(), 1.0)
        table.append((with_capital + 2 * prior) / (of + 2))
    capitals = [(float(a), float(b), float(c)) for a, b, c in zip(*table, strict=True)]
    return Vocabulary(words, [int(n) for n in total], capitals), flat.astype(np.uint16)


def _min_count(word: str) -> int:
    return MIN_SYLLABLE_COUNT if is_syllable(word) else MIN_WORD_COUNT


def _discounts(counts: Ints) -> tuple[float, float, float]:
    n1, n2, n3, n4 = (int((counts == n).sum()) for n in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    return 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3


def _discounted(counts: Ints) -> tuple[Floats, Floats]:
    """What is left of each count after the discount, and the discount."""
    d1, d2, d3 = _discounts(counts)
    taken: Floats = np.where(counts == 1, d1, np.where(counts == 2, d2, d3))
    left: Floats = counts - taken
    return left, taken


def estimate(vocabulary: Vocabulary, stream: npt.NDArray[np.uint16]) -> LanguageModel:
    """The pruned model of the text."""
    size = len(vocabulary.words)
    v = np.uint64(size)
    start = SPECIAL.index(START)
    ids = stream.astype(np.uint64)
    pair = ids[:-1] * v + ids[1:]
    inside = ids[1:] != start
    three = (pair[:-1] * v + ids[2:])[inside[:-1] & inside[1:]]
    trigram_keys, c3 = _count(three)
    bigram_keys, raw2 = _count(pair[inside])
    # Kneser-Ney: the count of a bigram is the number of words that it follows; at the start of a sentence it is its own.
    behind = trigram_keys % (v * v)
    order, types = _count(behind)
    c2 = np.where(bigram_keys // v == start, raw2, 0)
    at = np.searchsorted(bigram_keys, order)
    c2[at] = np.where(order // v == start, c2[at], types)
    c2 = np.maximum(c2, 1)
    c1 = np.bincount((bigram_keys % v).astype(np.int64), minlength=size).astype(np.int64)
    return _pruned(vocabulary, (trigram_keys, c3), (bigram_keys, c2, raw2), c1)


def _count(keys: Keys) -> tuple[Keys, Ints]:
    keys = np.sort(keys)
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return keys[first], np.diff(np.append(first, len(keys))).astype(np.int64)


def _pruned(vocabulary: Vocabulary, three: tuple[Keys, Ints], two: tuple[Keys, Ints, Ints], c1: Ints) -> LanguageModel:
    size = len(vocabulary.words)
    v = np.uint64(size)
    keys3, c3 = three
    keys2, c2, raw2 = two
    # Unigrams, smoothed with the uniform distribution.
    seen = c1 > 0
    left1, taken1 = np.zeros(size), np.zeros(size)
    left1[seen], taken1[seen] = _discounted(c1[seen])
    p1 = left1 / c1.sum() + taken1.sum() / c1.sum() / size
    # Bigrams.
    u2, w2 = (keys2 // v).astype(np.int64), (keys2 % v).astype(np.int64)
    left2, taken2 = _discounted(c2)
    total2 = np.bincount(u2, weights=c2, minlength=size)
    total2[total2 == 0] = 1
    gamma1 = np.bincount(u2, weights=taken2, minlength=size) / total2
    gamma1[gamma1 == 0] = 1
    p2 = left2 / total2[u2] + gamma1[u2] * p1[w2]
    # Trigrams, by the index of their first two words.
    first = np.searchsorted(keys2, keys3 // v)
    last = np.searchsorted(keys2, keys3 % (v * v))
    left3, taken3 = _discounted(c3)
    total3 = np.bincount(first, weights=c3, minlength=len(keys2))
    total3[total3 == 0] = 1
    gamma2 = np.bincount(first, weights=taken3, minlength=len(keys2)) / total3
    gamma2[gamma2 == 0] = 1
    p3 = left3 / total3[first] + gamma2[first] * p2[last]
    worth3 = c3 * (np.log(p3) - np.log(gamma2[first] * p2[last]))
    keep3 = worth3 >= _cut(worth3, MAX_TRIGRAMS)
    needed = np.zeros(len(keys2), dtype=bool)
    needed[first[keep3]] = True
    worth2 = raw2 * (np.log(p2) - np.log(gamma1[u2] * p1[w2]))
    worth2[needed] = np.inf
    keep2 = worth2 >= _cut(worth2, max(MAX_BIGRAMS, int(needed.sum())))
    # Back-off weights of what is left.
    lost1 = 1 - np.bincount(u2[keep2], weights=p2[keep2], minlength=size)
    have1 = 1 - np.bincount(u2[keep2], weights=p1[w2[keep2]], minlength=size)
    backoff1 = np.log(np.maximum(lost1, 1e-6) / np.maximum(have1, 1e-6))
    kept2 = np.cumsum(keep2) - 1
    low = np.where(keep2, p2, np.exp(backoff1[u2]) * p1[w2])
    lost2 = 1 - np.bincount(first[keep3], weights=p3[keep3], minlength=len(keys2))
    have2 = 1 - np.bincount(first[keep3], weights=low[last[keep3]], minlength=len(keys2))
    backoff2 = np.log(np.maximum(lost2, 1e-6) / np.maximum(have2, 1e-6))
    trigram_keys = kept2[first[keep3]].astype(np.uint64) * v + keys3[keep3] % v
    order = np.argsort(trigram_keys, kind="stable")
    return LanguageModel(
        vocabulary,
        np.log(p1),
        backoff1,
        keys2[keep2],
        np.log(p2[keep2]),
        backoff2[keep2],
        trigram_keys[order],
        np.log(p3[keep3])[order],
    )


def _cut(worth: Floats, kept: int) -> float:
    return float(np.partition(worth, len(worth) - kept)[len(worth) - kept]) if kept < len(worth) else -np.inf
