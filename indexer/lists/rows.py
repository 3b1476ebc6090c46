"""Make an item of an entry of a list: its title, text and attributes, each with the cell in which it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexer.extract import slug
from indexer.limits import MAX_ATTRIBUTE_LENGTH
from indexer.lists.entries import Entry
from indexer.lists.grid import Cell
from indexer.lists.headings import Heading
from indexer.lists.meaning import (
    Context,
    fields_in,
    kind_of,
    short_name,
    status_of,
    subject_of,
    unit_in,
    year_in,
)
from indexer.lists.places import find_place
from indexer.lists.recognise import FoundList
from indexer.lists.words import Role, starts_as
from kb.item import PART_JOIN, Block, Evidence, Item, Status
from vitext import CorrectedWord, Damage, combine

#: The rules of the evidence: the cell of a column, and the place of the row in its file.
LIST_COLUMN, LIST_ROW = "list_column", "list_row"
#: How sure an attribute is that stands in a column of its own, and one that is read out of words.
CONFIDENCE, GUESS_CONFIDENCE = 0.95, 0.75
#: Characters of what stands in a title behind the name, and of a name.
MAX_BRIEF, MAX_NAME = 90, 150
#: Characters of the id of a list in the ids of its rows.
MAX_LIST_ID = 40
#: Columns that are no text of the item: numbers, forms of address, and what is personal and tells nothing of the deed.
NOT_SHOWN: tuple[Role, ...] = ("number", "salutation", "private")

_SENTENCE_END = re.compile(r"[.;]\s|[.;]$")


class WrongRowError(Exception):
    """A row that is not taken; the message is the reason in Vietnamese."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of an entry, and what its columns are."""

    heading: Heading
    entry: Entry

    @property
    def cells(self) -> Mapping[int, Sequence[Cell]]:
        return self.entry.cells

    def find(self, *roles: Role) -> tuple[int, str]:
        """The first column of some roles that has text, and this; (-1, "") where none has."""
        texts = self.entry.texts
        for column in self.heading.having(*roles):
            if column in texts:
                return column, texts[column]
        return -1, ""

    def label(self, column: int) -> str:
        known = self.heading.columns.get(column)
        return known.label if known else f"Cột {column + 1}"


@dataclass(slots=True)
class _Text:
    """The blocks of an item, and where in them the columns stand."""

    blocks: list[Block] = field(default_factory=list)
    places: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def damage(self) -> Damage | None:
        """The damage of the whole text; its blocks mostly have that of one row of the list."""
        first, *others = (block.damage for block in self.blocks)
        return first if all(other is first for other in others) else combine(d for d in (first, *others) if d)

    def evidence(self, attribute: str, value: str, column: int, confidence: float = CONFIDENCE) -> list[Evidence]:
        """The evidence for a value of a column; none for a column that is not shown."""
        if not value or column not in self.places:
            return []
        block, start, end = self.places[column]
        sure = min([confidence, *(word.confidence for word in self.blocks[block].doubts)])
        return [Evidence(attribute, value, LIST_COLUMN, sure, self.blocks[block].page, block, start, end)]


def make_row(item: Item, found: FoundList, entry: Entry, context: Context, sheet: str = "") -> Item:
    """The item of an entry of a list; `sheet` stands before the number of its row in its path. Raises WrongRowError."""
    row = _Row(found.heading, entry)
    work_at, work = row.find("work")
    name_at, name = row.find("person", "subject", "household", "collective")
    title_at = work_at if work else name_at
    text = _show(item, row, entry.sections, title_at)
    is_work = bool(work)
    words = f"{row.label(title_at)} {work}" if is_work else name
    role = row.heading.columns[name_at].role if name else None
    subject = subject_of(role, name, row.find("object")[1], entry.sections, context)
    unit_at, unit = _unit(row, entry.sections, "" if subject == "individual" or role == "household" else name)
    if subject is None and starts_as("organisation", unit):
        subject = "collective"
    place_at, place, sure = _place(row, (unit_at, unit), (name_at, name), entry.sections, context)
    year_at, year = row.find("year")
    if year and not year_in(year):
        raise WrongRowError(f"“{_brief(year, 40)}” ở cột {row.label(year_at)} không phải là năm")
    fields_at, field_text = row.find("field")
    fields = fields_in(field_text) or next((f for s in reversed(entry.sections) if (f := _field_of(s))), ())
    title, original = _title(row, title_at, short_name(work or name), unit if unit_at >= 0 else "")
    return item.with_(
        id=slug(f"{item.id[:MAX_LIST_ID]}-{short_name(work or name)}"),
        kind=kind_of(item, context, row.find("kind")[1], entry.sections, name=words, is_work=is_work),
        title=title,
        title_original="" if original == title else original,
        source=replace(item.source, path=f"{item.source.path}{PART_JOIN}{sheet}dòng {entry.line.number}"),
        blocks=tuple(text.blocks),
        fields=fields or item.fields,
        place=place or context.place,
        year=year_in(year) or context.year,
        unit=unit,
        subject=subject,
        status=item.status or _status(row, context),
        summary="",
        damage=text.damage(),
        document=None,
        practice=None,
        evidence=(
            Evidence("row", found.grid.where(entry.line), LIST_ROW, 1.0),
            *text.evidence("title", title, title_at),
            *text.evidence("unit", unit, unit_at),
            *text.evidence("place", place, place_at, sure),
            *text.evidence("fields", "; ".join(fields), fields_at),
            *text.evidence("year", str(year_in(year)) if year else "", year_at),
        ),
        bounds=(),
        waiting=(),
    )


