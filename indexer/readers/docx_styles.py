"""What the styles of a Word document say of a paragraph, a run and a table: font, heading level, numbering, borders."""

from __future__ import annotations

import re

from indexer.readers.package import Element

#: The namespace of WordprocessingML.
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Styles that follow each other (`basedOn`).
_MAX_CHAIN = 20
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)
_NO_BORDER = {"none", "nil", ""}


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def value(element: Element | None, name: str = "val") -> str:
    """An attribute of WordprocessingML, "" where it is missing."""
    return "" if element is None else str(element.get(f"{W}{name}", ""))


def is_on(properties: Element, name: str) -> bool:
    """Whether a property that is either on or off is on."""
    found = properties.find(f"{W}{name}")
    return found is not None and value(found) not in ("0", "false", "off")


class Styles:
    """The styles of one document; `root` is the part `styles.xml`, None where there is none."""

    def __init__(self, root: Element | None) -> None:
        styles = root.findall(f"{W}style") if root is not None else []
        self._styles = {value(style, "styleId"): style for style in styles}
        default = next((s for s in styles if value(s, "type") == "paragraph" and value(s, "default") in ("1", "true")), None)
        self._default = value(default, "styleId")
        fonts = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}rFonts") if root is not None else None
        self._font = _font(fonts)
        self._known: dict[str, str] = {}

    def paragraph_font(self, paragraph: Element) -> str:
        """The name of the font that the runs of a paragraph have if they do not say otherwise."""
        return self._style_font(value(paragraph.find(f"{W}pPr/{W}pStyle")) or self._default) or self._font

    def run_font(self, properties: Element | None) -> str:
        """The name of the font that a run has by its own properties or its character style, "" where they do not say."""
        if properties is None:
            return ""
        return _font(properties.find(f"{W}rFonts")) or self._style_font(value(properties.find(f"{W}rStyle")))

    def heading_level(self, paragraph: Element) -> int:
        """The level of a heading (1-6), 0 for other paragraphs."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return 0
        outline = properties.find(f"{W}outlineLvl")
        for style in self._chain(value(properties.find(f"{W}pStyle"))):
            named = value(style.find(f"{W}name"))
            if match := _HEADING.match(named):
                return int(match[1])
            if named.lower() == "title":
                return 1
            if outline is None:
                outline = style.find(f"{W}pPr/{W}outlineLvl")
        level = value(outline)
        return int(level) + 1 if level.isdecimal() and int(level) < 6 else 0

    def numbering(self, paragraph: Element) -> tuple[str, int]:
        """The list and the level (0-8) by which a paragraph is numbered; ("", 0) for none."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return "", 0
        own = properties.find(f"{W}numPr")
        found, level = value(_child(own, "numId")), value(_child(own, "ilvl"))
        for style in self._chain(value(properties.find(f"{W}pStyle")) or self._default):
            inherited = style.find(f"{W}pPr/{W}numPr")
            found = found or value(_child(inherited, "numId"))
            level = level or value(_child(inherited, "ilvl"))
        return ("", 0) if found in ("", "0") else (found, min(int(level), 8) if level.isdecimal() else 0)

    def has_borders(self, table: Element) -> bool:
        """Whether a table shows lines, by its own properties, its style or those of a cell."""
        properties = table.find(f"{W}tblPr")
        own = properties.find(f"{W}tblBorders") if properties is not None else None
        if own is not None:
            if _draws(own):
                return True
        elif properties is not None:
            for style in self._chain(value(properties.find(f"{W}tblStyle"))):
                if any(_draws(borders) for borders in style.iter(f"{W}tblBorders", f"{W}tcBorders")):
                    return True
        cells = table.findall(f"{W}tr/{W}tc/{W}tcPr/{W}tcBorders")
        return sum(map(_draws_inside, cells)) * 2 > len(table.findall(f"{W}tr/{W}tc"))

    def _style_font(self, style_id: str) -> str:
        if style_id not in self._known:
            fonts = (_font(style.find(f"{W}rPr/{W}rFonts")) for style in self._chain(style_id))
            self._known[style_id] = next(filter(None, fonts), "")
        return self._known[style_id]

    def _chain(self, style_id: str) -> list[Element]:
        """A style and those that it is based on."""
        chain: list[Element] = []
        while style_id in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[style_id])
            style_id = value(chain[-1].find(f"{W}basedOn"))
        return chain


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else element.find(f"{W}{name}")


def _font(fonts: Element | None) -> str:
    return value(fonts, "hAnsi") or value(fonts, "ascii")


def _draws(borders: Element) -> bool:
    return any(value(line) not in _NO_BORDER for line in borders)


def _draws_inside(borders: Element) -> bool:
    """Whether a cell has lines on more than one side: one line alone underlines a letterhead."""
    return sum(value(line) not in _NO_BORDER for line in borders) > 1
