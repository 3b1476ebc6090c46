"""Read Word 97-2003 documents (.doc): what is printed, once and in reading order.

Instructions of fields, deletions and hidden text are left out, the results of fields stay. A row of a table is a block; a
row without lines whose cells hold several paragraphs gives these paragraphs, as in docx.py. Headers come
first, text boxes, notes and footers behind the text. The byte 0xAD stays what it is: in TCVN3 it is the letter "ư". Word
files hold no pages: every block is on page 1.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

import olefile

from indexer.readers.flow import Flow, has_text
from indexer.readers.legacy_fonts import Run, font_encoding
from indexer.readers.package import list_streams
from indexer.readers.reader import Content, Paper
from indexer.readers.word_binary import HEADERS, Characters, Paragraph, WordFile
from indexer.readers.word_lists import WordLists
from kb.errors import ExtractError
from kb.item import Block

#: Where the header (FIB) has the numbers of characters: text, notes, headers, macros, comments, endnotes, text boxes.
_COUNTS = 0x4C
#: What ends a paragraph or a cell, begins, parts or ends a field, or is a sign of its own.
_SPECIAL = re.compile("[\x00-\x1f]")
_SIGNS = {"\t": "\t", "\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": "\u00ad"}
#: Fields that count pages.
_COUNTERS = (["PAGE"], ["NUMPAGES"], ["SECTIONPAGES"])
#: The first number of a Word file, and the version of Word 97.
_MAGIC, _WORD_97 = 0xA5EC, 0xC1
_ENDS = "\r\x07\x0c"
_DAMAGED = (struct.error, IndexError, ValueError, OSError, EOFError, TypeError, KeyError, AttributeError)


class DocReader:
    """The reader of Word documents from 97 to 2003; it also tells of Word and Excel files that are encrypted."""

    name = "Word 97-2003 (.doc)"

    def bid(self, paper: Paper) -> float:
        """1 for an OLE file with the stream of a Word document, .4 where that is older than Word 97."""
        streams = list_streams(paper.data)
        if "WordDocument" in streams:
            return 0.4 if is_older_word(paper.data) else 1.0
        return 0.9 if "EncryptedPackage" in streams else 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a document. Raises ExtractError: damaged, encrypted, older than Word 97, without any text."""
        damaged = ExtractError(f"{paper.path}: tệp Word hỏng hoặc tải về chưa hết; hãy mở bằng Word rồi lưu lại thành .docx")
        try:
            with olefile.OleFileIO(io.BytesIO(paper.data)) as streams:
                document = _Document(_open(paper.path, streams))
                blocks = document.blocks()
        except ExtractError:
            raise
        except _DAMAGED as error:
            raise damaged from error
        if not blocks:
            raise ExtractError(f"{paper.path}: không có chữ nào; nếu trang là hình, hãy gửi bản quét PDF hoặc ảnh")
        return Content(tuple(blocks))


def is_older_word(data: bytes) -> bool:
    """Whether a file is of a Word before 97 (6.0 or 95), whose text lies otherwise. It never raises."""
    if "WordDocument" not in list_streams(data):
        return False
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as streams:
            magic, version = struct.unpack("<HH", streams.openstream("WordDocument").read(4))
    except _DAMAGED:
        return False
    return bool(magic != _MAGIC or version < _WORD_97)


def _open(path: str, streams: olefile.OleFileIO) -> WordFile:
    """The Word file in its streams. Raises ExtractError where it is encrypted or of an older Word."""
    if streams.exists("EncryptedPackage"):
        raise ExtractError(f"{path}: tệp có mật khẩu; hãy bỏ mật khẩu rồi thử lại")
    main = streams.openstream("WordDocument").read()
    magic, version = struct.unpack_from("<HH", main)
    flags = struct.unpack_from("<H", main, 0x0A)[0]
    if flags & 0x100:
        raise ExtractError(f"{path}: tệp có mật khẩu; hãy bỏ mật khẩu rồi thử lại")
    if magic != _MAGIC or version < _WORD_97:
        raise ExtractError(f"{path}: tệp của Word trước năm 1997; hãy mở bằng LibreOffice rồi lưu lại thành .docx")
    table = streams.openstream("1Table" if flags & 0x200 else "0Table").read()
    return WordFile(main, table, streams.openstream("Data").read() if streams.exists("Data") else b"")


