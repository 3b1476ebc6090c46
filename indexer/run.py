"""One indexing run: process batches of files, and publish each batch as a whole.

Whatever one file raises is caught here: the file is recorded with the reason and the run goes on. A file that can be read
and is not taken loses its item, because its new front matter may have asked to hide it; a file that cannot be read keeps it.
The files inside a file (of an archive, of a mail) have records of their own, with the digest of the file that holds them.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from indexer.addresses import Addresses
from indexer.batch import Batch, Options, Progress, Tally, WaitingFile, may_succeed
from indexer.declared import UNCLEAR
from indexer.discover import FoundFile, digest_of, storable
from indexer.extract import NOT_READ
from indexer.failures import as_extract_error, may_ask_to_hide, stored_form, unexpected, unindexable
from indexer.lists import state_of
from indexer.read_worker import Reading
from indexer.readers.reader import WaitingError
from indexer.readers.set_aside import ARCHIVE, why_set_aside
from kb.errors import CachHayError, ExtractError, NotFoundError, UnreadableError
from kb.item import PART_JOIN, Item, container_of
from kb.library.library import Library
from kb.library.snapshot import FileRecord
from kb.library.word_counts import count_words

logger = logging.getLogger("cachhay")

#: What is told of an item that the manifest hides and whose file cannot be read.
TAKEN_DOWN = "; bản kê nay yêu cầu ẩn, nên mục đã bị bỏ khỏi kho"


class Run(Tally):
    """The state of one run: the known files, the ids, the counts, and what must be told."""

    def __init__(
        self,
        library: Library,
        known: Mapping[str, FileRecord],
        hidden: Collection[str],
        options: Options,
        progress: Progress,
    ) -> None:
        super().__init__()
        self.library = library
        self.known = dict(known)
        self.options = options
        self.progress = progress
        self.total = self.done = 0
        self.waiting: dict[str, WaitingFile] = {}
        self.moved: Mapping[str, FileRecord] = {}
        held = {path: record.item_id for path, record in known.items() if record.item_id}
        self._addresses = Addresses(held, frozenset(hidden))
        self._internal = set(hidden)
        self._seen: set[str] = set()
        self._inside: dict[str, dict[str, None]] = {}
        for path in known:
            self._note_inside(path)

    def _note_inside(self, path: str) -> None:
        if container_of(path) != path:
            self._inside.setdefault(container_of(path), {})[path] = None

    def take_again(self, files: Sequence[FoundFile]) -> None:
        """Read files again of which pages were recognised meanwhile, and publish what changed."""
        for found in files:
            self.waiting.pop(found.path, None)
            self.forget_told([found.path, *self._inside.get(found.path, ())])
        self.take(files, again=True)

    def take(
        self, files: Sequence[FoundFile], gone: Iterable[FileRecord] = (), *, force: bool = False, again: bool = False
    ) -> None:
        """Process one batch, forget the files that are gone, and publish the changes, if there are any."""
        with self.library.store.write() as transaction:
            batch = Batch(transaction, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), touched=force)
            for found in files:
                self._take(batch, found)
                if not again:
                    self.done += 1
                    self.progress("read", self.done, self.total)
            for record in gone:
                self._forget(batch, record)
            if not batch.touched:
                return
            self._store(batch)
            if batch.left or batch.added or force:
                self._publish(batch, force=force)
            for item_id in batch.left.keys() - batch.added.keys():
                transaction.note_removed(item_id, batch.now)
            transaction.set_meta(indexed_at=batch.now)

    def _take(self, batch: Batch, found: FoundFile) -> None:
        """Process one file unless its digest is known."""
        moved = found.path in self.moved and found.path not in self._seen
        before = self.moved[found.path] if moved else self.known.get(found.path)
        self._seen.add(found.path)
        if found.attributes.get("sample") is True and not self.options.samples:
            self.kinds[found.path] = "left_out"
            return
        inside = self._parts_of(before)
        digest, head = "", b""
        try:
            look = found.look()
            head = look.head
            if not look.size and before and (before.item_id or inside):
                raise UnreadableError(f"{found.path}: tệp nay rỗng (0 byte), có lẽ chép dở")
            digest = digest_of(look.sha256, found.attributes, self.options.version)
            if not moved and before and before.digest == digest and self._is_known(before, inside):
                return
            reading = self._read(found, look.sha256)
            if pages := reading.waiting:
                self.waiting[found.path] = WaitingFile(found, look.sha256, pages)
        except UnreadableError as error:
            hide = may_ask_to_hide(head)
            for record in inside:
                self.parts.add(record.path)
                self._keep(batch, found, record.path, record, error, hide=hide)
            self._keep(batch, found, found.path, before, error, hide=hide)
            return
        except ExtractError as error:
            for record in inside:
                self._forget(batch, record)
            self._refuse(batch, found.path, before, digest, error)
            return
        self._take_reading(batch, found, before, digest, reading)

    def _parts_of(self, before: FileRecord | None) -> list[FileRecord]:
        """What is known of the files inside a known file."""
        paths = self._inside.get(before.path, {}) if before else {}
        return [self.known[path] for path in paths if path in self.known]

    def _read(self, found: FoundFile, sha256: str) -> Reading:
        """What a file gives. Raises ExtractError where it gives nothing but one error, or cannot be read at all."""
        try:
            reading = self.options.read(found, sha256)
        except ExtractError:
            raise
        except Exception as error:
            raise ExtractError(unexpected(found.path, error)) from error
        refused = reading.errors.get(found.path)
        if reading.paths == [found.path] and refused and not isinstance(refused, WaitingError):
            raise as_extract_error(found.path, refused)
        return reading

    def _take_reading(
        self, batch: Batch, found: FoundFile, before: FileRecord | None, digest: str, reading: Reading
    ) -> None:
        """Take the items that a file gave, and forget what was inside it and is there no longer."""
        old = {f"{found.path}{record.path[len(before.path) :]}": record for record in self._parts_of(before) if before}
        if before:
            old[found.path] = before
        samples = False
        for path in reading.paths:
            if path != found.path:
                self.parts.add(path)
            record = old.pop(path, None)
            try:
                if error := reading.errors.get(path):
                    raise as_extract_error(path, error)
                if path in reading.items:
                    item = stored_form(path, reading.items[path])
                    samples |= self._take_item(batch, path, record, "" if item.waiting else digest, item)
                else:
                    self.set_aside[path] = reading.aside[path]
                    self._put(batch, FileRecord(path, digest, "", "", batch.now), record)
            except UnreadableError as error:
                self.unread[path] = str(error)
                self._put(batch, FileRecord(path, "", storable(str(error)), "", batch.now), record)
            except WaitingError as error:
                self._refuse(batch, path, record, "", error)
            except ExtractError as error:
                self._refuse(batch, path, record, digest, error)
        for record in old.values():
            self._forget(batch, record)
        if samples and found.path in reading.aside:  # the samples inside have no record
            self._record(batch, FileRecord(found.path, "", "", "", batch.now))

    def _record(self, batch: Batch, record: FileRecord) -> None:
        batch.transaction.put_file(record)
        self.known[record.path] = record
        self._note_inside(record.path)

    def _take_item(self, batch: Batch, path: str, before: FileRecord | None, digest: str, item: Item) -> bool:
        """Take an item; returns whether it is a sample that is left out."""
        if item.sample and not self.options.samples:
            self.kinds[path] = "left_out"
            return True
        if before:
            self._drop(batch, before)
            if before.path != path:
                batch.transaction.remove_file(before.path)
        why = "; ".join(evidence.value for evidence in item.evidence if evidence.rule == UNCLEAR)
        note = "; ".join(evidence.value for evidence in item.evidence if evidence.rule == NOT_READ)
        if why:
            self.hidden[path] = why
        if note:
            self.notes[path] = note
        self._addresses.claim(path, item.id, internal=item.internal)
        told = storable("; ".join(filter(None, (why, note))))
        batch.taken[path] = FileRecord(path, digest, told, "", batch.now), item
        batch.touched = True
        old = before is not None and bool(before.item_id)
        moved = old and before is not None and before.path != path
        # An item that the run took before, with less of its pages, is of the kind that it was then.
        self.kinds.setdefault(path, "moved" if moved else "changed" if old else "added")
        return False

    def _is_known(self, before: FileRecord, inside: Sequence[FileRecord]) -> bool:
        """Whether nothing new is to be learnt from a file of a known digest; what was told of it is told again."""
        records = (before, *inside)
        if any(record.digest != before.digest for record in records):
            return False
        if self.options.retry and any(may_succeed(record) for record in records):
            return False
        self.parts.update(record.path for record in inside)
        for record in records:
            if record.item_id:
                self.kinds[record.path] = "unchanged"
                if record.error:
                    (self.hidden if record.item_id in self._internal else self.notes)[record.path] = record.error
            elif record.error:
                self.failed[record.path] = record.error
            else:
                self.set_aside[record.path] = why_set_aside(record.path.rpartition(PART_JOIN)[2]) or ARCHIVE
        return True

    def _keep(
        self, batch: Batch, found: FoundFile, path: str, before: FileRecord | None, error: UnreadableError, *, hide: bool
    ) -> None:
        """Keep the item of what cannot be read, unless it may have to be hidden by now."""
        public = before is not None and before.item_id not in self._internal
        if before and before.item_id and not hide and not (public and found.attributes.get("internal")):
            self.kept[before.path] = str(error)
            return
        self.unread[path] = f"{error}{TAKEN_DOWN if before and before.item_id else ''}"
        self._put(batch, FileRecord(path, "", storable(str(error)), "", batch.now), before)

    def _refuse(self, batch: Batch, path: str, before: FileRecord | None, digest: str, error: ExtractError) -> None:
        self.failed[path] = str(error)
        self._put(batch, FileRecord(path, digest, storable(str(error)), "", batch.now), before)

    def _put(self, batch: Batch, record: FileRecord, before: FileRecord | None) -> None:
        """Record a file without an item, in place of what was known of it. Nothing is touched where that was the same."""
        if before and replace(record, read_at=before.read_at) == before:
            return
        if before:
            self._drop(batch, before)
            if before.path != record.path:
                batch.transaction.remove_file(before.path)
        self._record(batch, record)
        batch.touched = True

    def _forget(self, batch: Batch, record: FileRecord) -> None:
        """Remove a file that is gone, with its item."""
        self._drop(batch, record)
        batch.transaction.remove_file(record.path)
        self.known.pop(record.path, None)
        self.kinds.pop(record.path, None)
        self.parts.discard(record.path)
        self.removed += bool(record.item_id)
        batch.touched = True
        if holder := self.known.get(container_of(record.path)):  # to be opened again for what it holds
            self.known[holder.path] = replace(holder, digest="")

    def _drop(self, batch: Batch, record: FileRecord) -> None:
        """Remove the item of a file from the store, with its words."""
        self._addresses.release(record.path)
        if not record.item_id:
            return
        item = self._stored(batch, record.item_id)
        if item is not None and not item.internal:
            batch.transaction.add_words(count_words(item), -1)
        batch.transaction.remove_item(record.item_id)
        batch.left[record.item_id] = True

    def _stored(self, batch: Batch, item_id: str) -> Item | None:
        """An item of the store, None if its record cannot be read."""
        try:
            return batch.transaction.item(item_id)
        except (NotFoundError, ValueError) as error:
            logger.error("%s: %s", item_id, error)
            return None

    def _store(self, batch: Batch) -> None:
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
            transaction.note(item.id, batch.now, state_of(item))
            self._record(batch, replace(record, item_id=item.id))
            batch.added[item.id] = item

    def _publish(self, batch: Batch, *, force: bool) -> None:
        """Index the changes. Items that an index cannot take are dropped and told, as other bad files are."""
        try:
            self._index(batch, force=force)
        except (CachHayError, OSError, sqlite3.Error):
            raise
        except Exception:
            bad = {item.source.path: error for item in batch.added.values() if (error := unindexable(item))}
            if not bad:
                raise
            for path, error in bad.items():
                record = self.known[path]
                del batch.added[record.item_id]
                self._drop(batch, record)
                self.failed[path] = unexpected(path, error)
                self.kinds.pop(path, None)
                self.known[path] = replace(record, item_id="", error=self.failed[path])
                batch.transaction.put_file(self.known[path])
            self._store(replace(batch, taken={}))
            self._index(batch, force=force)

    def _index(self, batch: Batch, *, force: bool) -> None:
        leaving = batch.left.keys() | batch.added.keys()
        total = len(batch.added)
        self.library.publish(
            batch.transaction,
            leaving,
            batch.added.values(),
            fresh=force,
            progress=lambda done: self.progress("index", done, total),
        )
