"""Write the store: one transaction, committed whole or not at all."""

from __future__ import annotations

from collections.abc import Collection

from kb.item import Item
from kb.library.records import dump_item
from kb.library.snapshot import FileRecord, Snapshot
from kb.library.word_counts import WordCounts, count_words


class WriteTransaction(Snapshot):
    """A write transaction. It sees its own changes; everyone else sees all of them at once when it commits."""

    _batch: int | None = None

    def put_item(self, item: Item) -> None:
        """Store an item, and which numbers it cites. Raises ExtractError for one that could not be read back."""
        row = (item.id, item.number_key, item.sort_date, int(item.internal), *dump_item(item))
        columns = "id, number_key, sort_date, internal, payload, checksum"
        self._db.execute(f"INSERT OR REPLACE INTO items ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item.id,))
        for citation in item.document.citations if item.document else ():
            if citation.number.key != item.number_key:
                self._db.execute("INSERT OR IGNORE INTO citations VALUES (?, ?)", (citation.number.key, item.id))

    def remove_item(self, item_id: str) -> None:
        self._db.execute("DELETE FROM items WHERE id = ?", (item_id,))
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item_id,))

    def note(self, item_id: str, at: str, digest: str) -> None:
        """Record in the history of an item that a file of this digest was added or changed, unless that is known.

        An item that comes back as it was is "returned": it keeps its first day and is no news.
        """
        history = self.history(item_id)
        last = next((event for event in reversed(history) if event.event != "removed"), None)
        gone = bool(history) and history[-1].event == "removed"
        if last is None or (gone and last.digest != digest):
            self._note(item_id, at, "added", digest)
        elif gone:
            self._note(item_id, at, "returned", digest)
        elif last.digest != digest:
            self._note(item_id, at, "changed", digest)

    def note_removed(self, item_id: str, at: str) -> None:
        """Record in the history of an item that it was removed."""
        self._note(item_id, at, "removed", "")

    def _note(self, item_id: str, at: str, event: str, digest: str) -> None:
        if self._batch is None:  # one number for all events of this transaction
            last = self._db.execute("SELECT batch FROM history ORDER BY seq DESC LIMIT 1").fetchone()
            self._batch = 1 + (last[0] if last else 0)
        sql = "INSERT INTO history (batch, item_id, at, event, digest) VALUES (?, ?, ?, ?, ?)"
        self._db.execute(sql, (self._batch, item_id, at, event, digest))

    def put_file(self, record: FileRecord) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (record.path, record.digest, record.error, record.item_id, record.read_at),
        )

    def read_again(self, item_ids: Collection[str]) -> None:
        """Let the next run read the files of these items again, whatever their digest is."""
        self._db.executemany("UPDATE files SET digest = '' WHERE item_id = ?", [(item_id,) for item_id in item_ids])

    def recount_words(self) -> None:
        """Count the words of every item again."""
        self._db.execute("DELETE FROM words")
        self._db.execute("DELETE FROM pairs")
        for item in self.items():
            if not item.internal:  # the words of internal items must not become suggestions
                self.add_words(count_words(item), 1)

    def remove_file(self, path: str) -> None:
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))

    def enqueue(self, item_ids: Collection[str]) -> None:
        """Put items into the queue of those that the search server must be told about."""
        self._db.executemany("INSERT OR IGNORE INTO queue VALUES (?)", [(item_id,) for item_id in item_ids])

    def empty_queue(self) -> None:
        self._db.execute("DELETE FROM queue")

    def add_words(self, counts: WordCounts, sign: int) -> None:
        """Add one item's words to the counts (`sign` 1), or subtract them (`sign` -1)."""
        self._db.executemany(
            "INSERT INTO words VALUES (?, ?, ?) ON CONFLICT (word) DO UPDATE SET count = count + excluded.count",
            [(word, folded, sign * count) for word, (folded, count) in counts.words.items()],
        )
        self._db.executemany(
            "INSERT INTO pairs VALUES (?, ?, ?) ON CONFLICT (first, second) DO UPDATE SET count = count + excluded.count",
            [(first, second, sign * count) for (first, second), count in counts.pairs.items()],
        )
        if sign < 0:
            self._db.executemany("DELETE FROM words WHERE word = ? AND count <= 0", [(word,) for word in counts.words])
            self._db.executemany("DELETE FROM pairs WHERE first = ? AND second = ? AND count <= 0", list(counts.pairs))

    def set_meta(self, **values: str) -> None:
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
        self.meta.update(values)
