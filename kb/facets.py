"""The facets (Bộ lọc), one row each. Everything that the program does for a facet follows from its row.

To add a facet, write a row in `FACETS` and a line of the group `facet` in `kb/papers/tables/labels.tsv`. If its values
are codes, list them in a group of that table that has the facet's code as its name. Nothing else is needed: the engines
index and count the facet, the API takes its two parameters, queries, suggestions, pages and the command line know it, and
an index that was made without it is built again (`fingerprint`).

Every other module uses `FACETS` when it is called, never when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kb.item import Item
from kb.papers import vocabulary
from kb.papers.places import places_of
from vitext import fold

Values = Literal["table", "names", "places", "years"]
"""What the values of a facet are. `table`: codes of the group of `labels.tsv` (or of `fields.tsv`) that has the facet's
code. `names`: all names that the items hold. `places`: names of places, where old names lead to new ones. `years`: years."""

Order = Literal["count", "table", "newest", "places"]
"""How values are ordered when they are shown. `count`: those with most items first. `table`: as the table lists them.
`newest`: the last year first. `places`: as a tree, where the communes of a province follow it."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet.

    `code` names it in the engines, in the API and in addresses. `names` are the names that a query may use before the colon,
    in written Vietnamese; accents and case do not matter when a query is parsed, and the program writes the first one.
    `values_of` gives the values of an item, none where they are unknown.

    `suggested`: its values are suggested for words typed without its name. `in_form`: the advanced form asks for it.
    `example` is a value that a visitor may type.
    """

    code: str
    names: tuple[str, ...]
    values_of: Callable[[Item], tuple[str, ...]]
    values: Values = "names"
    order: Order = "count"
    suggested: bool = False
    in_form: bool = False
    example: str = ""

    @property
    def name(self) -> str:
        """The name that the program writes in a query."""
        return self.names[0]

    @property
    def label(self) -> str:
        """The name shown on pages."""
        return vocabulary.label("facet", self.code)

    @property
    def is_open(self) -> bool:
        """Whether the values come from the collection, and no table lists them."""
        return self.values in ("names", "places")

    @property
    def about(self) -> str:
        """The values that the facet takes, in one line, for those who call the API or type a command.

        >>> by_code("subject").about
        'Đối tượng: collective, individual'
        """
        if self.values == "table":
            return f"{self.label}: {', '.join(vocabulary.codes(self.code))}"
        return f"{self.label}, đúng như trong bộ lọc" if self.is_open else f"{self.label}, ví dụ {self.example}"


def _one(value: str | None) -> tuple[str, ...]:
    """The values of a facet that has at most one value per item."""
    return (value,) if value else ()


#: The facets, in the order in which they are shown.
FACETS: tuple[Facet, ...] = (
    Facet("kind", ("loại", "loại nội dung"), lambda item: _one(item.kind), "table", in_form=True),
    Facet("field", ("lĩnh vực",), lambda item: item.fields, "table", "table", suggested=True, in_form=True),
    Facet(
        "place",
        ("địa bàn", "nơi"),
        lambda item: places_of(item.place, item.place_former),
        "places",
        "places",
        suggested=True,
        in_form=True,
        example="Tuệ Tĩnh, Cẩm Giàng",
    ),
    Facet("year", ("năm",), lambda item: _one(str(item.year or "")), "years", "newest", example="2024"),
    Facet("subject", ("đối tượng",), lambda item: _one(item.subject), "table", "table", in_form=True),
    Facet("issuer", ("cơ quan", "đơn vị"), lambda item: _one(item.issuer), suggested=True),
    Facet("quality", ("chất lượng",), lambda item: _one(item.quality), "table", "table"),
    Facet("status", ("trạng thái",), lambda item: _one(item.status), "table", "table", in_form=True),
)


def codes() -> tuple[str, ...]:
    """The code of every facet, in the order of `FACETS`."""
    return tuple(facet.code for facet in FACETS)


def by_code(code: str) -> Facet:
    """The facet of a code. Raises ValueError for an unknown code: those that visitors give are checked before.

    >>> by_code("issuer").name
    'cơ quan'
    """
    for facet in FACETS:
        if facet.code == code:
            return facet
    raise ValueError(f"unknown facet {code!r}")


def check_codes(given: Iterable[str]) -> None:
    """Raises ValueError if a code belongs to no facet: an engine must not ignore a filter."""
    for code in given:
        by_code(code)


def by_name() -> dict[str, Facet]:
    """Every facet by each of its names, folded.

    >>> by_name()["dia ban"].code
    'place'
    """
    return _by_name(FACETS)


@lru_cache(maxsize=2)
def _by_name(rows: tuple[Facet, ...]) -> dict[str, Facet]:
    return {fold(name): facet for facet in rows for name in facet.names}


def values_of(item: Item) -> dict[str, tuple[str, ...]]:
    """The values of an item for every facet, by code; a facet without a value has an empty tuple."""
    return {facet.code: facet.values_of(item) for facet in FACETS}


def fingerprint() -> str:
    """The facets that an index holds: an index that was made with others is built again."""
    return "+".join(sorted(codes()))
