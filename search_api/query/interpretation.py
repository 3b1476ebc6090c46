"""Interpret a query: decide what its words mean before anything is looked up.

The parser has already recognised its spans (numbers, dates, abbreviations ...). The steps here decide what accents mean,
correct slips of the keyboard and damaged letters, restore missing accents, and give up quotation marks that no item can
fulfil. None of this is certain, so a notice tells the visitor about every guess, and one click undoes it ("đúng như đã
gõ"). Quoted words, spans, exclusions and alternatives (OR) are taken as typed.

A syllable typed with accents means those accents: it matches where they agree, or where the text has none to agree with.
In a query with any accent a bare syllable is meant bare. A query without any accent asks for all.

The interpretation is finished before planning begins. It asks the index one question only: does some item match?
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from kb.ports import Accents, Clause, Term, TextQuery, Variant
from search_api.query.parser import Query
from search_api.query.spans.span import Span
from search_api.query.spelling import Respelling, Speller
from search_api.schema import Notice, Offer
from vitext import DOUBTFUL_CONFIDENCE, fold, repair, tokenise

#: A query of more different words and spans than this is a sentence: a question, or text that somebody pasted. Its words
#: decide the order, and an item need not hold all of them.
MAX_SHORT_WORDS = 5
#: A query needs this many different words or spans before an item may lack some of them.
MIN_LOOSENED_WORDS = 3
#: Accents are restored in a query of at least this many words: one word without accents may be any of several words.
MIN_RESTORED_WORDS = 2
#: Spans whose other form is embedded instead of the one typed: a model knows words better than letters.
_WRITTEN_OUT = ("abbreviation",)
#: Spans of which a notice names the other forms.
_NAMED = ("abbreviation", "synonym")

Kind = Literal["exact", "empty", "number", "accents", "quoted", "short", "sentence"]
"""How a query is planned.

`exact`: there is nothing to guess and nothing to embed (filters or phrases alone). `empty`: it has signs but no word.
`number`: the query is one document number. `accents`: the accents must be as typed (Đúng dấu). `quoted`: the query has
phrases and other words. `short`: a few words. `sentence`: more than MAX_SHORT_WORDS different words."""

Exists = Callable[[TextQuery], bool]
"""Whether at least one item matches."""


class Collection(Protocol):
    """What an interpretation may know of the collection, besides `Exists`."""

    @property
    def speller(self) -> Speller: ...

    def pair_counts(self, firsts: abc.Collection[str], seconds: abc.Collection[str]) -> Mapping[tuple[str, str], int]:
        """How often words stand side by side in the collection (`spelling.PairCounts`)."""
        ...


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a query means.

    `text` is what must match, with the accents that it asks for. `loose` is the same with every accent dropped, None where
    that is no other question. `words` are the plain words that the visitor meant, in the order typed, and `terms` are their
    keys. `respelt` tells that their letters differ from those typed, `restored` that only their accents do. `meaning` is
    embedded; it is "" where meaning plays no part.
    """

    query: Query
    kind: Kind
    text: TextQuery
    loose: TextQuery | None = None
    words: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    respelt: bool = False
    restored: bool = False
    meaning: str = ""
    notices: tuple[Notice, ...] = ()

    @property
    def read(self) -> str:
        """The query as it is read: the places of spans are places in it."""
        return self.query.converted or self.query.text

    @property
    def places(self) -> tuple[Clause, ...]:
        """The places that the query names."""
        return tuple(clause_of(span) for span in self.query.spans if span.kind == "place")

    @property
    def number(self) -> Span | None:
        """The document number that the query names, the first one where it names several."""
        return next((span for span in self.query.spans if span.kind == "number"), None)

    @property
    def offers(self) -> list[Offer]:
        """The filters that the query names, each with the query that remains."""
        text = self.read
        return [
            Offer(
                facet=span.offer[0],
                code=span.offer[1],
                label=span.reading,
                query=" ".join(f"{text[: span.start]} {text[span.end :]}".split()),
            )
            for span in self.query.spans
            if span.offer
        ]


def clause_of(span: Span) -> Clause:
    """The clause that asks for a span."""
    return Clause(span.forms[0], others=tuple(span.forms[1:]))


