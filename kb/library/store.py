"""The store: every item, every file seen, and the collection's words, in one SQLite file (WAL).

One process writes, many read. A `Snapshot` is one read transaction: all its answers, the published generation included,
are of one state. A `WriteTransaction` is one write transaction. A lock file keeps a second writer out.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import StoreBusyError, StoreError
from kb.library.schema import prepare
from kb.library.snapshot import Snapshot
from kb.library.write_transaction import WriteTransaction


class Store:
    """The SQLite file at `path`, created when it is missing. Each thread keeps one connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._translate():
                prepare(self._connect())
        except OSError as error:
            raise StoreError(f"Không tạo được thư mục dữ liệu {path.parent}: {error.strerror or error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA synchronous=NORMAL")
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
        """Hold the right to write for a whole run. Raises StoreBusyError if another process has it after `wait` seconds."""
        end = time.monotonic() + wait
        with open(self.path.with_suffix(".lock"), "w") as handle:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if time.monotonic() >= end:
                        message = "Một lượt khác đang ghi vào kho này (lập chỉ mục, hay đẩy lên máy chủ); hãy chờ nó xong."
                        raise StoreBusyError(message) from error
                    time.sleep(min(0.2, wait))
            yield

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
