"""Every answer of the API is what its description says: all checks of schemathesis, on few and always the same examples.

`python -m benchmarks.api_contract` asks a real server with thousands.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok

from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app

pytestmark = pytest.mark.slow


def test_answers_are_as_described(service: SearchService) -> None:
    description = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(service, Settings()))
    asked = set()
    for result in description.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

            @settings(max_examples=4, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def answer_as_described(case: Case[Any]) -> None:
                asked.add(case.path)
                case.call_and_validate()

            if mode is schemathesis.GenerationMode.POSITIVE or operation.query:
                answer_as_described()
    assert len(asked) == 12
