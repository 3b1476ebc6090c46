"""The lane of requests that send files: their bodies are not held in memory but passed on as they come, for as long as it
takes, and only so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.pools import Pool

#: Requests with files that a process takes at a time, and those that it takes and lets wait together.
THREADS, PLACES = 4, 12
#: Seconds for which a request waits for its turn.
WAIT_SECONDS = 60.0
#: Seconds that a body may take at first, and bytes a second that it must bring after that.
BODY_GRACE, LEAST_BODY_RATE = 10.0, 5_000


class TooLateError(Exception):
    """A body did not come in time."""


class UploadLane:
    """Takes requests with files, as many as the pool has places for."""

    def __init__(self, app: ASGIApp, pool: Pool | None = None) -> None:
        self._app = app
        self._pool = pool or Pool(THREADS, PLACES)

    async def __call__(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises PoolFullError, and TooLateError for a body that comes too slowly."""
        seat = self._pool.enter(address)
        try:
            await seat.begin(WAIT_SECONDS)
            await self._app(scope, _timed(receive), send)
        finally:
            seat.leave()


def _timed(receive: Receive) -> Receive:
    """Receives, and raises TooLateError when the body falls behind the least rate. What is waited for after the end of the
    body, the leaving of the visitor, may take any time."""
    start, brought, ended = asyncio.get_running_loop().time(), 0, False

    async def receive_in_time() -> Message:
        nonlocal brought, ended
        if ended:
            return await receive()
        message = await before(start + BODY_GRACE + brought / LEAST_BODY_RATE, receive)
        brought += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        return message

    return receive_in_time


async def before(limit: float, receive: Callable[[], Awaitable[Message]]) -> Message:
    """The next message, if it comes before a moment of the loop's clock. Raises TooLateError."""
    try:
        async with asyncio.timeout_at(limit):
            return await receive()
    except TimeoutError:
        raise TooLateError from None