def interpret(
    query: Query, exists: Exists, collection: Collection, *, typed: bool = False, accents: bool = False
) -> Interpretation:
    """What a query means. It raises no error for anything that a query holds.

    `typed` forbids every guess, and meaning. `accents` asks for the accents as typed (Đúng dấu), which forbids every guess
    as well.
    """
    notices = (*_say_problems(query), *_say_other_forms(query))
    own = _as_typed(query, exact=accents)
    if query.empty_words:
        return replace(own, kind="empty", notices=notices)
    if _is_number(query):
        return replace(own, kind="number", loose=None, notices=notices)
    if not query.free and not query.spans:
        return replace(own, kind="exact", notices=notices)
    if accents:
        return replace(own, kind="accents", loose=None, notices=notices)
    if query.literal and not _can_be_fulfilled(query, own.text, exists):
        return _give_up_quotes(query, exists, collection, typed)
    if query.literal:
        return replace(own, kind="quoted", meaning="" if typed else query.whole_text, notices=notices)
    if typed:
        return replace(own, meaning="", notices=notices)
    meant = _guess(own, exists, collection) if len(query.variants) == 1 else own
    return replace(meant, notices=notices + meant.notices)


def _say_problems(query: Query) -> Iterator[Notice]:
    yield from (Notice(code="ignored", text=problem) for problem in query.problems)
    yield from (Notice(code="unknown_value", text=unknown) for unknown in query.unknown)
    if query.shortened:
        yield Notice(code="shortened", text="Câu tìm quá dài: chỉ dùng phần đầu.")
    if query.converted:
        yield Notice(code="respelt", text=f"Tìm theo: {query.converted}", query=query.converted)


def _say_other_forms(query: Query) -> Iterator[Notice]:
    """What abbreviations and synonyms are also searched as."""
    written = "; ".join(dict.fromkeys(span.reading for span in query.spans if span.kind in _NAMED))
    if written:
        yield Notice(code="expanded", text=f"Tìm cả: {written}", query=written)


def _as_typed(query: Query, *, exact: bool) -> Interpretation:
    """The query as it was typed, with what its accents ask for."""
    accented = any(term.has_accents for term in query.terms)
    asked: Accents = "exact" if exact else "agree" if accented else "any"
    text = _asking(query, asked)
    return Interpretation(
        query,
        "sentence" if _is_sentence(query) else "short",
        text,
        _asking(query, "any") if asked == "agree" else None,
        query.free_words,
        query.free,
        meaning=_written_out(query, query.free_words),
    )


def _asking(query: Query, accents: Accents) -> TextQuery:
    """The query as typed, whose clauses ask for `accents`."""
    text = query.text_query
    variants = [v for variant in text.variants for v in _spell(query, variant, accents)]
    # A paper that the query names by its number is meant, whatever else is asked of it ("ai ký 238/KH-UBND").
    named = [clause_of(span) for span in query.spans if span.numbers]
    variants += [Variant((clause,), repaired=True) for clause in named if len(variants[0].clauses) > 1]
    return replace(text, variants=tuple(variants))


def _spell(query: Query, variant: Variant, accents: Accents) -> Iterator[Variant]:
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
    yield _ask_clauses(replace(variant, clauses=tuple(words)), accents)
    if synonyms and not _is_sentence(query):
        others = (Clause(c.others[0], others=c.others[1:]) if c in synonyms else c for c in variant.clauses)
        yield replace(_ask_clauses(replace(variant, clauses=tuple(others)), accents), repaired=True)


def _ask_clauses(variant: Variant, accents: Accents) -> Variant:
    """The variant whose clauses ask for `accents`. A quoted clause with accents, or of one word, means its own always."""
    asked = tuple(
        replace(clause, accents="agree" if clause.literal and accents == "any" and _is_strict(clause) else accents)
        for clause in variant.clauses
    )
    return replace(variant, clauses=asked)


def _is_strict(clause: Clause) -> bool:
    """Whether a quoted clause means its accents whatever the rest of the query does: it has some, or is one word."""
    return len(clause.terms) == 1 or any(term.has_accents for term in clause.terms)


def _is_number(query: Query) -> bool:
    """Whether the query asks for one document by its number and for nothing else."""
    clauses = query.variants[0].clauses if len(query.variants) == 1 else ()
    numbers = [clause_of(span) for span in query.spans if span.kind == "number"]
    return len(clauses) == 1 and len(numbers) == 1 and clauses[0].terms == numbers[0].terms


def _is_sentence(query: Query) -> bool:
    """Whether the query is a question or pasted text (see MAX_SHORT_WORDS)."""
    if len(query.variants) != 1:
        return False
    return len(set(query.variants[0].clauses)) > MAX_SHORT_WORDS


