"""The numbered lists of a Word document (its part numbering.xml)."""

from __future__ import annotations

from dataclasses import replace

from indexer.readers.docx_styles import Styles, W, value
from indexer.readers.numbering import Level, NumberedList
from indexer.readers.package import Element


class Numbering:
    """The lists of one document; `root` is the part numbering.xml, None where there is none."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, NumberedList] = {}
        if root is None:
            return
        shared: dict[str, NumberedList] = {}
        for abstract in root.findall(f"{W}abstractNum"):
            levels = {_number(level, "ilvl"): _read_level(level) for level in abstract.findall(f"{W}lvl")}
            shared[value(abstract, "abstractNumId")] = NumberedList(levels)
        for number in root.findall(f"{W}num"):
            found = shared.get(value(number.find(f"{W}abstractNumId")))
            if found is None:
                continue
            starts = {_number(o, "ilvl"): o.find(f"{W}startOverride") for o in number.findall(f"{W}lvlOverride")}
            changed = {at: _number(start, "val") for at, start in starts.items() if start is not None}
            if changed:
                # A list that begins anew counts by itself.
                levels = {at: replace(level, start=changed.get(at, level.start)) for at, level in found.levels.items()}
                found = NumberedList(levels)
            self._lists[value(number, "numId")] = found

    def marker(self, paragraph: Element, styles: Styles) -> str:
        """The marker of the next paragraph, "" where it has none; every call counts on."""
        number, at = styles.numbering(paragraph)
        found = self._lists.get(number)
        return found.next(at) if found else ""


def _read_level(level: Element) -> Level:
    start = level.find(f"{W}start")
    style = value(level.find(f"{W}numFmt")) or "decimal"
    return Level(_number(start, "val") if start is not None else 0, style, value(level.find(f"{W}lvlText")))


def _number(element: Element, name: str) -> int:
    text = value(element, name)
    return int(text) if text.isdecimal() and len(text) < 10 else 0
