"""From a request to its results: recognise the spans, parse, interpret, plan, cut by the filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kb.library.library import View
from kb.ports import Vector
from search_api.query.interpretation import Interpretation, interpret
from search_api.query.parser import clean_query, parse_query
from search_api.query.request import SearchRequest
from search_api.query.spans.recognise import recognise
from search_api.retrieval.cache import GenerationCache
from search_api.retrieval.collection import MAX_FACTS, Collection
from search_api.retrieval.planner import Plan, plan
from search_api.retrieval.result_set import ResultSet

#: Interpretations and plans that are kept: a visitor turns pages, filters and goes back within a few queries.
MAX_PLANS = 256


class Finder:
    """Finds what requests ask for. Threads may share it."""

    def __init__(self) -> None:
        self._facts = GenerationCache[Any](MAX_FACTS)
        self._interpretations = GenerationCache[Interpretation](MAX_PLANS)
        self._plans = GenerationCache[Plan](MAX_PLANS)

    def results(self, view: View, request: SearchRequest) -> ResultSet:
        """The result set of a request."""
        collection = Collection(view, self._facts)

        def make() -> Plan:
            return plan(self._interpret(collection, request), view, collection.embed, dropped=request.dropped)

        planned = self._plans.get(view.generation, (*_key(request), request.dropped), make)
        return ResultSet(view, planned, request.chosen(), any_poor="poor" in collection.values("quality"))

    def embed(self, view: View) -> Callable[[str], Vector]:
        """What gives the vector of a query, which is kept."""
        return Collection(view, self._facts).embed

    def interpretation(self, view: View, request: SearchRequest) -> Interpretation:
        """What the query of a request means."""
        return self._interpret(Collection(view, self._facts), request)

    def read(self, view: View, query: str) -> Interpretation | None:
        """What a query means without filters, None where there is no query."""
        return self.interpretation(view, SearchRequest(query)) if query.strip() else None

    def _interpret(self, collection: Collection, request: SearchRequest) -> Interpretation:
        def make() -> Interpretation:
            cleaned = clean_query(request.query, collection.knows)
            spans = () if request.typed else recognise(cleaned.read, collection, request.as_text)
            query = parse_query(
                cleaned,
                collection.values,
                spans=spans,
                as_text=request.as_text,
                pair_counts=collection.pair_counts,
            )
            return interpret(query, collection.exists, collection, typed=request.typed, accents=request.accents)

        return self._interpretations.get(collection.view.generation, _key(request), make)


def _key(request: SearchRequest) -> tuple[str, bool, bool, tuple[str, ...]]:
    """What an interpretation depends on."""
    return request.query, request.typed, request.accents, request.as_text
