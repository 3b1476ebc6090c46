"""Filter expressions of Meilisearch, built from parts. `True` is everything, `False` nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from kb.engines.meili.spelling import spell

Expression = str | bool
#: `at_least` writes out up to so many combinations.
MAX_COMBINATIONS = 300


def equals(attribute: str, value: str) -> Expression:
    """The attribute has the value. No attribute has an empty value."""
    return f'{attribute} = "{spell(value)}"' if value else False


def one_of(attribute: str, values: Collection[str]) -> Expression:
    """The attribute has one of the values."""
    listed = ", ".join(f'"{spell(value)}"' for value in dict.fromkeys(values) if value)
    return f"{attribute} IN [{listed}]" if listed else False


def all_of(parts: Iterable[Expression]) -> Expression:
    """Every part holds."""
    kept = list(dict.fromkeys(part for part in parts if part is not True))
    if False in kept:
        return False
    return _joined(" AND ", kept) if kept else True


def any_of(parts: Iterable[Expression]) -> Expression:
    """Some part holds."""
    kept = list(dict.fromkeys(part for part in parts if part is not False))
    if True in kept:
        return True
    return _joined(" OR ", kept) if kept else False


def none_of(part: Expression) -> Expression:
    """The part does not hold."""
    return f"NOT ({part})" if isinstance(part, str) else not part


def at_least(needed: int, parts: Sequence[Expression]) -> Expression | None:
    """At least `needed` of the parts hold. None when the filter would be too long; `some_of_each` is then a substitute."""
    sure = sum(part is True for part in parts)
    parts, needed = [part for part in parts if not isinstance(part, bool)], needed - sure
    if needed <= 0:
        return True
    if needed > len(parts):
        return False
    if math.comb(len(parts), needed) > MAX_COMBINATIONS:
        return None
    return any_of(all_of(chosen) for chosen in combinations(parts, needed))


def some_of_each(needed: int, parts: Sequence[Expression]) -> Expression:
    """A filter that holds wherever `needed` of the parts hold, and in few other places: one part of each group of
    `len(parts) - needed + 1` must hold."""
    size = len(parts) - needed + 1
    groups = [parts[at : at + size] for at in range(0, len(parts) - size + 1, size)]
    return all_of(any_of(group) for group in groups)


def _joined(word: str, parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else word.join(f"({part})" for part in parts)