class _Document:
    """One document while it is read."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._lists = WordLists(file)
        counts = struct.unpack_from("<7I", file.main, _COUNTS)
        self._starts = [sum(counts[:at]) for at in range(len(counts) + 1)]

    def blocks(self) -> list[Block]:
        """The text, with what stands around it."""
        text, footnotes, _, _, _, endnotes, boxes = (self._part(at) for at in range(7))
        headers, footers = self._margins()
        known = {block.original for block in text}
        headers = [block for block in headers if block.original not in known]
        footers = [block for block in footers if block.original not in known]
        return [*headers, *text, *boxes, *footnotes, *endnotes, *footers]

    def _part(self, at: int) -> list[Block]:
        # Headers are read one by one; macros and comments are not printed.
        if at in (2, 3, 4):
            return []
        return _Story(self._file, self._lists).read(self._starts[at], self._starts[at + 1])

    def _margins(self) -> tuple[list[Block], list[Block]]:
        """The headers and the footers that hold more than page numbers, each text once."""
        table = self._file.part(HEADERS)
        places = struct.unpack_from(f"<{len(table) // 4}I", table)
        found: tuple[list[Block], list[Block]] = ([], [])
        seen: set[str] = set()
        # Six texts separate notes from the page; then each section has headers (even, odd), footers, and those of page 1.
        for at in range(6, len(places) - 1):
            first, last = (min(self._starts[2] + place, self._starts[3]) for place in places[at : at + 2])
            for block in _Story(self._file, self._lists).read(first, last):
                if block.original not in seen and any(c.isalpha() for c in block.original):
                    seen.add(block.original)
                    found[at % 6 in (2, 3, 5)].append(block)
        return found


class _Story:
    """One run of text (the body, a header, a note) while it is read."""

    def __init__(self, file: WordFile, lists: WordLists) -> None:
        self._file = file
        self._lists = lists
        self._flow = Flow()
        #: The pieces of the paragraph so far, each with its properties; its own properties stand at its end.
        self._pieces: list[tuple[str, Characters]] = []
        #: Of every open field: its instruction, and whether its result is being read.
        self._fields: list[tuple[str, bool]] = []

    def read(self, first: int, last: int) -> list[Block]:
        for text, characters, offset, width in self._file.segments(first, last):
            at = 0
            for special in _SPECIAL.finditer(text):
                self._say(text[at : special.start()], characters)
                self._special(special[0], characters, offset + special.start() * width)
                at = special.end()
            self._say(text[at:], characters)
        self._flow.end_paragraph(self._take(Paragraph()))
        return self._flow.blocks

    def _say(self, text: str, characters: Characters) -> None:
        if not text or characters.hidden:
            return
        if self._fields and not self._fields[-1][1]:
            self._fields[-1] = (self._fields[-1][0] + text, False)
        elif not any(not shown or instruction.split()[:1] in _COUNTERS for instruction, shown in self._fields):
            self._pieces.append((text, characters))

    def _special(self, sign: str, characters: Characters, offset: int) -> None:
        if sign in _ENDS:
            paragraph = self._file.paragraph_at(offset)
            if sign == "\x07" or paragraph.in_table:
                self._end_in_table(sign, paragraph)
            else:
                level = paragraph.outline + 1 if paragraph.outline < 6 else 0
                runs = self._take(paragraph)
                self._flow.end_paragraph(runs, level, self._marker(paragraph, runs))
        elif sign == "\x13":
            self._fields.append(("", False))
        elif sign == "\x14" and self._fields:
            self._fields[-1] = (self._fields[-1][0], True)
        elif sign == "\x15" and self._fields:
            self._fields.pop()
        elif sign in _SIGNS:
            self._say(_SIGNS[sign], characters)

    def _end_in_table(self, sign: str, paragraph: Paragraph) -> None:
        if paragraph.ends_row and paragraph.depth < 2:
            self._take(paragraph)
            self._flow.end_row(ruled=paragraph.ruled)
        elif sign == "\x07":
            self._flow.end_cell(self._line(paragraph))
        elif not paragraph.ends_row:
            self._flow.end_line(self._line(paragraph))

    def _line(self, paragraph: Paragraph) -> list[Run]:
        """The runs of a paragraph within a cell, behind its marker."""
        runs = self._take(paragraph)
        marker = self._marker(paragraph, runs)
        return [(f"{marker} ", ""), *runs] if marker else runs

    def _marker(self, paragraph: Paragraph, runs: list[Run]) -> str:
        return self._lists.marker(paragraph.list_use, paragraph.list_level) if has_text(runs) else ""

    def _take(self, paragraph: Paragraph) -> list[Run]:
        """The runs of the paragraph that ends here, each with the font that shows its letters."""
        pieces, self._pieces = self._pieces, []
        return list(self._named(pieces, paragraph))

    def _named(self, pieces: list[tuple[str, Characters]], paragraph: Paragraph) -> Iterator[Run]:
        for text, characters in pieces:
            ascii_font, other = self._file.font_names(characters, paragraph)
            if characters.symbol and text == "(":
                font, code = characters.symbol
                name = self._file.fonts[font] if font < len(self._file.fonts) else ""
                if font_encoding(name):
                    yield chr(code & 0xFF), name
                elif not 0xD800 <= code <= 0xF8FF and code >= 0x20:
                    yield chr(code), name
            else:
                yield text, ascii_font if font_encoding(ascii_font) else other
