"""The structures of a Word 97-2003 file: pieces of text, and the properties of characters, paragraphs and styles.

Source: [MS-DOC]. The text lies in pieces of one or two bytes a character; pages of 512 bytes (FKP) say which bytes have
which properties, as lists of changes (sprm) to those of a style. Only what tells text, fonts, headings and tables is read.
"""

from __future__ import annotations

import struct
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from indexer.readers.legacy_fonts import decode_western

#: Places in the header (FIB) of pairs (offset, length) in the table stream.
STYLES, HEADERS, CHARACTERS, PARAGRAPHS, FONTS, PIECES = 0xA2, 0xF2, 0xFA, 0x102, 0x112, 0x1A2
_PAGE = 512
#: Characters that are read of a file: damaged pieces may all be the same bytes, over and over.
_MAX_CHARACTERS = 5_000_000
#: Styles that follow each other.
_MAX_CHAIN = 20
#: Bytes of the value of a sprm, by the three highest bits of its code; 6 is a length and that many bytes.
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)

Properties = TypeVar("Properties")


@dataclass(frozen=True, slots=True)
class Characters:
    """The properties of a run: `fonts` are the numbers of its fonts for ASCII and for other letters (-1 where not said),
    `symbol` is the (font, code) that stands in place of the character."""

    fonts: tuple[int, int] = (-1, -1)
    hidden: bool = False
    style: int = -1
    symbol: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The properties of a paragraph: its style, outline level (0-8, 9 for text), place in a table, row's lines, list."""

    style: int = 0
    outline: int = 9
    in_table: bool = False
    ends_row: bool = False
    depth: int = 0
    ruled: bool = False
    list_use: int = 0
    list_level: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """A style: the style that it is based on (-1 for none), its built-in number, and what it changes."""

    base: int
    built_in: int
    name: str
    characters: bytes = b""
    paragraph: bytes = b""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters `first`-`last` that lies at byte `offset`, `width` bytes each."""

    first: int
    last: int
    offset: int
    width: int


class WordFile:
    """The streams of one file, opened. Damaged structures raise struct.error, IndexError or ValueError."""

    def __init__(self, main: bytes, table: bytes, data: bytes) -> None:
        self.main = main
        self._table = table
        self._data = data
        self._left = 2 * _MAX_CHARACTERS
        self.pieces = list(self._read_pieces())
        self.fonts = list(self._read_fonts())
        self.default_fonts = (-1, -1)
        self._style_fonts: dict[int, tuple[int, int]] = {}
        self.styles: list[Style | None] = list(self._read_styles())
        self._characters = _Runs(self._read_pages(CHARACTERS), _read_characters)
        self._paragraphs = _Runs(self._read_pages(PARAGRAPHS), self._read_paragraph)

    def part(self, place: int) -> bytes:
        """The bytes of the table stream to which a place of the header points."""
        offset, length = struct.unpack_from("<II", self.main, place)
        return self._table[offset : offset + length]

    def behind(self, place: int) -> bytes:
        """The bytes of the table stream behind those to which a place of the header points."""
        offset, length = struct.unpack_from("<II", self.main, place)
        return self._table[offset + length :] if length else b""

    def segments(self, first: int, last: int) -> Iterator[tuple[str, Characters, int, int]]:
        """The text of the characters `first`-`last` in runs of equal properties: text, properties, first byte, width."""
        for piece in self.pieces:
            start, end = max(first, piece.first), min(last, piece.last)
            at = piece.offset + (start - piece.first) * piece.width
            stop = piece.offset + (end - piece.first) * piece.width
            while start < end and at < stop:
                properties, until = self._characters.find(at)
                self._left -= min(until, stop) - at
                if self._left < 0:
                    raise ValueError("more text than the file holds")
                until = at + max((min(until, stop) - at) // piece.width, 1) * piece.width
                yield _decode(self.main[at:until], piece.width), properties, at, piece.width
                at = until

    def paragraph_at(self, offset: int) -> Paragraph:
        """The properties of the paragraph whose last character lies at a byte."""
        return self._paragraphs.find(offset)[0]

    def font_names(self, run: Characters, paragraph: Paragraph) -> tuple[str, str]:
        """The names of the fonts that a run has for ASCII and for other letters: its own, or those of its styles."""
        found = self._fonts_of(run, paragraph.style)
        ascii_name, other = (self.fonts[number] if 0 <= number < len(self.fonts) else "" for number in found)
        return ascii_name, other

    def _fonts_of(self, run: Characters, style: int) -> tuple[int, int]:
        fonts = run.fonts
        for start in (run.style, style):
            if start not in self._style_fonts:
                found = (-1, -1)
                for known in self.chain(start):
                    found = _merge(found, _read_characters(known.characters).fonts)
                self._style_fonts[start] = found
            fonts = _merge(fonts, self._style_fonts[start])
        return _merge(fonts, self.default_fonts)

    def chain(self, number: int) -> Iterator[Style]:
        """A style and those that it is based on."""
        for _ in range(_MAX_CHAIN):
            style = self.styles[number] if 0 <= number < len(self.styles) else None
            if style is None:
                return
            yield style
            number = style.base

    def _read_pieces(self) -> Iterator[Piece]:
        clx = self.part(PIECES)
        at = 0
        while clx[at] == 1:
            at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
        if clx[at] != 2:
            raise ValueError("no piece table")
        table = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
        count = (len(table) - 4) // 12
        places = struct.unpack_from(f"<{count + 1}I", table)
        for index in range(count):
            offset = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)[0]
            packed = bool(offset & 0x40000000)
            offset &= 0x3FFFFFFF
            yield Piece(places[index], places[index + 1], offset // 2 if packed else offset, 1 if packed else 2)

    def _read_fonts(self) -> Iterator[str]:
        table = self.part(FONTS)
        at = 4
        while at < len(table) and table[at]:
            end = at + 1 + table[at]
            yield table[at + 40 : end].decode("utf-16-le", "replace").partition("\0")[0]
            at = end

    def _read_styles(self) -> Iterator[Style | None]:
        table = self.part(STYLES)
        if len(table) < 2:
            return
        at = 2 + struct.unpack_from("<H", table)[0]
        base = struct.unpack_from("<H", table, 4)[0]
        if at >= 20:
            ascii_font, _, other = struct.unpack_from("<3H", table, 14)
            self.default_fonts = (ascii_font, other)
        while at + 2 <= len(table):
            size = struct.unpack_from("<H", table, at)[0]
            yield _read_style(table[at + 2 : at + 2 + size], base) if size else None
            at += 2 + size + size % 2

    def _read_pages(self, place: int) -> Iterator[tuple[int, int, bytes]]:
        """From the pages of one kind: first byte, byte behind the last, and the bytes of the properties."""
        table = self.part(place)
        count = max((len(table) - 4) // 8, 0)
        entry = 1 if place == CHARACTERS else 13
        for number in struct.unpack_from(f"<{count}I", table, 4 * (count + 1)) if count else ():
            page = self.main[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
            runs = page[-1] if len(page) == _PAGE else 0
            if 4 * (runs + 1) + entry * runs >= _PAGE:
                continue
            ends = struct.unpack_from(f"<{runs + 1}I", page)
            for index in range(runs):
                at = page[4 * (runs + 1) + entry * index] * 2
                yield ends[index], ends[index + 1], _read_entry(page, at, words=place == PARAGRAPHS)

    def _read_paragraph(self, entry: bytes) -> Paragraph:
        """The properties that a style and its changes give a paragraph."""
        style = int.from_bytes(entry[:2], "little")
        found = Paragraph(style=style)
        for known in reversed(list(self.chain(style))):
            found = self._change(found, known.paragraph)
            if 1 <= known.built_in <= 9:
                found = replace(found, outline=known.built_in - 1)
        return self._change(found, entry[2:])

    def _change(self, found: Paragraph, changes: bytes) -> Paragraph:
        for code, value in read_changes(changes):
            match code:
                case 0x2416:
                    found = replace(found, in_table=bool(value[0]), depth=max(found.depth, value[0]))
                case 0x2417 | 0x244C:
                    found = replace(found, ends_row=bool(value[0]))
                case 0x6649:
                    found = replace(found, depth=int.from_bytes(value, "little"))
                case 0x460B:
                    found = replace(found, list_use=int.from_bytes(value, "little"))
                case 0x260A:
                    found = replace(found, list_level=value[0])
                case 0x2640:
                    found = replace(found, outline=value[0])
                case 0xD605 | 0xD613 | 0xD608:
                    found = replace(found, ruled=found.ruled or _draws(code, value))
                case 0x563A:
                    named = next(self.chain(int.from_bytes(value, "little")), None)
                    found = replace(found, ruled=found.ruled or (named is not None and named.name != "Normal Table"))
                case 0x6646 | 0x646B:
                    at = int.from_bytes(value, "little")
                    more = self._data[at + 2 : at + 2 + int.from_bytes(self._data[at : at + 2], "little")]
                    # What lies there does not refer to such a place again.
                    found = self._change(found, b"" if b"\x46\x66" in more or b"\x6b\x64" in more else more)
        return found


class _Runs(Generic[Properties]):
    """Which bytes of the file have which properties."""

    def __init__(self, runs: Iterable[tuple[int, int, bytes]], read: Callable[[bytes], Properties]) -> None:
        self._runs = sorted(runs)
        self._starts = [first for first, _, _ in self._runs]
        self._read = read
        self._known: dict[bytes, Properties] = {}

    def find(self, offset: int) -> tuple[Properties, int]:
        """The properties at a byte, and where they end."""
        at = bisect_right(self._starts, offset) - 1
        if at >= 0 and offset < self._runs[at][1]:
            _, end, entry = self._runs[at]
        else:
            entry, end = b"", self._starts[at + 1] if at + 1 < len(self._starts) else sys.maxsize
        if entry not in self._known:
            self._known[entry] = self._read(entry)
        return self._known[entry], end


def read_changes(changes: bytes) -> Iterator[tuple[int, bytes]]:
    """The changes (sprm) in a list of them: code and value. A list that is cut off ends there."""
    at = 0
    while at + 2 < len(changes):
        code = int.from_bytes(changes[at : at + 2], "little")
        at += 2
        size = _SIZES[code >> 13]
        if code in (0xD608, 0xD606):
            size = int.from_bytes(changes[at : at + 2], "little") - 1
            at += 2
        elif not size:
            size = changes[at]
            at += 1
        value = changes[at : at + size]
        if len(value) < size or size < 1:
            return
        yield code, value
        at += size


def _read_characters(entry: bytes) -> Characters:
    found = Characters()
    for code, value in read_changes(entry):
        match code:
            case 0x4A4F:
                found = replace(found, fonts=(int.from_bytes(value, "little"), found.fonts[1]))
            case 0x4A51:
                found = replace(found, fonts=(found.fonts[0], int.from_bytes(value, "little")))
            case 0x4A30:
                found = replace(found, style=int.from_bytes(value, "little"))
            case 0x0800 | 0x083C:
                found = replace(found, hidden=found.hidden or value[0] in (1, 0x81))
            case 0x6A09:
                found = replace(found, symbol=(value[0] | value[1] << 8, value[2] | value[3] << 8))
            case 0x2A33:
                found = Characters(symbol=found.symbol, hidden=found.hidden)
    return found


def _merge(fonts: tuple[int, int], others: tuple[int, int]) -> tuple[int, int]:
    return (fonts[0] if fonts[0] >= 0 else others[0], fonts[1] if fonts[1] >= 0 else others[1])


def _read_entry(page: bytes, at: int, *, words: bool) -> bytes:
    """The bytes of the properties at a place of a page; those of paragraphs count in words."""
    if not at:
        return b""
    if not words:
        return page[at + 1 : at + 1 + page[at]]
    if page[at]:
        return page[at + 1 : at + 2 * page[at]]
    return page[at + 2 : at + 2 + 2 * page[at + 1]]


def _read_style(data: bytes, base: int) -> Style:
    """A style from its bytes, of which the first `base` have fixed places."""
    number, kind, count = struct.unpack_from("<3H", data)
    length = int.from_bytes(data[base : base + 2], "little")
    at = base + 2 + 2 * length + 2
    name = data[base + 2 : base + 2 + 2 * length].decode("utf-16-le", "replace")
    changes: list[bytes] = []
    for _ in range(count & 0xF):
        size = int.from_bytes(data[at : at + 2], "little")
        changes.append(data[at + 2 : at + 2 + size])
        at += 2 + size + size % 2
    on = kind >> 4
    style = Style(-1 if on == 0xFFF else on, number & 0xFFF, name)
    if kind & 0xF == 1 and len(changes) > 1:
        return replace(style, paragraph=changes[0][2:], characters=changes[1])
    if kind & 0xF == 2 and changes:
        return replace(style, characters=changes[0])
    return style


def _draws(code: int, value: bytes) -> bool:
    """Whether the lines of a table are drawn: those around it (0xD605, 0xD613), or those of most of its cells (0xD608)."""
    if code == 0xD605:
        return any(value[at + 1] for at in range(0, len(value) - 3, 4) if value[at : at + 4] != b"\xff" * 4)
    if code == 0xD613:
        return any(value[at + 5] for at in range(0, len(value) - 7, 8) if value[at : at + 4] != b"\xff" * 4)
    count = value[0]
    cells = [value[at : at + 20] for at in range(3 + 2 * count, len(value) - 19, 20)]
    lined = sum(sum(c[at + 1] not in (0, 0xFF) for at in range(4, 20, 4)) > 1 for c in cells)
    return lined * 2 > count


def _decode(data: bytes, width: int) -> str:
    return data.decode("utf-16-le", "replace") if width == 2 else decode_western(data)
