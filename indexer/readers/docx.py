"""Read Word documents (.docx, .docm, .dotx): what is printed, once and in reading order.

The XML is walked here, for libraries lose what real papers have: content controls, tracked insertions, text boxes, soft
hyphens (in TCVN3 the letter "ư"). Left out is what is not printed: deletions, hidden text, instructions of fields, comments.
A row of a table is a block. A row without lines whose cells hold several paragraphs only places text side by side (a
letterhead, signatures): it gives these paragraphs, cell by cell. Headers come first and footers and notes last, each text
once, and those that hold page numbers only are left out. Word files hold no pages: every block is on page 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.readers.docx_numbering import Numbering
from indexer.readers.docx_runs import RunReader
from indexer.readers.docx_styles import Styles, W, local_name
from indexer.readers.flow import has_text, make_numbered, make_row
from indexer.readers.legacy_fonts import Run
from indexer.readers.package import Element, Package, list_members, parse_xml
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from kb.item import Block

#: Letters below which a document with pictures is said to be pictures.
_FEW_LETTERS = 200
#: What only wraps blocks.
_WRAPPERS = {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"}


class DocxReader:
    """The reader of Word documents since 2007."""

    name = "Word (.docx)"

    def bid(self, paper: Paper) -> float:
        """1 for a ZIP file with the parts of a Word document."""
        return 1.0 if any(name.startswith("word/document") for name in list_members(paper.data)) else 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a document. Raises ExtractError: damaged, encrypted, too large, without any text."""
        try:
            return _Document(Package(paper)).content()
        except RecursionError as error:
            raise ExtractError(f"{paper.path}: tệp lồng quá nhiều lớp; hãy lưu lại thành PDF") from error


class _Document:
    """One document while it is read."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main()
        related = {kind: name for kind, name in package.related(self._main).values()}
        self._styles = Styles(_read_styles(package, related.get("styles", "")))
        self._numbering = Numbering(package.optional(related.get("numbering", "")))
        self._runs = RunReader(self._styles)
        self._blocks: list[Block] = []
        self._held: list[Run] = []

    def content(self) -> Content:
        body = self._package.xml(self._main).find(f"{W}body")
        if body is None:
            raise ExtractError(f"{self._package.path}: tệp Word thiếu phần thân; hãy mở bằng Word rồi lưu lại")
        self._margins("header")
        self._walk(body)
        self._notes("footnotes")
        self._notes("endnotes")
        self._margins("footer")
        pictures = sum(name.startswith("word/media/") for name in self._package.names)
        letters = sum(len(block.original) for block in self._blocks)
        notes: tuple[str, ...] = ()
        if pictures and letters < _FEW_LETTERS:
            notes = (f"Tệp có {pictures} hình và rất ít chữ; chữ trong hình không được đọc. Hãy gửi bản quét PDF hoặc ảnh.",)
        if not self._blocks:
            raise ExtractError(f"{self._package.path}: không có chữ nào. {' '.join(notes)}".strip())
        return Content(tuple(self._blocks), notes=notes)

    def _walk(self, parent: Element) -> None:
        for child in parent:
            name = local_name(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name in _WRAPPERS:
                self._walk(child)
            elif name == "AlternateContent":
                self._walk(child[0])

    def _paragraph(self, paragraph: Element) -> None:
        runs, boxes = self._runs.read(paragraph)
        runs = self._held + runs
        self._held = []
        properties = paragraph.find(f"{W}pPr")
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            # The end of the paragraph was deleted: its text goes on in the next one.
            self._held = runs
        else:
            self._add(runs, paragraph)
        for box in boxes:
            self._walk(box)

    def _add(self, runs: list[Run], paragraph: Element) -> None:
        if not has_text(runs):
            return
        level = self._styles.heading_level(paragraph)
        marker = self._numbering.marker(paragraph, self._styles)
        if block := make_numbered(runs, level, marker):
            self._blocks.append(block)

    def _table(self, table: Element) -> None:
        ruled = self._styles.has_borders(table)
        rows = [list(_cells(row)) for row in _rows(table)]
        framed = all(len(cells) == 1 for cells in rows)
        for cells in rows:
            if framed or (not ruled and any(len(list(self._paragraphs(cell))) > 1 for cell in cells)):
                for cell in cells:
                    self._walk(cell)
            elif block := make_row(map(self._cell, cells)):
                self._blocks.append(block)

    def _cell(self, cell: Element) -> list[Run]:
        """The text of a cell in one line, with that of tables inside it."""
        runs: list[Run] = []
        for paragraph in self._paragraphs(cell):
            inside, boxes = self._runs.read(paragraph)
            marker = self._numbering.marker(paragraph, self._styles) if inside else ""
            runs += [(f"{marker} ", "")] if marker else []
            runs += inside
            runs.append((" ", ""))
            for box in boxes:
                runs += self._cell(box)
        return _trim(runs)

    def _paragraphs(self, parent: Element) -> Iterator[Element]:
        for child in parent:
            name = local_name(child)
            if name == "p":
                yield child
            elif name == "tbl":
                for row in _rows(child):
                    for cell in _cells(row):
                        yield from self._paragraphs(cell)
            elif name in _WRAPPERS:
                yield from self._paragraphs(child)
            elif name == "AlternateContent":
                yield from self._paragraphs(child[0])

    def _margins(self, kind: str) -> None:
        """The texts of the headers or footers that are not there yet and hold more than page numbers."""
        seen = {block.original for block in self._blocks}
        before = self._blocks
        for part in self._package.related_as(self._main, kind):
            self._blocks = []
            self._walk(self._package.xml(part))
            for block in self._blocks:
                if any(c.isalpha() for c in block.original) and block.original not in seen:
                    seen.add(block.original)
                    before.append(block)
        self._blocks = before

    def _notes(self, kind: str) -> None:
        """The texts of the footnotes or endnotes, without the lines that separate them from the page."""
        for part in self._package.related_as(self._main, kind):
            for note in self._package.xml(part):
                if note.get(f"{W}type", "normal") == "normal":
                    self._walk(note)


def _read_styles(package: Package, name: str) -> Element | None:
    """The part of the styles without the formats of first and last rows: most of it, of which nothing is read."""
    if name not in package.names:
        return None
    first, *others = package.read(name).split(b"<w:tblStylePr ")
    return parse_xml(package.path, first + b"".join(other.partition(b"</w:tblStylePr>")[2] for other in others))


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        name = local_name(child)
        if name == "tr":
            properties = child.find(f"{W}trPr")
            if properties is None or properties.find(f"{W}del") is None:
                yield child
        elif name in _WRAPPERS:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        name = local_name(child)
        if name == "tc":
            yield child
        elif name in _WRAPPERS:
            yield from _cells(child)


def _trim(runs: list[Run]) -> list[Run]:
    while runs and not runs[-1][0].strip():
        runs.pop()
    return runs
