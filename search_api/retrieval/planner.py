"""Plan a query: which words may match, how loosely, and which items are added for their meaning.

A plan looks at no filter, no sorting and no page, so that the set of results is one set: filters cut it, facets count it,
pages walk through it.
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

    `text` is asked of the full-text index; `additions` are semantic-only hits. `meaning` is the vector of what is meant,
    None where nothing is ranked by meaning, and `near` are the items closest to it. `known` are hits found while planning:
    of a `bounded` plan (a sentence) all there are, the best first, else those that are near. `at_place` are items that
    name the place that the query names. `jump` is the document whose number the query is.
    """

    interpretation: Interpretation
    text: TextQuery
    additions: Mapping[str, ItemScore] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    jump: str = ""
    meaning: Vector | None = None
    near: frozenset[str] = frozenset()
    at_place: frozenset[str] = frozenset()
    known: tuple[TextHit, ...] = ()
    bounded: bool = False


Embed = Callable[[str], Vector]
"""The vector of what is meant: the only call of the embedding model that a query costs."""


def plan(meant: Interpretation, view: View, embed: Embed) -> Plan:
    """The plan of an interpretation in one view."""
    text = meant.text_query
    match meant.kind:
        case "number":
            return _plan_number(meant, view, text)
        case "exact":
            return Plan(meant, text, notices=meant.notices)
        case "quoted":
            return _plan_quoted(meant, view, text, embed(meant.text))
        case "accents":
            return _plan_accents(meant, view, text, embed(meant.text))
        case "short" | "sentence":
            return _plan_words(meant, view, text, embed(meant.text))


def _plan_words(meant: Interpretation, view: View, text: TextQuery, meaning: Vector) -> Plan:
    """A few words, or a sentence: words and meaning compete in one ranking."""
    near = frozenset(nearest(view, meaning))
    notices = list(meant.notices)
    if meant.kind == "sentence":
        known, text = _ask_any(view, text, meant)
    else:
        text = _ask_all(view, text, meant, notices)
        known = _known(view, text, near)
    return Plan(
        meant,
        text,
        _close_in_meaning(view, text, meaning, sorted(near - {hit.id for hit in known})),
        tuple(notices),
        meaning=meaning,
        near=near,
        at_place=_at_place(meant, view),
        known=known,
        bounded=meant.kind == "sentence",
    )


def _plan_quoted(meant: Interpretation, view: View, text: TextQuery, meaning: Vector) -> Plan:
    """What is quoted is meant to the letter: nothing is added, but the other words still rank."""
    notices = list(meant.notices)
    if len(text.variants) == 1:
        text = _loosen(view, text, notices)
    return Plan(meant, text, notices=tuple(notices), meaning=meaning)


def _plan_accents(meant: Interpretation, view: View, text: TextQuery, meaning: Vector) -> Plan:
    """All words, those typed with accents in just these: nothing is loosened or added for its meaning."""
    text = replace(text, variants=tuple(_with_accents(variant) for variant in text.variants))
    near = frozenset(nearest(view, meaning))
    return Plan(meant, text, notices=meant.notices, meaning=meaning, near=near, known=_known(view, text, near))


def _plan_number(meant: Interpretation, view: View, text: TextQuery) -> Plan:
    """The whole query is a document number: go to the document, and list what names it.

    A number may be printed in a damaged form that no words match, so what the rules found in it counts too.
    """
    number = meant.query.number
    assert number is not None
    own = view.snapshot.with_number(number.key)
    notices = meant.notices
    if not own:
        words = f"Trong kho chưa có văn bản số {number.text}; dưới đây là những mục có nhắc đến số này."
        notices += (Notice(code="number_unknown", text=words),)
    known = frozenset(own) | frozenset(view.snapshot.citing(number.key))
    additions = dict.fromkeys(_unmatched(view, text, known), ItemScore(1.0, 1.0, 0))
    return Plan(meant, text, additions, notices, jump=own[0] if len(own) == 1 else "")


def _with_accents(variant: Variant) -> Variant:
    """The variant with every word that was typed with accents as if it stood in quotes by itself."""
    clauses = (replace(c, literal=c.literal or c.terms[0].has_accents) for c in variant.clauses)
    return replace(variant, clauses=tuple(clauses))


def _known(view: View, text: TextQuery, near: frozenset[str]) -> tuple[TextHit, ...]:
    """Those of the items near in meaning whose words match."""
    return view.text.search(text, Filters(ids=near), limit=len(near)).hits if near else ()


