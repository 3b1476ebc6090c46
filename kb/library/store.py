"""The store: every item, every file seen, and the collection's words, in one SQLite file (WAL).

One process writes, many read. A `Snapshot` is one read transaction: all its answers, the published generation included,
are of one state. A `WriteTransaction` is one write transaction. A lock file keeps a second writer out.

Opening a store changes nothing in it. Only with `migrate` a store of an older schema is converted.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import StoreError
from kb.library.connections import Connection, connect, stamp_of
from kb.library.durable import put_on_disk
from kb.library.lock import write_lock
from kb.library.migrations import migrate as migrate_store
from kb.library.schema import SCHEMA_VERSION, make_tables, read_version
from kb.library.snapshot import Snapshot
from kb.library.write_transaction import WriteTransaction

logger = logging.getLogger("cachhay.store")

#: Seconds that a migration waits for another writer.
MIGRATION_WAIT_SECONDS = 10.0
#: What to do about a damaged store. Both ways keep the damaged file.
DAMAGED = (
    "Chạy `cachhay index --salvage`: tệp hỏng được giữ dưới tên khác, những gì còn đọc được chuyển sang kho mới, phần còn "
    "lại đọc lại từ văn bản. Hoặc khôi phục bản sao lưu: `cachhay restore TỆP` với thư mục dữ liệu và văn bản mới."
)


class Store:
    """The SQLite file at `path`, with one connection for each thread.

    A missing file is made, unless `make` is false: then the store reads as an empty one, and nothing can be written to it.
    With `migrate`, a store of an older schema is converted first. Raises StoreError, which says what to do, for a store of
    another schema, a damaged one, and one that cannot be read.
    """

    def __init__(self, path: Path, *, make: bool = True, migrate: bool = False) -> None:
        self.path = path
        self._make = make
        self._local = threading.local()
        try:
            if make:
                path.parent.mkdir(parents=True, exist_ok=True)
            present = path.exists()
        except OSError as error:
            raise StoreError(f"Không mở được thư mục dữ liệu {path.parent}: {error.strerror or error}.") from error
        with self._translate():
            connection = self._connect()
            if make:
                make_tables(connection)
                if not present:
                    with suppress(OSError):
                        put_on_disk(path.parent)
            version = read_version(connection)
        if migrate and version < SCHEMA_VERSION:
            with self.lock(MIGRATION_WAIT_SECONDS), self._translate():
                migrate_store(connection)
                version = read_version(connection)
        self._check_version(version)

    def _check_version(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"Kho {self.path} do phiên bản mới hơn tạo ra (cấu trúc {version}; chương trình này đọc đến "
                f"{SCHEMA_VERSION}). Hãy cập nhật Cách Hay; kho được giữ nguyên."
            )
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"Kho {self.path} do phiên bản cũ hơn tạo ra (cấu trúc {version}). Chạy `cachhay index` (hay `cachhay serve "
                "--index`) để chuyển sang cấu trúc mới; không mục nào và không dòng lịch sử nào mất."
            )

    def _connect(self) -> sqlite3.Connection:
        kept: Connection | None = getattr(self._local, "connection", None)
        if kept and kept.stamp is not None and not kept.database.in_transaction and kept.stamp != stamp_of(self.path):
            kept.database.close()  # it is read as a file that does not change, and it has changed
            kept = None
        if kept is None:
            kept = self._local.connection = self._open()
        return kept.database

    def _open(self) -> Connection:
        if self._make or (self.path.exists() and self.path.stat().st_size):
            return connect(self.path)
        empty = sqlite3.connect(":memory:", isolation_level=None)
        make_tables(empty)
        empty.execute("PRAGMA query_only=ON")
        return Connection(empty, stamp=())

    @contextmanager
    def _translate(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"Kho dữ liệu {self.path} không dùng được: {error}. {_advice(error)}") from error

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
        """Hold the right to write for a whole run. Raises StoreBusyError if somebody else has it after `wait` seconds, and
        StoreError where the lock file cannot be opened."""
        with write_lock(self.path, wait):
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

    def damage(self, *, full: bool = False) -> str:
        """What SQLite finds wrong with the file, "" when nothing is; with `full`, its indexes are compared as well."""
        check = "integrity_check" if full else "quick_check"
        try:
            rows = self._connect().execute(f"PRAGMA {check}(3)").fetchall()
        except sqlite3.DatabaseError as error:
            return str(error)
        found = "; ".join(str(row[0]) for row in rows)
        return "" if found == "ok" else found

    def check(self) -> None:
        """Raises StoreError, which says what to do, when the file is damaged."""
        if damage := self.damage():
            raise StoreError(f"Kho dữ liệu {self.path} bị hỏng ({damage}). {DAMAGED}")

    def heal(self) -> list[str]:
        """Before a run: let it read the files of damaged records again, whose ids are returned. The caller holds the lock.

        Indexes of the file that disagree with its tables are made again. Raises StoreError, which says what to do, when the
        tables are damaged.
        """
        self.check()
        if damage := self.damage(full=True):
            logger.warning("Kho dữ liệu %s có chỗ không khớp (%s): đã lập lại chỉ mục bên trong kho.", self.path, damage)
            with self._translate():
                self._connect().execute("REINDEX")
            if damage := self.damage(full=True):
                raise StoreError(f"Kho dữ liệu {self.path} bị hỏng ({damage}). {DAMAGED}")
        with self.snapshot() as snapshot:
            damaged = snapshot.unreadable()
        if damaged:
            with self.write() as transaction:
                transaction.read_again(damaged)
                transaction.recount_words()
        return damaged

    def copy_to(self, path: Path) -> None:
        """Write one consistent state of the store to a new file, while others read and write it. Raises StoreError."""
        with self._translate():
            target = sqlite3.connect(path, isolation_level=None)
            try:
                self._connect().backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
            finally:
                target.close()


def _advice(error: sqlite3.Error) -> str:
    """What to do about an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "Ổ đĩa đã đầy: giải phóng chỗ rồi chạy lại; những gì đã lưu vẫn nguyên."
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "Kiểm tra chỗ trống của ổ đĩa, quyền ghi vào tệp và thư mục này, và ổ đĩa có gắn chỉ đọc không."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "Chương trình khác đang giữ kho; chờ rồi chạy lại."
    if code == sqlite3.SQLITE_IOERR:
        return "Ổ đĩa đầy hoặc không đọc, ghi được: kiểm tra chỗ trống và ổ đĩa, rồi chạy `cachhay verify`."
    return DAMAGED
