"""OLE compound files with given streams and storages, made by the tests themselves. Source: [MS-CFB], version 3."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    right: int = _FREE
    child: int = _FREE
    start: int = 0
    size: int = 0

    def as_bytes(self) -> bytes:
        raw = self.name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(raw), self.kind, 1, _FREE, self.right, self.child)
        return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", self.start, self.size)


class _Sectors:
    """Data in sectors, and the table of which sector follows which."""

    def __init__(self, size: int) -> None:
        self.size, self.data, self.table = size, b"", list[int]()

    def add(self, data: bytes, fill: bytes = b"\0") -> int:
        start, count = len(self.table), -(-len(data) // self.size)
        self.data += data + fill * (count * self.size - len(data))
        self.table += [*range(start + 1, start + count), _END] if count else []
        return start if count else _END


def compound(tree: Tree) -> bytes:
    """A compound file with these streams (bytes) and storages (mappings)."""
    large, small = _Sectors(_SECTOR), _Sectors(_SMALL)
    entries = [_Entry("Root Entry", 5)]

    def walk(folder: Tree) -> int:
        first = before = _FREE
        for name, value in folder.items():
            at = len(entries)
            entries.append(entry := _Entry(name, 2 if isinstance(value, bytes) else 1))
            if before == _FREE:
                first = at
            else:
                entries[before].right = at
            before = at
            if isinstance(value, bytes):
                entry.start, entry.size = (small if len(value) < _CUTOFF else large).add(value), len(value)
            else:
                entry.child = walk(value)
        return first

    entries[0].child = walk(tree)
    entries[0].start, entries[0].size = large.add(small.data), len(small.data)
    links = struct.pack(f"<{len(small.table)}I", *small.table)
    small_table, small_count = large.add(links, b"\xff"), -(-len(links) // _SECTOR)
    directory = large.add(b"".join(entry.as_bytes() for entry in entries))
    first = len(large.table)
    count = -(-(len(large.table) + 2) * 4 // _SECTOR)
    large.table += [_TABLE] * count
    body = large.data + struct.pack(f"<{len(large.table)}I", *large.table).ljust(count * _SECTOR, b"\xff")
    header = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, count, directory, 0, _CUTOFF, small_table, small_count, _END, 0)
    header += struct.pack(f"<{count}I", *range(first, first + count))
    return header.ljust(_SECTOR, b"\xff") + body
