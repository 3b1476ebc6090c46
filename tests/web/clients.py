"""Clients of the pages over a service; errors are answers, redirects are not followed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app


def client_of(service: SearchService) -> TestClient:
    return TestClient(create_app(service, Settings()), raise_server_exceptions=False, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status_code: int
    headers: dict[str, str]
    text: str


class RawClient:
    """Asks the application as a server does, in bytes: addresses of any length and content, and no work but the answer's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def get(self, target: str) -> RawAnswer:
        """The answer to GET for a path and query that are percent-encoded."""
        return self._loop.run_until_complete(self._ask(target))

    async def _ask(self, target: str) -> RawAnswer:
        path, _, query = target.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "root_path": "",
            "query_string": query.encode("ascii"),
            "headers": [(b"host", b"testserver")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        status, headers, body = 0, dict[str, str](), b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                body += message.get("body", b"")

        try:
            await self._app(scope, receive, send)
        except Exception:
            # What is not handled is answered with 500, and then raised for the server's log.
            if status != 500:
                raise
        return RawAnswer(status, headers, body.decode())
