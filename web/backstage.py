"""Hand heavy work to the processes that do nothing else, over a Unix socket of each, and pass their answers on.

A visitor's work there disturbs no light request: each process has its own interpreter, and the system gives these a lower
priority. How many are at work is bounded by the processes themselves, also when one of them is killed in its work.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import h11
from starlette.types import Scope, Send

#: Headers that belong to one connection, or that the server writes itself.
_OF_A_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"expect", b"date", b"server")
)
#: Bytes that are read at a time.
_CHUNK = 65_536


class AllBusyError(Exception):
    """No process for heavy work has a place, or none answers."""


class Backstage:
    """The processes for heavy work, by the paths of their sockets."""

    #: The header of an answer that says: no place here, ask another process.
    BUSY = "x-cachhay-busy"

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths

    async def ask(self, scope: Scope, body: bytes, send: Send) -> None:
        """Let one of the processes answer a request, in random order. Raises AllBusyError."""
        for path in random.sample(self._paths, len(self._paths)):
            if await self._ask(path, scope, body, send):
                return
        raise AllBusyError

    async def _ask(self, path: str, scope: Scope, body: bytes, send: Send) -> bool:
        """Whether the process at `path` took the request; once it has begun to answer, there is no other."""
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError:
            return False
        connection = h11.Connection(h11.CLIENT)
        started = False
        try:
            writer.write(connection.send(_request(scope, body)) or b"")
            if body:
                writer.write(connection.send(h11.Data(body)) or b"")
            connection.send(h11.EndOfMessage())
            await writer.drain()
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await reader.read(_CHUNK))
                elif isinstance(event, h11.Response):
                    if any(name.decode() == self.BUSY for name, _ in event.headers):
                        return False
                    started = True
                    await send({"type": "http.response.start", "status": event.status_code, "headers": _kept(event.headers)})
                elif isinstance(event, h11.Data):
                    await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
                elif isinstance(event, h11.EndOfMessage):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return True
                else:
                    return started
        except (OSError, h11.ProtocolError):
            return started  # the process was stopped in its work; half an answer ends with the connection
        finally:
            writer.close()


def _request(scope: Scope, body: bytes) -> h11.Request:
    headers = _kept([(name, value) for name, value in scope["headers"] if name != b"content-length"])
    client = scope.get("client")
    if client:
        headers.append((b"x-forwarded-for", client[0].encode("latin-1", "replace")))
    headers.append((b"x-forwarded-proto", scope["scheme"].encode()))
    headers.append((b"connection", b"close"))
    if body:
        headers.append((b"content-length", str(len(body)).encode()))
    query = scope.get("query_string", b"")
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return h11.Request(method=scope["method"], target=target, headers=headers)


def _kept(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(bytes(name).lower(), bytes(value)) for name, value in headers if bytes(name).lower() not in _OF_A_CONNECTION]
