"""A limit of requests per address: a token bucket for each, in one table of a fixed size that all worker processes share.

Nothing here takes a lock: two processes that write a bucket at the same time lose a token, which does no harm. Two addresses
that share a bucket by chance are limited together; the key of the hash is made anew at each start, so that nobody can choose
an address which shares the bucket of another.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_network
from multiprocessing import get_context
from typing import Any

from web.proxy import parse_address

#: Buckets of the table: 1 MB in all.
BUCKETS = 65_536
#: Requests a minute of one address, where the setting gives no number: an office of 200 people behind one address makes a
#: tenth of them.
DEFAULT_PER_MINUTE = 3_000
#: Bits of an IPv6 address that name a network of one household or office.
IPV6_PREFIX = 64


def _shared() -> Any:
    """Numbers in memory that processes started with it share: for each bucket the tokens used, and the time of the clock."""
    return get_context("spawn").RawArray("d", 2 * BUCKETS)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `per_minute` requests of one address within a minute. `exempt_local` leaves out addresses of this machine.

    It can be given to another process when that process is started; both then count together.
    """

    per_minute: int
    exempt_local: bool = False
    table: Any = field(default_factory=_shared)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def wait(self, address: str, price: float, clock: Callable[[], float] = time.monotonic) -> float:
        """Take `price` requests of an address. Returns 0, or the seconds until it may ask again (then nothing is taken)."""
        bucket = self._bucket(address)
        if bucket is None:
            return 0.0
        now, each, price = clock(), self.per_minute / 60, min(price, self.per_minute)
        used, at = float(self.table[bucket]), float(self.table[bucket + 1])
        used = max(0.0, used - max(0.0, now - at) * each)
        if used + price > self.per_minute:
            return (used + price - self.per_minute) / each
        self.table[bucket], self.table[bucket + 1] = used + price, now
        return 0.0

    def _bucket(self, address: str) -> int | None:
        parsed = parse_address(address)
        if self.exempt_local and (parsed is None or parsed.is_loopback):
            return None
        whole = network_of(address).encode("utf-8", "replace")
        return 2 * (int.from_bytes(blake2b(whole, digest_size=4, key=self.key).digest(), "big") % BUCKETS)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, the /64 of an IPv6 address, any other name as it is.

    >>> network_of("2001:db8:1:2:3:4:5:6"), network_of("192.0.2.7")
    ('2001:db8:1:2::/64', '192.0.2.7')
    """
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed) if parsed else address


def make_rate_limit(per_minute: int | None) -> RateLimit | None:
    """The limit of a setting: None for 0. Without a number, addresses of this machine are not limited: behind a proxy on it
    that is not named as trusted, they are everybody's."""
    if per_minute == 0:
        return None
    return RateLimit(per_minute or DEFAULT_PER_MINUTE, exempt_local=per_minute is None)
