"""Contexts of the advanced form and of the search for a list, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb import facets
from kb.papers import vocabulary
from search_api.query.composer import Wanted
from search_api.query.request import SearchRequest
from search_api.schema import BatchAnswer, BatchRow
from vitext import fold
from web.urls import SearchState

#: The inputs of the form besides facets, each with its parameter in the address.
FORM_PARAMETERS = {
    "all_words": "q",
    "phrase": "cum-tu",
    "any_words": "bat-ky",
    "without": "khong",
    "number": "so",
    "first_year": "tu-nam",
    "last_year": "den-nam",
}


def form_parameter(facet: facets.Facet) -> str:
    """The parameter of a facet in the address of the advanced form.

    >>> form_parameter(facets.by_code("place"))
    'dia-ban'
    """
    return fold(facet.name).replace(" ", "-")


def form_facets() -> list[facets.Facet]:
    """The facets that the form asks for; years are asked for as a range."""
    return [facet for facet in facets.FACETS if facet.in_form]


@dataclass(frozen=True, slots=True)
class Choice:
    """A facet that the form asks for. The visitor chooses one of its `values` (codes with labels), or types words where
    there are no values to list. `given` is what was chosen or typed."""

    facet: facets.Facet
    given: str

    @property
    def parameter(self) -> str:
        return form_parameter(self.facet)

    @property
    def hint(self) -> str:
        return vocabulary.hint("facet", self.facet.code)

    @property
    def values(self) -> list[tuple[str, str]]:
        code = self.facet.code
        return [] if self.facet.is_open else [(c, vocabulary.label(code, c)) for c in vocabulary.codes(code)]


@dataclass(frozen=True, slots=True)
class AdvancedPage:
    """The advanced form; `asked` says that it was sent, but with nothing to search for."""

    wanted: Wanted
    accents: bool
    asked: bool

    @property
    def choices(self) -> list[Choice]:
        """The facets with a list to choose from, then those whose values are typed."""
        every = [Choice(facet, self.wanted.values.get(facet.code, "")) for facet in form_facets()]
        return sorted(every, key=lambda choice: choice.facet.is_open)


@dataclass(frozen=True, slots=True)
class BatchPage:
    """The search for a list; `answer` is None before a list was given."""

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
        """The address of the results of a line."""
        return SearchState(SearchRequest(row.query, typed=True)).url()
