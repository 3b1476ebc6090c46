"""The visible text of a tree of HTML as blocks: headings, list items, rows of tables, paragraphs."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from lxml import etree

from kb.item import Block, BlockRole

#: Elements whose content nobody sees, or that only operate the page.
UNSEEN = frozenset({
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "applet", "svg", "canvas", "audio",
    "video", "button", "select", "textarea", "input", "map", "datalist", "dialog",
})  # fmt: skip
#: Letters of a cell of a table, and elements in it that begin a line, from which the table only lays the page out.
MAX_CELL_LETTERS = 1200
MAX_CELL_LINES = 12

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
#: Elements that begin a line of their own.
_LINES = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "main", "nav", "p", "pre", "section",
    "summary", "table", "tbody", "tfoot", "thead",
})  # fmt: skip


@dataclass(slots=True)
class _Walk:
    """The state of a walk: the words of the block that is being read, what it is, and the lists and rows around it."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    role: BlockRole = "paragraph"
    level: int = 0
    marker: str = ""
    lists: list[int | None] = field(default_factory=list)
    cells: list[str] | None = None
    rows: int = 0
    layout: frozenset[Any] = frozenset()

    def end_block(self) -> None:
        """Put the words that were read into a block; inside a row they are still part of their cell."""
        if self.cells is not None:
            self.words.append(" ")
            return
        text = lines_of("".join(self.words))
        self.words.clear()
        if text:
            self.blocks.append(Block(1, text, self.role, self.level, self.marker))
            self.marker = ""

    def end_cell(self) -> None:
        if self.cells is not None:
            self.cells.append(" ".join("".join(self.words).split()))
            self.words.clear()

    def end_row(self) -> None:
        cells, self.cells = self.cells or [], None
        self.words.clear()
        if any(cells):
            self.blocks.append(Block(1, " | ".join(cells), "table_row"))


def read_blocks(root: Any) -> list[Block]:
    """The blocks of an element of lxml and of all that is in it, in order. Nothing recurses.

    >>> from lxml import html
    >>> [(b.role, b.marker, b.original) for b in read_blocks(html.fromstring("<ol><li>Họp <b>dân</b><li>Thu gom</ol>"))]
    [('list_item', '1.', 'Họp dân'), ('list_item', '2.', 'Thu gom')]
    """
    walk = _Walk(layout=find_layout_tables(root))
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event in ("comment", "pi") or not isinstance(element.tag, str):
            if element is not root:
                walk.words.append(element.tail or "")
            continue
        tag = element.tag.lower()
        if event == "start":
            if tag in UNSEEN or is_hidden(element):
                events.skip_subtree()
            else:
                _begin(walk, tag, element)
                walk.words.append(element.text or "")
            continue
        if tag not in UNSEEN and not is_hidden(element):
            _end(walk, tag, element)
        if element is not root:
            walk.words.append(element.tail or "")
    walk.cells = None
    walk.end_block()
    return walk.blocks


def is_hidden(element: Any) -> bool:
    """Whether an element says itself that it is not shown."""
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def _begin(walk: _Walk, tag: str, element: Any) -> None:
    if tag in _HEADINGS:
        walk.end_block()
        walk.role, walk.level = "heading", _HEADINGS[tag]
    elif tag in ("ul", "ol", "menu"):
        walk.end_block()
        walk.lists.append(_first_number(element) if tag == "ol" else None)
    elif tag == "li":
        walk.end_block()
        walk.role, walk.level, walk.marker = "list_item", 0, "-"
        if walk.lists and (number := walk.lists[-1]) is not None:
            walk.marker, walk.lists[-1] = f"{number}.", number + 1
    elif tag in ("tr", "td", "th") and _table_of(element) in walk.layout:
        walk.end_block()
    elif tag == "tr":
        walk.rows += 1
        if walk.rows == 1:
            walk.end_block()
            walk.role, walk.level, walk.cells = "paragraph", 0, []
    elif tag in ("td", "th"):
        walk.words.append(" ")
    elif tag == "br":
        walk.words.append("\v")
    elif tag in _LINES:
        walk.end_block()


def _end(walk: _Walk, tag: str, element: Any) -> None:
    if tag in _HEADINGS or tag == "li":
        walk.end_block()
        walk.role, walk.level, walk.marker = "paragraph", 0, ""
    elif tag in ("ul", "ol", "menu"):
        walk.end_block()
        if walk.lists:
            walk.lists.pop()
    elif tag in ("tr", "td", "th") and _table_of(element) in walk.layout:
        walk.end_block()
    elif tag in ("td", "th"):
        if walk.rows == 1:
            walk.end_cell()
    elif tag == "tr":
        walk.rows -= 1
        if walk.rows == 0:
            walk.end_row()
    elif tag in _LINES:
        walk.end_block()


@dataclass(slots=True)
class _Cell:
    """What a cell holds: letters, and elements that begin a line; `heading` is whether a heading is among them."""

    letters: int = 0
    lines: int = 0
    heading: bool = False


def find_layout_tables(root: Any) -> frozenset[Any]:
    """The tables that only put parts of a page beside each other: one of their cells is longer than a cell is."""
    found: set[Any] = set()
    cells: list[_Cell] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.lower()
        if event == "start":
            if tag in ("td", "th"):
                cells.append(_Cell())
            if cells:
                cell = cells[-1]
                cell.letters += len((element.text or "").strip())
                cell.lines += tag in ("p", "li", "div", "table")
                cell.heading |= tag in _HEADINGS
            continue
        if tag in ("td", "th"):
            cell = cells.pop()
            if cell.letters > MAX_CELL_LETTERS or cell.lines > MAX_CELL_LINES or cell.heading:
                found.add(_table_of(element))
            if cells:
                outer = cells[-1]
                outer.letters, outer.lines = outer.letters + cell.letters, outer.lines + cell.lines
                outer.heading |= cell.heading
        if cells:
            cells[-1].letters += len((element.tail or "").strip())
    return frozenset(found - {None})


def _table_of(element: Any) -> Any:
    """The table that a row or a cell belongs to: at most three elements above it."""
    for _ in range(4):
        element = element.getparent()
        if element is None or element.tag == "table":
            return element
    return None


def _first_number(element: Any) -> int:
    start = (element.get("start") or "").strip()
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def lines_of(text: str) -> str:
    """The lines of a text of HTML, where only a break element (here a vertical tab) ends a line.

    >>> lines_of(" ỦY BAN\\n  NHÂN DÂN \\vXÃ VĨNH BẢO\\v ")
    'ỦY BAN NHÂN DÂN\\nXÃ VĨNH BẢO'
    """
    lines = (" ".join(line.split()) for line in text.split("\v"))
    return "\n".join(line for line in lines if line)


def strip_tags(text: str) -> list[Block]:
    """The visible words of HTML that no tree could be made of (tags that are nested by the thousand), as paragraphs."""
    stripper = _Stripper()
    stripper.feed(text)
    stripper.close()
    stripper.end()
    return stripper.blocks


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._unseen and tag in ("script", "style", "template", "noscript"):
            self._unseen = tag
        if tag in _LINES or tag in _HEADINGS or tag in ("li", "tr", "br"):
            self.end()

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag in _LINES or tag in _HEADINGS or tag in ("li", "tr"):
            self.end()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def end(self) -> None:
        """Put the words that were read into a block."""
        words = " ".join("".join(self._words).split())
        words = "".join(c for c in words if c >= " " and c != "\x7f")
        self._words.clear()
        if words:
            self.blocks.append(Block(1, words))
