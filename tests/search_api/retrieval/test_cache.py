from __future__ import annotations

import gc
import weakref

from search_api.retrieval.cache import GenerationCache


class Value:
    pass


def test_values_are_made_once_a_generation_and_the_oldest_go() -> None:
    made: list[str] = []
    cache = GenerationCache[str](2)

    def get(generation: str, key: str) -> str:
        return cache.get(generation, key, lambda: made.append(key) or f"{generation}-{key}")  # type: ignore[func-returns-value]

    assert [get("1", "a"), get("1", "a"), get("1", "b")] == ["1-a", "1-a", "1-b"] and made == ["a", "b"]
    get("1", "c")
    get("1", "b")
    assert made == ["a", "b", "c"]
    get("1", "a")
    assert made == ["a", "b", "c", "a"], "the value asked for longest ago was dropped"
    assert get("2", "a") == "2-a", "another generation, another value"


def test_nothing_of_an_old_generation_is_kept() -> None:
    cache = GenerationCache[Value](9)
    first = weakref.ref(cache.get("1", "a", Value))
    assert first() is not None
    cache.get("2", "b", Value)
    gc.collect()
    assert first() is None