def _show(item: Item, row: _Row, sections: Sequence[str], title_at: int) -> _Text:
    """The text: a paragraph for each column with its heading, that of the title first; the sections last."""
    text = _Text()
    hidden = row.heading.having(*NOT_SHOWN)
    for column in (title_at, *sorted(row.cells.keys() - {title_at, *hidden})):
        label = f"{row.label(column)}: "
        block = _paragraph(item, label, row.cells[column])
        text.places[column] = (len(text.blocks), len(label), len(block.original))
        text.blocks.append(block)
    if sections:
        first = text.blocks[0]
        text.blocks.append(Block(first.page, f"Mục trong danh sách: {' › '.join(sections)}", damage=first.damage))
    return text


def _paragraph(item: Item, label: str, cells: Sequence[Cell]) -> Block:
    """A block of one column: both versions of its cells, with the words of which the correction is not sure."""
    source = item.blocks[cells[0].block]
    if len(cells) == 1 and not source.doubts:
        only = cells[0]
        shown = f"{label}{only.original}"
        return Block(
            source.page, shown, repaired=f"{label}{only.text}" if only.text != only.original else None, damage=source.damage
        )
    best = original = label
    doubts: list[CorrectedWord] = []
    for number, cell in enumerate(cells):
        best, original = (f"{best} ", f"{original} ") if number else (best, original)
        by, original_by = len(best) - cell.start, len(original) - cell.original_start
        doubts += [
            word._replace(
                start=word.start + by,
                end=word.end + by,
                original_start=word.original_start + original_by,
                original_end=word.original_end + original_by,
            )
            for word in item.blocks[cell.block].doubts
            if cell.start <= word.start and word.end <= cell.start + len(cell.text)
        ]
        best, original = best + cell.text, original + cell.original
    repaired = best if best != original else None
    return Block(source.page, original, repaired=repaired, damage=source.damage, corrected=len(doubts), doubts=tuple(doubts))


def _title(row: _Row, column: int, name: str, unit: str) -> tuple[str, str]:
    """The title, and the letters that the file holds: the name and the beginning of the achievement, or the unit."""
    original = name
    if any(cell.original != cell.text for cell in row.cells[column]):
        original = short_name(" ".join(cell.original for cell in row.cells[column]))
    _, achievement = row.find("achievement")
    behind = f": {_brief(achievement, MAX_BRIEF)}" if achievement else f" – {_brief(unit, MAX_BRIEF)}" if unit else ""
    if behind and unit and unit == name:
        behind = ""
    title = _brief(name, MAX_NAME) + behind
    return title, title if original == name else _brief(original, MAX_NAME) + behind


def _brief(text: str, length: int) -> str:
    """The first sentence of a text, cut at a word.

    >>> _brief("Vận động 12 hộ hiến đất. Nay đường đã xong.", 90), _brief("Một hai ba bốn", 9)
    ('Vận động 12 hộ hiến đất', 'Một hai…')
    """
    text = " ".join(text.split())
    first = _SENTENCE_END.split(text, maxsplit=1)[0] if length > MAX_BRIEF // 2 else text
    text = first if len(first.split()) > 1 else text.rstrip(" .;")
    if len(text) <= length:
        return text
    cut = text[:length].rpartition(" ")[0] or text[:length]
    return cut.rstrip(" ,;:-–") + "…"


def _unit(row: _Row, sections: Sequence[str], collective: str) -> tuple[int, str]:
    """The unit of an entry and its column (-1 for none): a column of units, the words behind a post, the section, or the
    collective itself."""
    column, unit = row.find("unit")
    if not unit:
        column, text = row.find("post_unit", "post")
        unit = unit_in(text)
    if not unit:
        column, unit = row.find("division")
    if not unit and collective and not starts_as("household", collective):
        column, unit = -1, short_name(collective)
    if not unit:
        column, unit = (
            -1,
            next((s for s in reversed(sections) if starts_as("organisation", s) > 0 and len(s.split()) > 2), ""),
        )
    return (column, unit) if len(unit) <= MAX_ATTRIBUTE_LENGTH else (-1, "")


def _place(
    row: _Row, unit: tuple[int, str], name: tuple[int, str], sections: Sequence[str], context: Context
) -> tuple[int, str, float]:
    """The place of an entry, its column and how sure it is: what a column of places says, otherwise a place that the unit,
    the name or the section names with its level."""
    column, text = row.find("place")
    if found := find_place(text, context.province) if text else "":
        return column, found, CONFIDENCE
    for at, words in (unit, row.find("post_unit"), name, *((-1, section) for section in reversed(sections))):
        if words and (found := find_place(words, context.province, bare=False)):
            return at, found, GUESS_CONFIDENCE
    # A place that the gazetteer does not know (a village) is still the place that the list says.
    known = len(text) <= MAX_ATTRIBUTE_LENGTH
    return (column, text, CONFIDENCE) if text and known else (-1, "", 0.0)


def _field_of(section: str) -> tuple[str, ...]:
    """The fields of a section that is a field ("Lĩnh vực y tế")."""
    return fields_in(section) if section.lower().lstrip().startswith("lĩnh vực") else ()


def _status(row: _Row, context: Context) -> Status | None:
    """The review status: what a column says; reviewed where the row names a decision; otherwise what the list says."""
    if found := status_of(row.find("status")[1]):
        return found
    return "reviewed" if row.find("decision")[1] else context.status
