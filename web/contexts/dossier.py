"""Contexts of the dossier (Hồ sơ chọn), its print and its booklet. A dossier is only an address; nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from search_api.schema import Record
from search_api.tasks.export import DOSSIER_LIMIT
from web.exports import EXPORTS, Booklet, Entry, key_figures
from web.exports.booklet import DEFAULT_TITLE
from web.urls import ids_url


@dataclass(frozen=True, slots=True)
class DossierPage:
    """The dossier: the ids of its items, and their records where the page shows them. `asked` counts the items that the
    address names: some may be unknown, or too many."""

    records: Sequence[Record]
    ids: Sequence[str]
    asked: int
    name: str

    @property
    def title(self) -> str:
        return self.name or "Hồ sơ chọn"

    @property
    def limit(self) -> int:
        return DOSSIER_LIMIT

    @property
    def left_out(self) -> int:
        return self.asked - len(self.ids)

    def at(self, path: str, ids: Sequence[str] | None = None) -> str:
        return ids_url(path, self.ids if ids is None else ids, [("ten", self.name)] if self.name else [])

    @property
    def exports(self) -> list[tuple[str, str]]:
        """(label, address) of every export format."""
        return [(label, self.at(f"/ho-so/xuat.{form}")) for form, label in EXPORTS]

    @property
    def print_url(self) -> str:
        return self.at("/ho-so/in")

    def ids_without(self, item_id: str) -> list[str]:
        return [other for other in self.ids if other != item_id]

    def without(self, item_id: str) -> str:
        """The address of the dossier without one item."""
        return self.at("/ho-so", self.ids_without(item_id))

    def moved_ids(self, at: int, step: int) -> list[str]:
        """The ids with the one at `at` moved up (`step` -1) or down (1)."""
        order = list(self.ids)
        order.insert(at + step, order.pop(at))
        return order

    def moved(self, at: int, step: int) -> str:
        return self.at("/ho-so", self.moved_ids(at, step))


@dataclass(frozen=True, slots=True)
class PrintPage:
    """The dossier for printing; `address` is where it was found, `day` is when."""

    dossier: DossierPage
    address: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class BookletPage:
    """The booklet for printing, with the records of its entries in their order. `named` tells that its title or its issuer
    are words of the visitor."""

    booklet: Booklet
    records: Sequence[Record]
    back: str

    @property
    def named(self) -> bool:
        return bool(self.booklet.issuer) or self.booklet.title != DEFAULT_TITLE

    def record(self, entry: Entry) -> Record:
        return self.records[entry.number - 1]

    def figures(self, entry: Entry) -> list[str]:
        return key_figures(self.record(entry))
