"""The HTTP of a worker: uvicorn, with bounds on connections and on the time for which one may wait.

uvicorn bounds how long an idle connection is kept between two requests, and nothing else: a client that sends its headers
one byte a second, or never reads its answer, would keep its connection for ever.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from cachhay.refusals import MAX_HEAD_BYTES, ClearProtocol
from web.security import HEADERS

#: Seconds within which the headers of a request must be complete, from the connection or from the last answer.
HEADER_SECONDS = 10.0
#: Seconds for which a client may read nothing of an answer that waits for it.
STALLED_SECONDS = 20.0
#: Seconds that a connection is kept between two requests.
IDLE_SECONDS = 5
#: Seconds that requests get to end when the server stops.
STOP_SECONDS = 10
#: Connections that the system holds until a worker takes them.
BACKLOG = 2048
#: Seconds that a thread keeps the interpreter while another wants it.
SWITCH_SECONDS = 0.001
#: Objects that are made before the garbage collector looks at the young ones (Python's own number is 700).
COLLECTED_OBJECTS = 100_000
#: Seconds between two lines of the log that say the same.
LOG_SECONDS = 60.0

_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nCache-Control: no-store\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n%b\r\n%b"
)
_HEADERS = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode("ascii")
_TEXT = "Máy chủ đang có quá nhiều kết nối. Hãy thử lại sau ít giây.\n".encode()

logger = logging.getLogger("cachhay.server")


class OnceAMinute(logging.Filter):
    """Lets a warning through at most once in `LOG_SECONDS`; errors always pass."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.WARNING:
            return True
        now = time.monotonic()
        if now - self._last.get(str(record.msg), -LOG_SECONDS) < LOG_SECONDS:
            return False
        self._last[str(record.msg)] = now
        return True


def bounded(most: int) -> type[H11Protocol]:
    """The protocol of a process that holds at most `most` connections."""

    class Bounded(BoundedProtocol):
        limit = most

    return Bounded


class BoundedProtocol(ClearProtocol):
    """One connection. `sweep` is called every second and ends it when its client lets it wait for too long."""

    limit = 2_000

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._waits_since = self.loop.time()
        self._stalled_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limit:
            logger.warning("Quá nhiều kết nối cùng lúc: kết nối mới bị từ chối.")
            transport.write(_REFUSAL % (len(_TEXT), _HEADERS, _TEXT))
            transport.close()

    def on_response_complete(self) -> None:
        self._waits_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._stalled_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stalled_since = None
        super().resume_writing()

    def sweep(self, now: float) -> None:
        if self._stalled_since is not None and now - self._stalled_since > STALLED_SECONDS:
            self.transport.abort()
        elif (self.cycle is None or self.cycle.response_complete) and now - self._waits_since > HEADER_SECONDS:
            # What is still to be sent goes out; a client that does not read it is aborted the next time.
            if self.transport.is_closing():
                self.transport.abort()
            self.transport.close()


def spare_collector() -> None:
    """Let the garbage collector look seldom, and never at what is loaded already: nearly all objects that a page makes end
    with it, without cycles. docs/performance.md tells what this saves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_OBJECTS, *gc.get_threshold()[1:])


class WorkerServer(uvicorn.Server):
    """The server of one process. `beside` are works that run on its loop as long as it serves; `backlog` connections wait
    until it takes them."""

    def __init__(self, app: Any, connections: int, *beside: Callable[[], Awaitable[None]], backlog: int = BACKLOG) -> None:
        config = Config(
            app,
            http=bounded(connections),
            ws="none",
            log_config=None,
            log_level="warning",
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # How many connections are accepted at a time: one, so that the workers share a burst of them.
            backlog=1,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        super().__init__(config)
        once = OnceAMinute()
        for name in ("uvicorn.error", logger.name):
            logging.getLogger(name).addFilter(once)
        self._beside = beside
        self._backlog = backlog
        self._running: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_loop_error)
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(self._backlog)
        # The loop waits as long for each of its threads at work before it gets the interpreter: by default 5 ms.
        sys.setswitchinterval(SWITCH_SECONDS)
        spare_collector()
        works = (self._sweep, *self._beside)
        self._running = [loop.create_task(_forever(work)) for work in works]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._running:
            task.cancel()
        await super().shutdown(sockets)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.sweep(loop.time())


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """Run a work that has no end; an error in it is logged, and it begins again."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("%s", getattr(work, "__qualname__", work))
            await asyncio.sleep(5)


def _loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio logs a traceback each time a connection cannot be accepted; one line a minute says the same."""
    if "accept" in context.get("message", "") and isinstance(context.get("exception"), OSError):
        logger.warning("Không nhận được kết nối mới: hệ thống đã hết tệp hay bộ nhớ cho kết nối.")
        return
    loop.default_exception_handler(context)
