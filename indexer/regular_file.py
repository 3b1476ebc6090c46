"""Read a file that somebody else may replace at any moment: only a regular one, and only so many bytes of it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular_file(location: Path) -> BinaryIO:
    """The file at `location`, which must be no link, open for reading.

    Opening never waits and nothing but a regular file is opened, so that a pipe or a device put in its place does no harm.
    Raises OSError, also for what is no regular file.
    """
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):  # not every system has all of them
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(location, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "không phải tệp thường")
    return file


def read_regular_file(location: Path, limit: int) -> bytes:
    """The bytes of the file at `location`; one byte more than `limit` if there are more. Raises OSError."""
    with open_regular_file(location) as file:
        return file.read(limit + 1)
