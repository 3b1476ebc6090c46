"""Measures of a ranked list, and the confidence interval of a mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

#: Samples of the bootstrap.
SAMPLES = 1000


def measure(ranked: Sequence[str], judged: Mapping[str, int]) -> dict[str, float]:
    """R@1 (whether the first is relevant), R@10 (the share of the relevant ones that is in the first ten), MRR@10, and
    nDCG@10 (gain 2^grade - 1)."""
    gains = [judged.get(item, 0) for item in ranked[:10]]
    first = next((place for place, gain in enumerate(gains, 1) if gain), 0)
    best = sorted(judged.values(), reverse=True)[:10]
    return {
        "R@1": float(bool(gains and gains[0])),
        "R@10": sum(map(bool, gains)) / min(10, len(judged)),
        "MRR@10": 1 / first if first else 0.0,
        "nDCG@10": _discounted(gains) / _discounted(best),
    }


def _discounted(gains: Sequence[int]) -> float:
    return sum((2.0**gain - 1) / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean."""
    if not values:
        return 0.0, 0.0
    drawn = np.random.default_rng(seed).choice(np.array(values), (SAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
