"""The store: every item, every file seen, and the collection's words, in one SQLite file (WAL).

One process writes, many read. A `Snapshot` is one read transaction: all its answers, the published generation included,
are of one state. A `WriteTransaction` is one write transaction. A lock file keeps a second writer out.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import StoreBusyError, StoreError
from kb.library.schema import prepare
from kb.library.snapshot import Snapshot
from kb.library.write_transaction import WriteTransaction


class Store:
    """The SQLite file at `path`, with one connection for each thread.

    A missing file is made, unless `make` is false: then the store reads as an empty one, and nothing can be written to it.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self.path = path
        self._local = threading.local()
        self._missing = not make and not path.exists()
        if self._missing:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._translate():
                prepare(self._connect())
        except OSError as error:
            raise StoreError(f"Không tạo được thư mục dữ liệu {path.parent}: {error.strerror or error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(":memory:" if self._missing else self.path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA synchronous=NORMAL")
            if self._missing:
                prepare(connection)
                connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
        return connection

    @contextmanager
    def _translate(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            hint = "Ổ đĩa có thể đã đầy." if "full" in str(error) else "Chạy lại `cachhay index`."
            raise StoreError(f"Kho dữ liệu {self.path} không dùng được: {error}. {hint}") from error

    @contextmanager
    def snapshot(self, *, public: bool = False) -> Iterator[Snapshot]:
        """A read transaction; a `public` one shows no internal item. One inside another of its thread joins it."""
        with self._translate():
            connection = self._connect()
            if connection.in_transaction:
                yield Snapshot(connection, public=public)
                return
            connection.execute("BEGIN")
            try:
                yield Snapshot(connection, public=public)
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the right to write for a whole run. Raises StoreBusyError if somebody else has it after `wait` seconds."""
        # Each call has a lock object of its own, so that a lock is never entered twice, not by the same thread either.
        # The system holds it for the process, and lets go of it when the process ends in any way.
        lock = FileLock(self.path.with_suffix(".lock"), wait, thread_local=False, poll_interval=0.2, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout as error:
            message = "Một lượt khác đang ghi vào kho này (lập chỉ mục, hay đẩy lên máy chủ); hãy chờ nó xong."
            raise StoreBusyError(message) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def write(self) -> Iterator[WriteTransaction]:
        """A write transaction: committed when the block ends, undone when it raises."""
        with self._translate():
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield WriteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
