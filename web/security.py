"""Security headers on every response, also on errors and static files, and a limit for bodies, as plain ASGI middleware."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Only our own files are loaded: no inline script or style, no frames around our pages, forms only to our own addresses.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Paths that the page of a portal may show in a frame.
FRAMED_PATHS = ("/nhung/khoi",)
#: The policy of those paths: every site may frame them, and no script runs in them.
FRAMED_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
#: The headers of every response.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


#: Bytes of the largest body that is accepted (a pasted nomination, a list of names).
MAX_BODY_BYTES = 2_000_000


class BodyLimit:
    """ASGI middleware that answers 413 when more than `MAX_BODY_BYTES` of a body are read, whether or not a header announced
    the size."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if len(said) > len(str(MAX_BODY_BYTES)) or (said.isdigit() and int(said) > MAX_BODY_BYTES):
            raise HTTPException(413)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class SecurityHeaders:
    """ASGI middleware that adds `HEADERS` to every response, and the word that it is not to be kept where none says more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if scope["path"] in FRAMED_PATHS:
                    headers["Content-Security-Policy"] = FRAMED_POLICY
            await send(message)

        await self._app(scope, receive, with_headers)
