"""The tables of the store, and their version."""

from __future__ import annotations

import sqlite3

#: Raised whenever a table or the stored form of an item changes; `kb.library.migrations` then gets a step.
SCHEMA_VERSION = 7

#: Columns of a primary key come first and in its order: SQLite's `quick_check` takes others for NULL (3.40).
TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, error TEXT NOT NULL, item_id TEXT NOT NULL, read_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, number_key TEXT NOT NULL, sort_date INTEGER NOT NULL, internal INTEGER NOT NULL,
    payload TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_number ON items (number_key) WHERE number_key <> '';
CREATE INDEX IF NOT EXISTS items_newest ON items (sort_date DESC, id);
CREATE INDEX IF NOT EXISTS items_internal ON items (id) WHERE internal = 1;
CREATE TABLE IF NOT EXISTS citations (number_key TEXT NOT NULL, item_id TEXT NOT NULL, PRIMARY KEY (number_key, item_id))
WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, folded TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL, item_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_item ON history (item_id, seq);
CREATE INDEX IF NOT EXISTS history_added ON history (batch DESC, item_id) WHERE event = 'added';
CREATE TABLE IF NOT EXISTS queue (item_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (first TEXT NOT NULL, second TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (first, second)) WITHOUT ROWID;
"""


def read_version(connection: sqlite3.Connection) -> int:
    """The schema version of a store; 0 for a file that holds no tables yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this version in a store that has none. Nothing happens where they are.

    A store of this version is not written to, because another process may be writing it at this moment.
    """
    if read_version(connection) != 0:
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    if read_version(connection) == 0:
        for statement in f"{TABLES} PRAGMA user_version = {SCHEMA_VERSION};".split(";"):
            connection.execute(statement)
    connection.execute("COMMIT")
