"""The pipeline on one screen: discover, extract, measure, repair, enrich, divide lists, store, index.

A run is incremental. A file with a known digest is not processed again. When a file is gone, its item is removed; a file
that cannot be read, and a corpus that is empty or away, remove nothing (`indexer.absence`). A file that is not taken is
recorded with the reason and never stops the run. Each batch is published as a whole (store and both indexes); so a crash
loses at most the current batch, and the next run repeats it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from indexer.absence import find_absent
from indexer.batch import Options, Progress
from indexer.discover import FoundFile, Listing, Stamp, digest_of, discover, storable
from indexer.enrich import enrich
from indexer.extract import extract
from indexer.failures import as_extract_error, check_storable
from indexer.limits import check_item
from indexer.lists import divide
from indexer.manifest import MANIFEST
from indexer.measure import measure
from indexer.ocr import KnownPages, read_at_once
from indexer.read_worker import ReadWorker
from indexer.readers.reader import Recogniser
from indexer.recognise_waiting import recognise_waiting
from indexer.repair import repair
from indexer.report import Report
from indexer.run import Run
from kb.errors import CorpusAwayError
from kb.item import Item
from kb.library.account import Account
from kb.library.library import Library
from kb.library.page_store import NAME as PAGES
from kb.library.page_store import PageStore
from kb.library.snapshot import FileRecord
from vitext import correction_version

#: Part of the digest of every file, with the version of the correction model. Raise it when a step changes its result.
PIPELINE_VERSION = "8"
#: What every number of a paper has: a list may have 20,000 rows, and most of them cite nothing.
_MAY_CITE = re.compile(r"[0-9]\s*[/-]")
#: Files that are read and published together; this bounds the memory and what a crash can lose.
BATCH_SIZE = 2000


def process(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
    """The item of one file, after every step; `recogniser` reads its pages that are images. Raises ExtractError."""
    item = extract(found.path, data, found.attributes, recogniser)
    check_item(item)
    return enrich(repair(measure(item)))


def split_rows(item: Item, data: bytes) -> tuple[Item, ...]:
    """The item of one paper and, where it is a list, those of its rows. Raises ExtractError."""
    whole, *rows = divide(item, data)
    return whole, *(enrich(row) if any(_MAY_CITE.search(block.best) for block in row.blocks) else row for row in rows)


def read_file(path: Path) -> Item:
    """The item of one file outside any corpus, which is not stored (for `cachhay explain`). Raises ExtractError."""
    found = FoundFile(storable(path.name), path.resolve(), {})
    try:
        data = found.read()
        return check_storable(split_rows(process(found, data, read_at_once), data)[0])
    except Exception as error:
        raise as_extract_error(found.path, error) from error


def index_corpus(
    library: Library,
    corpus: Path,
    *,
    samples: bool = True,
    rebuild: bool = False,
    retry: bool = False,
    yes: bool = False,
    wait: float = 0.0,
    quiet: Mapping[str, Stamp] | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Bring the store and the indexes up to date with the files below `corpus`.

    With `samples=False` illustrative records are left out, and removed if they are in the store. `rebuild` builds both
    indexes again from the store. `retry` processes the files again that failed before. `yes` allows to remove more than a
    fifth of the items. `wait` is how many seconds to wait for another run. With `quiet`, only files are read that are as it
    says: others may be at work on the rest, so what is known of it stays, and the next run reads it. Raises SettingError (no
    corpus; CorpusAwayError where the store has its items), StoreBusyError, EngineError.
    """
    start = dt.datetime.now(dt.UTC)
    listing = _discover(library, corpus, yes=yes)
    if quiet is not None:
        listing.only_quiet(corpus, quiet)
    version = f"{PIPELINE_VERSION} {correction_version()}"

    def stamp(found: FoundFile) -> str:
        return digest_of(found.look().sha256, found.attributes, version)

    pages = PageStore(library.store.path.with_name(PAGES))
    known_pages = KnownPages(pages.path)
    with library.store.lock(wait), ReadWorker(partial(process, recogniser=known_pages), split_rows) as worker:
        library.store.heal()
        if retry:
            pages.forget_failures()
        with library.store.snapshot() as snapshot:
            known = snapshot.files()
            stale = rebuild or library.needs_rebuild(snapshot)
            sample_ids = frozenset() if samples else frozenset(item.id for item in snapshot.items() if item.sample)
            left_out = [record for record in known.values() if record.item_id in sample_ids]
            remaining = {path: record for path, record in known.items() if record.item_id not in sample_ids}
            absence = find_absent(snapshot, remaining, listing, yes=yes, stamp=stamp)
            empty = not snapshot.generation
            hidden = snapshot.hidden()
        options = Options(version, worker.read, samples, retry)
        run = Run(library, known, hidden, options, progress)
        run.total, run.moved = len(listing.files), absence.moved
        run.kept |= absence.kept
        run.unread |= listing.unread
        run.failed |= listing.failed | absence.taken_down
        if stale:
            _publish_all(library, progress, whole=rebuild)
        if left_out:
            run.take([], left_out)
        for first in range(0, max(len(listing.files), 1), BATCH_SIZE):
            last = first + BATCH_SIZE >= len(listing.files)
            run.take(listing.files[first : first + BATCH_SIZE], absence.gone if last else [], force=empty and not first)
        recognise_waiting(run, pages)
        library.drop_old()
        with library.store.write() as transaction:
            for path, reason in listing.failed.items():
                transaction.put_file(FileRecord(path, "", reason, "", start.isoformat(timespec="seconds")))
            aside = len(listing.set_aside) + len(run.set_aside)
            account = Account(listing.count, len(run.parts), aside, len(transaction.not_read()))
            transaction.set_meta(manifest="found" if listing.manifest.found else "", account=account.as_text())
            items = transaction.count()
            if run.removed or run.counts["changed"]:  # what a paper said must not outlive it
                pages.forget_others({item.source.digest for item in transaction.items()})
    return Report(
        listing.count,
        len(run.parts),
        **run.counts,
        held=len(absence.held),
        rebuilt=stale,
        empty=not listing.files and any(record.item_id for record in known.values()),
        failed=run.failed,
        hidden=run.hidden,
        notes=run.notes,
        set_aside=listing.set_aside | run.set_aside,
        skipped=listing.skipped,
        unread=run.unread,
        kept=run.kept,
        misfits=tuple(listing.misfits),
        items=items,
        seconds=(dt.datetime.now(dt.UTC) - start).total_seconds(),
    )


def _discover(library: Library, corpus: Path, *, yes: bool) -> Listing:
    """What is in the corpus. Raises CorpusAwayError if the corpus is missing that the store was made of, or its manifest."""
    with library.store.snapshot() as snapshot:
        items, described = snapshot.count(), bool(snapshot.meta.get("manifest"))
    if items and not corpus.is_dir():
        raise CorpusAwayError(
            f"Không có thư mục văn bản {corpus} (ổ đĩa chưa gắn?). {items} mục trong kho được giữ nguyên. "
            "Gắn lại ổ đĩa, hoặc đặt CACHHAY_CORPUS_DIR hay dùng --corpus."
        )
    listing = discover(corpus)
    if items and described and not listing.manifest.found and not yes:
        raise CorpusAwayError(
            f"{corpus / MANIFEST}: lần trước có bản kê, nay không thấy, nên không rõ mục nào phải ẩn. {items} mục trong kho "
            "được giữ nguyên. Chép lại bản kê; nếu cố ý bỏ nó thì chạy `cachhay index --yes`."
        )
    return listing


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