def _can_be_fulfilled(query: Query, asked: TextQuery, exists: Exists) -> bool:
    """Whether some item holds the phrases, and as many of the other words as the plan will ask for.

    If no item holds a whole sentence, the sentence is a headline that somebody pasted, and its quotation marks are only
    part of the text.
    """
    if exists(asked):
        return True
    if len(query.variants) != 1 or _is_sentence(query):
        return False
    clauses = tuple(dict.fromkeys(asked.variants[0].clauses))
    phrases = tuple(clause for clause in clauses if clause.literal)
    # The planner asks for fewer and fewer of the words; in the end an item must hold the phrases only.
    return len(clauses) >= MIN_LOOSENED_WORDS and exists(replace(asked, variants=(Variant(phrases),)))


def _give_up_quotes(query: Query, exists: Exists, collection: Collection, typed: bool) -> Interpretation:
    """The query without its quotation marks, which no item can fulfil, and a notice about it."""
    bare = interpret(query.unquoted(), exists, collection, typed=typed)
    message = "Không mục nào có đúng cụm từ trong ngoặc kép cùng các từ còn lại, nên đã tìm như các từ thường."
    notice = Notice(code="unquoted", text=message)
    return replace(bare, notices=(notice, *bare.notices))


def _guess(own: Interpretation, exists: Exists, collection: Collection) -> Interpretation:
    """What the plain words mean: with other letters, or with restored accents. Spans are what they were recognised as."""
    sentence = own.kind == "sentence"
    found = not sentence and exists(own.loose or own.text)
    respelling = collection.speller.respell(collection.pair_counts, own.query, found=found) if own.terms else None
    if respelling is None or len(respelling.terms) != len(own.terms):
        return _restore(own)
    # A respelling that finds nothing is no help, and it is likely wrong.
    respelt = _respell(own, respelling)
    if not sentence and not exists(replace(respelt.text, variants=respelt.text.variants[len(own.text.variants) :])):
        return _restore(own)
    return respelt


def _respell(own: Interpretation, respelling: Respelling) -> Interpretation:
    """A few words are searched as typed and as respelt; a sentence is searched as respelt only."""
    sentence = own.kind == "sentence"
    whole = own.query.rewritten(respelling.words)
    code, label = ("respelt", "Tìm theo") if sentence else ("spelling", "Ý bạn là")
    notice = Notice(code=code, text=f"{label}: {whole}", query=whole)
    return replace(
        own,
        text=_with_words(own.text, own, respelling.terms, keep=not sentence),
        loose=_with_words(own.loose, own, respelling.terms, keep=not sentence) if own.loose else None,
        words=respelling.words,
        terms=respelling.terms,
        respelt=True,
        meaning=_written_out(own.query, respelling.words),
        notices=(notice,),
    )


def _with_words(text: TextQuery, own: Interpretation, terms: Sequence[Term], *, keep: bool) -> TextQuery:
    """The query with other plain words, beside those typed (`keep`) or instead of them."""
    accents: Accents = next((clause.accents for clause in text.variants[0].clauses if not clause.literal), "any")
    others = tuple(_spell(own.query, own.query.with_words(terms), accents))
    if not keep:
        return replace(text, variants=others)
    return replace(text, variants=(*text.variants, *(replace(other, repaired=True) for other in others)))


def _restore(own: Interpretation) -> Interpretation:
    """The plain words with their accents restored, where the query has none. They decide the order, not what matches."""
    restored = restore_accents(own.words)
    terms = _terms(restored)
    if not restored or len(terms) != len(own.terms):
        return own
    text = own.query.rewritten(restored)
    return replace(
        own,
        text=_with_words(own.text, own, terms, keep=False),
        words=restored,
        terms=terms,
        restored=True,
        meaning=_written_out(own.query, restored),
        notices=(Notice(code="restored", text=f"Tìm theo: {text}", query=text),),
    )


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


def _written_out(query: Query, words: Sequence[str]) -> str:
    """The text that is embedded: the words meant, abbreviations in full."""
    meant = iter(words)
    written: dict[Span | int, str] = {}
    for at, word in enumerate(query.found):
        span = next((span for span in query.spans if span.start <= word.start < span.end), None)
        if span and span.kind in _WRITTEN_OUT and len(span.forms) == 2:
            written[span] = " ".join(term.accented for term in span.forms[1])
        else:
            written[at] = next(meant, word.text) if word.kind == "plain" else word.text
    return " ".join(written.values())


def _terms(words: Sequence[str]) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for word in words for token in tokenise(word))
