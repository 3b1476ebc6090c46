"""The names in official papers: types (Loại văn bản), issuing bodies (Cơ quan ban hành) and provinces, from tables.

The tables are data (`tables/document_types.tsv`, `issuers.tsv`, `provinces.tsv`), which are read once, on first use. A
malformed row raises TableError with its file and line. `indexer.enrich` finds these names in papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar, cast, get_args

from kb.errors import TableError
from kb.papers.vocabulary import TABLES, read_table
from vitext import fold

Scope = Literal["central", "local", "party"]
T = TypeVar("T")

#: What the full name of a centrally run city begins with.
CITY_PREFIX = "Thành phố "
#: What the full name of a province begins with.
PROVINCE_PREFIX = "Tỉnh "


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type of paper: stable `code`, shown `name`, its abbreviations in numbers, and other headings that mean it."""

    code: str
    name: str
    symbols: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every heading of the type, the shown name first."""
        return (self.name, *self.heads)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A body with its abbreviation. A `central` name is complete; a `local` one needs its place (`full_name`)."""

    symbol: str
    name: str
    scope: Scope

    def full_name(self, place: str) -> str:
        """The name with its place, as official papers write it; without a place only the name.

        >>> Issuer("UBND", "Ủy ban nhân dân", "local").full_name("Thành phố Hải Phòng")
        'Ủy ban nhân dân thành phố Hải Phòng'
        >>> Issuer("TU", "Tỉnh ủy", "party").full_name("Thành phố Hải Phòng")
        'Thành ủy Hải Phòng'
        """
        if self.scope == "central" or not place:
            return self.name
        if self.scope == "party":
            return (
                f"Thành ủy {place.removeprefix(CITY_PREFIX)}"
                if place.startswith(CITY_PREFIX)
                else f"Tỉnh ủy {bare_name(place)}"
            )
        return f"{self.name} {place[0].lower()}{place[1:]}"


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city of today, with the full names of the former ones that were merged into it."""

    name: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A province as a paper names it: `name` is the name on the paper, `current` the name of today."""

    name: str
    current: str


def bare_name(name: str) -> str:
    """A province's name without its level.

    >>> bare_name("Thành phố Hải Phòng")
    'Hải Phòng'
    """
    return name.removeprefix(CITY_PREFIX).removeprefix(PROVINCE_PREFIX)


def read_types(name: str = "document_types.tsv") -> tuple[DocumentType, ...]:
    """The rows of a table of document types. Raises TableError if it is unsorted or holds a code, name or symbol twice."""
    types = []
    names: set[str] = set()
    taken: set[str] = set()
    for line, (code, shown, symbols, heads) in _sorted_rows(name, 4):
        row = DocumentType(code, shown, _cells(symbols), _cells(heads))
        _claim(names, row.names, f"{TABLES / name}:{line}")
        _claim(taken, row.symbols, f"{TABLES / name}:{line}")
        types.append(row)
    return tuple(types)


def read_issuers(name: str = "issuers.tsv") -> tuple[Issuer, ...]:
    """The rows of a table of issuing bodies. Raises TableError if it is unsorted, holds one twice, or an unknown scope."""
    issuers = []
    for line, (symbol, shown, scope) in _sorted_rows(name, 3):
        if scope not in get_args(Scope):
            raise TableError(f"{TABLES / name}:{line}: phạm vi {scope!r} phải là {', '.join(get_args(Scope))}")
        issuers.append(Issuer(symbol, shown, cast(Scope, scope)))
    return tuple(issuers)


def read_provinces(name: str = "provinces.tsv") -> tuple[Province, ...]:
    """The rows of a table of provinces. Raises TableError if it is unsorted, or holds a name twice or without its level."""
    provinces = []
    names: set[str] = set()
    for line, (shown, former) in _sorted_rows(name, 2, named=1):
        row = Province(shown, _cells(former))
        _claim(names, (row.name, *row.former), f"{TABLES / name}:{line}")
        if any(bare_name(n) == n for n in (row.name, *row.former)):
            raise TableError(f"{TABLES / name}:{line}: tên phải bắt đầu bằng {CITY_PREFIX!r} hoặc {PROVINCE_PREFIX!r}")
        provinces.append(row)
    return tuple(provinces)


