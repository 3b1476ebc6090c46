"""Ask one checked address for one answer: the connection goes to the address that was checked, and everything has a limit.

No redirect is followed here, no proxy, password file or setting of the environment is looked at, and nothing is kept between
two requests. A server that sends its answer drop by drop, even its headers, is left when the time for the whole request is
over.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from indexer.intake.addresses import Target
from kb.errors import IntakeError, TryLaterError

#: Seconds until a connection must be there, and until a whole answer must be.
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 120.0
#: Bytes that are read at a time.
_PIECE = 65_536

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server: status, headers (names in small letters), and its body, decoded, in pieces."""

    target: Target
    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    def read(self, limit: int) -> bytes:
        """The whole body. Raises IntakeError if it is longer than `limit` bytes, and TryLaterError."""
        pieces, size = [], 0
        for piece in self.pieces:
            size += len(piece)
            if size > limit:
                raise IntakeError(f"nội dung ở địa chỉ này quá lớn (hơn {max(1, limit // 1_000_000)} MB)")
            pieces.append(piece)
        return b"".join(pieces)


@contextmanager
def ask(
    target: Target, headers: Mapping[str, str], *, seconds: float = ANSWER_SECONDS, clock: Clock = time.monotonic
) -> Iterator[Answer]:
    """The answer to GET for one target, while its connection is open.

    Raises TryLaterError where the server does not answer as it should, or not in time, and IntakeError for an encoding that
    is not read.
    """
    end = clock() + seconds
    with _told(target.host):
        link = _connect(target, min(CONNECT_SECONDS, seconds))
    try:
        with _told(target.host):
            response = _ask(target, _TimedSocket(link, end, clock), headers)
        given = {name.lower(): value for name, value in response.getheaders()}
        yield Answer(target, response.status, given, _body(target.host, response, given.get("content-encoding", "")))
    finally:
        link.close()


def _connect(target: Target, seconds: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one. Raises OSError."""
    for at, ip in enumerate(target.ips, 1):
        try:
            link = socket.create_connection((ip, target.port), timeout=seconds)
        except OSError:
            if at == len(target.ips):
                raise
            continue
        if target.scheme == "http":
            return link
        try:
            return _secure().wrap_socket(link, server_hostname=target.host)
        except BaseException:
            link.close()
            raise
    raise OSError("no address")


def _ask(target: Target, link: _TimedSocket, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = link
    connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": target.host_header, "Accept-Encoding": "gzip", "Connection": "close", **headers}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


@lru_cache(maxsize=1)
def _secure() -> ssl.SSLContext:
    """TLS with the certificates that the system trusts."""
    return ssl.create_default_context()


def _body(host: str, response: http.client.HTTPResponse, encoding: str) -> Iterator[bytes]:
    """The body in pieces, unpacked. How much it may grow is counted by whoever reads the pieces."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise IntakeError(f"máy chủ “{host}” gửi nội dung nén kiểu {encoding[:20]}, chưa đọc được")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding in ("gzip", "x-gzip") else None
    with _told(host):
        while piece := response.read1(_PIECE):
            if unpacker is None:
                yield piece
                continue
            yield unpacker.decompress(piece, _PIECE)
            while unpacker.unconsumed_tail and not unpacker.eof:
                yield unpacker.decompress(unpacker.unconsumed_tail, _PIECE)
        if response.length:
            raise TryLaterError(f"máy chủ “{host}” ngắt giữa chừng")
        if unpacker and not unpacker.eof:
            raise TryLaterError(f"máy chủ “{host}” ngắt giữa chừng")


@contextmanager
def _told(host: str) -> Iterator[None]:
    """What goes wrong between us and a server, as a reason for whoever named the address."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise IntakeError(
            f"chứng chỉ bảo mật của “{host}” không được tin ({error.verify_message}); "
            "hãy tải về bằng trình duyệt rồi nạp tệp"
        ) from error
    except TimeoutError as error:
        raise TryLaterError(f"máy chủ “{host}” trả lời quá chậm; hãy thử lại sau") from error
    except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
        raise TryLaterError(f"không nhận được trả lời đúng từ “{host}” ({type(error).__name__}); hãy thử lại sau") from error


class _TimedSocket:
    """A socket each of whose steps may only take what is left of the time for all of them."""

    def __init__(self, link: socket.socket, end: float, clock: Clock) -> None:
        self._link = link
        self._end = end
        self._clock = clock

    def _arm(self) -> None:
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        self._link.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self._arm()
        self._link.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """`http.client` closes before the body is read; `ask` closes the connection itself when all is read."""

    def receive_into(self, buffer: memoryview) -> int:
        self._arm()
        return self._link.recv_into(buffer)


class _Reader(io.RawIOBase):
    """The reading side, as `http.client` wants it."""

    def __init__(self, link: _TimedSocket) -> None:
        self._socket = link

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._socket.receive_into(buffer)
