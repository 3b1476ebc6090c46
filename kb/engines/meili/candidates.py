"""Filters that hold what BM25 would rank first, made of how much texts are about words (`layout.LEVEL`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from kb.engines.meili.expressions import Expression, all_of, any_of, equals
from kb.engines.meili.layout import LEVEL, SHARES, leveled

#: Words and pairs looked at, those that weigh most; more would make too many combinations of their levels.
UNITS = 4
#: So many of the best combinations make one filter after another.
STEPS = (4, 12, 30, 70, 150)
#: What a key that is held, but reaches no level, is taken to give.
_HELD = 0.4


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or pair of a query: the filter of the items that hold it, and what BM25 gives for it at most. `sure`: all hold
    it."""

    held: Expression
    key: str
    weight: float
    sure: bool


def likely_best(units: Sequence[Unit]) -> Iterator[Expression]:
    """Filters, the narrowest and likeliest first; each holds the ones before it."""
    heaviest = sorted(units, key=lambda unit: -unit.weight)[:UNITS]
    steps = [_steps(unit) for unit in heaviest]
    combinations = sorted(product(*steps), key=lambda chosen: -sum(worth for worth, _ in chosen))
    for many in STEPS:
        parts = [all_of(condition for _, condition in chosen) for chosen in combinations[:many]]
        yield any_of(parts)
        if many >= len(combinations):
            return


def _steps(unit: Unit) -> list[tuple[float, Expression]]:
    """(worth, condition) of what an item may be to a unit, from nothing to the highest level."""
    held: list[tuple[float, Expression]] = [(unit.weight * _HELD, True if unit.sure else unit.held)]
    none: list[tuple[float, Expression]] = [] if unit.sure else [(0.0, True)]
    return [
        *none,
        *held,
        *((unit.weight * share, equals(LEVEL, leveled(unit.key, at))) for at, share in enumerate(SHARES, 1)),
    ]
