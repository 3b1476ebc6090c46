"""Read a form with files piece by piece as it comes: each file goes to its place on the disk, and nothing stays in memory.

Starlette's own reader puts every file into a temporary one first, which then has to be copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from web.errors import RefusedError

#: Bytes of a field that is no file.
MAX_FIELD_BYTES = 4_000
#: Fields and files of a form, together.
MAX_PARTS = 1_020


class Receiver(Protocol):
    """Takes what a form holds, in its order."""

    def field(self, name: str, value: str) -> None:
        """A field that is no file."""

    def begin(self, name: str, filename: str) -> None:
        """A file begins."""

    def data(self, piece: bytes) -> None:
        """The next bytes of the file that has begun."""

    def end(self) -> None:
        """The file that has begun is whole."""


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str | None = None
    value: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    header: tuple[bytes, bytes] = (b"", b"")


class FormReader:
    """Gives the parts of a form with this Content-Type to `receiver`. Raises RefusedError for what is no such form."""

    def __init__(self, content_type: str, receiver: Receiver) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise RefusedError(415, "Trang này chỉ nhận tệp gửi từ biểu mẫu của nó.")
        self._receiver = receiver
        self._part = _Part()
        self._parts = 0
        self._whole = False
        callbacks: dict[str, Callable[..., None]] = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finished,
        }
        try:
            self._parser = MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]
        except FormParserError as error:
            raise self._broken() from error

    def write(self, piece: bytes) -> None:
        """Take the next bytes of the body. Raises RefusedError, and whatever the receiver raises."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise self._broken() from error

    def close(self) -> None:
        """The body is at its end. Raises RefusedError where the form is not."""
        if not self._whole:
            raise self._broken()

    def _broken(self) -> RefusedError:
        return RefusedError(400, "Không đọc được biểu mẫu gửi lên. Hãy mở lại trang rồi gửi lại.")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise RefusedError(413, "Gửi quá nhiều tệp một lần. Hãy chia thành nhiều lần.")
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        name, value = self._part.header
        self._part.header = name + data[start:end], value

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        name, value = self._part.header
        self._part.header = name, value + data[start:end]

    def _header_end(self) -> None:
        name, value = self._part.header
        self._part.headers[name.lower()] = value
        self._part.header = b"", b""

    def _headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            part.filename = options[b"filename"].decode("utf-8", "replace")
            if part.filename:  # a browser sends a file without a name where none was chosen
                self._receiver.begin(part.name, part.filename)

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.filename:
            self._receiver.data(data[start:end])
        elif part.filename is None:
            part.value += data[start:end]
            if len(part.value) > MAX_FIELD_BYTES:
                raise RefusedError(413, "Một ô của biểu mẫu quá dài. Hãy rút ngắn rồi gửi lại.")

    def _end(self) -> None:
        part = self._part
        if part.filename:
            self._receiver.end()
        elif part.filename is None:
            self._receiver.field(part.name, part.value.decode("utf-8", "replace").strip())

    def _finished(self) -> None:
        self._whole = True
