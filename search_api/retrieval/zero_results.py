"""The ways out of an empty result: fewer filters or looser words, each with the number of results that it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from search_api.query.parser import any_word, clean
from search_api.query.request import SearchRequest
from search_api.schema import ActiveFilter, WayOut


def ways_out(
    request: SearchRequest, active: Sequence[ActiveFilter], words: str, count: Callable[[SearchRequest], int]
) -> list[WayOut]:
    """The ways out that give results. `words` is the query as plain words, `active` are its filters."""
    ways = [
        WayOut(code="exclusion" if f.excluded else "filter", total=f.total_without or 0, filter=f)
        for f in {(f.facet, f.excluded and f.code): f for f in active}.values()
    ]
    if len(active) > 1:
        ways.append(WayOut(code="filters", total=count(replace(request, filters={}, excluded={}))))
    if request.accents:
        ways.append(WayOut(code="accents", total=count(replace(request, accents=False))))
    if words and words != clean(request.query)[0]:
        ways.append(WayOut(code="words", query=words, total=count(replace(request, query=words))))
    if either := any_word(words):
        ways.append(WayOut(code="any", query=either, total=count(replace(request, query=either))))
    return [way for way in ways if way.total]