def _sorted_rows(name: str, columns: int, named: int = 2) -> Iterator[tuple[int, list[str]]]:
    """The rows, checked: they are sorted by their first cell, and their first `named` cells are not empty."""
    last = ""
    for line, cells in read_table(TABLES / name, columns):
        if not all(cells[:named]):
            raise TableError(f"{TABLES / name}:{line}: {named} cột đầu không được để trống")
        if cells[0] <= last:
            raise TableError(f"{TABLES / name}:{line}: {cells[0]!r} trùng hoặc không đúng thứ tự sau {last!r}")
        last = cells[0]
        yield line, cells


def _claim(taken: set[str], names: Iterable[str], where: str) -> None:
    for name in names:
        if name in taken:
            raise TableError(f"{where}: {name!r} có hai lần")
        taken.add(name)


def _cells(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@lru_cache(maxsize=1)
def document_types() -> tuple[DocumentType, ...]:
    """Every type of paper, sorted by code."""
    return read_types()


@lru_cache(maxsize=1)
def provinces() -> tuple[Province, ...]:
    """The provinces of today."""
    return read_provinces()


@lru_cache(maxsize=1)
def _types_by_symbol() -> Mapping[str, tuple[str, str]]:
    return _by_symbol((symbol, row.code) for row in document_types() for symbol in row.symbols)


@lru_cache(maxsize=1)
def _issuers_by_symbol() -> Mapping[str, tuple[str, Issuer]]:
    return _by_symbol((row.symbol, row) for row in read_issuers())


def _by_symbol(rows: Iterable[tuple[str, T]]) -> dict[str, tuple[str, T]]:
    """Symbol -> (its spelling, value). The keys are lower case with đ, and folded (of the first row with that key)."""
    exact: dict[str, tuple[str, T]] = {}
    folded: dict[str, tuple[str, T]] = {}
    for symbol, value in rows:
        exact[symbol.lower()] = (symbol, value)
        folded.setdefault(fold(symbol), (symbol, value))
    return folded | exact


def _look_up(table: Mapping[str, tuple[str, T]], symbol: str) -> tuple[str, T] | None:
    # Many keyboards and recognisers write Ð (eth) for Đ.
    return table.get(symbol.lower().replace("ð", "đ")) or table.get(fold(symbol))


def type_name(code: str) -> str:
    """The shown name of a type; an unknown code is its own name.

    >>> type_name("plan"), type_name("")
    ('Kế hoạch', '')
    """
    return next((row.name for row in document_types() if row.code == code), code)


def type_of_symbol(symbol: str) -> tuple[str, str]:
    """(spelling, code) of the abbreviation of a type, in any case, with or without accents; ("", "") for anything else.

    >>> type_of_symbol("qd"), type_of_symbol("HD"), type_of_symbol("HĐ")
    (('QĐ', 'decision'), ('HD', 'guideline'), ('HĐ', 'contract'))
    """
    return _look_up(_types_by_symbol(), symbol) or ("", "")


def issuer_of_symbol(symbol: str) -> tuple[str, Issuer] | None:
    """(spelling, body) of the abbreviation of an issuer, in any case; the number of a legislature may follow (QH13).

    >>> issuer_of_symbol("lmhtx")[1].name, issuer_of_symbol("qh13")[0]
    ('Liên minh Hợp tác xã', 'QH13')
    """
    found = _look_up(_issuers_by_symbol(), symbol)
    bare = symbol.rstrip("0123456789")
    if found or bare == symbol:
        return found
    found = _look_up(_issuers_by_symbol(), bare)
    return (found[0] + symbol[len(bare) :], found[1]) if found and found[0] in ("QH", "UBTVQH") else None


def symbols_of(name: str) -> tuple[str, ...]:
    """The abbreviations of a body of the table, by its name.

    >>> symbols_of("Sở Nội vụ")
    ('SNV',)
    """
    return tuple({symbol: None for symbol, issuer in _issuers_by_symbol().values() if issuer.name == name})


@lru_cache(maxsize=1)
def place_names() -> Mapping[str, NamedPlace]:
    """Provinces of today and former ones, by their folded names: "hai phong" and "tinh hai duong" are keys."""
    names: dict[str, NamedPlace] = {}
    for row in provinces():
        for name in (row.name, *row.former):
            names.setdefault(fold(bare_name(name)), NamedPlace(name, row.name))
            names[fold(name)] = NamedPlace(name, row.name)
    return names


def near(word: str, name: str) -> bool:
    """Whether two folded words differ by at most one inserted, missing or changed letter.

    >>> near("k& hoach", "ke hoach"), near("thong tu", "thong bao")
    (True, False)
    """
    if abs(len(word) - len(name)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    rest, other = word[head:], name[head:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
