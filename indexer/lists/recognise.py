"""Decide whether a table is a list of awards or exemplars.

A table that is none stays a table: a false exemplar is worse than a row that is found only in its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from indexer.lists.entries import Entries, Entry, read_entries
from indexer.lists.grid import Grid
from indexer.lists.headings import Column, Heading, find_heading
from indexer.lists.words import NAMES, holds
from kb.item import PART_JOIN, Item

#: The share of the rows that may lack a name. With more of them, the columns are probably not what they seem to be.
MAX_NAMELESS_SHARE = 0.2
#: So many rows may lack a name whatever their share.
MIN_NAMELESS = 2
#: The share of the cells of a column of achievements that hold words: results in seconds or points are no list of exemplars.
MIN_WORDS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class FoundList:
    """A table that is a list: its entries, the lines above its heading, and what must be told of it. `titles` begin with the
    line that is nearest to the table."""

    grid: Grid
    heading: Heading
    entries: Sequence[Entry]
    titles: Sequence[str]
    remarks: Sequence[str]


def find_list(item: Item, grid: Grid) -> FoundList | str | None:
    """The list that a table is; None where it is none, and a sentence where it would be one but for its many errors."""
    heading = find_heading(grid.lines)
    if heading is None or heading.having("against"):
        return None
    known = sum(column.role is not None for column in heading.columns.values())
    if len(heading.columns) - known > known:
        return None
    above = [" ".join(line.texts) for line in grid.lines[: heading.first]]
    named = PurePosixPath(item.source.path.rpartition(PART_JOIN)[2]).stem
    titles = [*reversed([*grid.before, *above]), grid.name, item.title, named.replace("-", " ").replace("_", " ")]
    found = _read(grid, heading, titles)
    if found is None or not found.entries:
        return None
    if len(found.nameless) > max(MIN_NAMELESS, MAX_NAMELESS_SHARE * (len(found.nameless) + len(found.entries))):
        rows = len(found.nameless) + len(found.entries)
        where = f"{grid.name}: " if grid.name else ""
        return f"{where}{len(found.nameless)} trong {rows} dòng thiếu tên, nên chưa tách thành mục; hãy điền tên"
    remarks = [f"{place}; không lấy dòng này" for place in found.nameless]
    return FoundList(grid, found.heading, found.entries, titles, [*remarks, *found.remarks, *_unknown(grid, found)])


def _read(grid: Grid, heading: Heading, titles: Sequence[str]) -> Entries | None:
    """The entries of a table that is a list, None for one that is none."""
    said = [title for title in titles if title]
    if any(holds("title", "no", title) for title in said):
        return None
    told, doubtful = (any(holds("title", code, title) for title in said) for code in ("yes", "doubt"))
    if not heading.having(*NAMES):
        if not (told and heading.having("award", "achievement")) or heading.having("post", "post_unit"):
            return None
        heading = _with_units_as_names(heading)
        if not heading.having(*NAMES):
            return None
    found = read_entries(grid, heading)
    praised = bool(heading.having("award")) or _holds_words(found.entries, heading.having("achievement"))
    described = bool(heading.having("post", "post_unit", "unit", "place", "field", "year", "decision", "author"))
    if doubtful:
        return found if praised and told else None
    return found if praised or heading.having("work") or (told and described) else None


def _with_units_as_names(heading: Heading) -> Heading:
    """The heading of a list of units, whose names stand below "Đơn vị"."""
    units = heading.having("unit")
    columns = {c: Column("collective", about.label) if c in units[:1] else about for c, about in heading.columns.items()}
    return replace(heading, columns=columns)


def _holds_words(entries: Sequence[Entry], columns: Sequence[int]) -> bool:
    texts = [text for entry in entries if (text := entry.text(columns))]
    return bool(texts) and sum(sum(map(str.isalpha, text)) > 3 for text in texts) >= MIN_WORDS_SHARE * len(texts)


def _unknown(grid: Grid, found: Entries) -> list[str]:
    """What is told of columns whose heading is not known, and of cells without any."""
    labels = [f"“{about.label}”" for about in found.heading.columns.values() if about.role is None and about.label]
    bare = sorted({c for entry in found.entries for c in entry.line.cells if c not in found.heading.columns})
    where = f"{grid.name}: " if grid.name else ""
    told = [f"{where}chưa rõ cột {', '.join(labels)} là gì, vẫn giữ trong nội dung"] if labels else []
    return told + ([f"{where}cột thứ {', '.join(str(c + 1) for c in bare)} có chữ mà không có tên cột"] if bare else [])
