"""Who asks, and by which address: the headers of a proxy are believed only if the setting names it as trusted.

`ProxyHeaders` is the outermost middleware. After it, `scope["client"]`, `scope["scheme"]` and the header `host` are those of
the visitor, and no `X-Forwarded-*` header is left that anybody could believe.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

#: Headers of a proxy. None of them is passed on.
FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"forwarded", b"x-real-ip")
#: Addresses of `X-Forwarded-For` that are read, from the right.
MAX_HOPS = 20


class ProxyHeaders:
    """ASGI middleware that puts the visitor's address, scheme and host into the scope, as trusted proxies tell them.

    A peer without an address came by a Unix socket, which only this program uses: it is trusted.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers: list[tuple[bytes, bytes]] = list(scope.get("headers", ()))
            kept = [(name, value) for name, value in headers if name not in FORWARDED]
            scope = {**scope, "headers": kept}
            peer = scope.get("client")
            if not peer or self._trusts(peer[0]):
                self._believe(scope, headers)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, headers: Sequence[tuple[bytes, bytes]]) -> None:
        client = self._client(_values(headers, b"x-forwarded-for"))
        if client:
            scope["client"] = (client, 0)
        scheme = _last(headers, b"x-forwarded-proto").lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        host = _last(headers, b"x-forwarded-host")
        if host:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *others]

    def _client(self, hops: Sequence[str]) -> str:
        """The last hop that no trusted proxy is; "" where there is none. What stands before a malformed hop is not read."""
        found = ""
        for hop in list(reversed(hops))[:MAX_HOPS]:
            address = parse_address(hop)
            if address is None:
                break
            found = str(address)
            if not self._trusts(found):
                break
        return found

    def _trusts(self, host: str) -> bool:
        address = parse_address(host)
        return address is not None and any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address of a host or a hop, also with a port; None for anything else. IPv4 written as IPv6 is IPv4.

    >>> parse_address("[2001:db8::7]:443"), parse_address("192.0.2.1:80"), parse_address("::ffff:192.0.2.1")
    (IPv6Address('2001:db8::7'), IPv4Address('192.0.2.1'), IPv4Address('192.0.2.1'))
    >>> parse_address("unknown")
    """
    host = text.strip().strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _values(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """The values of a header that is a list, whether it was sent once or several times."""
    joined = ",".join(value.decode("latin-1") for name, value in headers if name == wanted)
    return [part.strip() for part in joined.split(",") if part.strip()]


def _last(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> str:
    """The value that the nearest proxy wrote, "" where there is none."""
    values = _values(headers, wanted)
    return values[-1] if values else ""
