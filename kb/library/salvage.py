"""Make a new store from what can be read of a damaged one, which is kept beside it under another name.

Rows are looked up one by one where reading in order fails, so that a damaged page costs only what lies on it. What is
missing then comes from the papers again; only history cannot, and is therefore taken over first.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kb.item import Item
from kb.library.records import read_record
from kb.library.schema import make_tables
from kb.library.write_transaction import WriteTransaction

#: The first bytes of a database of SQLite. Where only these are damaged, all the rest can be read.
_MAGIC = b"SQLite format 3\x00"
#: Numbers of events without a row after which no more are looked for.
_MISSES = 5000

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was taken over; `kept` is the damaged store under its new name, None where there was none."""

    kept: Path | None
    items: int
    events: int


def salvage(path: Path) -> Salvaged:
    """Put a new store in the place of `path`. Nothing is deleted. The caller holds the store's lock. Raises OSError.

    The new store names a generation that does not exist, so that the next run builds the indexes of all items.
    """
    source = path if path.exists() and path.stat().st_size else _last_kept(path)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    items = events = 0
    with closing(sqlite3.connect(fresh, isolation_level=None)) as new, tempfile.TemporaryDirectory() as folder:
        make_tables(new)
        new.execute("BEGIN")
        if source is not None and (old := _open(source, Path(folder))) is not None:
            with closing(old):
                events, items = _copy_history(old, new), _copy_items(old, new)
        transaction = WriteTransaction(new)
        transaction.recount_words()
        transaction.set_meta(generation="0" if items else "")
        new.execute("COMMIT")
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = _set_aside(path) if path.exists() else source
    fresh.rename(path)
    return Salvaged(kept, items, events)


def _last_kept(path: Path) -> Path | None:
    """The damaged store that was set aside last."""
    names = [found.name.rpartition("-")[2] for found in path.parent.glob(f"{path.name}.damaged-*")]
    numbers = [int(name) for name in names if name.isdigit()]
    return path.with_name(f"{path.name}.damaged-{max(numbers)}") if numbers else None


def _set_aside(path: Path) -> Path:
    last = _last_kept(path)
    kept = path.with_name(f"{path.name}.damaged-{int(last.name.split('-')[-1]) + 1 if last else 1}")
    for end in ("-shm", "-wal", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
    return kept


def _open(source: Path, folder: Path) -> sqlite3.Connection | None:
    """A connection to a copy of the damaged store; None where nothing of it can be read."""
    copy = folder / "store.sqlite"
    for end in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(source.with_name(source.name + end), copy.with_name(copy.name + end))
    with open(copy, "r+b") as handle:
        handle.write(_MAGIC)
    old = sqlite3.connect(copy, isolation_level=None)
    try:
        old.execute("PRAGMA writable_schema=ON")  # a file that was cut off is read as far as it goes
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        old.close()
        return None
    return old


def _copy_history(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    columns = "seq, batch, item_id, at, event, digest"
    rows = dict(_both_ways(old, "history", "seq", columns))
    misses, number = 0, 1
    while misses < _MISSES:
        if number not in rows and (row := _one(old, f"SELECT {columns} FROM history WHERE seq = ?", number)):
            rows[number] = row
        misses = 0 if number in rows else misses + 1
        number += 1
    valid = [row for _, row in sorted(rows.items()) if all(isinstance(value, str) for value in row[2:])]
    new.executemany("INSERT OR IGNORE INTO history VALUES (?, ?, ?, ?, ?, ?)", valid)
    return len(valid)


def _copy_items(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Take over every readable item whose file is known, with the record of the file. Returns how many."""
    ids = {row[0] for row in _rows(new, "SELECT DISTINCT item_id FROM history")}
    ids |= {row[0] for row in _rows(old, "SELECT id FROM items INDEXED BY items_newest")}
    ids |= {key for key, _ in _both_ways(old, "items", "id", "id")}
    transaction = WriteTransaction(new)
    file_columns = "path, digest, error, item_id, read_at"
    files = dict(_both_ways(old, "files", "path", file_columns))
    taken = 0
    for item_id in ids:
        row = _one(old, "SELECT id, CAST(payload AS BLOB), checksum FROM items WHERE id = ?", item_id)
        item = _readable(row) if row else None
        if item is None:
            continue
        file = files.get(item.source.path) or _one(old, f"SELECT {file_columns} FROM files WHERE path = ?", item.source.path)
        if file and file[3] == item.id and all(isinstance(value, str) for value in file):
            transaction.put_item(item)
            new.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", file)
            taken += 1
    return taken


def _readable(row: Row) -> Item | None:
    payload, checksum = row[1], row[2]
    return read_record(payload, checksum) if isinstance(payload, bytes) and isinstance(checksum, str) else None


def _both_ways(old: sqlite3.Connection, table: str, key: str, columns: str) -> Iterator[tuple[object, Row]]:
    """(key, row) of a table, read from both ends as far as each goes."""
    for order in ("ASC", "DESC"):
        for row in _rows(old, f"SELECT {columns} FROM {table} ORDER BY {key} {order}"):
            yield row[0], row


def _rows(connection: sqlite3.Connection, sql: str, *values: object) -> Iterable[Row]:
    with suppress(sqlite3.Error):
        yield from connection.execute(sql, values)


def _one(connection: sqlite3.Connection, sql: str, value: object) -> Row | None:
    return next(iter(_rows(connection, sql, value)), None)
