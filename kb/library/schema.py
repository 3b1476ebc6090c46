"""The tables of the store, and their version."""

from __future__ import annotations

import sqlite3

#: Raised whenever a table, the stored form of an item or its facets change; an older store is rebuilt from the files.
SCHEMA_VERSION = 6
#: Tables that an older store keeps: what they hold cannot be read from the files again.
KEPT_TABLES = ("history",)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, error TEXT NOT NULL, item_id TEXT NOT NULL, read_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, number_key TEXT NOT NULL, sort_date INTEGER NOT NULL, internal INTEGER NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_number ON items (number_key) WHERE number_key <> '';
CREATE INDEX IF NOT EXISTS items_newest ON items (sort_date DESC, id);
CREATE INDEX IF NOT EXISTS items_internal ON items (id) WHERE internal = 1;
CREATE TABLE IF NOT EXISTS citations (item_id TEXT NOT NULL, number_key TEXT NOT NULL, PRIMARY KEY (number_key, item_id))
WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, folded TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    item_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (item_id, at, event)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS history_added ON history (at DESC, item_id) WHERE event = 'added';
CREATE TABLE IF NOT EXISTS queue (item_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (first TEXT NOT NULL, second TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (first, second)) WITHOUT ROWID;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables. Those of another schema version are emptied first, and the next run reads the files again.

    A store of this version is not written to, because another process may be writing it at this moment.
    """
    if _read_version(connection) == SCHEMA_VERSION:
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    if _read_version(connection) not in (0, SCHEMA_VERSION):
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table not in KEPT_TABLES:
                connection.execute(f'DROP TABLE "{table}"')
    for statement in f"{_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};".split(";"):
        connection.execute(statement)
    connection.execute("COMMIT")


def _read_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
