"""Read PowerPoint presentations (.pptx): each slide is a page, with its title, texts, tables and speaker's notes.

The slides come in the order of the presentation; hidden slides are left out, and so is what every slide shows (number, date,
footer).
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.readers.flow import make_block, make_row
from indexer.readers.legacy_fonts import Run
from indexer.readers.package import Element, Package, list_members
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from kb.item import Block

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TITLES = {"title", "ctrTitle"}
_MARGINS = {"sldNum", "dt", "ftr", "hdr", "sldImg"}


class PptxReader:
    """The reader of presentations since 2007."""

    name = "PowerPoint (.pptx)"

    def bid(self, paper: Paper) -> float:
        """1 for a ZIP file with the parts of a presentation."""
        return 1.0 if any(name.startswith("ppt/presentation") for name in list_members(paper.data)) else 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a presentation. Raises ExtractError: damaged, encrypted, too large, without any text."""
        package = Package(paper)
        blocks: list[Block] = []
        try:
            for page, name in enumerate(_slides(package), 1):
                slide = package.xml(name)
                if slide.get("show") in ("0", "false"):
                    continue
                blocks += _shapes(slide, page)
                for notes in package.related_as(name, "notesSlide"):
                    blocks += _shapes(package.xml(notes), page)
        except RecursionError as error:
            raise ExtractError(f"{paper.path}: tệp lồng quá nhiều lớp; hãy lưu lại thành PDF") from error
        if not blocks:
            raise ExtractError(f"{paper.path}: không có chữ nào; nếu trang chiếu là hình, hãy lưu thành PDF rồi gửi lại")
        return Content(tuple(blocks))


def _slides(package: Package) -> Iterator[str]:
    main = package.main()
    related = package.related(main)
    for slide in package.xml(main).iter(f"{_P}sldId"):
        kind, name = related.get(slide.get(f"{_R}id", ""), ("", ""))
        if kind == "slide" and name in package.names:
            yield name


def _shapes(parent: Element, page: int) -> Iterator[Block]:
    for child in parent:
        name = _name(child)
        if name == "sp":
            holder = child.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
            kind = holder.get("type", "body") if holder is not None else ""
            if kind not in _MARGINS:
                yield from _texts(child, page, title=kind in _TITLES)
        elif name == "tbl":
            for row in child.findall(f"{_A}tr"):
                cells = row.findall(f"{_A}tc")
                if block := make_row((_cell(cell) for cell in cells), page):
                    yield block
        elif name == "AlternateContent":
            yield from _shapes(child[0], page) if len(child) else ()
        else:
            yield from _shapes(child, page)


def _texts(shape: Element, page: int, *, title: bool) -> Iterator[Block]:
    for paragraph in shape.iter(f"{_A}p"):
        runs = list(_runs(paragraph))
        properties = paragraph.find(f"{_A}pPr")
        marked = properties is not None and (
            properties.find(f"{_A}buChar") is not None or properties.find(f"{_A}buAutoNum") is not None
        )
        if title:
            block = make_block(runs, "heading", 1, page=page)
        else:
            block = make_block(runs, "list_item" if marked else "paragraph", marker="-" if marked else "", page=page)
        if block:
            yield block


def _cell(cell: Element) -> list[Run]:
    runs: list[Run] = []
    for paragraph in cell.iter(f"{_A}p"):
        runs += [(" ", ""), *_runs(paragraph)] if runs else list(_runs(paragraph))
    return runs


def _runs(paragraph: Element) -> Iterator[Run]:
    for child in paragraph:
        name = _name(child)
        if name == "br":
            yield "\n", ""
        elif name in ("r", "fld"):
            font = child.find(f"{_A}rPr/{_A}latin")
            text = child.find(f"{_A}t")
            if text is not None and not (name == "fld" and child.get("type") == "slidenum"):
                yield text.text or "", font.get("typeface", "") if font is not None else ""


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
