"""The pages over the corpus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from search_api.service import SearchService
from tests.web.clients import client_of


@pytest.fixture(scope="module")
def client(service: SearchService) -> Iterator[TestClient]:
    with client_of(service) as made:
        yield made