def _at_place(meant: Interpretation, view: View) -> frozenset[str]:
    """The items that name the places named in the query."""
    if not meant.places:
        return frozenset()
    named = tuple(Variant((Clause(terms, literal=True),)) for terms in meant.places)
    hits = view.text.search(TextQuery(named, scored=False), Filters(), limit=ranking.SENTENCE_LIMIT).hits
    return frozenset(hit.id for hit in hits)


def _ask_all(view: View, text: TextQuery, meant: Interpretation, notices: list[Notice]) -> TextQuery:
    """All the words, as typed (with the accents that were put back), respelt or written out; fewer where that finds
    little."""
    if len(text.variants) != 1:
        return text
    first = plain_variant(meant.terms) if meant.restored else text.variants[0]
    others = (meant.terms,) if meant.respelt else meant.expansions
    text = replace(text, variants=(first, *(plain_variant(terms, repaired=True) for terms in others)))
    return _loosen(view, text, notices)


def _ask_any(view: View, text: TextQuery, meant: Interpretation) -> tuple[tuple[TextHit, ...], TextQuery]:
    """(the best hits of any of the words, the query that matches just these).

    Respelt words stand in place of those typed, what is written out beside them. A hit that holds the whole query as one
    phrase, in its accents where it has any, bears the tier of that.
    """
    more = [term for terms in meant.expansions for term in terms if term not in meant.terms]
    any_word = replace(text, variants=(plain_variant((*meant.terms, *more)),), tiered=False)
    hits = view.text.search(any_word, Filters(), limit=ranking.SENTENCE_LIMIT).hits
    least = ranking.MIN_SENTENCE_SHARE * max((hit.score for hit in hits), default=0.0)
    ids = frozenset(hit.id for hit in hits if hit.score >= least)
    phrase = replace(text, variants=(Variant((Clause(meant.terms, literal=True),)),), scored=False)
    tiers = {hit.id: hit.tier for hit in view.text.search(phrase, Filters(), limit=ranking.SENTENCE_LIMIT).hits}
    best = (hit for hit in hits if hit.id in ids)
    known = tuple(replace(hit, tier=tiers[hit.id]) if hit.id in tiers else hit for hit in best)
    return known, TextQuery((), text.excluded, None, (*text.constraints, Filters(ids=ids)))


def _loosen(view: View, text: TextQuery, notices: list[Notice]) -> TextQuery:
    """Ask for fewer of the words while all of them find little, and say so."""
    found = view.text.count(text, Filters())
    clauses = set(text.variants[0].clauses)
    words = len(clauses)
    if found >= ranking.MIN_MATCHES or words < MIN_LOOSENED_WORDS:
        return text
    literal = sum(clause.literal for clause in clauses)
    wanted = [max(1, literal, math.ceil(share * words)) for share in ranking.LOOSENED_SHARES]
    for minimum in dict.fromkeys([*wanted, *([literal] if literal else [])]):
        looser = replace(text, minimum_should_match=minimum)
        if view.text.count(looser, Filters()) > found:
            message = f"Ít mục có đủ {words} từ, nên đã tìm cả những mục có ít nhất {minimum} từ."
            notices.append(Notice(code="loosened", text=message))
            return looser
    return text


def nearest(view: View, meaning: Vector) -> list[str]:
    """The items closest in meaning, by themselves or by a passage."""
    found = view.vectors.search(meaning, ranking.KNN_LIMIT)
    return list(dict.fromkeys(hit.key.item_id for hit in found))[: ranking.MAX_NEAR]


def _close_in_meaning(view: View, text: TextQuery, meaning: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
    """Those of `ids`, which no words match, that are close enough in meaning, few and close (constants in `ranking`)."""
    close = ranking.closest(view.vectors.score_items(meaning, ids))
    constraints = tuple(only for only in text.constraints if only.ids is None)
    if close and (text.excluded or constraints):
        bare = TextQuery((), text.excluded, None, constraints)
        allowed = view.text.search(bare, Filters(ids=frozenset(close)), limit=len(close)).hits
        close = {hit.id: close[hit.id] for hit in allowed}
    return close


def _unmatched(view: View, text: TextQuery, ids: frozenset[str]) -> list[str]:
    """Those of `ids` that `text` does not match although they meet its exclusions and constraints."""
    if not ids:
        return []
    only = Filters(ids=ids)
    matched = {hit.id for hit in view.text.search(text, only, limit=len(ids)).hits}
    bare = TextQuery((), text.excluded, None, text.constraints)
    allowed = view.text.search(bare, only, limit=len(ids)).hits
    return sorted(hit.id for hit in allowed if hit.id not in matched)
