"""What the process that opens originals and the one that asks it say to each other: JSON and bytes, each behind its length.

No object is ever made of what the other side says but text, numbers and bytes: the process that reads hostile files must not
be able to make its caller run anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from indexer.limits import MAX_BINARY_BYTES, Limits
from kb.errors import CachHayError, OriginalAwayError, PageAwayError

#: What one request may cost: several times a scan of A3 at 600 dots per inch.
LIMITS = Limits(MAX_BINARY_BYTES, 15.0, 1200)
#: The errors that a caller is told by name.
ERRORS: dict[str, type[CachHayError]] = {"away": OriginalAwayError, "page": PageAwayError}
#: Bytes of a piece of a file, and of any other frame.
PIECE_BYTES = 1 << 20
MAX_FRAME_BYTES = 64 << 20


def write_frame(out: IO[bytes], data: bytes) -> None:
    """One frame."""
    out.write(len(data).to_bytes(4, "big"))
    out.write(data)


def write_answer(out: IO[bytes], told: dict[str, Any], data: bytes = b"") -> None:
    """A whole answer or request: what is told as JSON, some bytes in pieces, and an empty frame as its end."""
    write_frame(out, json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    for at in range(0, len(data), PIECE_BYTES):
        write_frame(out, data[at : at + PIECE_BYTES])
    write_frame(out, b"")
    out.flush()


def read_frame(source: IO[bytes]) -> bytes:
    """One frame. Raises EOFError where the other side has ended, ValueError for a frame that is too long."""
    length = int.from_bytes(_exactly(source, 4), "big")
    if length > MAX_FRAME_BYTES:
        raise ValueError("a frame is too long")
    return _exactly(source, length)


def read_told(source: IO[bytes]) -> dict[str, Any]:
    """What is told at the beginning of an answer. Raises EOFError, ValueError."""
    told = json.loads(read_frame(source))
    if not isinstance(told, dict):
        raise ValueError("an answer is no object")
    return told


def read_pieces(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes that follow, to the end of the answer. Raises EOFError, ValueError."""
    while piece := read_frame(source):
        yield piece


def _exactly(source: IO[bytes], count: int) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise EOFError
    return data
