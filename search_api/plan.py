"""Plan a query: which words may match, which respelling, how loose, and what is added by meaning.

A plan looks at no filter, no sorting and no page, so that the set of results is one set: filters cut it, facets count it,
pages walk through it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.generation import View
from kb.model import Item
from kb.ports import Clause, Filters, Reading, Term, TextQuery
from search_api import ranking
from search_api.highlight import Text, read_text
from search_api.query import Query, parse_query
from search_api.schema import Notice
from search_api.spelling import Speller

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


class Opened:
    """A view as a cache key: equal for the same generation, whatever the request."""

    __slots__ = ("view",)

    def __init__(self, view: View) -> None:
        self.view = view

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opened) and other.view.generation == self.view.generation

    def __hash__(self) -> int:
        return hash(self.view.generation)


class Planner:
    """Makes plans, and keeps what they need of each generation. Safe to share between threads."""

    def __init__(self) -> None:
        self._speller = lru_cache(maxsize=1)(_load_speller)
        self._plans = lru_cache(maxsize=PLANS)(self._make)
        self._texts = lru_cache(maxsize=TEXTS)(_load_text)
        self._values = lru_cache(maxsize=32)(_load_values)

    def plan(self, view: View, query: str, *, typed: bool = False) -> Plan:
        """The plan of a query; `typed` forbids respelling. Never raises for what the query holds."""
        return self._plans(Opened(view), query, typed)

    def text(self, view: View, item_id: str) -> Text:
        """An item with its words, tokenised once a generation. Raises NotFoundError."""
        return self._texts(Opened(view), item_id)

    def _make(self, opened: Opened, typed_query: str, typed: bool) -> Plan:
        view = opened.view
        query = parse_query(typed_query, lambda facet: self._values(opened, facet))
        text = TextQuery(query.readings, query.excluded, None, query.constraints)
        notices = [Notice(code="ignored", text=problem) for problem in query.problems]
        if query.shortened:
            notices.append(Notice(code="shortened", text="Câu tìm quá dài: chỉ dùng phần đầu."))
        if query.number:
            return _plan_number(view, query, text, notices)
        respelt: tuple[Term, ...] = ()
        guess = bool(query.free) and not query.literal
        if guess and not typed and len(query.readings) == 1:
            respelling = self._speller(opened).respell(view.snapshot, query.free_words, query.free)
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


def _load_speller(opened: Opened) -> Speller:
    return Speller(opened.view.snapshot)


def _load_text(opened: Opened, item_id: str) -> Text:
    item: Item = opened.view.snapshot.item(item_id)
    return read_text(item)


def _load_values(opened: Opened, facet: str) -> tuple[str, ...]:
    return tuple(opened.view.text.count_facet(TextQuery(), Filters(), facet))
