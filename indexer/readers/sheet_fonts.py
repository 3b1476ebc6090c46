"""Which cells of a workbook are in a font from before Unicode, and how far its cells reach.

The library that reads the values tells neither. XLS: [MS-XLS], records of fonts, formats (XF) and cells. XLSX: the styles
and the cells of each sheet.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from indexer.readers.legacy_fonts import font_encoding
from indexer.readers.package import Package
from indexer.readers.reader import Paper

#: Fonts by (row, column), both from 0: only those that tell an encoding.
Fonts = dict[tuple[int, int], str]

_BOUND_SHEET, _FONT, _FORMAT, _BOF, _EOF = 0x85, 0x31, 0xE0, 0x809, 0x0A
#: Rows and columns of the largest sheet.
MAX_ROWS, MAX_COLUMNS = 1 << 20, 1 << 14
#: Records of cells: LABELSST, LABEL, RSTRING, FORMULA, NUMBER, RK, BOOLERR, MULRK.
_CELLS = {0xFD, 0x204, 0xD6, 0x06, 0x203, 0x27E, 0x205, 0xBD}
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/>])>\s*<(?:\w+:)?(?:v|is|f)\b")
_REFERENCE = re.compile(rb"""\br=["']([A-Za-z]+)(\d+)["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*\br=["'](\d+)["']""")
_STYLE = re.compile(rb"""\bs=["'](\d{1,5})["']""")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(slots=True)
class SheetCells:
    """The cells of one sheet that hold anything: their fonts, and the last row and column (from 0)."""

    fonts: Fonts = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0

    def add(self, row: int, column: int, font: str) -> None:
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if font:
            self.fonts[row, column] = font


def read_xls_cells(data: bytes) -> dict[str, SheetCells]:
    """The cells of every sheet of an XLS file, by the sheet's name. Raises OSError or struct.error where it is damaged."""
    with olefile.OleFileIO(io.BytesIO(data)) as streams:
        newer = streams.exists("Workbook")
        stream = streams.openstream("Workbook" if newer else "Book").read()
    fonts: list[str] = []
    formats: list[int] = []
    sheets: dict[int, str] = {}
    for kind, body, _ in _records(stream, 0):
        if kind == _FONT:
            # There is no font of number 4.
            fonts += [""] if len(fonts) == 4 else []
            fonts.append(_name(body[14:], newer=newer))
        elif kind == _FORMAT:
            formats.append(struct.unpack_from("<H", body)[0])
        elif kind == _BOUND_SHEET:
            sheets[struct.unpack_from("<I", body)[0]] = _name(body[6:], newer=newer)
    found: dict[str, SheetCells] = {}
    told = [fonts[number] if number < len(fonts) and font_encoding(fonts[number]) else "" for number in formats]
    for start, name in sheets.items():
        cells = found.setdefault(name, SheetCells())
        for kind, body, _ in _records(stream, start):
            if kind in _CELLS and len(body) >= 6:
                row, column, style = struct.unpack_from("<3H", body)
                cells.add(row, column, told[style] if style < len(told) else "")
    return found


def read_xlsx_cells(paper: Paper) -> dict[str, SheetCells]:
    """The cells of every sheet of an XLSX file, by the sheet's name. Raises ExtractError where the file is damaged."""
    package = Package(paper)
    main = package.main()
    related = package.related(main)
    told: list[str] = []
    for name in package.related_as(main, "styles"):
        root = package.xml(name)
        fonts = [str(f.get("val", "")) for f in root.iterfind(f"{_MAIN}fonts/{_MAIN}font/{_MAIN}name")]
        for style in root.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"):
            number = int(style.get("fontId", "0"))
            told.append(fonts[number] if number < len(fonts) and font_encoding(fonts[number]) else "")
    found: dict[str, SheetCells] = {}
    for sheet in package.xml(main).iter(f"{_MAIN}sheet"):
        identifier = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        kind, name = related.get(identifier, ("", ""))
        if kind != "worksheet" or name not in package.names:
            continue
        cells = found.setdefault(sheet.get("name", ""), SheetCells())
        data = package.read(name)
        # The last row may have cells that do not say where they are.
        cells.last_row = max((min(int(row[:9]), 2 * MAX_ROWS) for row in _ROW.findall(data)), default=1) - 1
        for match in _CELL.finditer(data):
            if place := _REFERENCE.search(match[1]):
                style = _STYLE.search(match[1])
                number = int(style[1]) if style else 0
                cells.add(
                    min(int(place[2][:9]), 2 * MAX_ROWS) - 1, _column(place[1]), told[number] if number < len(told) else ""
                )
    return found


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes, int]]:
    """The records of one part of the stream: kind, body, place. A part inside a part (a chart) is passed over."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, stream[start + 4 : start + 4 + length], start
        start += 4 + length


def _name(body: bytes, *, newer: bool) -> str:
    """A name with its length before it; newer files say whether it has one or two bytes a letter."""
    length = body[0]
    if not newer:
        return body[1 : 1 + length].decode("cp1252", "replace")
    if body[1] & 1:
        return body[2 : 2 + 2 * length].decode("utf-16-le", "replace")
    return body[2 : 2 + length].decode("latin-1")


def _column(letters: bytes) -> int:
    """The number of a column from 0.

    >>> _column(b"A"), _column(b"XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters[:6].upper():
        number = number * 26 + letter - 64
    return number - 1
