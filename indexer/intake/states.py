"""What became of a file of the corpus: it is found as an item, was not read, or waits for a run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from indexer.readers.set_aside import ARCHIVE, why_set_aside
from kb.item import PART_JOIN
from kb.library.snapshot import Snapshot

#: `partly` is an archive or a mail of which something was read and something was not.
Found = Literal["waiting", "found", "partly", "not_read"]


@dataclass(frozen=True, slots=True)
class FileState:
    """`items` are the ids of what was read of a file, itself and the files inside it; `hidden` of them are internal and
    not among them. `reasons` say what was not read, each with the name of the file inside where it is one."""

    state: Found
    items: tuple[str, ...] = ()
    hidden: int = 0
    reasons: tuple[str, ...] = ()


WAITING = FileState("waiting")


def state_of(snapshot: Snapshot, path: str, internal: Collection[str] = (), since: str = "") -> FileState:
    """The state of the file at `path`, by the last run that looked at it.

    Ids in `internal` are counted as hidden. What was known before the ISO moment `since` is not believed (of a file that
    has another content since then): it waits.
    """
    records = snapshot.files_of(path)
    if not records or any(record.read_at < since for record in records if record.path == path):
        return WAITING
    items = [record.item_id for record in records if record.item_id]
    reasons = []
    for record in records:
        inside = record.path.removeprefix(path).removeprefix(PART_JOIN)
        reason = record.error.removeprefix(f"{record.path}: ")
        if not record.item_id and reason:
            reasons.append(f"{inside}: {reason}" if inside else reason)
    if not items and not reasons:
        aside = why_set_aside(path)
        reasons = [aside or f"{ARCHIVE}, không có tệp nào đọc được"]
    state: Found = "partly" if items and reasons else "found" if items else "not_read"
    shown = tuple(item for item in items if item not in internal)
    return FileState(state, shown, len(items) - len(shown), tuple(reasons))
