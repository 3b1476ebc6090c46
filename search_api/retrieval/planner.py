"""Plan an interpreted query: which words must match, how many of them, and which items are close in meaning.

A plan does not know filters, sorting or page numbers. Therefore the results are one set: filters cut it, facets count it,
and pages walk through it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.library.library import View
from kb.ports import Clause, Filters, ItemScore, TextHit, TextQuery, Variant, Vector
from search_api.query.interpretation import MIN_LOOSENED_WORDS, Interpretation
from search_api.query.parser import plain_variant
from search_api.retrieval import ranking
from search_api.schema import Notice


@dataclass(frozen=True, slots=True)
class Plan:
    """What matches an interpretation, before filters.

    `text` is asked of the full-text index. `semantic_only` are the items that match no word and are close in meaning, with
    their scores. A lookup of a document number uses the same place for items in which the rules found the number although
    its letters are damaged and no words match.

    `meaning` is the vector of the query, None where nothing is ranked by meaning; `near` are the items closest to it.
    `known` are the hits that planning found already: of a `bounded` plan (a sentence) all hits there are, the best first,
    else the hits that are also near. `at_place` are the items that name the place that the query names. `jump` is the id of
    the document whose number the query is.
    """

    interpretation: Interpretation
    text: TextQuery
    semantic_only: Mapping[str, ItemScore] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    jump: str = ""
    meaning: Vector | None = None
    near: frozenset[str] = frozenset()
    at_place: frozenset[str] = frozenset()
    known: tuple[TextHit, ...] = ()
    bounded: bool = False


Embed = Callable[[str], Vector]
"""The vector of a query. A plan calls it once at most: no other step of a search calls the embedding model."""


def plan(meant: Interpretation, view: View, embed: Embed) -> Plan:
    """The plan of an interpretation in one view."""
    match meant.kind:
        case "number":
            return _plan_number(meant, view)
        case "exact":
            return Plan(meant, meant.text_query, notices=meant.notices)
        case "quoted":
            return _plan_quoted(meant, view, embed(meant.text))
        case "accents":
            return _plan_accents(meant, view, embed(meant.text))
        case "short" | "sentence":
            return _plan_words(meant, view, embed(meant.text))


def _plan_words(meant: Interpretation, view: View, meaning: Vector) -> Plan:
    """A few words, or a sentence: words and meaning compete in one ranking."""
    near = frozenset(nearest(view, meaning))
    notices: tuple[Notice, ...] = ()
    if meant.kind == "sentence":
        known, text = _ask_any(view, meant)
    else:
        text, notices = _ask_all(view, meant)
        known = _known(view, text, near)
    return Plan(
        meant,
        text,
        _close_in_meaning(view, meant.text_query, meaning, sorted(near - {hit.id for hit in known})),
        meant.notices + notices,
        meaning=meaning,
        near=near,
        at_place=_at_place(meant, view),
        known=known,
        bounded=meant.kind == "sentence",
    )


def _plan_quoted(meant: Interpretation, view: View, meaning: Vector) -> Plan:
    """Quotation marks ask for the letters: there are no semantic-only hits, and the other words still decide the order."""
    text, notices = meant.text_query, tuple[Notice, ...]()
    if len(text.variants) == 1:
        text, notices = _loosen(view, text)
    return Plan(meant, text, notices=meant.notices + notices, meaning=meaning)


def _plan_accents(meant: Interpretation, view: View, meaning: Vector) -> Plan:
    """All words, and those typed with accents in just these accents: no word may be missing, no hit is semantic-only."""
    typed = meant.text_query
    text = replace(typed, variants=tuple(_with_accents(variant) for variant in typed.variants))
    near = frozenset(nearest(view, meaning))
    return Plan(meant, text, notices=meant.notices, meaning=meaning, near=near, known=_known(view, text, near))


def _plan_number(meant: Interpretation, view: View) -> Plan:
    """The whole query is a document number: go to the document, and list the items that name it.

    A number may be printed in a damaged form that no words match, so the numbers that the rules found count as well.
    """
    number = meant.query.number
    assert number is not None
    own = view.snapshot.with_number(number.key)
    notices = meant.notices
    if not own:
        message = f"Trong kho chưa có văn bản số {number.text}; dưới đây là những mục có nhắc đến số này."
        notices += (Notice(code="number_unknown", text=message),)
    holders = frozenset(own) | frozenset(view.snapshot.citing(number.key))
    unmatched = dict.fromkeys(_unmatched(view, meant.text_query, holders), ItemScore(1.0, 1.0, 0))
    return Plan(meant, meant.text_query, unmatched, notices, jump=own[0] if len(own) == 1 else "")


def _with_accents(variant: Variant) -> Variant:
    """The variant with each word that was typed with accents as a phrase of one word."""
    clauses = (replace(c, literal=c.literal or c.terms[0].has_accents) for c in variant.clauses)
    return replace(variant, clauses=tuple(clauses))


def _known(view: View, text: TextQuery, near: frozenset[str]) -> tuple[TextHit, ...]:
    """The hits among the items that are near in meaning."""
    return view.text.search(text, Filters(ids=near), limit=len(near)).hits if near else ()


def _at_place(meant: Interpretation, view: View) -> frozenset[str]:
    """The items that name the places that the query names."""
    if not meant.places:
        return frozenset()
    names = tuple(Variant((Clause(terms, literal=True),)) for terms in meant.places)
    hits = view.text.search(TextQuery(names, scored=False), Filters(), limit=ranking.SENTENCE_LIMIT).hits
    return frozenset(hit.id for hit in hits)


def _ask_all(view: View, meant: Interpretation) -> tuple[TextQuery, tuple[Notice, ...]]:
    """All words of one variant: as typed (with restored accents), respelt, or expanded; fewer words where that finds
    little."""
    text = meant.text_query
    if len(text.variants) != 1:
        return text, ()
    first = plain_variant(meant.terms) if meant.restored else text.variants[0]
    others = (meant.terms,) if meant.respelt else meant.expansions
    return _loosen(view, replace(text, variants=(first, *(plain_variant(terms, repaired=True) for terms in others))))


def _ask_any(view: View, meant: Interpretation) -> tuple[tuple[TextHit, ...], TextQuery]:
    """(the best hits of any of the words, the query that matches just these hits).

    Respelt words replace those typed; the words of expansions are searched beside them. A hit that holds the whole query as
    one phrase has the tier of that phrase.
    """
    text = meant.text_query
    more = [term for terms in meant.expansions for term in terms if term not in meant.terms]
    any_word = replace(text, variants=(plain_variant((*meant.terms, *more)),), tiered=False)
    hits = view.text.search(any_word, Filters(), limit=ranking.SENTENCE_LIMIT).hits
    least = ranking.MIN_SENTENCE_SHARE * max((hit.score for hit in hits), default=0.0)
    best = [hit for hit in hits if hit.score >= least]
    phrase = replace(text, variants=(Variant((Clause(meant.terms, literal=True),)),), scored=False)
    tiers = {hit.id: hit.tier for hit in view.text.search(phrase, Filters(), limit=ranking.SENTENCE_LIMIT).hits}
    known = tuple(replace(hit, tier=tiers[hit.id]) if hit.id in tiers else hit for hit in best)
    ids = frozenset(hit.id for hit in best)
    return known, TextQuery((), text.excluded, None, (*text.constraints, Filters(ids=ids)))


def _loosen(view: View, text: TextQuery) -> tuple[TextQuery, tuple[Notice, ...]]:
    """The query with fewer required words where all of them together find little, and a notice that says so."""
    found = view.text.count(text, Filters())
    clauses = set(text.variants[0].clauses)
    words = len(clauses)
    if found >= ranking.MIN_MATCHES or words < MIN_LOOSENED_WORDS:
        return text, ()
    literal = sum(clause.literal for clause in clauses)
    required = [max(1, literal, math.ceil(share * words)) for share in ranking.LOOSENED_SHARES]
    for minimum in dict.fromkeys([*required, *([literal] if literal else [])]):
        looser = replace(text, minimum_should_match=minimum)
        if view.text.count(looser, Filters()) > found:
            message = f"Ít mục có đủ {words} từ, nên đã tìm cả những mục có ít nhất {minimum} từ."
            return looser, (Notice(code="loosened", text=message),)
    return text, ()


def nearest(view: View, meaning: Vector) -> list[str]:
    """The ids of the items closest in meaning, as a whole or by one passage; the closest first."""
    found = view.vectors.search(meaning, ranking.KNN_LIMIT)
    return list(dict.fromkeys(hit.key.item_id for hit in found))[: ranking.MAX_NEAR]


def _close_in_meaning(view: View, text: TextQuery, meaning: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
    """The semantic-only hits among `ids`, which match no words. `ranking` holds the limits of number and closeness."""
    close = ranking.closest(view.vectors.score_items(meaning, ids))
    if close and (text.excluded or text.constraints):
        close = {item_id: close[item_id] for item_id in _allowed(view, text, frozenset(close))}
    return close


def _unmatched(view: View, text: TextQuery, ids: frozenset[str]) -> list[str]:
    """Those of `ids` that no words match although they meet the exclusions and constraints."""
    if not ids:
        return []
    matched = {hit.id for hit in view.text.search(text, Filters(ids=ids), limit=len(ids)).hits}
    return sorted(item_id for item_id in _allowed(view, text, ids) if item_id not in matched)


def _allowed(view: View, text: TextQuery, ids: frozenset[str]) -> list[str]:
    """Those of `ids` that meet the exclusions and constraints of the query."""
    any_item = TextQuery((), text.excluded, None, text.constraints)
    return [hit.id for hit in view.text.search(any_item, Filters(ids=ids), limit=len(ids)).hits]
