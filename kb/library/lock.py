"""The right to write: a lock file beside the store, which one process at a time holds."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import StoreBusyError, StoreError


@contextmanager
def write_lock(path: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the right to write to the store at `path`.

    Raises StoreBusyError if somebody else has it after `wait` seconds, and StoreError where the lock file cannot be opened.
    """
    # Each call has a lock object of its own, so that a lock is never entered twice, not by the same thread either.
    # The system holds it for the process, and lets go of it when the process ends in any way.
    file = path.with_suffix(".lock")
    lock = FileLock(file, wait, thread_local=False, poll_interval=0.2, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        message = "Một lượt khác đang ghi vào kho này (lập chỉ mục, hay đẩy lên máy chủ); hãy chờ nó xong."
        raise StoreBusyError(message) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            message = f"Không ghi được vào {path.parent}: ổ đĩa gắn chỉ đọc. Gắn lại với quyền ghi rồi chạy lại."
            raise StoreError(message) from error
        raise StoreError(
            f"Không mở được tệp khóa {file}: {error.strerror or error}. Cho tài khoản chạy chương trình quyền ghi vào "
            "tệp và thư mục này; hoặc, khi không có lượt nào đang chạy, xóa tệp khóa rồi chạy lại."
        ) from error
    try:
        yield
    finally:
        lock.release()
