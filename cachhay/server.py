"""Serve the web application with uvicorn. The socket is bound first, so that the error for a used port is one clear line."""

from __future__ import annotations

import errno
import socket
import threading

import click
import uvicorn

from cachhay.refusals import MAX_HEAD_BYTES, ClearProtocol
from kb.errors import PortInUseError, SettingError
from kb.library.library import Library
from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app
from web.logs import set_up_logs

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
        listener.listen(128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"Cổng {port} trên {host} đang có chương trình khác dùng; dừng chương trình đó hoặc đặt CACHHAY_PORT."
            ) from error
        raise SettingError(f"Không phục vụ được ở {host}:{port} ({error}); xem CACHHAY_HOST, CACHHAY_PORT.") from error
    return listener


def run_server(settings: Settings, library: Library, listener: socket.socket) -> None:
    """Serve until interrupted. Where there is a search server, a thread keeps it up to date meanwhile."""
    set_up_logs(settings)
    app = create_app(SearchService(library), settings)
    host, port = listener.getsockname()[:2]
    click.echo(f"Cách Hay: http://{host}:{port}  (Ctrl+C để dừng)", err=True)
    stop = threading.Event()
    if library.mirror:
        threading.Thread(target=library.mirror.watch, args=(stop,), name="mirror", daemon=True).start()
    config = uvicorn.Config(
        app,
        http=ClearProtocol,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        stop.set()
