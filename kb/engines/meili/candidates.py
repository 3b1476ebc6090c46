"""Filters that find what BM25 would rank first, made from how much texts are about words (`layout.LEVEL`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from kb.engines.meili.expressions import MAX_COMBINATIONS, Expression, all_of, any_of, equals
from kb.engines.meili.layout import LEVEL, SHARES, leveled

#: Words and bigrams of most weight that are used; more would make too many combinations of their levels.
MAX_UNITS = 4
#: How many of the best combinations each filter is made of, one filter after the other.
COMBINATIONS = (4, 12, 30, 70, 150)
#: Words and bigrams of most weight that are used of a long query.
MAX_LONG_UNITS = 10
#: The shares of their whole weight that are asked for, one after the other.
COVERED_SHARES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
#: The share of its weight that a key is assumed to give when a text holds it but it reaches no level.
_SHARE_WITHOUT_LEVEL = 0.4


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or bigram of a query in a field: `count` items hold it, and BM25 gives at most `weight` for it. It is `sure`
    when every match holds it, as is true of a few words that must all match."""

    field: str
    key: str
    count: int
    weight: float
    sure: bool

    @property
    def held(self) -> Expression:
        return equals(self.field, self.key)


def likely_best(units: Sequence[Unit]) -> Iterator[Expression]:
    """Filters, the narrowest and likeliest first; each holds everything that the ones before it hold."""
    heaviest = sorted(units, key=lambda unit: -unit.weight)[:MAX_UNITS]
    steps = [_steps(unit) for unit in heaviest]
    ranked = sorted(product(*steps), key=lambda chosen: -sum(value for value, _ in chosen))
    for many in COMBINATIONS:
        parts = [all_of(condition for _, condition in chosen) for chosen in ranked[:many]]
        yield any_of(parts)
        if many >= len(ranked):
            return


def best_covered(units: Sequence[Unit]) -> Iterator[Expression]:
    """Filters of the items that hold much of the weight of the units, those that hold most first."""
    heaviest = sorted(units, key=lambda unit: -unit.weight)[:MAX_LONG_UNITS]
    whole = sum(unit.weight for unit in heaviest)
    sums = [
        (sum(u.weight for u in chosen), chosen) for n in range(1, len(heaviest) + 1) for chosen in combinations(heaviest, n)
    ]
    for share in COVERED_SHARES:
        # The sets that weigh enough, and would not without their lightest part: they hold what every larger set holds.
        enough = [chosen for weight, chosen in sums if weight >= share * whole > weight - chosen[-1].weight]
        if 0 < len(enough) <= MAX_COMBINATIONS:
            yield any_of(all_of(unit.held for unit in chosen) for chosen in enough)


def _steps(unit: Unit) -> list[tuple[float, Expression]]:
    """(value, condition) for each degree to which an item may be about a unit, from not at all to the highest level."""
    held: list[tuple[float, Expression]] = [(unit.weight * _SHARE_WITHOUT_LEVEL, True if unit.sure else unit.held)]
    none: list[tuple[float, Expression]] = [] if unit.sure else [(0.0, True)]
    return [
        *none,
        *held,
        *((unit.weight * share, equals(LEVEL, leveled(unit.key, at))) for at, share in enumerate(SHARES, 1)),
    ]
