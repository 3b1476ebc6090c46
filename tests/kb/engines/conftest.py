from __future__ import annotations

from collections.abc import Iterator

import pytest

from kb.engines import embedded_engines, memory_engines
from kb.ports import EngineSet
from tests.kb.engines.meili_engines import meili_text


@pytest.fixture(params=["embedded", "memory"])
def engines(request: pytest.FixtureRequest) -> EngineSet:
    return embedded_engines() if request.param == "embedded" else memory_engines()


@pytest.fixture(params=["embedded", "memory", "meilisearch", "meilisearch, few candidates", "meilisearch, live"])
def text_engines(request: pytest.FixtureRequest) -> Iterator[EngineSet]:
    """Everything that finds text. With few candidates, the server proposes them and tiers are walked one by one."""
    if request.param == "embedded":
        yield embedded_engines()
    elif request.param == "memory":
        yield memory_engines()
    else:
        with meili_text(10 if "few" in request.param else 400, live="live" in request.param) as text:
            yield text.engines()
