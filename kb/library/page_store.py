"""The words of recognised pages, kept in a file of their own (`pages.sqlite3` in the data folder).

To recognise a page takes seconds, so its result is kept at once and outlives the run that made it: the next run goes on at
the next page, and the page of an item shows the words at their places. A page is known by the digest of its paper, its
number and the settings by which it was read. Nothing that is kept here is lost for good: what is missing or damaged is
recognised again.

Every call opens the file anew, so that threads, forked processes and several programs may use one store at a time.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.errors import StoreError
from kb.library.connections import WAIT_SECONDS, connect
from kb.page_text import PageText, pack, unpack

#: The name of the file in the data folder.
NAME = "pages.sqlite3"
#: Raised whenever the table changes; a file of another version is put aside and begun anew.
VERSION = 1

_TABLE = """CREATE TABLE IF NOT EXISTS pages (
    digest TEXT NOT NULL, number INTEGER NOT NULL, settings TEXT NOT NULL, failure TEXT NOT NULL, words BLOB NOT NULL,
    rest BLOB NOT NULL, PRIMARY KEY (digest, number, settings)
)"""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as a recogniser kept it: its words, what else the recogniser wants back, or why the page could not be read."""

    page: PageText
    rest: bytes = b""
    failure: str = ""


class PageStore:
    """The recognised pages of all papers. `path` is the file; it is made by the first page that is put.

    `digest` is the SHA-256 (hex) of the bytes of the paper itself, also where it lies in an archive; `number` counts its
    pages from 1; `settings` names the program, model and resolution.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, digest: str, number: int) -> PageText | None:
        """The words of a page as they were recognised last, None where the page is not known or cannot be read."""
        query = "SELECT words, rest, '' FROM pages WHERE digest = ? AND number = ? AND failure = '' ORDER BY rowid DESC"
        found = self._one(query, digest, number)
        return found.page if found else None

    def reading(self, digest: str, number: int, settings: str) -> KeptPage | None:
        """What the recogniser that has these settings kept of a page, None where it has not read the page."""
        query = "SELECT words, rest, failure FROM pages WHERE digest = ? AND number = ? AND settings = ?"
        return self._one(query, digest, number, settings)

    def put(self, digest: str, number: int, page: PageText, settings: str, rest: bytes = b"", failure: str = "") -> None:
        """Keep a page, or why it could not be read; it is on the disk when this returns. Raises StoreError."""
        key = (digest, number, settings)
        try:
            with self._writing() as database:
                # A page that is read again gets a new row, so that the last one is the newest.
                database.execute("DELETE FROM pages WHERE digest = ? AND number = ? AND settings = ?", key)
                values = (*key, failure, pack(page), rest)
                database.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)", values)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"Không lưu được trang đã nhận dạng vào {self.path}: {error}") from error

    def copy_to(self, path: Path) -> bool:
        """Write one consistent state to a new file, while others read and write it. Returns whether there is any that can be
        read."""
        if not self.path.exists():
            return False
        try:
            with closing(connect(self.path).database) as database, closing(sqlite3.connect(path)) as target:
                database.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
                return bool(target.execute("PRAGMA user_version").fetchone() == (VERSION,))
        except sqlite3.Error:
            return False

    def forget_failures(self) -> None:
        """Let pages that could not be read be tried again. Raises StoreError."""
        if not self.path.exists():
            return
        try:
            with self._writing() as database:
                database.execute("DELETE FROM pages WHERE failure <> ''")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"Không dọn được {self.path}: {error}") from error

    def forget_others(self, digests: set[str]) -> int:
        """Remove the pages of all papers but those of some digests; returns how many papers were removed. Raises
        StoreError."""
        if not self.path.exists():
            return 0
        try:
            with self._writing() as database:
                known = {digest for (digest,) in database.execute("SELECT DISTINCT digest FROM pages")}
                gone = [(digest,) for digest in known - digests]
                database.executemany("DELETE FROM pages WHERE digest = ?", gone)
                return len(gone)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"Không dọn được {self.path}: {error}") from error

    def _one(self, query: str, *values: object) -> KeptPage | None:
        if not self.path.exists():
            return None
        try:
            with closing(connect(self.path).database) as database:
                row = database.execute(f"{query} LIMIT 1", values).fetchone()
                return None if row is None else KeptPage(unpack(bytes(row[0])), bytes(row[1]), row[2])
        except (sqlite3.Error, ValueError):
            return None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction on a file of this version."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            database = self._opened()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._put_aside()
            database = self._opened()
        with closing(database):
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"version {version}")
            if version == 0:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("BEGIN IMMEDIATE")
                database.execute(_TABLE)
                database.execute(f"PRAGMA user_version = {VERSION}")
                database.execute("COMMIT")
            database.execute("PRAGMA synchronous=FULL")
        except BaseException:
            database.close()
            raise
        return database

    def _put_aside(self) -> None:
        """Rename a file that is no store of this version; its pages are recognised again."""
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        self.path.replace(self.path.with_name(self.path.name + ".damaged"))
