"""How answers are kept and listed by others: Cache-Control, ETag, X-Robots-Tag; HEAD and redirects, the same everywhere."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.robots import robots_tag

#: Paths whose answer is of this moment only.
_MOMENTARY = frozenset(("/healthz", "/readyz", "/metrics", "/tinh-trang"))


class Delivery:
    """ASGI middleware, inside compression: says how long an answer may be kept, and answers 304 to who has it already.

    Every page may be kept and must be asked for again: the collection changes at any time, and an unchanged page costs 304.
    The tag is a digest of the body, so that it cannot be wrong. `private` forbids caches that several visitors share.
    """

    def __init__(self, app: ASGIApp, private: bool) -> None:
        self._app = app
        self._kept = "private, no-cache" if private else "no-cache"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def delivered(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                headers = MutableHeaders(scope=start)
                headers.setdefault("Cache-Control", self._cache_control(scope, start["status"]))
                if start["status"] == 304:  # compression adds it to answers with a body only
                    headers.add_vary_header("Accept-Encoding")
                if tag := robots_tag(scope["path"]):
                    headers["X-Robots-Tag"] = tag
                if not _may_be_tagged(scope, start["status"], headers):
                    await send(start)
                    start = {}
                return
            if start:
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    message = _tagged(scope, start, message)
                await send(start)
                start = {}
            await send(message)

        await self._app(scope, receive, delivered)

    def _cache_control(self, scope: Scope, status: int) -> str:
        kept = scope["method"] in ("GET", "HEAD") and status < 400 and scope["path"] not in _MOMENTARY
        return self._kept if kept else "no-store"


def _may_be_tagged(scope: Scope, status: int, headers: MutableHeaders) -> bool:
    return (
        scope["method"] in ("GET", "HEAD")
        and status == 200
        and "etag" not in headers
        and headers["Cache-Control"] != "no-store"
    )


def _tagged(scope: Scope, start: Message, body: Message) -> Message:
    """Adds the tag to `start`. Returns the body to send, which is empty where the visitor has this one."""
    if not body.get("body"):
        return body  # HEAD, answered without the work for a body
    tag = f'W/"{hashlib.sha256(body.get("body", b"")).hexdigest()[:20]}"'
    headers = MutableHeaders(scope=start)
    headers["ETag"] = tag
    asked = Headers(scope=scope).get("if-none-match", "")
    known = [known.strip().removeprefix("W/") for known in asked.split(",")]
    if tag.removeprefix("W/") not in known and asked.strip() != "*":
        return body
    start["status"] = 304
    for name in ("content-length", "content-type", "content-disposition"):
        del headers[name]
    headers.add_vary_header("Accept-Encoding")
    return {**body, "body": b""}


class HeadAsGet:
    """ASGI middleware: HEAD is answered wherever GET is, with the same headers and without a body.

    A route that takes HEAD itself gets it as it is, because it may save the work for the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        routes = [
            route for route in scope["app"].routes if not isinstance(route, Mount)
        ]  # files are compressed for GET only
        known = any(route.matches({**scope})[0] is Match.FULL for route in routes)
        inner = {**scope, "method": "HEAD" if known else "GET"}
        try:
            await self._app(inner, receive, without_body)
        finally:
            # The router writes into the copy what the record of the request reads.
            scope.update({name: inner[name] for name in ("route", "endpoint", "root_path") if name in inner})


class OwnRedirects:
    """ASGI middleware: every redirect leads to a path of this site, whatever Host or path a request names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept_here(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    headers["location"] = path_of(headers["location"])
            await send(message)

        await self._app(scope, receive, kept_here)


def path_of(location: str) -> str:
    """An address without scheme and host, as an address within this site.

    >>> path_of("http://evil.example/tim?q=a"), path_of("//evil.example/x"), path_of("/\\\\\\\\evil.example")
    ('/tim?q=a', '/x', '/%5C%5Cevil.example')
    """
    parts = urlsplit(location)
    path = "/" + parts.path.replace("\\", "%5C").lstrip("/")
    return path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
