"""Connect to the SQLite file of a store, also where nothing can be written: a folder that is read only, a disk that is full.

SQLite writes two small files beside a store (`-wal`, `-shm`) even to read it. Where it cannot, the store is read as a file
that does not change; if changes of a killed run wait in the `-wal` file, both are copied to a temporary folder first.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

#: Seconds that a connection waits for another one that holds the file.
WAIT_SECONDS = 10.0

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection; `stamp` is the state of the files where they are read as files that do not change; else it is None."""

    database: sqlite3.Connection
    stamp: Stamp | None = None
    folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)


def connect(path: Path) -> Connection:
    """A connection to a store. Raises sqlite3.Error where no way to read it works."""
    try:
        return Connection(_checked(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        first = error
    stamp = stamp_of(path)
    if not stamp:
        raise first
    with suppress(sqlite3.OperationalError):
        return Connection(_open_uri(path, "mode=ro"))
    wal = _wal(path)
    with suppress(sqlite3.OperationalError):
        if not wal.exists() or not wal.stat().st_size:
            return Connection(_open_uri(path, "mode=ro&immutable=1"), stamp)
    try:
        folder = tempfile.TemporaryDirectory(prefix="cachhay-")
        copy = Path(folder.name) / path.name
        for source, target in ((path, copy), (wal, _wal(copy))):
            shutil.copyfile(source, target)
        database = _checked(sqlite3.connect(copy, isolation_level=None))
        database.execute("PRAGMA query_only=ON")  # what was written to the copy would be lost
        return Connection(database, stamp, folder)
    except (OSError, sqlite3.OperationalError):
        raise first from None


def stamp_of(path: Path) -> Stamp:
    """The state of a store's files: it changes whenever they do. () where there is no store."""
    found = []
    for name in (path, _wal(path)):
        with suppress(OSError):
            about = name.stat()
            found.append((about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(found)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _open_uri(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{mode}"
    return _checked(sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None))


def _checked(database: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, after a first look at the file: only this opens it."""
    try:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        database.execute("PRAGMA synchronous=FULL")
    except BaseException:
        database.close()
        raise
    return database
