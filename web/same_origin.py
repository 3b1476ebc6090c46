"""Whether a request that changes something comes from a page of this site, and not from another one in the same browser.

Browsers say where a request comes from: `Sec-Fetch-Site` on sites with HTTPS and on this machine, `Origin` with every form,
old ones the header Referer. A program that is no browser says nothing of it, and nobody can make it ask by a link.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Depends, Request

from web.errors import RefusedError
from web.hosts import origin_of

_REFUSAL = "Yêu cầu này không gửi từ trang của kho. Hãy mở trang nạp tệp của kho rồi gửi từ đó."


def is_same_origin(request: Request) -> bool:
    """Whether a page of this site, or no browser, sends the request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    said = request.headers.get("origin")
    if said is None:
        said = request.headers.get("referer")
    if said is None:
        return True
    there = _origin(said)
    return there is not None and there in (_origin(origin_of(request)), _origin(str(request.base_url)))


def _origin(address: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an address, as browsers compare them; None for "null" and for what is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, (parts.hostname or "").lower(), port) if parts.hostname else None


def _only_same_origin(request: Request) -> None:
    if not is_same_origin(request):
        raise RefusedError(403, _REFUSAL)


#: The dependencies of a route that changes something: a request from another site is answered with 403.
ONLY_SAME_ORIGIN = [Depends(_only_same_origin)]
