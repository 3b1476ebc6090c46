"""The numbered lists of a Word 97-2003 file. Source: [MS-DOC], PlfLst and PlfLfo."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from indexer.readers.numbering import Level, NumberedList
from indexer.readers.word_binary import WordFile

#: Places in the header of the lists, and of the uses of lists, by which paragraphs name them.
_LISTS, _USES = 0x2E2, 0x2EA
_STYLES = {
    0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 22: "decimalZero", 23: "bullet",
    255: "none",
}  # fmt: skip


class WordLists:
    """The lists of one file. A file whose lists are damaged has none: its text is worth more than its markers."""

    def __init__(self, file: WordFile) -> None:
        self._uses: list[NumberedList | None] = []
        with suppress(struct.error, IndexError):
            self._uses = list(_read_uses(file, dict(_read_lists(file))))

    def marker(self, use: int, level: int) -> str:
        """The marker of the next paragraph of a list (from 1), "" where it has none; every call counts on."""
        found = self._uses[use - 1] if 0 < use <= len(self._uses) else None
        return found.next(level) if found else ""


def _read_lists(file: WordFile) -> Iterator[tuple[int, NumberedList]]:
    """The lists by their numbers. Their levels follow behind the table of lists."""
    table = file.part(_LISTS)
    count = struct.unpack_from("<H", table)[0] if table else 0
    levels = file.behind(_LISTS)
    at = 0
    for index in range(count):
        number, simple = struct.unpack_from("<i22xB", table, 2 + 28 * index)
        found: dict[int, Level] = {}
        for depth in range(1 if simple & 1 else 9):
            found[depth], at = _read_level(levels, at)
        yield number, NumberedList(found)


def _read_uses(file: WordFile, lists: dict[int, NumberedList]) -> Iterator[NumberedList | None]:
    table = file.part(_USES)
    count = struct.unpack_from("<I", table)[0] if table else 0
    at = 4 + 16 * count
    for index in range(min(count, len(table) // 16)):
        number, changes = struct.unpack_from("<i8xB", table, 4 + 16 * index)
        found = lists.get(number)
        changed = dict(found.levels) if found else {}
        at += 4
        for _ in range(changes):
            start, flags = struct.unpack_from("<iI", table, at)
            at += 8
            depth = flags & 0xF
            if flags & 0x20:
                changed[depth], at = _read_level(table, at)
            elif flags & 0x10:
                changed[depth] = replace(changed.get(depth, Level()), start=start)
        # A list that begins anew counts by itself.
        yield NumberedList(changed) if found and changes else found


def _read_level(data: bytes, at: int) -> tuple[Level, int]:
    """A level and the place behind it. In its text, signs 0-8 stand for the numbers of the levels."""
    start, style = struct.unpack_from("<iB", data, at)
    at += 28 + data[at + 24] + data[at + 25]
    length = struct.unpack_from("<H", data, at)[0]
    text = data[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
    shown = "".join(f"%{ord(c) + 1}" if ord(c) < 9 else c for c in text)
    return Level(start, _STYLES.get(style, "decimal"), shown), at + 2 + 2 * length
