"""Mail of Outlook, made by the tests themselves. Sources: [MS-CFB], version 3, and [MS-OXMSG]."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: Types of properties: a number, a moment, a text, bytes.
NUMBER, MOMENT, STRING, BINARY = 0x0003, 0x0040, 0x001F, 0x0102


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


def _storage(header: int, values: Mapping[tuple[int, int], bytes]) -> dict[str, bytes]:
    """The streams of a storage with these properties; the list of them begins behind a header of so many bytes."""
    listed, streams = bytes(header), {}
    for (number, kind), value in values.items():
        if kind in (STRING, BINARY):
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
            listed += struct.pack("<HHIII", kind, number, 6, len(value), 0)
        else:
            listed += struct.pack("<HHI8s", kind, number, 6, value.ljust(8, b"\0"))
    return {"__properties_version1.0": listed, **streams}


def text(words: str) -> bytes:
    return words.encode("utf-16-le")


def outlook_mail(subject: str, body: str, attachments: Mapping[str, bytes], html: bytes = b"") -> bytes:
    """A mail of 2 September 2024, 01:00 UTC, to one recipient."""
    moment = struct.pack("<Q", (11_644_473_600 + 1_725_238_800) * 10_000_000)
    values = {(0x0037, STRING): text(subject), (0x0039, MOMENT): moment}
    values |= {(0x0C1A, STRING): text("Phòng Nội vụ"), (0x0C1F, STRING): text("noivu@haiphong.example")}
    values |= {(0x1000, STRING): text(body)} if body else {}
    values |= {(0x1013, BINARY): html, (0x3FDE, NUMBER): struct.pack("<I", 65001)} if html else {}
    tree: dict[str, bytes | Tree] = {**_storage(32, values)}
    recipient = {(0x3001, STRING): text("Bà Hương"), (0x39FE, STRING): text("huong@xa.example")}
    tree["__recip_version1.0_#00000000"] = _storage(8, recipient)
    for number, (name, data) in enumerate(attachments.items()):
        attached = {(0x3707, STRING): text(name), (0x3705, NUMBER): struct.pack("<I", 1), (0x3701, BINARY): data}
        tree[f"__attach_version1.0_#{number:08X}"] = _storage(8, attached)
    return compound(tree)
