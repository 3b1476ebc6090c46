"""Contexts of two comparisons: of records side by side, and of a pasted nomination with the collection."""

from __future__ import annotations

from dataclasses import dataclass

from search_api.schema import Comparison, NominationAnswer
from web.urls import ids_url


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Records side by side. `asked` counts the records that the address names: some may be unknown, or too many."""

    comparison: Comparison
    asked: int
    only_differences: bool

    @property
    def ids(self) -> list[str]:
        return [card.id for card in self.comparison.cards]

    @property
    def left_out(self) -> int:
        return self.asked - len(self.comparison.cards)

    @property
    def differing(self) -> int:
        return sum(row.differs for row in self.comparison.rows)

    def without(self, item_id: str) -> str:
        """The address of the comparison without one record."""
        return ids_url("/so-sanh", [other for other in self.ids if other != item_id])

    @property
    def toggle_url(self) -> str:
        """The address that shows only the rows that differ, or all rows again."""
        return ids_url("/so-sanh", self.ids, [] if self.only_differences else [("khac", "1")])

    @property
    def dossier_url(self) -> str:
        return ids_url("/ho-so", self.ids)


@dataclass(frozen=True, slots=True)
class NominationPage:
    """The nomination check; `answer` is None before a nomination was pasted."""

    text: str
    answer: NominationAnswer | None

    @property
    def compare_url(self) -> str:
        """The address of the comparison of the first three items, "" where there are fewer than two."""
        items = (*self.answer.repeated, *self.answer.similar)[:3] if self.answer else ()
        return ids_url("/so-sanh", [item.card.id for item in items]) if len(items) > 1 else ""
