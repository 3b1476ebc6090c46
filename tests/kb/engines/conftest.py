from __future__ import annotations

import pytest

from kb.engines import embedded_engines, memory_engines
from kb.ports import EngineSet


@pytest.fixture(params=["embedded", "memory"])
def engines(request: pytest.FixtureRequest) -> EngineSet:
    return embedded_engines() if request.param == "embedded" else memory_engines()
