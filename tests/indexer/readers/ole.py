"""OLE files with given streams, made by the tests themselves. Source: [MS-CFB], version 3."""

from __future__ import annotations

import struct

_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: Shorter streams would lie in a stream of small sectors.
_LEAST = 4096


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE file with these streams, each filled up with zeros to 4096 bytes at least."""
    bodies = {name: data.ljust(_LEAST, b"\0") for name, data in streams.items()}
    table: list[int] = []
    content = b""
    starts = {}
    for name, data in bodies.items():
        starts[name] = len(table)
        content += _fill(data)
        count = -(-len(data) // _SECTOR)
        table += [*range(len(table) + 1, len(table) + count), _END]
    entries = [_entry("Root Entry", 5, 1 if bodies else _FREE, _END, 0)]
    names = list(bodies)
    for at, name in enumerate(names):
        # Every entry is the right child of the one before.
        entries.append(_entry(name, 2, _FREE, starts[name], len(bodies[name]), at + 2 if at + 1 < len(names) else _FREE))
    directory = len(table)
    content += _fill(b"".join(entries))
    count = -(-len(entries) * 128 // _SECTOR)
    table += [*range(directory + 1, directory + count), _END]
    first = len(table)
    sectors = -(-(len(table) + 2) * 4 // _SECTOR)
    table += [_TABLE] * sectors
    content += _fill(struct.pack(f"<{len(table)}I", *table), b"\xff")
    places = [first + at for at in range(sectors)]
    header = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, sectors, directory, 0, _LEAST, _END, 0, _END, 0, places[0])
    return header + struct.pack(f"<{len(places) - 1}I", *places[1:]).ljust(_SECTOR - len(header), b"\xff") + content


def _fill(data: bytes, with_: bytes = b"\0") -> bytes:
    return data + with_ * (-len(data) % _SECTOR)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = _FREE) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, _FREE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
