"""Word 97 files, made by the tests themselves from runs and paragraphs. Source: [MS-DOC]."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.indexer.readers.ole import compound

#: Changes of properties (sprm) that the tests use.
IN_TABLE = b"\x16\x24\x01"
ENDS_ROW = b"\x16\x24\x01\x17\x24\x01"
#: Lines around a table, each with a width.
LINES = b"\x05\xd6\x18" + b"\x04\x01\x00\x00" * 6
DELETED = b"\x00\x08\x01"
HIDDEN = b"\x3c\x08\x01"


def font(number: int) -> bytes:
    """The change to a font, for ASCII and for other letters."""
    return struct.pack("<HHHH", 0x4A4F, number, 0x4A51, number)


@dataclass
class Doc:
    """Paragraphs, each with its runs (text, changes), the changes of the paragraph and its style (0 body, 1 heading 1)."""

    wide: bool = False
    fonts: Sequence[str] = ("Times New Roman", ".VnTime", "VNI-Times")
    runs: list[tuple[str, bytes]] = field(default_factory=list)
    paragraphs: list[tuple[int, bytes, int]] = field(default_factory=list)

    def add(self, *runs: str | tuple[str, bytes], changes: bytes = b"", style: int = 0, end: str = "\r") -> Doc:
        """A paragraph, which ends with a sign."""
        made = [run if isinstance(run, tuple) else (run, b"") for run in runs]
        made.append((end, b""))
        self.runs += made
        self.paragraphs.append((sum(len(text) for text, _ in made), changes, style))
        return self

    @property
    def length(self) -> int:
        return sum(len(text) for text, _ in self.runs)

    def save(self, counts: tuple[int, ...] = (), headers: Sequence[int] = (), flags: int = 0, pieces: int = 1) -> bytes:
        """The file. `counts` are the characters of the body, notes, headers, ...; the body has all if nothing is given."""
        width = 2 if self.wide else 1
        text = "".join(text for text, _ in self.runs)
        start = 2048
        body = text.encode("utf-16-le") if self.wide else text.encode("latin-1")
        main = bytearray(start) + body
        main += bytes(-len(main) % 512)
        tables: dict[int, bytes] = {}
        ends = [start]
        for run, _ in self.runs:
            ends.append(ends[-1] + len(run) * width)
        tables[0xFA] = _pages(main, ends, [bytes([len(c)]) + c for _, c in self.runs], 1)
        ends = [start]
        for length, _, _ in self.paragraphs:
            ends.append(ends[-1] + length * width)
        entries = [_paragraph(changes, style) for _, changes, style in self.paragraphs]
        tables[0x102] = _pages(main, ends, entries, 13)
        tables[0x112] = struct.pack("<HH", len(self.fonts), 0) + b"".join(map(_font, self.fonts))
        tables[0xA2] = _styles()
        tables[0x1A2] = _piece_table(len(text), start, width, pieces)
        if headers:
            tables[0xF2] = struct.pack(f"<{len(headers)}I", *headers)
        tables[0x2E2], levels = _lists()
        tables[0x2EA] = _uses()
        struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
        struct.pack_into("<H", main, 0x0A, 0x200 | flags)
        struct.pack_into("<7I", main, 0x4C, *(counts or (len(text),)), *[0] * (7 - max(len(counts), 1)))
        table = b""
        for place, data in tables.items():
            struct.pack_into("<II", main, place, len(table), len(data))
            table += data + (levels if place == 0x2E2 else b"")
        return compound({"WordDocument": bytes(main), "1Table": table})


def _pages(main: bytearray, ends: list[int], entries: list[bytes], size: int) -> bytes:
    """Pages of properties behind the text, a few runs on each; returns the table of the pages."""
    numbers, firsts = [], []
    for at in range(0, len(entries), 8):
        some = entries[at : at + 8]
        page = bytearray(512)
        struct.pack_into(f"<{len(some) + 1}I", page, 0, *ends[at : at + len(some) + 1])
        place = 510
        for index, entry in enumerate(some):
            place -= len(entry) + len(entry) % 2
            page[place : place + len(entry)] = entry
            page[4 * (len(some) + 1) + size * index] = place // 2
        page[511] = len(some)
        numbers.append(len(main) // 512)
        firsts.append(ends[at])
        main += page
    return struct.pack(f"<{len(firsts) + 1}I{len(numbers)}I", *firsts, ends[-1], *numbers)


def _paragraph(changes: bytes, style: int) -> bytes:
    data = struct.pack("<H", style) + changes
    # The length counts in words; an odd one has half a word in its length byte.
    return bytes([(len(data) + 1) // 2]) + data if len(data) % 2 else bytes([0, len(data) // 2]) + data


def numbered(use: int, level: int = 0) -> bytes:
    """The change that makes a paragraph one of a list: 1 counts 1., a); 2 begins at 7; 3 is Điều 1."""
    return struct.pack("<HHHB", 0x460B, use, 0x260A, level)


def _lists() -> tuple[bytes, bytes]:
    """Two lists, and the levels that follow behind their table: nine of the first, one of the second."""
    table = struct.pack("<H", 2) + struct.pack("<i22xBx", 70, 0) + struct.pack("<i22xBx", 71, 1)
    texts = [("\0.", 0), ("\1)", 4), ("\xb7", 23), *[("", 255)] * 6, ("Điều \0.", 0)]
    levels = b""
    for text, style in texts:
        levels += (
            struct.pack("<iB19xBB2x", 1, style, 1, 2) + b"xyz" + struct.pack("<H", len(text)) + text.encode("utf-16-le")
        )
    return table, levels


def _uses() -> bytes:
    """The first list, the first list beginning at 7, and the second list."""
    table = struct.pack("<I", 3) + b"".join(struct.pack("<i8xB3x", *use) for use in ((70, 0), (70, 1), (71, 0)))
    none = b"\xff" * 4
    return table + none + none + struct.pack("<iI", 7, 0x10) + none


def _font(name: str) -> bytes:
    data = bytes(39) + (name + "\0").encode("utf-16-le")
    return bytes([len(data)]) + data


def _styles() -> bytes:
    head = struct.pack("<9H", 2, 10, 1, 0, 15, 0, 0, 0, 0)
    return struct.pack("<H", len(head)) + head + _style("Normal", 0, 0xFFF, b"") + _style("heading 1", 1, 0, b"")


def _style(name: str, number: int, base: int, characters: bytes) -> bytes:
    data = struct.pack("<5H", number, base << 4 | 1, 2, 0, 0)
    data += struct.pack("<H", len(name)) + name.encode("utf-16-le") + b"\0\0"
    data += struct.pack("<HH", 2, 0) + struct.pack("<H", len(characters)) + characters
    return struct.pack("<H", len(data)) + data + bytes(len(data) % 2)


def _piece_table(length: int, start: int, width: int, pieces: int) -> bytes:
    cuts = [length * at // pieces for at in range(pieces + 1)]
    table = struct.pack(f"<{len(cuts)}I", *cuts)
    for cut in cuts[:-1]:
        offset = start + cut * width
        table += struct.pack("<HIH", 0, offset if width == 2 else offset * 2 | 0x40000000, 0)
    return b"\x01\x02\x00\x00\x00" + b"\x02" + struct.pack("<I", len(table)) + table
