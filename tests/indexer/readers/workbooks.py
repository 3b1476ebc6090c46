"""Old Excel workbooks, made by the tests themselves: cells of text and numbers with their fonts. Source: [MS-XLS]."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.indexer.readers.ole import compound

#: A cell: row, column, its value, and the number of its format.
Cell = tuple[int, int, str | float, int]


#: Merged cells: top, left, bottom, right, from 0 and inclusive.
Merged = tuple[int, int, int, int]


def xls(
    sheets: dict[str, Sequence[Cell]],
    fonts: Sequence[str] = (),
    hidden: Sequence[str] = (),
    merged: Sequence[Merged] = (),
) -> bytes:
    """A workbook (BIFF8). Format 0 has the font Arial, and format n the n-th of `fonts`. `merged` are cells of every sheet."""
    # There is no font of number 4: the fonts of the formats follow behind four others.
    names = ["Arial"] * 4 + list(fonts)
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200))
    head += b"".join(
        _record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + _text(n, 1)) for n in names
    )
    for number in range(len(fonts) + 1):
        head += _record(0xE0, struct.pack("<HHH", number + 4 if number else 0, 0, 1).ljust(20, b"\0"))
    texts = list(dict.fromkeys(value for cells in sheets.values() for _, _, value, _ in cells if isinstance(value, str)))
    shared = _record(0xFC, struct.pack("<II", len(texts), len(texts)) + b"".join(_text(text, 2) for text in texts))
    parts = [_sheet(cells, texts, merged) for cells in sheets.values()]
    bounds = [_text(name, 1) for name in sheets]
    length = len(head) + sum(4 + 6 + len(bound) for bound in bounds) + len(shared) + 4
    made = b""
    for name, bound, part in zip(sheets, bounds, parts, strict=True):
        made += _record(0x85, struct.pack("<IBB", length, name in hidden, 0) + bound)
        length += len(part)
    return compound({"Workbook": head + made + shared + _record(0x0A, b"") + b"".join(parts)})


def _sheet(cells: Sequence[Cell], texts: list[str], merged: Sequence[Merged]) -> bytes:
    made = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, column, value, style in cells:
        if isinstance(value, str):
            made += _record(0xFD, struct.pack("<HHHI", row, column, style, texts.index(value)))
        else:
            made += _record(0x203, struct.pack("<HHHd", row, column, style, value))
    if merged:
        areas = b"".join(struct.pack("<4H", top, bottom, left, right) for top, left, bottom, right in merged)
        made += _record(0xE5, struct.pack("<H", len(merged)) + areas)
    return made + _record(0x0A, b"")


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str, size: int) -> bytes:
    return len(text).to_bytes(size, "little") + b"\x01" + text.encode("utf-16-le")
