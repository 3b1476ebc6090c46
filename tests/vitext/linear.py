"""Whether the work of a function grows with its input only, on a machine that has other work too."""

from __future__ import annotations

from collections.abc import Callable

from tests.work import LINEAR, growth

#: Measurements that must all fail: other programs that share the caches lengthen one by chance, quadratic work does all.
TRIES = 4


def is_linear(make: Callable[[int], str], run: Callable[[str], object], size: int) -> bool:
    """Whether `run` does at most LINEAR times as much work on `make(2 * size)` as on `make(size)`."""
    return any(growth(make, run, size) <= LINEAR for _ in range(TRIES))
