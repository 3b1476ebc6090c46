"""One indexing run: process batches of files, and publish each batch as a whole.

`make_item` is the one place that catches whatever one file raises: the file is recorded with the reason and the run goes
on. A file that can be read and is not taken loses its item, because its new front matter may have asked to hide it; a file
that cannot be read keeps it.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexer.addresses import Addresses
from indexer.declared import UNCLEAR
from indexer.discover import FoundFile, digest_of, storable
from kb.errors import CachHayError, ExtractError, NotFoundError, UnreadableError
from kb.item import Item
from kb.library.index_document import index_document
from kb.library.library import Library
from kb.library.passages import split_passages
from kb.library.records import ITEM
from kb.library.snapshot import FileRecord
from kb.library.word_counts import count_words
from kb.library.write_transaction import WriteTransaction
from vitext import fold

logger = logging.getLogger("cachhay")

#: What is told of an item that the manifest hides and whose file cannot be read.
TAKEN_DOWN = "; bản kê nay yêu cầu ẩn, nên mục đã bị bỏ khỏi kho"

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total). The stages are "read" (files), "index" and "rebuild" (items); those of
`indexer.adaptation.adapt` are "prepare" (items), "fine_tune" (steps), "compare" (measurements) and "rebuild"."""


def make_item(found: FoundFile, data: bytes, process: Callable[[FoundFile, bytes], Item]) -> Item:
    """The item of a file, read back as it will be stored. Whatever the file makes a step raise becomes an ExtractError."""
    try:
        item = process(found, data)
        if ITEM.validate_json(ITEM.dump_json(item)) != item:
            raise ExtractError(f"{found.path}: nội dung không lưu lại được nguyên vẹn; hãy tìm ký tự lạ trong tệp")
        return item
    except ExtractError:
        raise
    except Exception as error:
        raise ExtractError(_unexpected(found.path, error)) from error


@dataclass(frozen=True, slots=True)
class Options:
    """How a run treats files: `process` makes an item of one, `samples` are indexed or left out, `retry` reads again what
    failed. `version` is a part of the digest of every file."""

    version: str
    process: Callable[[FoundFile, bytes], Item]
    samples: bool = True
    retry: bool = False


@dataclass(slots=True)
class _Batch:
    """What one batch changes: the items that it read, and the ids that leave the indexes or change there."""

    transaction: WriteTransaction
    now: str
    taken: dict[str, tuple[FileRecord, Item]] = field(default_factory=dict)
    left: dict[str, bool] = field(default_factory=dict)
    added: dict[str, Item] = field(default_factory=dict)
    touched: bool = False


