"""Pools of work: how many requests are worked on at a time, how many may wait, and how many of both one address may have."""

from __future__ import annotations

import asyncio
from collections import Counter


class PoolFullError(Exception):
    """No place is left, for anybody or for this address."""


class Pool:
    """`threads` requests at work at a time, and at most `places` at work and waiting together.

    One address gets at most three quarters of the places, so that there is always one for somebody else.
    """

    def __init__(self, threads: int, places: int) -> None:
        self.places = places
        self.share = places - max(1, places // 4)
        self.taken: Counter[str] = Counter()
        self.free = asyncio.Semaphore(threads)

    def enter(self, address: str) -> Seat:
        """A place for a request of an address. Raises PoolFullError."""
        if self.taken.total() >= self.places or self.taken[address] >= self.share:
            raise PoolFullError
        return Seat(self, address)


class Seat:
    """A place of one request in a pool, until `leave`."""

    def __init__(self, pool: Pool, address: str) -> None:
        self._pool = pool
        self._address = address
        self._working = False
        self._left = False
        pool.taken[address] += 1

    @property
    def working(self) -> bool:
        return self._working

    async def begin(self, seconds: float) -> None:
        """Wait until the request may be worked on. Raises PoolFullError after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._pool.free.acquire()
        except TimeoutError:
            raise PoolFullError from None
        self._working = True

    def leave(self) -> None:
        """Give the place back; a second time does nothing."""
        if self._left:
            return
        self._left = True
        self._pool.taken[self._address] -= 1
        if not self._pool.taken[self._address]:
            del self._pool.taken[self._address]
        if self._working:
            self._pool.free.release()
