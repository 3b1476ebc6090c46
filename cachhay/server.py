"""Serve the web application. The socket is bound first, so that the error for a used port is one clear line."""

from __future__ import annotations

import errno
import socket
import threading

import click

from cachhay.capacity import choose_workers, count_cores, count_memory, raise_file_limit
from cachhay.indexing import indexing_beside
from cachhay.protocol import BACKLOG, WorkerServer
from cachhay.wiring import open_originals
from cachhay.workers import serve_with_workers
from kb.errors import PortInUseError, SettingError
from kb.library.library import Library
from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app
from web.health import KeptHealth
from web.load import Load
from web.logs import set_up_logs
from web.rate import make_rate_limit

#: The option that lets a server start again at once: without it, a port stays reserved for a minute after its server ended.
#: On Windows SO_REUSEADDR would let two programs listen on one port, and SO_EXCLUSIVEADDRUSE forbids that.
_SHARING: int = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortInUseError, SettingError (the address does not exist or is not permitted)."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, _SHARING, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"Cổng {port} trên {host} đang có chương trình khác dùng; dừng chương trình đó hoặc đặt CACHHAY_PORT."
            ) from error
        raise SettingError(f"Không phục vụ được ở {host}:{port} ({error}); xem CACHHAY_HOST, CACHHAY_PORT.") from error
    return listener


def run_server(settings: Settings, library: Library, listener: socket.socket) -> None:
    """Serve until interrupted. Where there is a search server, a thread keeps it up to date meanwhile.

    With several workers this process serves nothing itself: it looks after them, and updates the search server.
    """
    host, port = listener.getsockname()[:2]
    set_up_logs(settings)
    count = choose_workers(settings.workers, count_cores(), count_memory())
    click.echo(f"Cách Hay: http://{host}:{port}  (Ctrl+C để dừng)", err=True)
    stop = threading.Event()
    if library.mirror:
        threading.Thread(target=library.mirror.watch, args=(stop,), name="mirror", daemon=True).start()
    try:
        with indexing_beside(settings):
            if count > 1:
                serve_with_workers(settings, listener, count)
            else:
                _serve_alone(settings, library, listener)
    finally:
        stop.set()


def _serve_alone(settings: Settings, library: Library, listener: socket.socket) -> None:
    """Serve in this process."""
    service = SearchService(library, originals=open_originals(settings))
    health = KeptHealth(service)
    app = create_app(service, settings, Load(rate=make_rate_limit(settings.rate_per_minute), health=health))
    WorkerServer(app, raise_file_limit(), health.keep).run(sockets=[listener])