class Run:
    """The state of one run: the known files, the ids, the counts, and what must be told."""

    def __init__(
        self,
        library: Library,
        known: Mapping[str, FileRecord],
        hidden: Collection[str],
        options: Options,
        progress: Progress,
    ) -> None:
        self.library = library
        self.known = dict(known)
        self.options = options
        self.progress = progress
        self.total = self.done = 0
        self.counts = dict.fromkeys(("unchanged", "added", "changed", "moved", "removed", "left_out"), 0)
        self.failed: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.moved: Mapping[str, FileRecord] = {}
        held = {path: record.item_id for path, record in known.items() if record.item_id}
        self._addresses = Addresses(held, frozenset(hidden))
        self._internal = set(hidden)

    def take(self, files: Sequence[FoundFile], gone: Iterable[FileRecord] = (), *, force: bool = False) -> None:
        """Process one batch, forget the files that are gone, and publish the changes, if there are any."""
        with self.library.store.write() as transaction:
            batch = _Batch(transaction, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), touched=force)
            for found in files:
                self._take(batch, found)
                self.done += 1
                self.progress("read", self.done, self.total)
            for record in gone:
                self._drop(batch, record)
                transaction.remove_file(record.path)
                self.known.pop(record.path, None)
                self.counts["removed"] += bool(record.item_id)
                batch.touched = True
            if not batch.touched:
                return
            self._store(batch)
            if batch.left or batch.added or force:
                self._publish(batch, force=force)
            for item_id in batch.left.keys() - batch.added.keys():
                transaction.note_removed(item_id, batch.now)
            transaction.set_meta(indexed_at=batch.now)

    def _take(self, batch: _Batch, found: FoundFile) -> None:
        """Process one file unless its digest is known."""
        before = self.moved.get(found.path) or self.known.get(found.path)
        if found.attributes.get("sample") is True and not self.options.samples:
            self.counts["left_out"] += 1
            return
        digest, data = "", b""
        try:
            data = found.read()
            if not data and before and before.item_id:
                raise UnreadableError(f"{found.path}: tệp nay rỗng (0 byte), có lẽ chép dở")
            digest = digest_of(data, found.attributes, self.options.version)
            if found.path not in self.moved and before and before.digest == digest and self._is_known(found.path, before):
                return
            item = make_item(found, data, self.options.process)
        except UnreadableError as error:
            if before and before.item_id and self._may_stay(before, found) and not _may_ask_to_hide(data):
                self.kept[before.path] = str(error)
                return
            self.unread[found.path] = f"{error}{TAKEN_DOWN if before and before.item_id else ''}"
            self._fail(batch, found, before, "", str(error))
            return
        except ExtractError as error:
            self.failed[found.path] = str(error)
            self._fail(batch, found, before, digest, str(error))
            return
        if item.sample and not self.options.samples:
            self.counts["left_out"] += 1
            return
        if before:
            self._drop(batch, before)
            if before.path != found.path:
                batch.transaction.remove_file(before.path)
        why = "; ".join(evidence.value for evidence in item.evidence if evidence.rule == UNCLEAR)
        if why:
            self.hidden[found.path] = why
        self._addresses.claim(found.path, item.id, internal=item.internal)
        batch.taken[found.path] = FileRecord(found.path, digest, why, "", batch.now), item
        batch.touched = True
        old = before is not None and bool(before.item_id)
        self.counts["moved" if found.path in self.moved else "changed" if old else "added"] += 1

    def _is_known(self, path: str, before: FileRecord) -> bool:
        """Whether nothing new is to be learnt from a file of a known digest; what was told of it is told again."""
        if before.item_id:
            if before.error:
                self.hidden[path] = before.error
            self.counts["unchanged"] += 1
            return True
        if self.options.retry:
            return False
        self.failed[path] = before.error
        return True

    def _may_stay(self, before: FileRecord, found: FoundFile) -> bool:
        """Whether the item of a file that cannot be read stays: not if the manifest hides it by now."""
        return before.item_id in self._internal or not found.attributes.get("internal")

    def _fail(self, batch: _Batch, found: FoundFile, before: FileRecord | None, digest: str, reason: str) -> None:
        if before:
            self._drop(batch, before)
            if before.path != found.path:
                batch.transaction.remove_file(before.path)
        batch.transaction.put_file(FileRecord(found.path, digest, storable(reason), "", batch.now))
        batch.touched = True

    def _drop(self, batch: _Batch, record: FileRecord) -> None:
        """Remove the item of a file from the store, with its words."""
        self._addresses.release(record.path)
        if not record.item_id:
            return
        item = self._stored(batch, record.item_id)
        if item is not None and not item.internal:
            batch.transaction.add_words(count_words(item), -1)
        batch.transaction.remove_item(record.item_id)
        batch.left[record.item_id] = True

    def _stored(self, batch: _Batch, item_id: str) -> Item | None:
        """An item of the store, None if its record cannot be read."""
        try:
            return batch.transaction.item(item_id)
        except (NotFoundError, ValueError) as error:
            logger.error("%s: %s", item_id, error)
            return None

    def _store(self, batch: _Batch) -> None:
        """Give out ids and store the items. An id that passes from one file to another is free before it is taken."""
        transaction = batch.transaction
        passing = [path for path in self._addresses.settle() if path not in batch.taken]
        moving = []
        for path in passing:
            record = self.known[path]
            item = self._stored(batch, record.item_id)
            transaction.remove_item(record.item_id)
            batch.left[record.item_id] = True
            if item is None:  # the next run reads its file again
                self.known[path] = replace(record, digest="", item_id="")
                transaction.put_file(self.known[path])
            else:
                moving.append((record, item))
        for record, item in batch.taken.values():
            if not item.internal:  # the words of internal items must not become suggestions
                transaction.add_words(count_words(item), 1)
            moving.append((record, item))
        for record, item in moving:
            item = item.with_(id=self._addresses.of(record.path))
            transaction.put_item(item)
            transaction.note(item.id, batch.now, item.source.digest)
            self.known[record.path] = replace(record, item_id=item.id)
            transaction.put_file(self.known[record.path])
            batch.added[item.id] = item

    def _publish(self, batch: _Batch, *, force: bool) -> None:
        """Index the changes. Items that an index cannot take are dropped and told, as other bad files are."""
        try:
            self._index(batch, force=force)
        except (CachHayError, OSError, sqlite3.Error):
            raise
        except Exception:
            bad = {item.source.path: error for item in batch.added.values() if (error := _unindexable(item))}
            if not bad:
                raise
            for path, error in bad.items():
                record = self.known[path]
                del batch.added[record.item_id]
                self._drop(batch, record)
                self.failed[path] = _unexpected(path, error)
                self.known[path] = replace(record, item_id="", error=self.failed[path])
                batch.transaction.put_file(self.known[path])
            self._store(replace(batch, taken={}))
            self._index(batch, force=force)

    def _index(self, batch: _Batch, *, force: bool) -> None:
        leaving = batch.left.keys() | batch.added.keys()
        total = len(batch.added)
        self.library.publish(
            batch.transaction,
            leaving,
            batch.added.values(),
            fresh=force,
            progress=lambda done: self.progress("index", done, total),
        )


def _unindexable(item: Item) -> Exception | None:
    try:
        index_document(item)
        split_passages(item)
    except Exception as error:
        return error
    return None


def _may_ask_to_hide(data: bytes) -> bool:
    """Whether the beginning of a file, which could not be made an item, speaks of `internal` in any way."""
    beginning = fold(data[:64_000].replace(b"\0", b"").decode("utf-8", "replace"))
    return "internal" in beginning or "noi bo" in " ".join(beginning.split())


def _unexpected(path: str, error: Exception) -> str:
    """The reason for an error that nobody foresaw; the log holds its traceback."""
    logger.error("%s: unexpected error\n%s", path, storable("".join(traceback.format_exception(error))))
    what = " ".join(str(error).split())[:200]
    reason = f"{path}: lỗi bất ngờ khi đọc tệp ({type(error).__name__}{': ' if what else ''}{what}); hãy báo lỗi kèm tệp này"
    return storable(reason)
