"""Read OpenDocument text (.odt) and presentations (.odp): what is printed, once and in reading order.

A row of a table is a block; a table of one column is a frame around paragraphs. Deleted text and comments are left out,
notes come last, headers first and footers behind the text, as in docx.py. A slide is a page; a text document
holds no pages, so all its blocks are on page 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.readers.flow import make_numbered, make_row
from indexer.readers.legacy_fonts import Run
from indexer.readers.odf_styles import STYLE, TEXT, Lists, OdfStyles
from indexer.readers.package import Element, Package, list_members
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from kb.item import Block

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_TYPE = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|presentation)")
_SPACES = re.compile("[ \t\r\n]+")
#: What is not printed, is no text of this place, or counts pages.
_LEFT_OUT = {
    "tracked-changes", "annotation", "annotation-end", "page-number", "page-count", "ruby-text", "forms", "sequence-decls",
    "variable-decls", "user-field-decls", "event-listeners", "title", "desc", "thumbnail", "date-time", "slide-number",
    "settings",
}  # fmt: skip
#: Empty cells in a row that are shown one by one: a row may repeat one to the edge of the sheet.
_MAX_REPEATED = 30


class OdfReader:
    """The reader of OpenDocument text and presentations."""

    name = "OpenDocument (.odt, .odp)"

    def bid(self, paper: Paper) -> float:
        """1 for a package whose type is text or presentation."""
        # The type is the first member, and stands unpacked at the beginning.
        if paper.data.startswith(b"PK") and _TYPE.search(paper.data, 30, 200) and "content.xml" in list_members(paper.data):
            return 1.0
        return 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a file. Raises ExtractError: damaged, encrypted, too large, without any text."""
        package = Package(paper)
        manifest = package.optional("META-INF/manifest.xml")
        if manifest is not None and any(str(e.tag).endswith("}encryption-data") for e in manifest.iter()):
            raise ExtractError(f"{paper.path}: tệp có mật khẩu; hãy bỏ mật khẩu rồi thử lại")
        try:
            blocks = _Document(package).read()
        except RecursionError as error:
            raise ExtractError(f"{paper.path}: tệp lồng quá nhiều lớp; hãy lưu lại thành PDF") from error
        if not blocks:
            raise ExtractError(f"{paper.path}: không có chữ nào; nếu trang là hình, hãy gửi bản quét PDF hoặc ảnh")
        return Content(tuple(blocks))


