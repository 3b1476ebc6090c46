"""Verify everything that is kept: the store, each record, the files of the published generation, the papers. Reads only."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import StoreError
from kb.item import container_of
from kb.library.library import Library
from kb.library.snapshot import Snapshot


@dataclass(slots=True)
class Verification:
    """What was found. `store` and `index` say what is wrong with each, "" when nothing is; `records` are the ids of damaged
    records. Of the papers, `missing` are gone, `changed` wait for the next run, and `decayed` have other bytes though their
    date did not change: that is what a failing disk does."""

    items: int = 0
    papers: int = 0
    store: str = ""
    index: str = ""
    records: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    decayed: list[str] = field(default_factory=list)

    @property
    def damaged(self) -> bool:
        """Whether something is wrong that a run of the indexer does not expect."""
        return bool(self.store or self.index or self.records or self.decayed)


def verify(library: Library, corpus: Path) -> Verification:
    """Verify a home. Where there is no corpus, the papers are left out."""
    found = Verification(store=library.store.damage(full=True))
    try:
        with library.store.snapshot() as snapshot:
            found.items = snapshot.count()
            found.records = snapshot.unreadable()
            if snapshot.generation:
                found.index = library.probe.damage(snapshot)
            if corpus.is_dir():
                _compare_papers(snapshot, corpus, found)
    except StoreError as error:
        found.store = found.store or str(error)
    return found


def _compare_papers(snapshot: Snapshot, corpus: Path, found: Verification) -> None:
    digests = {item.source.path: item.source.digest for item in snapshot.items()}
    for path, record in snapshot.files().items():
        digest = digests.get(path)
        if digest is None:
            continue
        found.papers += 1
        if container_of(path) != path:  # a file inside another one, which is compared when that one changes
            if not (corpus / container_of(path)).is_file():
                found.missing.append(path)
            continue
        try:
            with open(corpus / path, "rb") as handle:
                same = hashlib.file_digest(handle, "sha256").hexdigest() == digest
            touched = dt.datetime.fromtimestamp((corpus / path).stat().st_mtime, dt.UTC)
        except OSError:
            found.missing.append(path)
            continue
        if not same:
            later = touched.isoformat(timespec="seconds") > record.read_at
            (found.changed if later else found.decayed).append(path)
