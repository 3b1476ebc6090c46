"""A web server on this machine that answers as a test says and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from indexer.intake import Fetcher, Guard


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `pieces` replaces the body with bytes that are sent one after another, under no announced length."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    pieces: Callable[[], Iterator[bytes]] | None = None


@dataclass(slots=True)
class Site:
    """What is answered by path, and what was asked: (path, headers). A path without a page is answered with 404."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def url(self, path: str, host: str = "bao.example") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def running() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = site.pages.get(self.path, Page(status=404))
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.pieces is None:
                self.send_header("Content-Length", str(len(page.body) if page.announced is None else page.announced))
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                for piece in page.pieces() if page.pieces else (page.body,):
                    self.wfile.write(piece)
            except OSError:  # whoever asked had enough
                return

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Pauses:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def fetcher_for_tests(pauses: Pauses | None = None, resolve: Callable[[str, int], list[str]] | None = None) -> Fetcher:
    """A fetcher for which every name ending in .example is this machine, and this machine may be asked at any port."""
    pauses = pauses or Pauses()

    def here(host: str, port: int) -> list[str]:
        if not host.endswith(".example"):
            raise OSError("unknown")
        return ["127.0.0.1"]

    guard = Guard(resolve or here, lambda ip: ip == "127.0.0.1", None)
    return Fetcher("admin@kho.example", "1", guard, pauses.clock, pauses.sleep)
