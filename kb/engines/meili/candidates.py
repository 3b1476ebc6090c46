"""Filters that hold what BM25 would rank first, made of how much texts are about words (`layout.LEVEL`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from kb.engines.meili.expressions import MOST_COMBINATIONS, Expression, all_of, any_of, equals
from kb.engines.meili.layout import LEVEL, SHARES, leveled

#: Words and pairs looked at, those that weigh most; more would make too many combinations of their levels.
UNITS = 4
#: So many of the best combinations make one filter after another.
STEPS = (4, 12, 30, 70, 150)
#: Words and pairs of a long query looked at, and the shares of their whole weight that are asked for, one after the other.
RARE = 10
COVERED = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
#: What a key that is held, but reaches no level, is taken to give.
_HELD = 0.4


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or pair of a query in a field: how many items hold it, and what BM25 gives for it at most. `sure`: every item
    that is looked at holds it, as of a few words that are all asked for."""

    field: str
    key: str
    count: int
    weight: float
    sure: bool

    @property
    def held(self) -> Expression:
        return equals(self.field, self.key)


def likely_best(units: Sequence[Unit]) -> Iterator[Expression]:
    """Filters, the narrowest and likeliest first; each holds the ones before it."""
    heaviest = sorted(units, key=lambda unit: -unit.weight)[:UNITS]
    steps = [_steps(unit) for unit in heaviest]
    ranked = sorted(product(*steps), key=lambda chosen: -sum(worth for worth, _ in chosen))
    for many in STEPS:
        parts = [all_of(condition for _, condition in chosen) for chosen in ranked[:many]]
        yield any_of(parts)
        if many >= len(ranked):
            return


def best_covered(units: Sequence[Unit]) -> Iterator[Expression]:
    """Filters of the items that hold much of the weight of the units, those that hold most first."""
    heaviest = sorted(units, key=lambda unit: -unit.weight)[:RARE]
    whole = sum(unit.weight for unit in heaviest)
    sums = [
        (sum(u.weight for u in chosen), chosen) for n in range(1, len(heaviest) + 1) for chosen in combinations(heaviest, n)
    ]
    for share in COVERED:
        # The sets that weigh enough, and would not without their lightest part: they hold what every larger set holds.
        enough = [chosen for weight, chosen in sums if weight >= share * whole > weight - chosen[-1].weight]
        if 0 < len(enough) <= MOST_COMBINATIONS:
            yield any_of(all_of(unit.held for unit in chosen) for chosen in enough)


def _steps(unit: Unit) -> list[tuple[float, Expression]]:
    """(worth, condition) of what an item may be to a unit, from nothing to the highest level."""
    held: list[tuple[float, Expression]] = [(unit.weight * _HELD, True if unit.sure else unit.held)]
    none: list[tuple[float, Expression]] = [] if unit.sure else [(0.0, True)]
    return [
        *none,
        *held,
        *((unit.weight * share, equals(LEVEL, leveled(unit.key, at))) for at, share in enumerate(SHARES, 1)),
    ]
