"""Plan a query: which words may match, which respelling, how loose, and what is added by meaning.

A plan looks at no filter, no sorting and no page, so that the set of results is one set: filters cut it, facets count it,
pages walk through it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kb.generation import View
from kb.ports import FACETS, Clause, Filters, Reading, Term, TextQuery
from search_api import ranking
from search_api.cache import GenerationCache
from search_api.query import Query, parse_query
from search_api.schema import Notice
from search_api.spelling import Speller
from search_api.text import Text, read_text

#: Plans and tokenised items kept; a reader pages, filters and goes back within few queries.
PLANS = 256
TEXTS = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """What matches a query, before filters: the text query, and ids added by meaning with their cosine."""

    query: Query
    text: TextQuery
    additions: Mapping[str, float]
    notices: tuple[Notice, ...]
    respelt: tuple[Term, ...] = ()
    jump: str = ""


class Planner:
    """Makes plans, and keeps what they need of each generation. Safe to share between threads."""

    def __init__(self) -> None:
        self._speller = GenerationCache[Speller](1)
        self._plans = GenerationCache[Plan](PLANS)
        self._texts = GenerationCache[Text](TEXTS)
        self._values = GenerationCache[tuple[str, ...]](len(FACETS))

    def plan(self, view: View, query: str, *, typed: bool = False) -> Plan:
        """The plan of a query; `typed` forbids respelling. Never raises for what the query holds."""
        return self._plans.get(view.generation, (query, typed), lambda: self._make(view, query, typed))

    def text(self, view: View, item_id: str) -> Text:
        """An item with its words, tokenised once a generation. Raises NotFoundError."""
        return self._texts.get(view.generation, item_id, lambda: read_text(view.snapshot.item(item_id)))

    def _values_of(self, view: View, facet: str) -> tuple[str, ...]:
        """Every value a facet takes in the collection."""
        return self._values.get(view.generation, facet, lambda: tuple(view.text.count_facet(TextQuery(), Filters(), facet)))

    def _make(self, view: View, typed_query: str, typed: bool) -> Plan:
        query = parse_query(typed_query, lambda facet: self._values_of(view, facet))
        text = TextQuery(query.readings, query.excluded, None, query.constraints)
        notices = [Notice(code="ignored", text=problem) for problem in query.problems]
        if query.shortened:
            notices.append(Notice(code="shortened", text="Câu tìm quá dài: chỉ dùng phần đầu."))
        if query.number:
            return _plan_number(view, query, text, notices)
        respelt: tuple[Term, ...] = ()
        guess = bool(query.free) and not query.literal
        if guess and not typed and len(query.readings) == 1:
            speller = self._speller.get(view.generation, "", lambda: Speller(view.snapshot))
            respelling = speller.respell(view.snapshot, query, found=bool(view.text.count(text, Filters())))
            reading = Reading(tuple(Clause((t,)) for t in respelling.terms), repaired=True) if respelling else None
            # A respelling that finds nothing is no help, and likely wrong.
            if respelling and reading and view.text.count(replace(text, readings=(reading,)), Filters()):
                respelt = respelling.terms
                text = replace(text, readings=(*text.readings, reading))
                words = f"Ý bạn là: {respelling.text}"
                notices.append(Notice(code="spelling", text=words, query=respelling.text))
        if guess and len(query.readings) == 1:
            text = _loosen(view, text, notices)
        additions = _close_in_meaning(view, query, text) if guess else {}
        return Plan(query, text, additions, tuple(notices), respelt)


def _plan_number(view: View, query: Query, text: TextQuery, notices: list[Notice]) -> Plan:
    """The whole query is a document number: go to the document, and list what names it.

    A number may be printed in a damaged form that no words match, so what the rules read of it counts too.
    """
    assert query.number is not None
    own = view.snapshot.with_number(query.number.key)
    if not own:
        words = f"Trong kho chưa có văn bản số {query.number.text}; dưới đây là những mục có nhắc đến số này."
        notices.append(Notice(code="number_unknown", text=words))
    known = frozenset(own) | frozenset(view.snapshot.citing(query.number.key))
    additions = dict.fromkeys(unmatched(view, text, known), 1.0)
    return Plan(query, text, additions, tuple(notices), jump=own[0] if len(own) == 1 else "")


def _loosen(view: View, text: TextQuery, notices: list[Notice]) -> TextQuery:
    """Ask for fewer of the words while all of them find little, and say so."""
    found = view.text.count(text, Filters())
    words = len(set(text.readings[0].clauses))
    if found >= ranking.FEW or words < ranking.LOOSEN_WORDS:
        return text
    for share in ranking.LOOSENED:
        looser = replace(text, minimum=max(1, math.ceil(share * words)))
        if view.text.count(looser, Filters()) > found:
            message = f"Ít mục có đủ {words} từ, nên đã tìm cả những mục có ít nhất {looser.minimum} từ."
            notices.append(Notice(code="loosened", text=message))
            return looser
    return text


def _close_in_meaning(view: View, query: Query, text: TextQuery) -> dict[str, float]:
    """Items close in meaning that no words match, few and close (constants in `ranking`)."""
    vector = view.embedder.encode([query.free_text], query=True)[0]
    near = view.vectors.search(vector, 20 * ranking.SEMANTIC_LIMIT)
    ids = list(dict.fromkeys(hit.key.item_id for hit in near))
    close = dict(ranking.closest(view.vectors.score_items(vector, ids)))
    return {item_id: close[item_id] for item_id in unmatched(view, text, frozenset(close))}


def unmatched(view: View, text: TextQuery, ids: frozenset[str]) -> list[str]:
    """Those of `ids` that `text` does not match although they meet its exclusions and constraints."""
    if not ids:
        return []
    only = Filters(ids=ids)
    matched = {hit.id for hit in view.text.search(text, only, limit=len(ids)).hits}
    bare = TextQuery((), text.excluded, None, text.constraints)
    allowed = view.text.search(bare, only, limit=len(ids)).hits
    return sorted(hit.id for hit in allowed if hit.id not in matched)
