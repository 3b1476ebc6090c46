"""Divide a list into items: each row that is whole becomes one, beside the list, which stays as it is."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from indexer.enrich.made_title import CONFIDENCE as MADE_TITLES
from indexer.extract import NOT_READ, slug
from indexer.limits import MAX_TITLE_LENGTH
from indexer.lists.grid import read_grids
from indexer.lists.meaning import context_of, title_in
from indexer.lists.recognise import FoundList, find_list
from indexer.lists.rows import WrongRowError, make_row
from indexer.readers.archives import label
from indexer.readers.reader import Paper
from indexer.readers.registry import choose
from indexer.readers.tables import Sheet, Tabular
from kb.item import Evidence, Item, list_of

#: Sentences about the rows of one paper that are told; the others are counted.
MAX_TOLD = 50
_LINE = re.compile(r"dòng ([0-9]+):")
#: Characters of an id before the number that tells it from others.
MAX_NUMBERED = 72


def divide(item: Item, data: bytes) -> tuple[Item, ...]:
    """The item of a paper after every step, and behind it the items of the rows of the lists in it.

    `data` are the bytes of the paper, which tell the rows and columns of sheets. What is wrong in a list is told in the
    evidence of its own item. A paper without a list is returned as it is. Raises ExtractError where its reader does.
    """
    if sum(block.role == "table_row" for block in item.blocks) < 2:
        return (item,)
    rows: list[Item] = []
    told: list[str] = []
    taken: set[str] = set()
    title = ""
    for grid in read_grids(item, sheets_of(item, data)):
        found = find_list(item, grid)
        sheet = f"{label(grid.name, taken)}, " if grid.name else ""
        if isinstance(found, FoundList):
            made, remarks = _make_rows(item, found, sheet)
            rows += made
            told += remarks
            title = title or title_in(found.titles)
        elif found:
            told.append(found)
    if len(told) > MAX_TOLD:
        told = [*told[:MAX_TOLD], f"và {len(told) - MAX_TOLD} chỗ nữa"]
    notes = tuple(Evidence("notes", remark, NOT_READ, 1.0) for remark in told)
    item = _with_title(item, title[:MAX_TITLE_LENGTH])
    return (item.with_(evidence=item.evidence + notes), *_with_ids(rows))


def _with_title(item: Item, title: str) -> Item:
    """The item of a list with the line above its table as its title, where the paper has none, or only one that was made of
    its first words: these are the name of a sheet, or of an office."""
    made = [e for e in item.evidence if e.attribute == "title" and e.rule in MADE_TITLES]
    if not title or (item.title and not made):
        return item
    evidence = tuple(e for e in item.evidence if e not in made)
    return item.with_(title=title, title_original="", evidence=evidence)


def sheets_of(item: Item, data: bytes) -> Sequence[Sheet] | None:
    """The sheets of a workbook or CSV file, None for other papers."""
    paper = Paper(item.source.path, data)
    reader = choose(paper)
    return reader.sheets(paper) if isinstance(reader, Tabular) else None


def _make_rows(item: Item, found: FoundList, sheet: str) -> tuple[list[Item], list[str]]:
    """The items of the rows of a list, and what must be told of it; `sheet` stands before the number in their paths."""
    context = context_of(item, found.titles)
    rows, told = [], list(found.remarks)
    for entry in found.entries:
        try:
            rows.append(make_row(item, found, entry, context, sheet))
        except WrongRowError as error:
            told.append(f"{found.grid.where(entry.line)}: {error}; không lấy dòng này")
    return rows, sorted(told, key=_line_of)


def _line_of(remark: str) -> float:
    """The number of the row that a remark is about, to sort by; what is about a whole table comes last."""
    match = _LINE.search(remark)
    return int(match[1]) if match else float("inf")


def _with_ids(rows: Sequence[Item]) -> list[Item]:
    """The rows with their ids: that of the list and the name, so that a row keeps its id when it moves. Namesakes have
    their unit behind it, and those of one unit a number."""
    several = {name for name, count in Counter(row.id for row in rows).items() if count > 1}
    wanted = [slug(f"{row.id}-{row.unit}") if row.id in several and row.unit else row.id for row in rows]
    taken: set[str] = set()
    known = set(wanted)
    seen: Counter[str] = Counter()
    out = []
    for row, name in zip(rows, wanted, strict=True):
        seen[name] += 1
        free, number = name, seen[name]
        while free in taken or (number > 1 and free in known):
            free, number = f"{name[:MAX_NUMBERED]}-{number}", number + 1
        taken.add(free)
        out.append(row if free == row.id else row.with_(id=free))
    return out


def state_of(item: Item) -> str:
    """What an item was made of, for its history: the digest of its file; of a row of a list that of its text (SHA-256, hex),
    because the list changes with every other row of it."""
    if list_of(item.source.path) == item.source.path:
        return item.source.digest
    return hashlib.sha256("\n".join(block.original for block in item.blocks).encode("utf-8", "replace")).hexdigest()
