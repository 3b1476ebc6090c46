"""Read a file that somebody else may replace at any moment: only a regular one, and only so many bytes of it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular_file(location: Path, limit: int) -> bytes:
    """The bytes of the file at `location`, which must be no link; one byte more than `limit` if there are more.

    Opening never waits and nothing but a regular file is read, so that a pipe or a device put in its place does no harm.
    Raises OSError, also for what is no regular file.
    """
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):  # not every system has all of them
        flags |= getattr(os, name, 0)
    number = os.open(location, flags)
    with open(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "không phải tệp thường")
        return file.read(limit + 1)