class _Document:
    """One file while it is read."""

    def __init__(self, package: Package) -> None:
        self._content = package.xml("content.xml")
        self._other = package.optional("styles.xml")
        self._styles = OdfStyles(self._content, self._other)
        self._lists = Lists(self._styles)
        self._blocks: list[Block] = []
        self._notes: list[Element] = []
        self._page = 1

    def read(self) -> list[Block]:
        body = self._content.find(f"{_OFFICE}body")
        for document in body if body is not None else ():
            if _name(document) == "presentation":
                for self._page, slide in enumerate(document.iter(f"{_DRAW}page"), 1):
                    self._walk(slide)
            else:
                self._margins("header", "header-first")
                self._walk(document)
                # A note may have a note.
                while self._notes:
                    self._walk(self._notes.pop(0))
                self._margins("footer", "footer-first")
        return self._blocks

    def _walk(self, parent: Element, style: str = "", depth: int = 0, marker: str = "", *, title: bool = False) -> None:
        for child in parent:
            name = _name(child)
            if name in ("p", "h"):
                self._paragraph(child, marker, title=title)
                marker = ""
            elif name == "list":
                self._list(child, style, depth)
            elif name == "table":
                self._table(child)
            elif name == "frame":
                self._walk(child, title=child.get(f"{_PRESENTATION}class") == "title")
            elif name == "notes":
                self._walk(child)
            elif name not in _LEFT_OUT:
                self._walk(child, style, depth, title=title)

    def _list(self, element: Element, style: str, depth: int) -> None:
        style = element.get(f"{TEXT}style-name", style)
        depth += 1
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list") is not None
        self._lists.open(style, depth, goes_on=goes_on)
        for item in element:
            first = item[0] if len(item) else None
            numbered = _name(item) == "list-item" and first is not None and _name(first) != "list"
            self._walk(item, style, depth, self._lists.marker(style, depth) if numbered else "")

    def _paragraph(self, element: Element, marker: str, *, title: bool) -> None:
        runs, boxes = self._runs(element)
        level = element.get(f"{TEXT}outline-level", "1") if _name(element) == "h" else "1" if title else ""
        number = min(max(int(level), 1), 6) if level.isdecimal() else 1 if level else 0
        if block := make_numbered(runs, number, marker, self._page):
            self._blocks.append(block)
        for box in boxes:
            self._walk(box)

    def _runs(self, paragraph: Element) -> tuple[list[Run], list[Element]]:
        runs: list[Run] = []
        boxes: list[Element] = []
        self._enter(paragraph, self._styles.font("paragraph", paragraph.get(f"{TEXT}style-name", "")), runs, boxes)
        return runs, boxes

    def _enter(self, element: Element, font: str, runs: list[Run], boxes: list[Element]) -> None:
        _say(element.text, font, runs)
        for child in element:
            name = _name(child)
            if name == "s":
                count = child.get(f"{TEXT}c", "1")
                runs.append((" " * min(int(count) if count.isdecimal() else 1, 200), font))
            elif name == "tab":
                runs.append(("\t", font))
            elif name == "line-break":
                runs.append(("\n", font))
            elif name == "note":
                body = child.find(f"{TEXT}note-body")
                if body is not None:
                    self._notes.append(body)
            elif child.tag.startswith(_DRAW) and name != "a":
                boxes.append(child)
            elif name not in _LEFT_OUT:
                own = self._styles.font("text", child.get(f"{TEXT}style-name", "")) if name == "span" else ""
                self._enter(child, own or font, runs, boxes)
            _say(child.tail, font, runs)

    def _table(self, table: Element) -> None:
        rows = [list(_cells(row)) for row in _rows(table)]
        framed = all(len(cells) == 1 for cells in rows)
        for cells in rows:
            if framed:
                self._walk(cells[0][0])
            elif block := make_row((self._cell(cell) for cell, count in cells for _ in range(count)), self._page):
                self._blocks.append(block)

    def _cell(self, cell: Element) -> list[Run]:
        """The text of a cell in one line, with that of lists, tables and text boxes inside it."""
        runs: list[Run] = []
        for child in cell:
            if _name(child) in ("p", "h"):
                inside, boxes = self._runs(child)
                runs += ([(" ", "")] if runs else []) + inside
                for box in boxes:
                    runs += [(" ", ""), *self._cell(box)]
            elif _name(child) not in _LEFT_OUT and (inside := self._cell(child)):
                runs += ([(" ", "")] if runs else []) + inside
        return runs

    def _margins(self, *names: str) -> None:
        """The texts of headers or footers that hold more than page numbers, each once."""
        seen = {block.original for block in self._blocks}
        before = self._blocks
        for name in names:
            for margin in self._other.iter(f"{STYLE}{name}") if self._other is not None else ():
                self._blocks = []
                self._walk(margin)
                for block in self._blocks:
                    if any(c.isalpha() for c in block.original) and block.original not in seen:
                        seen.add(block.original)
                        before.append(block)
        self._blocks = before


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _say(text: str | None, font: str, runs: list[Run]) -> None:
    if text:
        runs.append((_SPACES.sub(" ", text), font))


def _rows(parent: Element) -> Iterator[Element]:
    for child in parent:
        if _name(child) == "table-row":
            yield child
        elif _name(child) in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _rows(child)


def _cells(row: Element) -> Iterator[tuple[Element, int]]:
    """The cells of a row, each with how often it is shown."""
    for cell in row:
        if _name(cell) in ("table-cell", "covered-table-cell"):
            count = cell.get(f"{_TABLE}number-columns-repeated", "1")
            yield cell, min(int(count) if count.isdecimal() else 1, _MAX_REPEATED)
