"""The bounds of connections, on the protocol itself: its clock is what the test says."""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from cachhay.protocol import (
    HEADER_SECONDS,
    STALLED_SECONDS,
    BoundedProtocol,
    OnceAMinute,
    WorkerServer,
    _loop_error,
    bounded,
)


class Transport(asyncio.Transport):
    """A connection that is written down."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 80)})
        self.written = b""
        self.closed = False
        self.aborted = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"read"})


def connect(config: Config, state: ServerState, kind: type[Any]) -> tuple[BoundedProtocol, Transport]:
    transport = Transport()
    protocol = kind(config, state, {}, asyncio.get_running_loop())
    protocol.connection_made(transport)
    return protocol, transport


def the_config() -> Config:
    config = Config(app, ws="none", lifespan="off")
    config.load()
    return config


def test_headers_that_do_not_end_end_the_connection_however_they_drip() -> None:
    async def run() -> None:
        protocol, transport = connect(the_config(), ServerState(), bounded(5))
        start = asyncio.get_running_loop().time()
        for at in range(int(HEADER_SECONDS)):
            protocol.data_received(b"GET / HTTP/1.1\r\n"[at : at + 1])
            protocol.sweep(start + at)
        assert not transport.closed
        protocol.sweep(start + HEADER_SECONDS + 1)
        assert transport.closed

    asyncio.run(run())


def test_the_time_begins_anew_after_each_answer_and_bytes_of_nothing_do_not_lengthen_it() -> None:
    async def run() -> None:
        protocol, transport = connect(the_config(), ServerState(), bounded(5))
        protocol._waits_since -= HEADER_SECONDS + 1
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert b"200" in transport.written
        now = asyncio.get_running_loop().time()
        protocol.sweep(now)
        assert not transport.closed
        protocol.data_received(b"x")
        protocol.sweep(now + HEADER_SECONDS + 1)
        assert transport.closed

    asyncio.run(run())


def test_a_client_that_reads_nothing_is_left() -> None:
    async def run() -> None:
        protocol, transport = connect(the_config(), ServerState(), bounded(5))
        now = asyncio.get_running_loop().time()
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n")
        protocol.pause_writing()
        protocol.sweep(now + STALLED_SECONDS + 5)
        assert transport.aborted

    asyncio.run(run())


def test_beyond_the_limit_a_connection_is_refused_with_an_answer() -> None:
    async def run() -> None:
        config, state = the_config(), ServerState()
        kept = [connect(config, state, bounded(3))[1] for _ in range(3)]
        _, refused = connect(config, state, bounded(3))
        assert not any(transport.closed for transport in kept)
        assert refused.closed and refused.written.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in refused.written

    asyncio.run(run())


def test_running_out_of_files_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("cachhay.server")
    before = list(logger.filters)
    logger.addFilter(OnceAMinute())
    loop = asyncio.new_event_loop()
    try:
        for _ in range(5_000):
            error = OSError(errno.EMFILE, "Too many open files")
            _loop_error(loop, {"message": "socket.accept() out of system resource", "exception": error})
    finally:
        loop.close()
        logger.filters[:] = before
    assert len(caplog.records) == 1


def test_errors_are_told_each_time_and_warnings_that_differ_too() -> None:
    once = OnceAMinute()
    told = [once.filter(logging.makeLogRecord({"levelno": level, "msg": text})) for level, text in (
        (30, "a"), (30, "a"), (30, "b"), (40, "a"), (40, "a"),
    )]  # fmt: skip
    assert told == [True, False, True, True, True]


def test_uvicorn_still_takes_what_the_server_gives_it() -> None:
    config = WorkerServer(app, 7).config
    config.load()
    assert issubclass(config.http_protocol_class, BoundedProtocol) and config.http_protocol_class.limit == 7
    assert config.loaded_app is app, "the headers of proxies are read by web.proxy alone"
