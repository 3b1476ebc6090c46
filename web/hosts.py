"""The names under which this server may be called, and the address that it gives of itself."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.settings import Settings
from web.errors import RefusedError

#: What a Host header may be: a name or an address, and a port.
_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
#: The names of this machine itself. They are always allowed, so that a check of its health needs no setting.
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
_REFUSAL = "Máy chủ không nhận tên này. Hãy mở trang bằng đúng địa chỉ mà cơ quan công bố."


def origin_of(request: Request) -> str:
    """ "https://host" without a slash at its end: the public URL of the settings, or what the visitor's browser called."""
    settings: Settings = request.app.state.settings
    return settings.origin or str(request.base_url).rstrip("/")


def is_local(request: Request) -> bool:
    """Whether a program or a person on this machine asks, and nobody whom a proxy brings."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class AllowedHosts:
    """ASGI middleware that refuses a request whose Host is not a name of this server.

    Without a list in the settings, allowed are the host of the public URL, the address to serve on, this machine's name, IP
    addresses, and names without a dot: nobody can register such a name and point it at this server. With a list, allowed are
    its names, the host of the public URL, and the names of this machine for itself.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        listed = [_bare(name) for name in settings.allowed_hosts.replace(",", " ").split()]
        own = {_bare(urlsplit(settings.public_url).netloc)} if settings.public_url else set()
        if not listed:
            own |= {_bare(settings.host), socket.gethostname().lower()}
        self._names = frozenset(listed) | own | _LOOPBACK
        self._within_network = not listed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            if len(named) > 1 or not all(map(self.allows, named)):
                raise RefusedError(400, _REFUSAL)
        await self._app(scope, receive, send)

    def allows(self, host: str) -> bool:
        """Whether a request may name `host`, which may have a port."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = _bare(found["name"])
        if "*" in self._names or name in self._names:
            return True
        if self._within_network:
            return "." not in name or _is_address(name)
        above = name.partition(".")[2]
        return bool(above) and f"*.{above}" in self._names


def _bare(host: str) -> str:
    """A host without its port, brackets and final dot, in small letters.

    >>> _bare("Cachhay.Example.vn.:8000"), _bare("[::1]:80"), _bare("::1")
    ('cachhay.example.vn', '::1', '::1')
    """
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rstrip(".") if host.count(":") > 1 else host.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
