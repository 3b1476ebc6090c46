"""Archives of 7z, RAR 5 and CAB, made by the tests themselves; in RAR and CAB the files are stored as they are.

Sources: RAR 5.0 archive format (rarlab), [MS-CAB].
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping


def seven_zip(files: Mapping[str, bytes]) -> bytes:
    """A 7z archive."""
    import libarchive

    pieces: list[bytes] = []

    def write(data: bytes) -> int:
        pieces.append(bytes(data))
        return len(data)

    with libarchive.custom_writer(write, "7zip") as archive:
        for name, data in files.items():
            archive.add_file_from_memory(name, len(data), data)
    return b"".join(pieces)


def rar5(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A RAR 5 archive; `links` are names of symbolic links and where they lead."""
    made = b"Rar!\x1a\x07\x01\x00" + _rar_block(_vint(1) + _vint(0) + _vint(0))
    for name, data in files.items():
        raw = name.encode()
        # File flags: its CRC is there. Attributes of Unix, method 0 (stored), made on Unix.
        fields = _vint(0x0004) + _vint(len(data)) + _vint(0o100644) + struct.pack("<I", zlib.crc32(data))
        fields += _vint(0) + _vint(1) + _vint(len(raw)) + raw
        made += _rar_block(_vint(2) + _vint(0x0002) + _vint(len(data)) + fields) + data
    for name, target in (links or {}).items():
        raw, led = name.encode(), target.encode()
        # A record of kind 5 in the extra area: a redirection, a symbolic link of Unix.
        record = _vint(5) + _vint(1) + _vint(0) + _vint(len(led)) + led
        extra = _vint(len(record)) + record
        fields = _vint(0) + _vint(0) + _vint(0o120777) + _vint(0) + _vint(1) + _vint(len(raw)) + raw
        made += _rar_block(_vint(2) + _vint(0x0003) + _vint(len(extra)) + _vint(0) + fields + extra)
    return made + _rar_block(_vint(5) + _vint(0) + _vint(0))


def _rar_block(header: bytes) -> bytes:
    sized = _vint(len(header)) + header
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _vint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(0x80 | number & 0x7F)
        number >>= 7
    return bytes([*made, number])


def cab(files: Mapping[str, bytes]) -> bytes:
    """A CAB archive with one folder and one block of data (up to 32 kB in all)."""
    entries, at = b"", 0
    for name, data in files.items():
        # The name is UTF-8 (attribute 0x80) behind the date and time of 1 January 2024.
        entries += struct.pack("<IIHHHH", len(data), at, 0, (44 << 9) | (1 << 5) | 1, 0, 0x80) + name.encode() + b"\0"
        at += len(data)
    body = b"".join(files.values())
    first_file = 36 + 8
    first_data = first_file + len(entries)
    block = struct.pack("<IHH", 0, len(body), len(body)) + body
    header = b"MSCF" + struct.pack(
        "<IIIIIBBHHHHH", 0, first_data + len(block), 0, first_file, 0, 3, 1, 1, len(files), 0, 1, 0
    )
    return header + struct.pack("<IHH", first_data, 1, 0) + entries + block
