"""The vocabulary (Từ vựng): the 14 fields and the shown name of every coded value.

The tables are data (`tables/*.tsv`), which are read once, on first use; a malformed row raises TableError with its file and
line. Use `label` for everything that a visitor sees: no other module spells these words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.errors import TableError
from vitext import tables

#: The folder of the tables.
TABLES = Path(__file__).parent / "tables"


def read_table(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table as (line number, cells), see `vitext.tables.read_table`. Raises TableError.

    >>> next(read_table(TABLES / "fields.tsv", 3))[1][1]
    'party_government'
    """
    try:
        yield from tables.read_table(path, columns)
    except tables.TableFormatError as error:
        raise TableError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Field:
    """One of the 14 fields (Lĩnh vực): number in Plan 238, stable code, shown name."""

    number: int
    code: str
    name: str


@lru_cache(maxsize=1)
def fields() -> tuple[Field, ...]:
    """The 14 fields in the order of Plan 238/KH-UBND.

    >>> fields()[3].name
    'Nông nghiệp'
    """
    rows = [(line, Field(int(cells[0]), cells[1], cells[2])) for line, cells in read_table(TABLES / "fields.tsv", 3)]
    for position, (line, field) in enumerate(rows, 1):
        if field.number != position or not field.name:
            raise TableError(f"{TABLES / 'fields.tsv'}:{line}: lĩnh vực phải đánh số liên tục từ 1 và có tên")
    if len({field.code for _, field in rows}) != 14:
        raise TableError(f"{TABLES / 'fields.tsv'}: cần đúng 14 mã lĩnh vực khác nhau")
    return tuple(field for _, field in rows)


@lru_cache(maxsize=1)
def _labels() -> dict[str, dict[str, tuple[str, str]]]:
    groups: dict[str, dict[str, tuple[str, str]]] = {}
    for line, (group, code, name, hint) in read_table(TABLES / "labels.tsv", 4):
        entries = groups.setdefault(group, {})
        if not name or code in entries:
            raise TableError(f"{TABLES / 'labels.tsv'}:{line}: mã trùng hoặc thiếu tên")
        entries[code] = (name, hint)
    groups["field"] = {field.code: (field.name, "") for field in fields()}
    return groups


def codes(group: str) -> tuple[str, ...]:
    """Every code of a group ("kind", "status", "field", ...), in the order in which they are shown.

    >>> codes("subject")
    ('collective', 'individual')
    """
    return tuple(_labels()[group])


def label(group: str, code: str) -> str:
    """The shown name of a code; a value outside the table (a place, a year) is its own name.

    >>> label("kind", "practice")
    'Cách làm hay'
    >>> label("year", "2024")
    '2024'
    """
    entry = _labels().get(group, {}).get(code)
    return entry[0] if entry else code


def hint(group: str, code: str) -> str:
    """A one-line explanation of a code, "" where there is none."""
    entry = _labels().get(group, {}).get(code)
    return entry[1] if entry else ""
