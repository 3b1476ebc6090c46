"""What the styles of an OpenDocument file say: the font of a run, and the markers of lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from indexer.readers.numbering import write_number
from indexer.readers.package import Element

STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
#: Styles that follow each other (`parent-style-name`).
_MAX_CHAIN = 20
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


class OdfStyles:
    """The styles of the parts of one file (`content.xml`, `styles.xml`); of two with one name the first counts."""

    def __init__(self, *roots: Element | None) -> None:
        self._faces: dict[str, str] = {}
        self._styles: dict[tuple[str, str], Element] = {}
        self._lists: dict[str, Element] = {}
        self._known: dict[tuple[str, str], str] = {}
        for root in roots:
            for element in root.iter(f"{STYLE}font-face", f"{STYLE}style", f"{TEXT}list-style") if root is not None else ():
                name = element.get(f"{STYLE}name", "")
                if element.tag == f"{STYLE}font-face":
                    self._faces.setdefault(name, element.get(f"{_SVG}font-family", name).strip("'"))
                elif element.tag == f"{STYLE}style":
                    self._styles.setdefault((element.get(f"{STYLE}family", ""), name), element)
                else:
                    self._lists.setdefault(name, element)

    def font(self, family: str, name: str) -> str:
        """The font of a style of a family ("text", "paragraph"), "" where it names none."""
        key = family, name
        if key not in self._known:
            self._known[key] = self._find_font(family, name)
        return self._known[key]

    def _find_font(self, family: str, name: str) -> str:
        for _ in range(_MAX_CHAIN):
            style = self._styles.get((family, name))
            if style is None:
                break
            properties = style.find(f"{STYLE}text-properties")
            if properties is not None:
                face = properties.get(f"{STYLE}font-name", "")
                font = self._faces.get(face, face) or properties.get(f"{_FO}font-family", "").strip("'")
                if font:
                    return str(font)
            name = style.get(f"{STYLE}parent-style-name", "")
        return ""

    def level(self, style: str, depth: int) -> Element | None:
        """The element that describes a level (from 1) of a list style, None where there is none."""
        for level in self._lists.get(style, ()):
            if level.get(f"{TEXT}level") == str(depth):
                return level
        return None


@dataclass(slots=True)
class Lists:
    """The lists of one file, counted on from item to item."""

    styles: OdfStyles
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def open(self, style: str, depth: int, *, goes_on: bool) -> None:
        """A list of this style and depth (from 1) begins; it may go on counting."""
        if not goes_on:
            counts = self._counts.setdefault(style, {})
            for deeper in [key for key in counts if key >= depth]:
                del counts[deeper]

    def marker(self, style: str, depth: int) -> str:
        """The marker of the next item: its number, "-" for a bullet, "" where the style prints none."""
        level = self.styles.level(style, depth)
        if level is None:
            return "-"
        if not level.tag.endswith("list-level-style-number"):
            return "-"
        counts = self._counts.setdefault(style, {})
        counts[depth] = counts.get(depth, _count(level, "start-value", 1) - 1) + 1
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        shown = []
        for at in range(max(1, depth - _count(level, "display-levels", 1) + 1), depth + 1):
            one = self.styles.level(style, at)
            kind = _FORMATS.get(one.get(f"{STYLE}num-format", ""), "") if one is not None else ""
            if kind:
                shown.append(write_number(counts.get(at, 1), kind))
        if not shown:
            return ""
        return str(f"{level.get(f'{STYLE}num-prefix', '')}{'.'.join(shown)}{level.get(f'{STYLE}num-suffix', '')}").strip()


def _count(level: Element, name: str, default: int) -> int:
    text = level.get(f"{TEXT}{name}", "")
    return int(text) if text.isdecimal() and len(text) < 10 else default
