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

from kb.papers import vocabulary
from kb.ports import Accents, Clause, Term, TextQuery, Variant
from search_api.query.accents import asking, clause_of, is_sentence, restore_accents, spell
from search_api.query.parser import Query
from search_api.query.spans.span import Span
from search_api.query.spelling import Respelling, Speller
from search_api.schema import Notice, Offer
from vitext import fold, tokenise

#: A query needs this many different words or spans before an item may lack some of them.
MIN_LOOSENED_WORDS = 3
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
    def wanted(self) -> tuple[Term, ...]:
        """The keys of the words that an item should hold: the plain words as meant, and those of required spans ("phân loại
        rác" has a synonym, so it is one). Words that need not be in an item ("cách làm hay về") are not among them."""
        typed = set(self.query.free)
        required = [term for variant in self.text.variants[:1] for clause in variant.clauses for term in clause.terms]
        return tuple(dict.fromkeys((*self.terms, *(term for term in required if term not in typed))))

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
                label=vocabulary.label(*span.offer),
                query=" ".join(f"{text[: span.start]} {text[span.end :].lstrip(':,; ')}".split()),
            )
            for span in self.query.spans
            if span.offer
        ]


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
    text = asking(query, asked)
    return Interpretation(
        query,
        "sentence" if is_sentence(query) else "short",
        text,
        asking(query, "any") if asked == "agree" else None,
        query.free_words,
        query.free,
        meaning=_written_out(query, query.free_words),
    )


def _is_number(query: Query) -> bool:
    """Whether the query asks for one document by its number and for nothing else."""
    clauses = query.variants[0].clauses if len(query.variants) == 1 else ()
    numbers = [clause_of(span) for span in query.spans if span.kind == "number"]
    return len(clauses) == 1 and len(numbers) == 1 and clauses[0].terms == numbers[0].terms


def _can_be_fulfilled(query: Query, asked: TextQuery, exists: Exists) -> bool:
    """Whether some item holds the phrases, and as many of the other words as the plan will ask for.

    If no item holds a whole sentence, the sentence is a headline that somebody pasted, and its quotation marks are only
    part of the text.
    """
    if exists(asked):
        return True
    if len(query.variants) != 1 or is_sentence(query):
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
    if not sentence and not exists(_plain_words(respelt.text, len(own.text.variants))):
        return _restore(own)
    return respelt


def _plain_words(text: TextQuery, start: int) -> TextQuery:
    """The plain words of the variants from `start` on: what was respelt, whatever spans stand beside it."""
    words = (replace(v, clauses=tuple(c for c in v.clauses if c.is_word)) for v in text.variants[start:])
    return replace(text, variants=tuple(variant for variant in words if variant.clauses))


def _respell(own: Interpretation, respelling: Respelling) -> Interpretation:
    """A few words are searched as typed and as respelt; a sentence is searched as respelt only."""
    sentence = own.kind == "sentence"
    whole = own.query.rewritten(respelling.words)
    # Where no accents were typed, the words of spans get theirs too, so that what is shown is one spelling.
    restored = (
        " ".join(restore_accents([fold(word) for word in whole.split()])) if fold(own.read) == own.read.lower() else ""
    )
    if all(word in restored.split() for word in respelling.words):
        whole = restored
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
    others = tuple(spell(own.query, own.query.with_words(terms), accents))
    if not keep:
        return replace(text, variants=others)
    return replace(text, variants=(*text.variants, *(replace(other, repaired=True) for other in others)))


def _restore(own: Interpretation) -> Interpretation:
    """The plain words with their accents restored, where the query has none. They decide the order, not what matches."""
    query = own.query
    # Words of spans are context: "mo hinh" tells that "trong lua" is "trồng lúa".
    every = restore_accents(query.words)
    plain = [at for at, word in enumerate(query.found) if word.kind == "plain"]
    restored = tuple(every[at] for at in plain) if every else restore_accents(own.words)
    terms = _terms(restored)
    if not restored or len(terms) != len(own.terms):
        return own
    text = " ".join(every) if " ".join(query.words) == own.read else query.rewritten(restored)
    return replace(
        own,
        text=_with_words(own.text, own, terms, keep=False),
        words=restored,
        terms=terms,
        restored=True,
        meaning=_written_out(query, restored),
        notices=(Notice(code="restored", text=f"Tìm theo: {text}", query=text),),
    )


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
