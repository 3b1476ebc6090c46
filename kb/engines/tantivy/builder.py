"""Write an index whose files are a function of the documents that it holds.

BM25 counts every document of a segment, also one that is marked as deleted, and equal scores come in the order of segments
and documents. So that answers depend on nothing but the documents, none is ever marked as deleted, and both orders are
those of the ids: all documents lie in the order of their ids, and the ids alone decide where a segment begins (`cut`). To
add, change or remove a document is to write its segment again (two, where a segment begins with it). A segment is named by
its content, so that one which stays needs no work.

Beside each segment lie the records that it was made from, so that it can be written again without asking anybody.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
import uuid
import zlib
from collections.abc import Collection, Iterable, Iterator, KeysView, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from kb.engines.tantivy.layout import from_record, open_index, record, version
from kb.errors import EngineError
from kb.ports import IndexDocument

#: Documents of a segment, on average: at least MIN_DOCUMENTS, and at least GROWTH times the square root of their number in
#: the collection. More segments make a search slower, larger ones a change (docs/decisions/0024).
MIN_DOCUMENTS = 512
GROWTH = 16
#: Bytes that tantivy may use for one segment. Where it needs more, it writes several, and the documents are halved.
_HEAP = 100_000_000
#: The file that lists the segments in order, each with the ids of its documents in order.
_CONTENTS = "segments.json"
#: The file of tantivy that lists the segments in order.
_META = "meta.json"
#: The suffix of the file with the records of a segment.
_RECORDS = ".records"
#: Before each record: its length in bytes.
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its name (32 hexadecimal digits) and the ids of its documents in order."""

    name: str
    ids: tuple[str, ...]


def segment_documents(documents: int) -> int:
    """How many documents a segment has on average, in a collection of so many: a power of two.

    >>> [segment_documents(n) for n in (0, 1024, 1025, 16_384, 100_000)]
    [512, 512, 1024, 2048, 8192]
    """
    size = MIN_DOCUMENTS
    while size * size < GROWTH**2 * documents:
        size *= 2
    return size


