"""Plan an interpreted query: which words must match, how many of them, and which items are close in meaning.

A plan does not know filters, sorting or page numbers. Therefore the results are one set: filters cut it, facets count it,
and pages walk through it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kb.library.library import View
from kb.papers.numbers import parse_number
from kb.ports import Accents, Clause, Filters, ItemScore, TextHit, TextQuery, Tier, Variant, Vector
from search_api.query.interpretation import MIN_LOOSENED_WORDS, Interpretation
from search_api.retrieval import ranking
from search_api.schema import Notice
from vitext import default_language_model

#: The closed group opens by itself where at most so many items have accents that agree, and all of these only because their
#: letters have none: the accents typed stand nowhere in print, so they are likely wrong or half typed.
MAX_AGREEING = 3

#: One syllable that is a word is not opened when the group is more than this share of the collection: "dê" without its
#: accents is "để", and every item has it.
MAX_OPENED_SHARE = 0.25

Opened = Literal["", "asked", "alone"]
"""Whether the closed group is shown, as in `search_api.schema.ClosedGroup`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What matches an interpretation, before filters.

    `text` is asked of the full-text index. `semantic_only` are the items that match no word and are close in meaning, with
    their scores. A lookup of a document number uses the same place for items in which the rules found the number although
    its letters are damaged and no words match.

    `dropped` asks for the closed group: the items that match only when accents are dropped, None where there is no such
    question. `opened` tells whether it is part of `text`, or the whole of it.

    `meaning` is the vector of the query, None where nothing is ranked by meaning; `near` are the items closest to it.
    `known` are the hits that planning found already: of a `bounded` plan (a sentence) all hits there are, the best first,
    else the hits that are also near. `some_words` are the full-text scores of items that hold too few words of a sentence to
    be hits. `at_place` are the items that name the place that the query names. `first` are the papers that the query names
    by number or by date: they precede all others. `jump` is the id of the document whose number the query is.
    """

    interpretation: Interpretation
    text: TextQuery
    semantic_only: Mapping[str, ItemScore] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    dropped: TextQuery | None = None
    opened: Opened = ""
    jump: str = ""
    meaning: Vector | None = None
    near: frozenset[str] = frozenset()
    at_place: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()
    known: tuple[TextHit, ...] = ()
    some_words: Mapping[str, float] = field(default_factory=dict)
    bounded: bool = False


Embed = Callable[[str], Vector]
"""The vector of a query. A plan calls it once at most: no other step of a search calls the embedding model."""


def plan(meant: Interpretation, view: View, embed: Embed, *, dropped: bool = False) -> Plan:
    """The plan of an interpretation in one view. `dropped` asks for the closed group itself."""
    own = _plan(meant, view, embed)
    if not dropped:
        return own
    if own.dropped is None:
        return replace(own, text=NOTHING, semantic_only={}, dropped=None, opened="asked", jump="", meaning=None)
    return replace(own, text=own.dropped, semantic_only={}, known=(), near=frozenset(), opened="asked", jump="")


#: The question that no item answers.
NOTHING = TextQuery(constraints=(Filters(ids=frozenset()),))


def _plan(meant: Interpretation, view: View, embed: Embed) -> Plan:
    match meant.kind:
        case "number":
            return _plan_number(meant, view)
        case "empty":
            message = "Không có chữ nào để tìm. Hãy gõ vài từ, một số hiệu hay một ngày."
            return Plan(meant, NOTHING, notices=(*meant.notices, Notice(code="no_words", text=message)))
        case "exact":
            return Plan(meant, meant.text, notices=meant.notices)
        case "quoted":
            return _plan_quoted(meant, view, embed(meant.meaning) if meant.meaning else None)
        case "accents":
            return _plan_accents(meant, view, embed(meant.meaning))
        case "short":
            return _plan_few_words(meant, view, embed(meant.meaning) if meant.meaning else None)
        case "sentence":
            return _plan_sentence(meant, view, embed(meant.meaning) if meant.meaning else None)


def _plan_few_words(meant: Interpretation, view: View, meaning: Vector | None) -> Plan:
    """A few words: an item holds all of them, or most where that finds little. Words and meaning compete."""
    agreeing, loose, opened, found = _open(view, meant)
    text, notices = (agreeing, tuple[Notice, ...]()) if meant.query.every else _loosen(view, agreeing, found)
    if opened:
        notices += (Notice(code="opened", text=_say_opened(view, meant)),)
    near = frozenset(nearest(view, meaning)) if meaning is not None else frozenset()
    known = _known(view, text, near)
    close = {}
    if meaning is not None:
        # The model knows no accents: what holds all the words with other accents is close to it, and is no such thing.
        other = _known(view, loose, near) if loose is not None and not opened else ()
        close = _close_in_meaning(view, meant.text, meaning, sorted(near - {hit.id for hit in (*known, *other)}))
    dropped = None
    if loose is not None:
        agree = replace(meant.text, minimum_should_match=text.minimum_should_match)
        besides = (agree, *([TextQuery(constraints=(Filters(ids=frozenset(close)),))] if close else []))
        dropped = replace(loose, minimum_should_match=text.minimum_should_match, besides=besides)
    return Plan(
        meant,
        text,
        close,
        meant.notices + notices,
        dropped=dropped,
        opened="alone" if opened else "",
        meaning=meaning,
        near=near,
        at_place=_at_place(meant, view),
        first=_named_papers(meant, view),
        known=known,
    )


def _plan_sentence(meant: Interpretation, view: View, meaning: Vector | None) -> Plan:
    """A question or a pasted text: any word is enough, and words and meaning compete."""
    near = frozenset(nearest(view, meaning)) if meaning is not None else frozenset()
    known, some_words, text = _ask_any(view, meant)
    close = {}
    if meaning is not None:
        ids = sorted(near - {hit.id for hit in known})
        close = _close_in_meaning(view, meant.text, meaning, ids, ranking.SENTENCE_FLOOR)
    return Plan(
        meant,
        text,
        close,
        meant.notices,
        meaning=meaning,
        near=near,
        at_place=_at_place(meant, view),
        first=_named_papers(meant, view),
        known=known,
        some_words=some_words,
        bounded=True,
    )


def _plan_quoted(meant: Interpretation, view: View, meaning: Vector | None) -> Plan:
    """Quotation marks ask for the letters: there are no semantic-only hits, and the other words still decide the order."""
    text, notices = _loosen(view, meant.text)
    return Plan(meant, text, notices=meant.notices + notices, meaning=meaning, first=_named_papers(meant, view))


def _plan_accents(meant: Interpretation, view: View, meaning: Vector) -> Plan:
    """All words in just the accents as typed: no word may be missing, no hit is semantic-only."""
    near = frozenset(nearest(view, meaning))
    known = _known(view, meant.text, near)
    return Plan(meant, meant.text, notices=meant.notices, meaning=meaning, near=near, known=known)


def _plan_number(meant: Interpretation, view: View) -> Plan:
    """The whole query is a document number: go to the document, and list the items that name it.

    A number may be printed in a damaged form that no words match, so the numbers that the rules found count as well.
    """
    span = meant.number
    assert span is not None
    typed = parse_number(meant.read[span.start : span.end])
    keys = span.numbers or ((typed.key,) if typed else ())
    own = [item_id for key in keys for item_id in view.snapshot.with_number(key)]
    notices = meant.notices
    if not own:
        shown = typed.text if typed else meant.read[span.start : span.end]
        message = f"Trong kho chưa có văn bản số {shown}; dưới đây là những mục có nhắc đến số này."
        notices += (Notice(code="number_unknown", text=message),)
    holders = frozenset(own).union(*(view.snapshot.citing(key) for key in keys))
    unmatched = dict.fromkeys(_unmatched(view, meant.text, holders), ItemScore(1.0, 1.0, 0))
    jump = own[0] if len(own) == 1 else ""
    return Plan(meant, meant.text, unmatched, notices, jump=jump, first=frozenset(own))


def _open(view: View, meant: Interpretation) -> tuple[TextQuery, TextQuery | None, bool, int | None]:
    """(what must match, the same without accents, whether that is asked because nothing or nearly nothing agrees, how many
    items match if that was counted)."""
    if meant.loose is None:
        return meant.text, None, False, None
    # Without what is excluded, so that "lúa -lúa" does not show "lửa".
    found = view.text.search(replace(meant.text, excluded=(), scored=False), Filters(), limit=1)
    counted = None if meant.text.excluded else found.total
    if found.total > MAX_AGREEING or (found.hits and _agrees(meant, found.hits[0])):
        return meant.text, meant.loose, False, counted
    every = view.text.count(replace(meant.loose, excluded=()), Filters())
    if every <= found.total or (_is_word(meant) and every > MAX_OPENED_SHARE * view.size):
        return meant.text, meant.loose, False, counted
    return meant.loose, meant.loose, True, None


def _agrees(meant: Interpretation, best: TextHit) -> bool:
    """Whether the accents stand in print as typed: a correction may agree by chance. Of respelt words and synonyms nothing
    can be said by the tier."""
    return best.tier is Tier.EXACT or len(meant.text.variants) > 1


def _is_word(meant: Interpretation) -> bool:
    """Whether the query is one syllable that the language knows with just these accents."""
    word = meant.terms[0] if len(meant.query.word_terms) == len(meant.terms) == 1 else None
    return word is not None and word.accented in default_language_model().spellings(word.folded)


def _say_opened(view: View, meant: Interpretation) -> str:
    agreeing = view.text.count(meant.text, Filters())
    if agreeing:
        return f"Chỉ {agreeing} mục đúng dấu đã gõ, nên tìm cả những mục khớp khi bỏ dấu."
    return "Không mục nào đúng dấu đã gõ, nên tìm cả những mục khớp khi bỏ dấu."


def _named_papers(meant: Interpretation, view: View) -> frozenset[str]:
    """The papers that the query names by their number, or by their date where it names no number."""
    spans = meant.query.spans
    numbered = [item_id for span in spans for key in span.numbers for item_id in view.snapshot.with_number(key)]
    dated = [item_id for span in spans if span.date for item_id in view.snapshot.dated(int(span.date))]
    return frozenset(numbered or dated)


def _known(view: View, text: TextQuery, near: frozenset[str]) -> tuple[TextHit, ...]:
    """The hits among the items that are near in meaning."""
    return view.text.search(text, Filters(ids=near), limit=len(near)).hits if near else ()


def _at_place(meant: Interpretation, view: View) -> frozenset[str]:
    """The items that name the places that the query names."""
    if not meant.places:
        return frozenset()
    names = tuple(Variant((clause,)) for clause in meant.places)
    hits = view.text.search(TextQuery(names, scored=False), Filters(), limit=ranking.SENTENCE_LIMIT).hits
    return frozenset(hit.id for hit in hits)


def _ask_any(view: View, meant: Interpretation) -> tuple[tuple[TextHit, ...], Mapping[str, float], TextQuery]:
    """(the best hits of any of the words, the scores of those that are worse, the query that matches just the best hits).

    A hit that holds the whole query as one phrase has the tier of that phrase.
    """
    text = meant.text
    variant = text.variants[0]
    hits = view.text.search(replace(text, tiered=False), Filters(), limit=ranking.SENTENCE_LIMIT).hits
    least = ranking.MIN_SENTENCE_SHARE * max((hit.score for hit in hits), default=0.0)
    best = [hit for hit in hits if hit.score >= least]
    some_words = {hit.id: hit.score for hit in hits if hit.score < least}
    terms = tuple(term for clause in variant.clauses for term in clause.terms)
    accents: Accents = next((clause.accents for clause in variant.clauses), "any")
    phrase = replace(text, variants=(Variant((Clause(terms, accents=accents),)),), scored=False)
    tiers = {hit.id: hit.tier for hit in view.text.search(phrase, Filters(), limit=ranking.SENTENCE_LIMIT).hits}
    known = tuple(replace(hit, tier=tiers[hit.id]) if hit.id in tiers else hit for hit in best)
    ids = frozenset(hit.id for hit in best)
    return known, some_words, TextQuery((), text.excluded, None, (*text.constraints, Filters(ids=ids)))


def _loosen(view: View, text: TextQuery, found: int | None = None) -> tuple[TextQuery, tuple[Notice, ...]]:
    """The query with fewer required words where all of them together find little, and a notice that says so. `found` is how
    many items hold all, if that was counted."""
    typed = [variant for variant in text.variants if not variant.repaired]
    clauses = set(text.variants[0].clauses)
    words = len(clauses)
    if len(typed) != 1 or words < MIN_LOOSENED_WORDS:
        return text, ()
    found = view.text.count(text, Filters()) if found is None else found
    if found >= ranking.MIN_MATCHES:
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


def _close_in_meaning(
    view: View, text: TextQuery, meaning: Vector, ids: Sequence[str], floor: float = ranking.SEMANTIC_FLOOR
) -> dict[str, ItemScore]:
    """The semantic-only hits among `ids`, which match no words. `ranking` holds the limits of number and closeness."""
    close = ranking.closest(view.vectors.score_items(meaning, ids), floor)
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
