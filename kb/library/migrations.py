"""Bring a store of an older schema forward, one step a version. Nothing that it holds is lost.

Only a command that writes calls `migrate`. The steps run in one transaction with their own SQL, so that a later change of
the tables does not change them. What a step cannot convert stays as it is, and the file is marked to be read again
(digest ""). At the end, what follows from the items (numbers, citations, words) is made again by the present code.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from kb.library.records import checksum_of
from kb.library.schema import SCHEMA_VERSION, TABLES, read_version
from kb.library.write_transaction import WriteTransaction

Payload = dict[str, Any]


def migrate(connection: sqlite3.Connection) -> int:
    """Convert a store to the present schema; returns its version before. Nothing changes when a step fails."""
    start = read_version(connection)
    if not 0 < start < SCHEMA_VERSION:
        return start
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        start = read_version(connection)  # another process may have been quicker
        for version in range(start, SCHEMA_VERSION):
            STEPS[version](connection)
        if start < SCHEMA_VERSION:
            _make_derived(connection)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return start


def _convert(connection: sqlite3.Connection, change: Callable[[Payload], None]) -> None:
    """Change the payload of every item. A payload that cannot be changed stays, and its file is read again."""
    for (item_id,) in connection.execute("SELECT id FROM items ORDER BY id").fetchall():
        (text,) = connection.execute("SELECT CAST(payload AS BLOB) FROM items WHERE id = ?", (item_id,)).fetchone()
        try:
            payload = json.loads(text)
            change(payload)
        except (ValueError, TypeError, KeyError, AttributeError):
            connection.execute("UPDATE files SET digest = '' WHERE item_id = ?", (item_id,))
            continue
        written = json.dumps(payload, ensure_ascii=False)
        connection.execute("UPDATE items SET payload = ? WHERE id = ?", (written, item_id))


def _read_all_again(connection: sqlite3.Connection) -> None:
    """Mark every file that was read: the older program knew less about it than a paper says."""
    connection.execute("UPDATE files SET digest = '' WHERE item_id <> ''")


def _from_1(connection: sqlite3.Connection) -> None:
    """Blocks count the words that were weighed; items have a title as recognised; two columns are gone."""

    def change(payload: Payload) -> None:
        payload["title_original"] = ""
        for block in payload["blocks"]:
            block |= {"read": 0, "doubts": []}

    columns = {row[1] for row in connection.execute("PRAGMA table_info(items)")}
    for column in ("kind", "added"):
        if column in columns:
            connection.execute(f"ALTER TABLE items DROP COLUMN {column}")
    _convert(connection, change)
    _read_all_again(connection)


def _from_2(connection: sqlite3.Connection) -> None:
    """A doubt is a list of values and no longer an object."""
    names = ("start", "end", "original_start", "original_end", "before", "after", "confidence", "alternatives")

    def change(payload: Payload) -> None:
        for block in payload["blocks"]:
            block["doubts"] = [[doubt[name] for name in names] for doubt in block["doubts"]]

    _convert(connection, change)


def _from_3(connection: sqlite3.Connection) -> None:
    """Items may be internal, which only their papers say; changes wait in a queue for a search server."""
    connection.execute("ALTER TABLE items ADD COLUMN internal INTEGER NOT NULL DEFAULT 0")
    connection.execute("CREATE TABLE IF NOT EXISTS queue (item_id TEXT PRIMARY KEY) WITHOUT ROWID")
    _convert(connection, lambda payload: payload.update(internal=False))
    _read_all_again(connection)


def _from_4(connection: sqlite3.Connection) -> None:
    """Items have a history: each begins with the moment when its file was last read."""
    connection.execute(
        """CREATE TABLE IF NOT EXISTS history (item_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
        digest TEXT NOT NULL, PRIMARY KEY (item_id, at, event)) WITHOUT ROWID"""
    )
    connection.execute(
        """INSERT OR IGNORE INTO history SELECT i.id, f.read_at, 'added',
        ifnull(CASE WHEN json_valid(i.payload) THEN json_extract(i.payload, '$.source.digest') END, '')
        FROM items i JOIN files f ON f.item_id = i.id"""
    )


def _from_5(connection: sqlite3.Connection) -> None:
    """Names of columns and of a block's attributes; a missing number is null."""

    def change(payload: Payload) -> None:
        for block in payload["blocks"]:
            block["edited"], block["corrected"] = block.pop("correction"), block.pop("read")
        document = payload["document"]
        if document is not None and document["number"] == "":
            document["number"] = None

    for table in ("words", "pairs"):
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN n TO count")
    connection.execute("ALTER TABLE words RENAME COLUMN f TO folded")
    _convert(connection, change)


def _from_6(connection: sqlite3.Connection) -> None:
    """Events have a sequence, which orders them, and records have a checksum."""
    connection.execute("ALTER TABLE history RENAME TO old_history")
    connection.execute(
        """CREATE TABLE history (seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL, item_id TEXT NOT NULL, at TEXT NOT NULL,
        event TEXT NOT NULL, digest TEXT NOT NULL)"""
    )
    # Of one moment, an item that is there was removed before it was added; one that is not there was removed last.
    connection.execute(
        """INSERT INTO history (batch, item_id, at, event, digest)
        SELECT dense_rank() OVER (ORDER BY at), item_id, at, event, digest FROM old_history
        ORDER BY at, (event = 'removed') = (item_id IN (SELECT id FROM items)), event, item_id"""
    )
    connection.execute("DROP TABLE old_history")
    connection.execute("DROP INDEX IF EXISTS history_added")
    connection.execute("DROP TABLE citations")  # its columns are in another order now; it is filled from the items
    connection.execute("ALTER TABLE items ADD COLUMN checksum TEXT NOT NULL DEFAULT ''")


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
    5: _from_5,
    6: _from_6,
}


def _make_derived(connection: sqlite3.Connection) -> None:
    """Make again what follows from the items. A record that cannot be read stays as it is; its file is read again."""
    for statement in TABLES.split(";"):
        connection.execute(statement)
    transaction = WriteTransaction(connection)
    damaged = transaction.unreadable()
    for item_id in transaction.ids():
        if item_id not in damaged:
            transaction.put_item(transaction.item(item_id))
            continue
        (payload,) = connection.execute("SELECT CAST(payload AS BLOB) FROM items WHERE id = ?", (item_id,)).fetchone()
        connection.execute("UPDATE items SET checksum = ? WHERE id = ?", (checksum_of(payload), item_id))
    transaction.read_again(damaged)
    transaction.recount_words()