def cut(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The ids of each segment, in order. `ids` are sorted. Whether a segment begins with an id depends on this id and on the
    number of ids, on nothing else."""
    size = segment_documents(len(ids))
    run: list[str] = []
    for item_id in ids:
        if run and zlib.crc32(item_id.encode("utf-8", "surrogatepass")) % size == 0:
            yield tuple(run)
            run = []
        run.append(item_id)
    if run:
        yield tuple(run)


class TantivyBuilder:
    """Writes one index; the folder is empty or a private clone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        try:
            old = read_contents(self._folder)
            with _Spool(self._folder) as fresh:
                for document in added:
                    fresh.add(document.id, record(document))
                gone = frozenset(removed)
                stay = (item_id for segment in old for item_id in segment.ids if item_id not in gone)
                segments = list(self._segments(sorted({*stay, *fresh.ids()}), old, fresh))
            self._list(segments)
        except (ValueError, OSError, zlib.error, struct.error) as error:
            raise EngineError(f"Không ghi được chỉ mục toàn văn: {error}") from error

    def _segments(self, ids: Sequence[str], old: Sequence[Segment], fresh: _Spool) -> Iterator[Segment]:
        """The segments of all `ids`, those that are new written into the folder."""
        owner = {item_id: segment for segment in old for item_id in segment.ids}
        for run in cut(ids):
            owners = list(dict.fromkeys(owner[item_id] for item_id in run if item_id in owner))
            same = tuple(item_id for segment in owners for item_id in segment.ids) == run
            if same and fresh.ids().isdisjoint(run):
                yield from owners
                continue
            known: dict[str, bytes] = {}
            for segment in owners:
                known.update(zip(segment.ids, self._read_records(segment.name), strict=True))
            yield from self._write(run, [fresh.get(item_id) or known[item_id] for item_id in run])

    def _write(self, ids: tuple[str, ...], records: Sequence[bytes]) -> Iterator[Segment]:
        """Write one segment of these documents, or two of its halves, and so on, where they are too many for the heap."""
        name = _name_of(records)
        if (self._folder / f"{name}{_RECORDS}").is_file() or self._write_one(name, records):
            yield Segment(name, ids)
            return
        half = len(ids) // 2
        if not half:
            raise EngineError(f"Mục {ids[0]} quá lớn để lập chỉ mục.")
        yield from self._write(ids[:half], records[:half])
        yield from self._write(ids[half:], records[half:])

    def _write_one(self, name: str, records: Sequence[bytes]) -> bool:
        """Write a segment; False when tantivy made several of these documents."""
        with _workshop(self._folder) as workshop:
            meta = _index(workshop, records)
            if len(meta["segments"]) != 1:
                return False
            (made,) = meta["segments"]
            if made["max_doc"] != len(records) or made["deletes"]:
                raise EngineError(f"Chỉ mục toàn văn thiếu tài liệu: {made['max_doc']}/{len(records)}.")
            stem = made["segment_id"].replace("-", "")
            for path in workshop.glob(f"{stem}.*"):
                os.replace(path, self._folder / f"{name}{path.suffix}")
        # The records come last: where they are, the whole segment is.
        _replace(self._folder / f"{name}{_RECORDS}", b"".join(_LENGTH.pack(len(data)) + data for data in records))
        return True

    def _read_records(self, name: str) -> Iterator[bytes]:
        data = (self._folder / f"{name}{_RECORDS}").read_bytes()
        at = 0
        while at < len(data):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            yield data[at : at + length]
            at += length

    def _list(self, segments: Sequence[Segment]) -> None:
        """List the segments, and delete whatever else is in the folder."""
        with _workshop(self._folder) as workshop:
            meta = _index(workshop, ())
        meta["segments"] = [
            {"segment_id": str(uuid.UUID(segment.name)), "max_doc": len(segment.ids), "deletes": None}
            for segment in segments
        ]
        meta["opstamp"] = 0
        listed = [[segment.name, segment.ids] for segment in segments]
        _replace(self._folder / _CONTENTS, json.dumps(listed, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        _replace(self._folder / _META, json.dumps(meta).encode())
        names = {segment.name for segment in segments}
        for path in self._folder.iterdir():
            if path.is_file() and path.name not in (_META, _CONTENTS) and path.stem not in names:
                path.unlink()


class _Spool:
    """The records that are added, in a file without a name until they are indexed: in memory they would be as large as the
    collection."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> _Spool:
        self._file = tempfile.TemporaryFile(dir=self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, item_id: str, data: bytes) -> None:
        self._places[item_id] = (self._file.seek(0, os.SEEK_END), len(data))
        self._file.write(data)

    def ids(self) -> KeysView[str]:
        return self._places.keys()

    def get(self, item_id: str) -> bytes | None:
        if item_id not in self._places:
            return None
        at, length = self._places[item_id]
        self._file.seek(at)
        return self._file.read(length)


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder below the index in which tantivy makes one segment."""
    path = folder / "workshop"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _index(folder: Path, records: Sequence[bytes]) -> dict[str, Any]:
    """Index the documents of these records in an empty folder. Returns what tantivy says about it (`meta.json`)."""
    index = open_index(folder)
    if records:
        writer = index.writer(_HEAP, 1)
        for data in records:
            writer.add_document(from_record(data))
        writer.commit()
        writer.wait_merging_threads()
    meta: dict[str, Any] = json.loads((folder / _META).read_text("utf-8"))
    return meta


def _name_of(records: Sequence[bytes]) -> str:
    """The name of the segment of these records: equal records give equal names."""
    state = blake2b(version().encode(), digest_size=16)
    for data in records:
        state.update(_LENGTH.pack(len(data)) + data)
    return state.hexdigest()


def read_contents(folder: Path) -> list[Segment]:
    """The segments of the state in a folder, in order; none of an empty folder."""
    path = folder / _CONTENTS
    if not path.is_file():
        return []
    return [Segment(name, tuple(ids)) for name, ids in json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))]


def _replace(path: Path, data: bytes) -> None:
    """Write a file under a name of its own, then give it its name: a file that another folder shares never changes."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)
