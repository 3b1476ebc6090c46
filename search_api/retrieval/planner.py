"""Plan a query: which words may match, which respelling, how loose, and what is added by meaning.

A plan looks at no filter, no sorting and no page, so that the set of results is one set: filters cut it, facets count it,
pages walk through it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb import facets
from kb.library.library import View
from kb.ports import Clause, Filters, Term, TextHit, TextQuery, Variant, Vector
from search_api.display.item_tokens import Text, read_text
from search_api.query.interpretation import Understanding, as_typed, read_plain, understand
from search_api.query.parser import Query, parse_query, plain_words, unquote
from search_api.query.place_names import find_names, read_names
from search_api.query.spelling import Speller
from search_api.retrieval import ranking
from search_api.retrieval.cache import GenerationCache
from search_api.schema import Notice

#: Plans and tokenised items kept; a reader pages, filters and goes back within few queries.
PLANS = 256
TEXTS = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """What matches a query, before filters: the text query, and ids added by meaning with their cosine.

    `respelt` and `expansions` are other ways of reading the words. `meaning` is the vector of what is meant, None where
    nothing may be guessed, and `near` the items closest to it. `known` are hits found while planning: of a `bounded` plan (a
    long query) all there are, the best first, else those that are near. `there` are items that name the place that the query
    names. `any_poor`: the collection holds text that is poorly recognised.
    """

    query: Query
    text: TextQuery
    additions: Mapping[str, float]
    notices: tuple[Notice, ...]
    respelt: tuple[Term, ...] = ()
    expansions: tuple[tuple[Term, ...], ...] = ()
    jump: str = ""
    meaning: Vector | None = None
    near: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()
    known: tuple[TextHit, ...] = ()
    bounded: bool = False
    any_poor: bool = True


class Planner:
    """Makes plans, and keeps what they need of each generation. Safe to share between threads."""

    def __init__(self) -> None:
        self._speller = GenerationCache[Speller](1)
        self._plans = GenerationCache[Plan](PLANS)
        self._texts = GenerationCache[Text](TEXTS)
        self._places = GenerationCache[frozenset[tuple[str, ...]]](1)
        self._values = GenerationCache[tuple[str, ...]](len(facets.FACETS))

    def plan(self, view: View, query: str, *, typed: bool = False, accents: bool = False) -> Plan:
        """The plan of a query; `typed` forbids respelling, `accents` asks for the accents as typed (Đúng dấu). Never raises
        for what the query holds."""
        key = (query, typed, accents)
        return self._plans.get(view.generation, key, lambda: self._make(view, query, typed=typed, accents=accents))

    def text(self, view: View, item_id: str) -> Text:
        """An item with its words, tokenised once a generation. Raises NotFoundError."""
        return self._texts.get(view.generation, item_id, lambda: read_text(view.snapshot.item(item_id)))

    def plain_words(self, view: View, query: str) -> str:
        """The query as plain words (see `search_api.query.parser.plain_words`)."""
        return plain_words(query, lambda facet: self._values_of(view, facet))

    def _values_of(self, view: View, facet: str) -> tuple[str, ...]:
        """Every value a facet takes in the collection."""
        return self._values.get(view.generation, facet, lambda: tuple(view.text.count_facet(TextQuery(), Filters(), facet)))

    def _make(self, view: View, typed_query: str, *, typed: bool, accents: bool) -> Plan:
        query = parse_query(typed_query, lambda facet: self._values_of(view, facet))
        text = TextQuery(query.readings, query.excluded, None, query.constraints)
        notices = [Notice(code="ignored", text=problem) for problem in query.problems]
        if query.shortened:
            notices.append(Notice(code="shortened", text="Câu tìm quá dài: chỉ dùng phần đầu."))
        if query.number:
            return _plan_number(view, query, text, notices)
        if not query.free:
            return Plan(query, text, {}, tuple(notices))
        if accents:
            return self._plan_accents(view, query, text, notices)
        if query.literal:
            return self._plan_quoted(view, query, text, notices, typed=typed)
        meant = as_typed(query) if typed or len(query.readings) != 1 else self._understand(view, query, text)
        notices += meant.notices
        meaning = view.embedder.encode([meant.text], query=True)[0]
        long = _is_long(query)
        near = frozenset(nearest(view, meaning))
        if long:
            known, text = _ask_long(view, text, meant)
        else:
            text = _ask_short(view, text, meant, notices)
            known = view.text.search(text, Filters(ids=near), limit=len(near)).hits if near else ()
        return Plan(
            query,
            text,
            _close_in_meaning(view, text, meaning, sorted(near - {hit.id for hit in known})),
            tuple(notices),
            meant.terms if meant.respelt else (),
            meant.expansions,
            meaning=meaning,
            near=near,
            there=self._there(view, meant.terms),
            known=known,
            bounded=long,
            any_poor="poor" in self._values_of(view, "quality"),
        )

    def _there(self, view: View, terms: tuple[Term, ...]) -> frozenset[str]:
        """The items that name the places named in the query (those that some item lies in)."""
        names = self._places.get(view.generation, "", lambda: read_names(view.snapshot.places()))
        found = [Variant((Clause(terms[start:end], literal=True),)) for start, end in find_names(names, terms)]
        if not found:
            return frozenset()
        hits = view.text.search(TextQuery(tuple(found), scored=False), Filters(), limit=ranking.LONG_LIMIT).hits
        return frozenset(hit.id for hit in hits)

    def _unquote(self, view: View, query: Query, typed: bool) -> Plan:
        """The plan of the query without its quotation marks, which nothing holds as they are, with a notice of it."""
        plan = self._make(view, unquote(query.text), typed=typed, accents=False)
        words = "Không mục nào có đúng cụm từ trong ngoặc kép cùng các từ còn lại, nên đã tìm như các từ thường."
        shown = replace(plan.query, text=query.text)
        return replace(plan, query=shown, notices=(Notice(code="unquoted", text=words), *plan.notices))

    def _plan_quoted(self, view: View, query: Query, text: TextQuery, notices: list[Notice], *, typed: bool) -> Plan:
        """What is quoted is meant to the letter: nothing is respelt or added, but the other words still rank.

        Where no item holds it, and where it stands in a whole sentence that no item holds (a headline somebody pasted), the
        quotation marks are no more than part of the text.
        """
        one = len(query.readings) == 1
        if not (one and _is_long(query) and not view.text.count(text, Filters())):
            text = _loosen(view, text, notices) if one else text
            if view.text.count(text, Filters()):
                meaning = view.embedder.encode([query.whole_text], query=True)[0]
                return Plan(query, text, {}, tuple(notices), meaning=meaning)
        return self._unquote(view, query, typed)

    def _plan_accents(self, view: View, query: Query, text: TextQuery, notices: list[Notice]) -> Plan:
        """All words, those typed with accents in just these: nothing is guessed, loosened or added by meaning."""
        text = replace(text, readings=tuple(_with_accents(reading) for reading in query.readings))
        if not any(term.has_accents for term in query.free):
            notices.append(Notice(code="no_accents", text="Câu tìm không có dấu nào, nên “Đúng dấu” không thay đổi gì."))
        meaning = view.embedder.encode([query.free_text], query=True)[0]
        near = frozenset(nearest(view, meaning))
        known = view.text.search(text, Filters(ids=near), limit=len(near)).hits if near else ()
        poor = "poor" in self._values_of(view, "quality")
        return Plan(query, text, {}, tuple(notices), meaning=meaning, near=near, known=known, any_poor=poor)

    def _understand(self, view: View, query: Query, text: TextQuery) -> Understanding:
        """What the plain words mean: respelt, with their accents, written out."""
        speller = self._speller.get(view.generation, "", lambda: Speller(view.snapshot))
        long = _is_long(query)
        found = not long and bool(view.text.count(text, Filters()))
        meant = understand(view.snapshot, speller, query, found=found, long=long)
        if meant.respelt and not long:
            # A respelling that finds nothing is no help, and likely wrong.
            reading = read_plain(meant.terms, repaired=True)
            if not view.text.count(replace(text, readings=(reading,)), Filters()):
                return as_typed(query)
        return meant


def _with_accents(reading: Variant) -> Variant:
    """The reading with every word that was typed with accents as if it stood in quotes by itself."""
    return replace(reading, clauses=tuple(replace(c, literal=c.literal or c.terms[0].has_accents) for c in reading.clauses))


def _is_long(query: Query) -> bool:
    """A question or a pasted sentence: no item need hold all of it (`ranking.LONG`)."""
    return len(query.readings) == 1 and len(set(query.free)) > ranking.LONG


def _ask_short(view: View, text: TextQuery, meant: Understanding, notices: list[Notice]) -> TextQuery:
    """All the words, as typed (with the accents that were put back), respelt or written out; fewer where that finds
    little."""
    if len(text.readings) != 1:
        return text
    first = meant.reading if meant.restored else text.readings[0]
    others = (meant.terms,) if meant.respelt else meant.expansions
    text = replace(text, readings=(first, *(read_plain(terms, repaired=True) for terms in others)))
    return _loosen(view, text, notices)


def _ask_long(view: View, text: TextQuery, meant: Understanding) -> tuple[tuple[TextHit, ...], TextQuery]:
    """(the best hits of any of the words, the query that matches just these).

    Respelt words stand in place of those typed, what is written out beside them. A hit that holds the whole query as one
    phrase, in its accents where it has any, bears the tier of that.
    """
    more = [term for terms in meant.expansions for term in terms if term not in meant.terms]
    any_word = replace(text, readings=(read_plain((*meant.terms, *more)),), tiered=False)
    hits = view.text.search(any_word, Filters(), limit=ranking.LONG_LIMIT).hits
    least = ranking.LONG_SHARE * max((hit.score for hit in hits), default=0.0)
    ids = frozenset(hit.id for hit in hits if hit.score >= least)
    phrase = replace(text, readings=(Variant((Clause(meant.terms, literal=True),)),), scored=False)
    tiers = {hit.id: hit.tier for hit in view.text.search(phrase, Filters(), limit=ranking.LONG_LIMIT).hits}
    best = (hit for hit in hits if hit.id in ids)
    known = tuple(replace(hit, tier=tiers[hit.id]) if hit.id in tiers else hit for hit in best)
    return known, TextQuery((), text.excluded, None, (*text.constraints, Filters(ids=ids)))


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
    literal = sum(clause.literal for clause in set(text.readings[0].clauses))
    wanted = [max(1, literal, math.ceil(share * words)) for share in ranking.LOOSENED]
    for minimum in dict.fromkeys([*wanted, *([literal] if literal else [])]):
        looser = replace(text, minimum=minimum)
        if view.text.count(looser, Filters()) > found:
            message = f"Ít mục có đủ {words} từ, nên đã tìm cả những mục có ít nhất {looser.minimum} từ."
            notices.append(Notice(code="loosened", text=message))
            return looser
    return text


def nearest(view: View, meaning: Vector) -> list[str]:
    """The items closest in meaning, by themselves or by a passage."""
    found = view.vectors.search(meaning, ranking.NEAR_VECTORS)
    return list(dict.fromkeys(hit.key.item_id for hit in found))[: ranking.NEAR]


def _close_in_meaning(view: View, text: TextQuery, meaning: Vector, ids: Sequence[str]) -> dict[str, float]:
    """Those of `ids`, which no words match, that are close enough in meaning, few and close (constants in `ranking`)."""
    close = dict(ranking.closest(view.vectors.score_items(meaning, ids)))
    constraints = tuple(only for only in text.constraints if only.ids is None)
    if close and (text.excluded or constraints):
        bare = TextQuery((), text.excluded, None, constraints)
        allowed = view.text.search(bare, Filters(ids=frozenset(close)), limit=len(close)).hits
        close = {hit.id: close[hit.id] for hit in allowed}
    return close


def unmatched(view: View, text: TextQuery, ids: frozenset[str]) -> list[str]:
    """Those of `ids` that `text` does not match although they meet its exclusions and constraints."""
    if not ids:
        return []
    only = Filters(ids=ids)
    matched = {hit.id for hit in view.text.search(text, only, limit=len(ids)).hits}
    bare = TextQuery((), text.excluded, None, text.constraints)
    allowed = view.text.search(bare, only, limit=len(ids)).hits
    return sorted(hit.id for hit in allowed if hit.id not in matched)
