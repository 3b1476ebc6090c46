"""Read the rows of a list as entries: whole, with the sections in which they stand; a row that is wrong is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from indexer.lists.grid import Cell, Grid, Line
from indexer.lists.headings import Column, Heading, is_counting, is_repeated
from indexer.lists.sections import Sections, has_number, is_signature, is_total, number_of, section_of
from indexer.lists.words import NAMES, Role

#: The column whose cell stands for the rows below it as well, as merged cells do in formats that do not tell of them: only
#: where the numbers go on. An award or an achievement is never taken from another row.
CARRIED: tuple[Role, ...] = ("unit",)
#: Cells of a row without name and number from which it may be an entry that lacks them, and not the rest of the one above.
_WHOLE_ROW = 3
#: Signs in place of the text of the cell above.
_DITTO = frozenset({'"', "''", "”", "“", "-nt-", "nt", "như trên", "- nt -", "〃", "//"})
#: Marks in a column "Cá nhân" or "Tập thể" that say what an entry is, where its name is elsewhere.
_MARKS = frozenset({"x", "✓", "✔", "v", "1"})


@dataclass
class Entry:
    """A row of a list, with the rows that only continue its cells. `sections` are those in which it stands, the outer ones
    first."""

    line: Line
    sections: tuple[str, ...]
    more: dict[int, list[Cell]] = field(default_factory=dict)

    @cached_property
    def cells(self) -> dict[int, list[Cell]]:
        """The cells by column, each with those that continue it in the rows below; to be asked for when these are read."""
        cells = {column: [cell] for column, cell in self.line.cells.items()}
        for column, more in self.more.items():
            cells.setdefault(column, []).extend(more)
        return cells

    @cached_property
    def texts(self) -> dict[int, str]:
        """The texts by column; lines that continue one follow after a space."""
        return {c: cells[0].text if len(cells) == 1 else " ".join(x.text for x in cells) for c, cells in self.cells.items()}

    def text(self, columns: Sequence[int]) -> str:
        """The text of the first of some columns that has any, "" where none has."""
        return next((self.texts[column] for column in columns if column in self.texts), "")


@dataclass(slots=True)
class Entries:
    """The entries of a table; `nameless` are the places of the rows that lack a name, and `remarks` what else must be told
    of it."""

    heading: Heading
    entries: list[Entry] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_entries(grid: Grid, heading: Heading) -> Entries:
    """The entries below the heading of a table. Rows that count, repeat the heading, or stand behind the signatures are left
    out, and so are numbers before which nobody wrote a name."""
    body = grid.lines[heading.end :]
    heading = _with_marks(heading, body)
    found = Entries(heading)
    names = heading.having(*NAMES)
    numbered = sum(has_number(line, heading) for line in body) > len(body) // 2
    written = [line.cells[c].text for line in body for c in names if c in line.cells]
    capitals = sum(map(str.isupper, written)) > len(written) // 2
    sections = Sections()
    run: list[Line] = []
    for line in body:
        if not line.own or is_counting(line) or is_repeated(line, heading) or is_total(line, heading):
            continue
        if found.entries and is_signature(line, heading, numbered=numbered):
            break
        if section := section_of(line, heading, numbered=numbered, capitals=capitals):
            sections.enter(section)
            _carry(run, grid, heading)
            run = []
        elif _take(found, line, sections.texts, grid):
            run.append(line)
    _carry(run, grid, heading)
    _find_repeated(found, grid)
    return found


def _with_marks(heading: Heading, body: Sequence[Line]) -> Heading:
    """The heading, in which columns of names that hold marks only say what kind of subject an entry is."""
    columns = dict(heading.columns)
    for column in heading.having("person", "collective", "household"):
        texts = [line.cells[column].text.lower() for line in body if column in line.cells]
        if texts and len(heading.having(*NAMES)) > 1 and sum(text in _MARKS for text in texts) > len(texts) // 2:
            columns[column] = Column("object", columns[column].label)
    return Heading(heading.first, heading.end, columns)


def _take(found: Entries, line: Line, sections: tuple[str, ...], grid: Grid) -> bool:
    """Take a line as an entry, or as the rest of the one above. Returns whether it is an entry."""
    heading = found.heading
    own = line.own
    names = heading.having(*NAMES)
    number = next((own[c].text for c in heading.having("number") if c in own), "")
    named = any(c in own for c in names) or bool(number and any(c in line.cells for c in names))
    if named and not any(_is_name(line.cells[c].text) for c in names if c in line.cells):
        found.nameless.append(f"{grid.where(line)}: “{_short(line, names)}” không phải là tên")
        return False
    if named:
        found.entries.append(Entry(line, sections))
        return True
    if number and len(own) == 1:
        return False  # a number that waits for a name
    if not number and found.entries and _continues(found.entries[-1], own):
        for column, cell in own.items():
            found.entries[-1].more.setdefault(column, []).append(cell)
        return False
    found.nameless.append(f"{grid.where(line)}: thiếu tên")
    return False


def _is_name(text: str) -> bool:
    return sum(map(str.isalpha, text)) > 1


def _short(line: Line, names: Sequence[int]) -> str:
    text = next(line.cells[c].text for c in names if c in line.cells)
    return text if len(text) <= 40 else text[:39] + "…"


def _continues(entry: Entry, own: dict[int, Cell]) -> bool:
    """Whether the cells of a line without name and number are the rest of an entry: few, or below text and in the middle of
    a sentence."""
    if len(own) < _WHOLE_ROW:
        return True
    above = entry.line.cells.keys() | entry.more.keys()
    return own.keys() <= above and any(cell.text[:1].islower() for cell in own.values())


def _carry(run: Sequence[Line], grid: Grid, heading: Heading) -> None:
    """Fill in, for the entries of one section, what is written once for several of them."""
    counting, carried = heading.having("number"), heading.having(*CARRIED)
    above: dict[int, Cell] = {}
    before = 0
    for line in run:
        number = next((int(n) for c in counting if c in line.cells and (n := number_of(line.cells[c].text))), 0)
        again = [column for column, cell in line.own.items() if cell.text.strip(" .").lower() in _DITTO]
        for column in again:
            del line.own[column]
        left_out = carried if not grid.knows_merged and number == before + 1 else []
        for column in (*again, *left_out):
            if column in above and column not in line.cells:
                line.carried[column] = above[column]
        above, before = line.cells, number


def _find_repeated(found: Entries, grid: Grid) -> None:
    """Leave out an entry that is another one again, and tell of numbers that two entries have."""
    seen: dict[tuple[str, ...], Entry] = {}
    numbers: dict[str, Entry] = {}
    kept = []
    counting = found.heading.having("number")
    sections: tuple[str, ...] = ()
    for entry in found.entries:
        same = (*entry.sections, *(text for column, text in entry.texts.items() if column not in counting))
        before = seen.setdefault(same, entry)
        if before is not entry:
            found.remarks.append(f"{grid.where(entry.line)}: trùng nguyên dòng {before.line.number}, chỉ lấy một")
            continue
        kept.append(entry)
        number = number_of(entry.text(counting))
        if entry.sections != sections or number == "1":
            sections = entry.sections
            numbers = {}
        other = numbers.setdefault(number, entry) if number else entry
        if other is not entry:
            found.remarks.append(
                f"{grid.where(entry.line)}: trùng số thứ tự {number} với dòng {other.line.number}; đã lấy cả hai, hãy sửa số"
            )
    found.entries = kept
