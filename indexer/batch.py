"""What a run is told, and what it notes while it works through a batch of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from indexer.discover import FoundFile
from indexer.read_worker import Reading
from indexer.readers.pdf_content import NEEDS_RECOGNITION
from kb.item import Item
from kb.library.snapshot import FileRecord
from kb.library.write_transaction import WriteTransaction

#: What a run made of a file that is in the collection, or could be.
Kind = Literal["unchanged", "added", "changed", "moved", "left_out"]
KINDS: tuple[Kind, ...] = ("unchanged", "added", "changed", "moved", "left_out")

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total). The stages are "read" (files), "recognise" (pages), "index", "rebuild" (items); those of
`indexer.adaptation.adapt` are "prepare" (items), "fine_tune" (steps), "compare" (measurements) and "rebuild"."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a run treats files: `read` reads one of known SHA-256 (hex), `samples` are indexed or left out, `retry` reads
    again what failed. `version` is a part of the digest of every file."""

    version: str
    read: Callable[[FoundFile, str], Reading]
    samples: bool = True
    retry: bool = False


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file of this SHA-256 (hex) with the pages that are still to be recognised, by the path of the paper in it."""

    found: FoundFile
    sha256: str
    pages: Mapping[str, tuple[int, ...]]


@dataclass(slots=True)
class Batch:
    """What one batch changes: the items that it read, and the ids that leave the indexes or change there."""

    transaction: WriteTransaction
    now: str
    taken: dict[str, tuple[FileRecord, Item]] = field(default_factory=dict)
    left: dict[str, bool] = field(default_factory=dict)
    added: dict[str, Item] = field(default_factory=dict)
    touched: bool = False


class Tally:
    """What became of every file, by its path. A file is of exactly one kind, or in one of the mappings to a reason."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.parts: set[str] = set()
        self.failed: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.set_aside: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.removed = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many files are of each kind, by the names that a report has."""
        found = Counter(self.kinds.values())
        return {kind: found[kind] for kind in KINDS} | {"removed": self.removed}

    def forget_told(self, paths: Iterable[str]) -> None:
        """Forget what is told of some files, which are read again. Their kinds stay: they count once in a run."""
        for path in paths:
            for told in (self.failed, self.hidden, self.notes, self.set_aside, self.unread):
                told.pop(path, None)


def may_succeed(record: FileRecord) -> bool:
    """Whether a file that was not read, or not whole, may be read better now."""
    return bool(record.error) and (not record.item_id or NEEDS_RECOGNITION in record.error)
