"""The pipeline on one screen: discover, extract, measure, repair, enrich, store, index.

A run is incremental. A file with a known digest is not processed again. When a file is gone, its item is removed. A file
that cannot be read is recorded with the reason and never stops the run. Each batch is published as a whole (store and both
indexes); so a crash loses at most the current batch, and the next run repeats it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from indexer.discover import FoundFile, digest_of, discover
from indexer.enrich import enrich
from indexer.extract import extract
from indexer.limits import check_bytes, check_item
from indexer.measure import measure
from indexer.read_worker import ReadWorker
from indexer.repair import repair
from kb.errors import ExtractError
from kb.item import Item
from kb.library.library import Library
from kb.library.snapshot import FileRecord
from kb.library.word_counts import count_words
from kb.library.write_transaction import WriteTransaction
from vitext import correction_version

#: Part of the digest of every file, with the version of the correction model. Raise it when a step changes its result.
PIPELINE_VERSION = "4"
#: Files that are read and published together; this bounds the memory and what a crash can lose.
BATCH_SIZE = 2000

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total). The stages are "read" (files), "index" and "rebuild" (items); those of
`indexer.adaptation.adapt` are "prepare" (items), "fine_tune" (steps), "compare" (measurements) and "rebuild"."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, in counts of files. `failed` maps the path of a file to the reason; `items` are all in the store."""

    found: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    left_out: int = 0
    rebuilt: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)
    items: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def process(found: FoundFile, data: bytes) -> Item:
    """The item of one file, after every step. Raises ExtractError."""
    check_bytes(found.path, data)
    item = extract(found.path, data, found.attributes)
    check_item(item)
    return enrich(repair(measure(item)))


def read_file(path: Path) -> Item:
    """The item of one file outside any corpus, which is not stored (for `cachhay explain`). Raises ExtractError."""
    found = FoundFile(path.name, path, {})
    return process(found, found.read())


