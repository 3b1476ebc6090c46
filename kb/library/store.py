"""The store: every item, every file seen, and the collection's words, in one SQLite file (WAL).

One writer, many readers. A `Snapshot` is one read transaction: all it answers, the published generation included, is one
state. A `WriteTransaction` is one write transaction, committed whole or not at all; a lock file keeps a second writer out.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from kb.errors import NotFoundError, StoreBusyError, StoreError
from kb.item import Item
from kb.library.passages import number_key
from kb.papers.numbers import parse_number

#: Raised whenever a table, the stored form of an item or its facets change; an older store is rebuilt from the files.
SCHEMA_VERSION = 6
#: Tables that an older store keeps: what they hold cannot be read from the files again.
_KEPT = ("history",)

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
CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, f TEXT NOT NULL, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    item_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (item_id, at, event)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS history_added ON history (at DESC, item_id) WHERE event = 'added';
CREATE TABLE IF NOT EXISTS queue (item_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (first TEXT NOT NULL, second TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (first, second)) WITHOUT ROWID;
"""

_ITEM = TypeAdapter(Item)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known of a file: `error` is "" when it was read; `item_id` is "" when it failed."""

    path: str
    digest: str
    error: str = ""
    item_id: str = ""
    read_at: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an item (Lịch sử): at an ISO moment (UTC) its file came, changed or left."""

    at: str
    event: Literal["added", "changed", "removed"]
    digest: str


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The words of one item's undamaged text (lower case, normalised): word -> (folded key, count), and adjacent pairs."""

    words: dict[str, tuple[str, int]]
    pairs: Counter[tuple[str, str]]


