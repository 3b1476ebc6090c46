"""Write the store: one transaction, committed whole or not at all."""

from __future__ import annotations

from collections.abc import Collection

from kb.item import Item
from kb.library.snapshot import ITEM, FileRecord, Snapshot
from kb.library.word_counts import WordCounts


class WriteTransaction(Snapshot):
    """A write transaction. It sees its own changes; everyone else sees all of them at once when it commits."""

    def put_item(self, item: Item) -> None:
        row = (item.id, item.number_key, item.sort_date, int(item.internal), ITEM.dump_json(item).decode())
        self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item.id,))
        for citation in item.document.citations if item.document else ():
            if citation.number.key != item.number_key:
                self._db.execute("INSERT OR IGNORE INTO citations VALUES (?, ?)", (item.id, citation.number.key))

    def remove_item(self, item_id: str) -> None:
        self._db.execute("DELETE FROM items WHERE id = ?", (item_id,))
        self._db.execute("DELETE FROM citations WHERE item_id = ?", (item_id,))

    def note(self, item_id: str, at: str, digest: str) -> None:
        """Record in the history of an item that a file of this digest was added or changed, unless that is known."""
        last = next(reversed(self.history(item_id)), None)
        if last is None or last.event == "removed":
            self._note(item_id, at, "added", digest)
        elif last.digest != digest:
            self._note(item_id, at, "changed", digest)

    def note_removed(self, item_id: str, at: str) -> None:
        """Record in the history of an item that it was removed."""
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
