"""The runs of a Word paragraph: what of its XML is text, in which font, and which text boxes hang on it."""

from __future__ import annotations

from typing import Any

from indexer.readers.docx_styles import Styles, W, is_on, local_name, value
from indexer.readers.legacy_fonts import Run, font_encoding
from indexer.readers.package import Element

#: What stands for one character. Non-breaking and soft hyphens stay what they are on paper; in TCVN3 the soft one is "ư".
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
#: What is not printed, or is no text of this place.
_LEFT_OUT = {
    "del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "rt", "fldData", "annotationRef", "footnoteRef",
    "endnoteRef", "footnoteReference", "endnoteReference", "sdtPr", "sdtEndPr",
}  # fmt: skip
_TEXT_BOX = "txbxContent"


class RunReader:
    """Reads the runs of paragraphs with the fonts of a document's styles."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles

    def read(self, paragraph: Element) -> tuple[list[Run], list[Any]]:
        """The runs of a paragraph in their order, and the contents of the text boxes that hang on it."""
        walk = _Walk(self._styles, self._styles.paragraph_font(paragraph))
        walk.enter(paragraph)
        return walk.runs, walk.boxes


class _Walk:
    """One paragraph while it is read. A field is its result; one that counts pages is nothing."""

    def __init__(self, styles: Styles, font: str) -> None:
        self.runs: list[Run] = []
        self.boxes: list[Any] = []
        self._styles = styles
        self._font = font
        #: Of every open field: its instruction, and whether its result is being read.
        self._fields: list[list[Any]] = []

    def enter(self, element: Element) -> None:
        for child in element:
            name = local_name(child)
            if name == "r":
                self._run(child)
            elif name == "AlternateContent":
                self._alternative(child)
            elif name == _TEXT_BOX:
                self.boxes.append(child)
            elif name == "fldSimple":
                if not _counts_pages(value(child, "instr")):
                    self.enter(child)
            elif name == "t":
                self._say(child.text or "", self._font)
            elif name not in _LEFT_OUT:
                self.enter(child)

    def _run(self, run: Element) -> None:
        properties = run.find(f"{W}rPr")
        if properties is not None and (is_on(properties, "vanish") or properties.find(f"{W}del") is not None):
            return
        font = self._styles.run_font(properties) or self._font
        for child in run:
            name = local_name(child)
            if name == "t":
                self._say(child.text or "", font)
            elif name in _SIGNS:
                self._say(_SIGNS[name], font)
            elif name == "sym":
                self._symbol(child)
            elif name == "fldChar":
                self._field(value(child, "fldCharType"))
            elif name == "instrText":
                if self._fields:
                    self._fields[-1][0] += child.text or ""
            elif name == "AlternateContent":
                self._alternative(child)
            elif name not in _LEFT_OUT:
                self.enter(child)

    def _alternative(self, element: Element) -> None:
        """One branch of several that show the same: the first that has a text box, else the first."""
        branches = list(element)
        chosen = next((branch for branch in branches if next(branch.iter(f"{W}{_TEXT_BOX}"), None) is not None), None)
        if chosen is None and branches:
            chosen = branches[0]
        if chosen is not None:
            self.enter(chosen)

    def _symbol(self, symbol: Element) -> None:
        """A character by its code: a letter in a font of letters, a picture elsewhere."""
        code = int(value(symbol, "char") or "0", 16)
        font = value(symbol, "font")
        if font_encoding(font):
            self._say(chr(code & 0xFF), font)
        elif not 0xE000 <= code <= 0xF8FF and 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            self._say(chr(code), font)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(["", False])
        elif kind == "separate" and self._fields:
            self._fields[-1][1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _say(self, text: str, font: str) -> None:
        if text and not any(not shown or _counts_pages(instruction) for instruction, shown in self._fields):
            self.runs.append((text, font))


def _counts_pages(instruction: str) -> bool:
    return instruction.split()[:1] in (["PAGE"], ["NUMPAGES"], ["SECTIONPAGES"])
