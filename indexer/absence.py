"""What it means that a file of the store is not among the files of the corpus: moved, kept, held back, or gone.

Absence is not removal. Only a file that was looked for where everything could be read, and is not there, is gone; and more
than a fifth of a collection does not go without being asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from indexer.discover import FoundFile, Listing
from indexer.run import TAKEN_DOWN
from kb.errors import ExtractError, NotFoundError
from kb.item import container_of
from kb.library.snapshot import FileRecord, Snapshot

#: A run removes no more than one of so many items, unless it is told to.
REMOVABLE_PART = 5
#: A collection of fewer items is too small for that rule.
GUARDED_ITEMS = 5


@dataclass(slots=True)
class Absence:
    """`moved`: the record of the old path by the new path. `gone`: records to remove. `kept`: why the items of paths stay.

    `held` are those of `kept` that would be gone if a run might remove so many. `taken_down` are paths of kept items that
    the manifest hides now, with the reason: they are among the `gone`.
    """

    moved: dict[str, FileRecord] = field(default_factory=dict)
    gone: list[FileRecord] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    taken_down: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


def find_absent(
    snapshot: Snapshot,
    known: Mapping[str, FileRecord],
    listing: Listing,
    *,
    yes: bool,
    stamp: Callable[[FoundFile], str] = lambda found: "",
) -> Absence:
    """What became of every known file that is not among the files of the corpus. `yes` allows to remove any number.

    `stamp` is the digest that the record of a file would have (an archive that has moved is known by it). A file inside
    another one is there while that one is: the run that opens it finds out.
    """
    here = {file.path for file in listing.files}
    absent = [r for path, r in known.items() if container_of(path) not in here and path not in listing.failed]
    absence = Absence()
    fresh = [file for file in listing.files if file.path not in known]
    absence.moved = _find_moved(snapshot, absent, fresh)
    absence.moved |= _find_moved_archives(absent, [file for file in fresh if file.path not in absence.moved], stamp)
    moved = {record.path for record in absence.moved.values()}
    for record in absent:
        if record.path in moved or container_of(record.path) in moved:
            continue
        if listing.hides(record.path):
            _keep(absence, record, "không đọc được tệp hay thư mục chứa nó")
        elif not listing.files:
            _keep(absence, record, "thư mục văn bản không có tệp nào")
        else:
            absence.gone.append(record)
    leaving = [record for record in absence.gone if record.item_id]
    whole = sum(bool(record.item_id) for record in known.values())
    if not yes and whole >= GUARDED_ITEMS and len(leaving) * REMOVABLE_PART > whole:
        absence.held = {record.path for record in leaving}
        absence.gone = [record for record in absence.gone if not record.item_id]
        for record in leaving:
            _keep(absence, record, "không còn tệp; chờ xác nhận bằng --yes")
    _take_down(absence, known, listing, snapshot.hidden())
    return absence


def _keep(absence: Absence, record: FileRecord, reason: str) -> None:
    if record.item_id:
        absence.kept[record.path] = reason


def _take_down(absence: Absence, known: Mapping[str, FileRecord], listing: Listing, hidden: Collection[str]) -> None:
    """A kept item that the manifest hides now must not stay public: nobody can read its file again, so it goes."""
    for path, reason in list(absence.kept.items()):
        if listing.manifest.attributes(path).get("internal") and known[path].item_id not in hidden:
            del absence.kept[path]
            absence.held.discard(path)
            absence.gone.append(known[path])
            absence.taken_down[path] = f"{reason}{TAKEN_DOWN}"


def _find_moved(snapshot: Snapshot, absent: list[FileRecord], fresh: list[FoundFile]) -> dict[str, FileRecord]:
    """The records of absent files whose very bytes are in a new file, by the path of the new file."""
    by_digest: dict[str, list[FileRecord]] = {}
    if not fresh:
        return {}
    for record in absent:
        if record.item_id:
            with suppress(NotFoundError, ValueError):  # a damaged record is compared with nothing
                by_digest.setdefault(snapshot.item(record.item_id).source.digest, []).append(record)
    moved: dict[str, FileRecord] = {}
    for file in fresh if by_digest else ():
        try:
            same = by_digest.get(file.look().sha256)
        except ExtractError:
            continue
        if same:
            name = file.path.rpartition("/")[2]
            record = min(same, key=lambda record: (record.path.rpartition("/")[2] != name, record.path))
            same.remove(record)
            moved[file.path] = record
    return moved


def _find_moved_archives(
    absent: list[FileRecord], fresh: list[FoundFile], stamp: Callable[[FoundFile], str]
) -> dict[str, FileRecord]:
    """The records of absent archives whose very bytes are in a new file, by the path of the new file."""
    archives = {record.digest: record for record in absent if record.digest and not record.item_id and not record.error}
    moved: dict[str, FileRecord] = {}
    for file in fresh if archives else ():
        with suppress(ExtractError):
            if record := archives.pop(stamp(file), None):
                moved[file.path] = record
    return moved
