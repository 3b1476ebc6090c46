"""Temporary files for what is being written: small ones stay in memory, larger ones go to the disk.

They have no name in any folder (where the system allows it), so that nothing of them stays, whatever ends the program.
"""

from __future__ import annotations

import errno
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

from kb.errors import TemporarySpaceError

#: Bytes that a temporary file keeps in memory.
SPOOL_BYTES = 1_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def open_spool() -> BinaryIO:
    """A temporary file in bytes."""
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(SPOOL_BYTES))


@contextmanager
def text_spool() -> Iterator[TextIO]:
    """A temporary file of text, deleted after the block."""
    with io.TextIOWrapper(open_spool(), encoding="utf-8", newline="") as text:
        yield text


@contextmanager
def telling_full_disk() -> Iterator[None]:
    """Within the block, a full disk is a TemporarySpaceError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        message = "Máy chủ hết chỗ cho tệp tạm nên chưa ghi được tệp này. Hãy thử lại sau, hoặc lọc bớt kết quả."
        raise TemporarySpaceError(message) from error
