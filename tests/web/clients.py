"""A client of the pages over a service; errors are answers, redirects are not followed."""

from __future__ import annotations

from starlette.testclient import TestClient

from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app


def client_of(service: SearchService) -> TestClient:
    return TestClient(create_app(service, Settings()), raise_server_exceptions=False, follow_redirects=False)
