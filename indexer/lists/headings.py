"""Find the heading of a table: one row or two, and what each of its columns holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from indexer.lists.grid import Line
from indexer.lists.words import NAMES, Role, plain, role_of

#: Lines from the beginning of a table among which its heading is looked for.
MAX_LINES = 40
#: Cells of a heading: a row with more is no table of people.
MAX_COLUMNS = 60
#: Characters of a heading: longer text is what people wrote below one.
MAX_HEADING_LENGTH = 120
#: The roles that a heading must have, and what a heading that is not known takes off them.
MIN_ROLES = 2
_UNKNOWN_COST = 0.5

_COUNT = re.compile(r"\(?(\d{1,2}|[A-Za-z])\)?\.?")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds (None where its heading is not known), and its heading as printed."""

    role: Role | None
    label: str


@dataclass(frozen=True)
class Heading:
    """The heading of a table: its first line, the line behind it, and its columns."""

    first: int
    end: int
    columns: Mapping[int, Column]

    def having(self, *roles: Role) -> Sequence[int]:
        """The columns of some roles: those of the first role from left to right, then those of the next."""
        known = self._asked.get(roles)
        if known is None:  # it is asked for every row
            known = [column for role in roles for column, about in sorted(self.columns.items()) if about.role == role]
            self._asked[roles] = known
        return known

    @cached_property
    def _asked(self) -> dict[tuple[Role, ...], Sequence[int]]:
        return {}


def find_heading(lines: Sequence[Line]) -> Heading | None:
    """The heading of a table, None where no line has two headings that are known.

    Of several such lines the one with the most roles is the heading; the first of equals, as a heading is repeated on every
    page.
    """
    best, at = 0.0, -1
    for index, line in enumerate(lines[:MAX_LINES]):
        texts = [cell.text for cell in line.own.values()]
        if not MIN_ROLES <= len(texts) <= MAX_COLUMNS or max(map(len, texts)) > 2 * MAX_HEADING_LENGTH:
            continue
        roles = [role_of(text) if len(text) <= MAX_HEADING_LENGTH else None for text in texts]
        found = set(roles) - {None}
        score = len(found) - _UNKNOWN_COST * roles.count(None)
        if len(found) >= MIN_ROLES and score > best:
            best, at = score, index
    if at < 0:
        return None
    below = lines[at + 1] if at + 1 < len(lines) and _is_second(lines[at], lines[at + 1]) else None
    above = lines[at - 1] if at and below is None and _is_second(lines[at - 1], lines[at]) else None
    upper = above or lines[at]
    lower = below if above is None else lines[at]
    first, end = at - bool(above), at + 1 + bool(below)
    if end < len(lines) and is_counting(lines[end]):
        end += 1
    return Heading(first, end, _columns(upper, lower))


def _is_second(upper: Line, lower: Line) -> bool:
    """Whether a line divides columns of the heading above it: each of its cells stands below none, or below the first of
    several columns, and none of them is a number."""
    own = lower.own
    if not own or not upper.own or any(len(cell.text) > MAX_HEADING_LENGTH for cell in own.values()):
        return False
    if _is_aligned(upper, lower):
        return True
    if lower.across or len(upper.own) < MIN_ROLES:
        return False
    split = all(column not in upper.own or (column + 1 in own and column + 1 not in upper.own) for column in own)
    return split and len(own) > 1 and not any(_COUNT.fullmatch(cell.text) for cell in own.values())


def _is_aligned(upper: Line, lower: Line) -> bool:
    """Whether the lower line, in a format that does not tell of merged cells, has gaps below each heading that is not
    divided: "STT | Điển hình | Đơn vị" above " | Cá nhân | Tập thể | "."""
    return bool(_spread(upper, lower))


def _spread(upper: Line, lower: Line) -> dict[int, int]:
    """Column of the lower line -> column of the upper one, where the upper line has one cell for each gap and each run of
    cells of the lower one; empty where it has not."""
    own = lower.own
    if len(own) > MAX_COLUMNS or sorted(upper.own) != list(range(len(upper.own))) or not own or 0 in own:
        return {}
    columns, at = {}, -1
    for column in range(max(own) + 1):
        if column not in own or column - 1 not in own:
            at += 1
        columns[column] = at
    rest = len(upper.own) - 1 - at
    if rest < 0 or any(role_of(cell.text) is None for cell in own.values()):
        return {}
    return columns | {max(own) + 1 + n: at + 1 + n for n in range(rest)}


def _columns(upper: Line, lower: Line | None) -> dict[int, Column]:
    if lower is None:
        return {column: Column(_role(cell.text), _label(cell.text)) for column, cell in upper.cells.items()}
    spread = _spread(upper, lower)
    columns: dict[int, Column] = {}
    over = ""
    for column in sorted(spread or {*upper.own, *lower.own}):
        own, above = lower.own.get(column), upper.own.get(spread.get(column, column))
        over = above.text if above else over if own else ""
        if own is None:
            columns[column] = Column(_role(over), _label(over))
            continue
        role = role_of(own.text) or role_of(f"{over} {own.text}") or _role(own.text) or _role(over)
        columns[column] = Column(role, _label(f"{over}, {own.text}" if over and role_of(over) not in NAMES else own.text))
    return columns


def _role(heading: str) -> Role | None:
    """What a column holds; now that its row is a heading for certain, damaged letters are read as well."""
    return role_of(heading) or role_of(heading, damaged=True)


def _label(heading: str) -> str:
    return " ".join(heading.split()).rstrip(" :")


def is_counting(line: Line) -> bool:
    """Whether a line only counts the columns: "(1) | (2) | (3)", "A | B | 1 | 2"."""
    if len(line.own) <= MIN_ROLES or not all(
        len(cell.text) < 5 and _COUNT.fullmatch(cell.text) for cell in line.own.values()
    ):
        return False
    texts = line.texts
    numbers = [int(digits) for text in texts if (digits := text.strip("().")).isdigit()]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else len(set(texts)) == len(texts)


def is_repeated(line: Line, heading: Heading) -> bool:
    """Whether a line is the heading again, as on the next page."""
    own = line.own
    return len(own) >= MIN_ROLES and all(
        column in heading.columns and _ends_with(heading.columns[column].label, cell.text) for column, cell in own.items()
    )


def _ends_with(label: str, text: str) -> bool:
    return len(text) <= len(label) + 2 and plain(label).endswith(plain(text) or " ")
