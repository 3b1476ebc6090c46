"""What the accents of a query ask for, and the accents that it lacks.

A syllable typed with accents means those accents: it matches where they agree, or where the text has none to agree with.
In a query with any accent a bare syllable is meant bare. A query without any accent asks for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.ports import Accents, Clause, TextQuery, Variant
from search_api.query.parser import Query
from search_api.query.spans.span import Span
from vitext import DOUBTFUL_CONFIDENCE, fold, repair

#: A query of more different words and spans than this is a sentence: a question, or text that somebody pasted. Its words
#: decide the order, and an item need not hold all of them.
MAX_SHORT_WORDS = 5
#: Accents are restored in a query of at least this many words: one word without accents may be any of several words.
MIN_RESTORED_WORDS = 2


def clause_of(span: Span) -> Clause:
    """The clause that asks for a span."""
    return Clause(span.forms[0], others=tuple(span.forms[1:]))


def asking(query: Query, accents: Accents) -> TextQuery:
    """The query as typed, whose clauses ask for `accents`."""
    text = query.text_query
    variants = [v for variant in text.variants for v in spell(query, variant, accents)]
    # A paper that the query names by its number is meant, whatever else is asked of it ("ai ký 238/KH-UBND").
    named = [clause_of(span) for span in query.spans if span.numbers]
    variants += [Variant((clause,), repaired=True) for clause in named if len(variants[0].clauses) > 1]
    return replace(text, variants=tuple(variants))


def spell(query: Query, variant: Variant, accents: Accents) -> Iterator[Variant]:
    """A variant whose clauses ask for `accents`; and the same in the words of its synonyms, if it has any.

    A synonym is other words for words, not another way to write them: its words as typed stay words, which need not stand
    together. In a sentence its words would only add noise.
    """
    synonyms = {clause_of(span) for span in query.spans if span.kind == "synonym"} & set(variant.clauses)
    words = (
        clause if clause not in synonyms else one
        for clause in variant.clauses
        for one in ((Clause((term,)) for term in clause.terms) if clause in synonyms else (clause,))
    )
    yield ask_clauses(replace(variant, clauses=tuple(words)), accents)
    if synonyms and not is_sentence(query):
        others = (Clause(c.others[0], others=c.others[1:]) if c in synonyms else c for c in variant.clauses)
        yield replace(ask_clauses(replace(variant, clauses=tuple(others)), accents), repaired=True)


def ask_clauses(variant: Variant, accents: Accents) -> Variant:
    """The variant whose clauses ask for `accents`. A quoted clause with accents, or of one word, means its own always."""
    return replace(variant, clauses=tuple(_ask(clause, accents) for clause in variant.clauses))


def _ask(clause: Clause, accents: Accents) -> Clause:
    wanted: Accents = "agree" if clause.literal and accents == "any" and _is_strict(clause) else accents
    return clause if clause.accents == wanted else Clause(clause.terms, clause.literal, wanted, clause.others)


def _is_strict(clause: Clause) -> bool:
    """Whether a quoted clause means its accents whatever the rest of the query does: it has some, or is one word."""
    return len(clause.terms) == 1 or any(term.has_accents for term in clause.terms)


def restore_accents(typed: Sequence[str]) -> tuple[str, ...]:
    """The words with the accents that the visitor did not type.

    The result is empty where the query has accents, where it is too short (MIN_RESTORED_WORDS) and where any accent is
    doubtful.

    >>> restore_accents(("mo", "hinh", "trong", "lua"))
    ('mô', 'hình', 'trồng', 'lúa')
    >>> restore_accents(("mô", "hinh")), restore_accents(("wifi",))
    ((), ())
    """
    if len(typed) < MIN_RESTORED_WORDS or any(fold(word) != word.lower() for word in typed):
        return ()
    repaired = repair(" ".join(typed), assume="unaccented")
    restored = tuple(repaired.text.split())
    if len(restored) != len(typed) or [fold(word) for word in restored] != [fold(word) for word in typed]:
        return ()
    if repaired.text == " ".join(typed) or any(word.confidence < DOUBTFUL_CONFIDENCE for word in repaired.words):
        return ()
    return restored


def is_sentence(query: Query) -> bool:
    """Whether the query is a question or pasted text (see MAX_SHORT_WORDS)."""
    if len(query.variants) != 1:
        return False
    return len(set(query.variants[0].clauses)) > MAX_SHORT_WORDS
