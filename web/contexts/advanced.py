"""Contexts of the advanced form and of a list searched line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.papers import vocabulary
from search_api.query.composer import Wanted
from search_api.query.request import SearchRequest
from search_api.schema import BatchAnswer, BatchRow
from web.urls import SearchState

#: Field of the form (an attribute of `Wanted`) -> its parameter in the address.
FORM_PARAMETERS = {
    "all_words": "q",
    "phrase": "cum-tu",
    "any_words": "bat-ky",
    "without": "khong",
    "number": "so",
    "place": "dia-ban",
    "field": "linh-vuc",
    "kind": "loai",
    "subject": "doi-tuong",
    "status": "trang-thai",
    "first_year": "tu-nam",
    "last_year": "den-nam",
}


@dataclass(frozen=True, slots=True)
class AdvancedPage:
    """`asked`: the form was sent, but with nothing to search for."""

    wanted: Wanted
    accents: bool
    asked: bool

    @property
    def choices(self) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
        """(parameter, label, chosen code, codes with labels) of every list to choose from."""
        wanted = self.wanted
        lists = (
            ("linh-vuc", "field", wanted.field),
            ("loai", "kind", wanted.kind),
            ("doi-tuong", "subject", wanted.subject),
            ("trang-thai", "status", wanted.status),
        )
        return [
            (
                parameter,
                vocabulary.label("facet", group),
                chosen,
                [(c, vocabulary.label(group, c)) for c in vocabulary.codes(group)],
            )
            for parameter, group, chosen in lists
        ]


@dataclass(frozen=True, slots=True)
class BatchPage:
    """`answer` is None before a list was given."""

    text: str
    answer: BatchAnswer | None
    limit: int

    @property
    def rows(self) -> Sequence[BatchRow]:
        return self.answer.rows if self.answer else ()

    @property
    def found(self) -> int:
        return sum(bool(row.total) for row in self.rows)

    def url(self, row: BatchRow) -> str:
        """The results of a line."""
        return SearchState(SearchRequest(row.query, typed=True)).url()
