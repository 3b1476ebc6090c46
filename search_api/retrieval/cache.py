"""Keep values computed for one published state, and drop all of them when the next state is published."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")
"""The type of the kept values."""


class GenerationCache(Generic[V]):
    """At most `size` values of the generation asked for last, and of a weight of `most` together. Threads may share it.

    A value that alone weighs more is not kept. The cache holds no view, so that the files of an old generation can be closed
    as soon as the next one is in use.
    """

    def __init__(self, size: int, weigh: Callable[[V], int] = lambda value: 0, most: int = 0) -> None:
        self._size = size
        self._weigh = weigh
        self._most = most
        self._weight = 0
        self._lock = threading.Lock()
        self._generation = ""
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, generation: str, key: Hashable, make: Callable[[], V]) -> V:
        """The value of `key`; `make` is called where it is missing. Two threads may make the same value at the same time."""
        with self._lock:
            if generation == self._generation and key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if generation != self._generation:
                self._generation = generation
                self._values.clear()
                self._weight = 0
            if key in self._values:
                self._weight -= self._weigh(self._values.pop(key))
            if self._weigh(value) <= self._most:
                self._values[key] = value
                self._weight += self._weigh(value)
            while len(self._values) > self._size or self._weight > self._most:
                self._weight -= self._weigh(self._values.popitem(last=False)[1])
        return value
