"""Security headers on every response, also on errors and static files, and a limit for bodies, as plain ASGI middleware."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import RefusedError

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
#: Bytes of the largest form with files; one file may be as large as `indexer.limits` says.
MAX_UPLOAD_BYTES = 1_000_000_000
UPLOAD_TOO_LARGE = "Mỗi lần chỉ nhận tổng cộng đến 1 GB. Hãy chia thành nhiều lần rồi gửi lại."
#: The addresses that take files, by POST.
UPLOAD_PATHS = ("/nap-tep", "/api/intake")


def is_upload(scope: Scope) -> bool:
    """Whether a request may send files."""
    return scope["method"] == "POST" and scope["path"] in UPLOAD_PATHS


class BodyLimit:
    """ASGI middleware that answers 413 when more than `MAX_BODY_BYTES` of a body are read, whether or not a header announced
    the size. Where `uploads` are taken, their limit is `MAX_UPLOAD_BYTES`."""

    def __init__(self, app: ASGIApp, uploads: bool = False) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        large = self._uploads and scope["type"] == "http" and is_upload(scope)
        limit = MAX_UPLOAD_BYTES if large else MAX_BODY_BYTES
        said = dict(scope.get("headers", ())).get(b"content-length", b"0")
        refusal = RefusedError(413, UPLOAD_TOO_LARGE) if large else HTTPException(413)
        if len(said) > len(str(limit)) or (said.isdigit() and int(said) > limit):
            raise refusal
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise refusal
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
