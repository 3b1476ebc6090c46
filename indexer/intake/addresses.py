"""Which addresses of the web are fetched: http and https at their own ports, on machines of the public internet only.

Whoever names an address could otherwise make this program ask machines that only it can reach: itself, its neighbours in the
office, the service of a cloud that hands out keys (server-side request forgery). A name is resolved once; all its addresses
must be public, and the connection goes to one of these, so that a second answer of the name server changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from kb.errors import IntakeError, TryLaterError

#: Ports that are asked.
PORTS = frozenset((80, 443))
#: Addresses of a host that are tried, one after another.
MAX_TRIED = 4
#: Characters of an address.
MAX_ADDRESS = 2_000
_DEFAULT_PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host and port, as text. Raises OSError."""

#: The registries of special addresses (IANA, as of RFC 6890 and later), which change with the version of Python otherwise.
_REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        ),
    )
)  # fmt: skip
#: Of IPv6 only global unicast is asked, and of that nothing that stands for an IPv4 address (6to4, Teredo) or for nobody.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16"))
)


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet. What is no address at all is not.

    >>> is_public("203.162.0.11"), is_public("10.0.0.5"), is_public("::ffff:8.8.8.8"), is_public("2001:ee0::1")
    (True, False, False, True)
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def resolve(host: str, port: int) -> list[str]:
    """What the system says of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Target:
    """One address to ask: where to connect (one of `ips`, `port`), and what to ask there (`host`, `path` with its query)."""

    scheme: str
    host: str
    port: int
    path: str
    ips: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Scheme, host and port: what has a robots.txt of its own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def host_header(self) -> str:
        return self.origin.partition("://")[2]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be asked. Everything but the defaults is for tests, whose servers are on this machine."""

    resolve: Resolve = resolve
    allows: Callable[[str], bool] = is_public
    ports: frozenset[int] | None = PORTS

    def check(self, address: str) -> Target:
        """Where an address leads. Raises IntakeError where that may not be asked, and TryLaterError for an unknown host."""
        scheme, host, port, path = _split(address)
        if self.ports is not None and port not in self.ports:
            raise IntakeError(f"chỉ tải từ cổng 80 và 443, không phải cổng {port}")
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise TryLaterError(f"không tìm thấy máy chủ “{host}”; hãy kiểm tra địa chỉ và mạng") from error
        if not addresses or not all(map(self.allows, addresses)):
            raise IntakeError(
                f"“{host}” là địa chỉ nội bộ hoặc dành riêng; chỉ tải từ mạng công cộng. "
                "Hãy tải về bằng trình duyệt rồi nạp tệp"
            )
        return Target(scheme, host, port, path, tuple(addresses[:MAX_TRIED]))


def _split(address: str) -> tuple[str, str, int, str]:
    """Scheme, host (ASCII), port and path of an address. Raises IntakeError."""
    wrong = IntakeError("địa chỉ không đúng dạng; hãy chép cả địa chỉ từ trình duyệt, ví dụ https://bao.example.vn/tin")
    if len(address) > MAX_ADDRESS or any(c.isspace() or not c.isprintable() for c in address) or "\\" in address:
        raise wrong
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        bare = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError) as error:
        raise wrong from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise IntakeError("chỉ tải địa chỉ http:// hoặc https://")
    if "@" in parts.netloc:
        raise IntakeError("địa chỉ có tên đăng nhập hoặc mật khẩu; hãy bỏ phần đó")
    if not bare or len(bare) > 253 or "%" in bare:
        raise wrong
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    )
    return parts.scheme, bare, _DEFAULT_PORTS[parts.scheme] if port is None else port, path
