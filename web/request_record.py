"""The id of a request, in its answer and in every line of the log; the access log; the metrics of requests."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.metrics import Metrics

#: The id of the request that is being answered, "" outside of one. Worker threads see it too.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
#: The logger whose lines are the access log.
ACCESS = logging.getLogger("cachhay.access")
#: What a proxy may give as the id of a request: short, and nothing that a log or a page could misread.
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)
#: What the log and the metrics call an address that leads nowhere.
UNKNOWN_ROUTE = "unknown"
#: The header with which a process that works for another one tells the route; it goes no further than that one.
_ROUTE = "X-Cachhay-Route"
#: Addresses that are answered before any route is looked for.
_UNROUTED = frozenset(("/healthz",))
#: The status of a request whose visitor left before the answer began (no answer has it).
LEFT = 499
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))


class RequestRecord:
    """ASGI middleware, outside of all others. A line of the access log has no query, no address and no name of a browser."""

    def __init__(self, app: ASGIApp, metrics: Metrics | None = None, told: bool = True) -> None:
        """`told` is false in a process whose requests another process has recorded already."""
        self._app = app
        self._metrics = metrics
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given(scope["headers"]) or secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        # Another process that this one asks to do the work takes the id from here.
        others = [(name, value) for name, value in scope["headers"] if name != b"x-request-id"]
        scope["headers"] = [*others, (b"x-request-id", request_id.encode())]
        token = REQUEST_ID.set(request_id)
        start = time.perf_counter()
        status, sent, route = LEFT, 0, ""

        async def recorded(message: Message) -> None:
            nonlocal status, sent, route
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if not self._told:
                    headers[_ROUTE] = route_of(scope)
                elif _ROUTE in headers:
                    route = headers[_ROUTE]
                    del headers[_ROUTE]
            sent += len(message.get("body", b""))
            await send(message)

        if self._metrics:
            self._metrics.begin()
        try:
            await self._app(scope, receive, recorded)
        finally:
            seconds = time.perf_counter() - start
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = route or route_of(scope)
            if self._metrics:
                self._metrics.end(route, method, status, seconds)
            if self._told and ACCESS.isEnabledFor(logging.INFO):
                ACCESS.info("%s", _line(request_id, method, route, status, seconds, sent))
            REQUEST_ID.reset(token)


def route_of(scope: Scope) -> str:
    """The template of the address ("/muc/{item_id}"), never the address itself; `UNKNOWN_ROUTE` where it leads nowhere."""
    template = getattr(scope.get("route"), "path", None)
    if template:
        return str(template)
    if "endpoint" not in scope:
        return str(scope["path"]) if scope["path"] in _UNROUTED else UNKNOWN_ROUTE
    # A folder of files is mounted at its root path, and what else has no route has no parameters.
    root = scope.get("root_path", "")
    return f"{root}/{{path}}" if root else str(scope["path"])


def _given(headers: Iterable[tuple[bytes, bytes]]) -> str:
    given = next((value for name, value in headers if name == b"x-request-id"), b"")
    return given.decode("ascii") if _ID.fullmatch(given) else ""


def _line(request_id: str, method: str, route: str, status: int, seconds: float, sent: int) -> str:
    told = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * seconds, 1),
        "bytes": sent,
    }
    return json.dumps(told, ensure_ascii=False)
