"""Keep values computed for one published state, and drop all of them when the next state is published."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")
"""The type of the kept values."""


class GenerationCache(Generic[V]):
    """At most `size` values of the generation asked for last. Threads may share it.

    It holds no view, so that the files of an old generation can be closed as soon as the next one is in use.
    """

    def __init__(self, size: int) -> None:
        self._size = size
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
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value