class Snapshot:
    """One consistent state of the store, open for the time of a `with Store.snapshot()`."""

    def __init__(self, connection: sqlite3.Connection, *, public: bool = False) -> None:
        self._db = connection
        self._shown = "internal = 0" if public else "1"
        self.meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())

    @property
    def generation(self) -> str:
        """Name of the published index generation, "" before the first."""
        return self.meta.get("generation", "")

    def item(self, item_id: str) -> Item:
        """Raises NotFoundError."""
        name = _storable(item_id)
        row = self._db.execute(f"SELECT payload FROM items WHERE id = ? AND {self._shown}", (name,)).fetchone()
        if row is None:
            raise NotFoundError(f"Không có mục “{name}” trong kho.")
        return _ITEM.validate_json(row[0])

    def has_item(self, item_id: str) -> bool:
        return (
            self._db.execute(f"SELECT 1 FROM items WHERE id = ? AND {self._shown}", (_storable(item_id),)).fetchone()
            is not None
        )

    def items(self) -> Iterator[Item]:
        """Every item, by id."""
        for (payload,) in self._db.execute(f"SELECT payload FROM items WHERE {self._shown} ORDER BY id"):
            yield _ITEM.validate_json(payload)

    def ids(self) -> list[str]:
        return [row[0] for row in self._db.execute(f"SELECT id FROM items WHERE {self._shown} ORDER BY id")]

    def count(self) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM items WHERE {self._shown}").fetchone()[0])

    def newest(self, limit: int) -> list[Item]:
        sql = f"SELECT payload FROM items WHERE {self._shown} ORDER BY sort_date DESC, id LIMIT ?"
        rows = self._db.execute(sql, (limit,))
        return [_ITEM.validate_json(payload) for (payload,) in rows]

    def with_number(self, key: str) -> list[str]:
        """Ids of the documents that bear a number (a folded key, see `kb.papers.numbers`)."""
        sql = f"SELECT id FROM items WHERE number_key = ? AND {self._shown} ORDER BY id"
        return [row[0] for row in self._db.execute(sql, (key,))]

    def citing(self, key: str) -> list[str]:
        """Ids of the items that cite a number key, newest first."""
        sql = f"SELECT i.id FROM citations c JOIN items i ON i.id = c.item_id WHERE c.number_key = ? AND {self._shown}"
        return [row[0] for row in self._db.execute(sql + " ORDER BY i.sort_date DESC, i.id", (key,))]

    def history(self, item_id: str) -> list[Event]:
        """What happened to an item, the first first."""
        rows = self._db.execute("SELECT at, event, digest FROM history WHERE item_id = ? ORDER BY at", (item_id,))
        return [Event(*row) for row in rows]

    def arrivals(self, limit: int, offset: int = 0) -> dict[str, str]:
        """The items that came last, with the moment: id -> ISO moment (UTC). Of one moment the newest paper is first."""
        # By the index of what came: on 100,000 items 22 ms, where grouping them took 140.
        again = "SELECT 1 FROM history a WHERE a.item_id = h.item_id AND a.event = 'added' AND a.at > h.at"
        sql = f"""SELECT i.id, h.at FROM history h JOIN items i ON i.id = h.item_id
            WHERE h.event = 'added' AND {self._shown} AND NOT EXISTS ({again})
            ORDER BY h.at DESC, i.sort_date DESC, i.id LIMIT ? OFFSET ?"""
        return dict(self._db.execute(sql, (limit, offset)).fetchall())

    def read_at(self, item_id: str) -> str:
        """The ISO moment (UTC) when the file of an item was last read, "" when it is unknown."""
        row = self._db.execute("SELECT read_at FROM files WHERE item_id = ?", (item_id,)).fetchone()
        return str(row[0]) if row else ""

    def hidden(self) -> frozenset[str]:
        """Ids of the internal items."""
        return frozenset(row[0] for row in self._db.execute("SELECT id FROM items WHERE internal = 1"))

    def files(self) -> dict[str, FileRecord]:
        rows = self._db.execute("SELECT path, digest, error, item_id, read_at FROM files ORDER BY path")
        return {row[0]: FileRecord(*row) for row in rows}

    def queue(self) -> list[str]:
        """Ids of the items that came, changed or left since the search server was last brought up to date."""
        return [row[0] for row in self._db.execute("SELECT item_id FROM queue ORDER BY item_id")]

    def queue_length(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM queue").fetchone()[0])

    def places(self) -> set[str]:
        """Every place of an item, today's and former, as written ("Xã An Khánh, Hải Phòng")."""
        sql = "SELECT DISTINCT json_extract(payload, '$.place'), json_extract(payload, '$.place_former') FROM items"
        sql += f" WHERE {self._shown}"
        return {place for row in self._db.execute(sql) for place in row if place}

    def titles(self) -> list[tuple[str, str, str]]:
        """(id, title, number) of every item; the last two may be empty."""
        title, number = "json_extract(payload, '$.title')", "ifnull(json_extract(payload, '$.document.number'), '')"
        return self._db.execute(f"SELECT id, {title}, {number} FROM items WHERE {self._shown} ORDER BY id").fetchall()

    def words(self) -> list[tuple[str, str, int]]:
        """(word, folded key, count) of every word of undamaged text."""
        return self._db.execute("SELECT word, f, n FROM words").fetchall()

    def word_count(self, word: str) -> int:
        row = self._db.execute("SELECT n FROM words WHERE word = ?", (word,)).fetchone()
        return int(row[0]) if row else 0

    def pair_counts(self, firsts: Collection[str], seconds: Collection[str]) -> dict[tuple[str, str], int]:
        """How often any of `firsts` stands right before any of `seconds`; pairs never seen are absent."""
        marks = [",".join("?" * len(words)) for words in (firsts, seconds)]
        sql = f"SELECT first, second, n FROM pairs WHERE first IN ({marks[0]}) AND second IN ({marks[1]})"
        return {(row[0], row[1]): row[2] for row in self._db.execute(sql, (*firsts, *seconds))}

    def pair_count(self, first: str, second: str) -> int:
        row = self._db.execute("SELECT n FROM pairs WHERE first = ? AND second = ?", (first, second)).fetchone()
        return int(row[0]) if row else 0


class WriteTransaction(Snapshot):
    """A write transaction: sees its own changes; others see them all at once when it commits."""

    def put_item(self, item: Item) -> None:
        key = number_key(item)
        row = (item.id, key, item.sort_date, int(item.internal), _ITEM.dump_json(item).decode())
        self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item.id,))
        for citation in item.document.citations if item.document else ():
            number = parse_number(citation.number)
            if number and number.key != key:
                self._db.execute("INSERT OR IGNORE INTO citations VALUES (?, ?)", (item.id, number.key))

    def remove_item(self, item_id: str) -> None:
        self._db.execute("DELETE FROM items WHERE id = ?", (item_id,))
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item_id,))

    def note(self, item_id: str, at: str, digest: str) -> None:
        """Note in its history that an item is there, as the file of that digest, unless that is known."""
        last = next(reversed(self.history(item_id)), None)
        if last is None or last.event == "removed":
            self._note(item_id, at, "added", digest)
        elif last.digest != digest:
            self._note(item_id, at, "changed", digest)

    def note_removed(self, item_id: str, at: str) -> None:
        """Note in its history that an item left."""
        self._note(item_id, at, "removed", "")

    def _note(self, item_id: str, at: str, event: str, digest: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)", (item_id, at, event, digest))

    def put_file(self, record: FileRecord) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (record.path, record.digest, record.error, record.item_id, record.read_at),
        )

    def remove_file(self, path: str) -> None:
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))

    def enqueue(self, item_ids: Collection[str]) -> None:
        """Note items for the search server."""
        self._db.executemany("INSERT OR IGNORE INTO queue VALUES (?)", [(item_id,) for item_id in item_ids])

    def empty_queue(self) -> None:
        self._db.execute("DELETE FROM queue")

    def add_words(self, counts: WordCounts, sign: int) -> None:
        """Add (`sign` 1) or take away (-1) one item's words."""
        self._db.executemany(
            "INSERT INTO words VALUES (?, ?, ?) ON CONFLICT (word) DO UPDATE SET n = n + excluded.n",
            [(word, f, sign * n) for word, (f, n) in counts.words.items()],
        )
        self._db.executemany(
            "INSERT INTO pairs VALUES (?, ?, ?) ON CONFLICT (first, second) DO UPDATE SET n = n + excluded.n",
            [(a, b, sign * n) for (a, b), n in counts.pairs.items()],
        )
        if sign < 0:
            self._db.executemany("DELETE FROM words WHERE word = ? AND n <= 0", [(word,) for word in counts.words])
            self._db.executemany("DELETE FROM pairs WHERE first = ? AND second = ? AND n <= 0", list(counts.pairs))

    def set_meta(self, **values: str) -> None:
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
        self.meta.update(values)


def _storable(text: str) -> str:
    """The text without lone surrogates: they are in no id, and in no SQLite text."""
    return text.encode("utf-8", "replace").decode()


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables; those of another schema version are emptied first, and the next run reads the files again.

    A store that is as it should be is not written to: other processes may be writing it just now.
    """
    if _version(connection) == SCHEMA_VERSION:
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) not in (0, SCHEMA_VERSION):
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table not in _KEPT:
                connection.execute(f'DROP TABLE "{table}"')
    for statement in f"{_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};".split(";"):
        connection.execute(statement)
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


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
                _prepare(self._connect())
        except OSError as error:
            raise StoreError(f"Không tạo được thư mục dữ liệu {path.parent}: {error.strerror or error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(":memory:" if self._missing else self.path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA synchronous=NORMAL")
            if self._missing:
                _prepare(connection)
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
        """A read transaction; a `public` one shows no internal item. Of one thread, an inner snapshot joins the outer."""
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