def index_corpus(
    library: Library,
    corpus: Path,
    *,
    samples: bool = True,
    rebuild: bool = False,
    retry: bool = False,
    wait: float = 0.0,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Bring the store and the indexes up to date with the files below `corpus`.

    With `samples=False` illustrative records are left out, and removed if they are in the store. `rebuild` builds both
    indexes again from the store. `retry` processes the files again that failed before. `wait` is how many seconds to wait
    for another run. Raises SettingError (no corpus), StoreBusyError, EngineError.
    """
    start = dt.datetime.now(dt.UTC)
    found = list(discover(corpus))
    with library.store.lock(wait), ReadWorker(process) as worker:
        with library.store.snapshot() as snapshot:
            known = snapshot.files()
            stale = rebuild or library.needs_rebuild(snapshot)
            sample_ids = frozenset() if samples else frozenset(item.id for item in snapshot.items() if item.sample)
            empty = not snapshot.generation
        run = _Run(library, worker, known, samples, retry, progress, len(found))
        if stale:
            _publish_all(library, progress, whole=rebuild)
        paths = {file.path for file in found}
        gone = [record for path, record in known.items() if path not in paths or record.item_id in sample_ids]
        work = iter(found)
        first = True
        while (batch := list(islice(work, BATCH_SIZE))) or first:
            run.take(batch, gone if first else [], force=first and empty)
            first = False
        library.drop_old()
        with library.store.snapshot() as snapshot:
            items = snapshot.count()
    seconds = (dt.datetime.now(dt.UTC) - start).total_seconds()
    counts = run.counts
    return Report(len(found), **counts, rebuilt=stale, failed=run.failed, items=items, seconds=seconds)


def rebuild_if_stale(library: Library, progress: Progress = lambda stage, done, total: None) -> bool:
    """Build the indexes again from the store if another version or model made them. Returns whether they were built.

    It reads no file of the corpus. Raises StoreBusyError, EngineError.
    """
    with library.store.snapshot() as snapshot:
        stale = library.needs_rebuild(snapshot)
    if stale:
        with library.store.lock():
            _publish_all(library, progress)
            library.drop_old()
    return stale


def _publish_all(library: Library, progress: Progress, *, whole: bool = False) -> None:
    with library.store.write() as transaction:
        total = transaction.count()
        progress("rebuild", 0, total)
        library.rebuild(transaction, whole=whole, progress=lambda done: progress("rebuild", done, total))


class _Run:
    """The state of one run: the known files, the counts, the failures."""

    def __init__(
        self,
        library: Library,
        worker: ReadWorker,
        known: Mapping[str, FileRecord],
        samples: bool,
        retry: bool,
        progress: Progress,
        total: int,
    ) -> None:
        self.library = library
        self.worker = worker
        self.known = dict(known)
        self.samples = samples
        self.retry = retry
        self.progress = progress
        self.total = total
        self.done = 0
        self.counts = {"unchanged": 0, "added": 0, "changed": 0, "removed": 0, "left_out": 0}
        self.failed: dict[str, str] = {}

    def take(self, batch: list[FoundFile], gone: Iterable[FileRecord], *, force: bool) -> None:
        """Process one batch and the files that are gone, and publish the changes, if there are any."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        with self.library.store.write() as transaction:
            added: dict[str, Item] = {}
            removed: set[str] = set()
            touched = force
            for record in gone:
                removed |= (left := self._forget(transaction, record))
                for item_id in left:
                    transaction.note_removed(item_id, now)
                transaction.remove_file(record.path)
                self.known.pop(record.path, None)
                self.counts["removed"] += bool(record.item_id)
                touched = True
            for found in batch:
                touched |= self._read(transaction, found, now, added, removed)
                self.done += 1
                self.progress("read", self.done, self.total)
            if not touched:
                return
            if removed or added or force:
                leaving = removed | set(added)
                self.library.publish(transaction, leaving, added.values(), fresh=force, progress=self._tell(len(added)))
            transaction.set_meta(indexed_at=now)

    def _tell(self, total: int) -> Callable[[int], None]:
        return lambda done: self.progress("index", done, total)

    def _read(
        self, transaction: WriteTransaction, found: FoundFile, now: str, added: dict[str, Item], removed: set[str]
    ) -> bool:
        """Process one file unless its digest is known. Returns whether anything was written."""
        before = self.known.get(found.path)
        if found.attributes.get("sample") is True and not self.samples:
            self.counts["left_out"] += 1
            return False
        digest = ""
        try:
            data = found.read()
            digest = digest_of(data, found.attributes, f"{PIPELINE_VERSION} {correction_version()}")
            if before and before.digest == digest and not (before.error and self.retry):
                if before.error:
                    self.failed[found.path] = before.error
                else:
                    self.counts["unchanged"] += 1
                return False
            item = self.worker.read(found, data)
        except ExtractError as error:
            self.failed[found.path] = str(error)
            if before:
                removed |= (left := self._forget(transaction, before))
                for item_id in left:
                    transaction.note_removed(item_id, now)
            transaction.put_file(FileRecord(found.path, digest, str(error), "", now))
            return True
        if item.sample and not self.samples:
            self.counts["left_out"] += 1
            return False
        if before:
            removed |= self._forget(transaction, before)
        item = item.with_(id=self._free_id(transaction, item.id, found.path))
        transaction.put_item(item)
        if before and before.item_id not in ("", item.id):
            transaction.note_removed(before.item_id, now)
        transaction.note(item.id, now, item.source.digest)
        if not item.internal:  # the words of internal items must not become suggestions
            transaction.add_words(count_words(item), 1)
        transaction.put_file(FileRecord(found.path, digest, "", item.id, now))
        added[item.id] = item
        self.counts["changed" if before and before.item_id else "added"] += 1
        return True

    def _forget(self, transaction: WriteTransaction, record: FileRecord) -> set[str]:
        """Remove the item of a file from the store. Returns the id that must leave the indexes, if there is one."""
        if not record.item_id:
            return set()
        item = transaction.item(record.item_id)
        if not item.internal:
            transaction.add_words(count_words(item), -1)
        transaction.remove_item(record.item_id)
        return {record.item_id}

    def _free_id(self, transaction: WriteTransaction, wanted: str, path: str) -> str:
        """`wanted`, or `wanted` with a suffix made from the path if another file's item has that id."""
        if not transaction.has_item(wanted):
            return wanted
        return f"{wanted}-{hashlib.sha256(path.encode()).hexdigest()[:6]}"
