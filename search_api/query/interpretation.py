"""Interpret a query: what its words mean, before anything is looked up.

Slips of the keyboard and damaged letters are respelt, missing accents are put back, abbreviations and synonyms are written
out, places are named, and quotation marks that nothing fulfils are given up. Nothing of this is certain, so every guess is
told in a notice, and one click undoes it ("đúng như đã gõ"). Quoted words, exclusions and alternatives (OR) are not guessed.

The interpretation is finished before planning begins. It asks the index one question only: does some item match?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from kb.ports import Term, TextQuery, Variant
from search_api.query.parser import Query, Values, parse_query, plain_variant, unquote
from search_api.query.place_names import find_names
from search_api.query.spelling import PairCounts, Speller
from search_api.query.synonyms import Expansion, find_expansions
from search_api.schema import Notice
from vitext import DOUBTFUL_CONFIDENCE, fold, repair, tokenise

#: A query of more different words than this is a sentence: a question, or text that somebody pasted. Its words rank, and no
#: item needs to hold all of them.
MAX_SHORT_WORDS = 5
#: A query needs this many different words before an item may lack some of them.
MIN_LOOSENED_WORDS = 3
#: Query expansions that are searched beside the words as typed.
MAX_EXPANSIONS = 3
#: Accents are put back in a query of at least this many words: one word without accents may be any of several.
MIN_RESTORED_WORDS = 2

Kind = Literal["exact", "number", "accents", "quoted", "short", "sentence"]
"""How a query is planned: `exact` has nothing to guess and no meaning (filters, phrases alone), `number` is one document
number, `accents` asks for the accents as typed (Đúng dấu), `quoted` holds phrases and other words, `short` a few words,
`sentence` more than MAX_SHORT_WORDS different ones."""

Exists = Callable[[TextQuery], bool]
"""Whether at least one item matches."""


class Collection(Protocol):
    """What an interpretation may know of the collection."""

    @property
    def speller(self) -> Speller: ...

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        """Folded names of the places that items lie in (see `place_names`)."""
        ...

    @property
    def values(self) -> Values:
        """The values that a facet takes in the collection."""
        ...

    @property
    def pair_counts(self) -> PairCounts:
        """How often words stand side by side in the collection."""
        ...


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a query means.

    `words` are the plain words that are meant, in the order typed, and `terms` their keys. They are `respelt` where letters
    differ from those typed, and `restored` where only accents do. `expansions` are other ways to write the same, each as the
    whole query. `text` is what has a meaning and is embedded; it is "" where nothing is ranked by meaning. `places` are the
    runs of terms that name a place.
    """

    query: Query
    kind: Kind
    words: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    respelt: bool = False
    restored: bool = False
    expansions: tuple[tuple[Term, ...], ...] = ()
    text: str = ""
    places: tuple[tuple[Term, ...], ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def text_query(self) -> TextQuery:
        """The query as typed, with its exclusions and constraints."""
        return self.query.text_query


def interpret(
    query: Query, exists: Exists, collection: Collection, *, typed: bool = False, accents: bool = False
) -> Interpretation:
    """What a query means. Never raises for what the query holds.

    `typed` forbids every guess; `accents` asks for the accents as typed (Đúng dấu), which forbids them as well.
    """
    notices = tuple(Notice(code="ignored", text=problem) for problem in query.problems)
    if query.shortened:
        notices += (Notice(code="shortened", text="Câu tìm quá dài: chỉ dùng phần đầu."),)
    if query.number:
        return Interpretation(query, "number", notices=notices)
    if not query.free:
        return Interpretation(query, "exact", notices=notices)
    if accents:
        return _insist_on_accents(query, notices)
    if query.literal and not _holds_phrases(query, exists):
        return _give_up_quotes(query, exists, collection, typed)
    if query.literal:
        return Interpretation(query, "quoted", query.free_words, query.free, text=query.whole_text, notices=notices)
    guessed = len(query.variants) == 1 and not typed
    meant = _guess(query, exists, collection) if guessed else as_typed(query)
    places = tuple(meant.terms[start:end] for start, end in find_names(collection.place_names, meant.terms))
    return replace(meant, places=places, notices=notices + meant.notices)


def as_typed(query: Query) -> Interpretation:
    """The plain words and nothing else."""
    return Interpretation(
        query, "sentence" if is_sentence(query) else "short", query.free_words, query.free, text=query.free_text
    )


def is_sentence(query: Query) -> bool:
    """Whether the query is a question or pasted text: no item needs to hold all of it (`MAX_SHORT_WORDS`)."""
    return len(query.variants) == 1 and len(set(query.free)) > MAX_SHORT_WORDS


def _insist_on_accents(query: Query, notices: tuple[Notice, ...]) -> Interpretation:
    if not any(term.has_accents for term in query.free):
        notices += (Notice(code="no_accents", text="Câu tìm không có dấu nào, nên “Đúng dấu” không thay đổi gì."),)
    return Interpretation(query, "accents", query.free_words, query.free, text=query.free_text, notices=notices)


def _holds_phrases(query: Query, exists: Exists) -> bool:
    """Whether some item holds the phrases, and of the other words as many as the plan will ask for.

    A sentence that no item holds whole is a headline that somebody pasted: its quotation marks are no more than text.
    """
    asked = query.text_query
    if len(query.variants) != 1 or is_sentence(query) or exists(asked):
        return exists(asked)
    clauses = tuple(dict.fromkeys(query.variants[0].clauses))
    phrases = tuple(clause for clause in clauses if clause.literal)
    # With fewer words asked for, the phrases are what must be there in the end.
    return len(clauses) >= MIN_LOOSENED_WORDS and exists(replace(asked, variants=(Variant(phrases),)))


def _give_up_quotes(query: Query, exists: Exists, collection: Collection, typed: bool) -> Interpretation:
    """The query without its quotation marks, which nothing fulfils, with a notice of it."""
    bare = interpret(parse_query(unquote(query.text), collection.values), exists, collection, typed=typed)
    words = "Không mục nào có đúng cụm từ trong ngoặc kép cùng các từ còn lại, nên đã tìm như các từ thường."
    notice = Notice(code="unquoted", text=words)
    return replace(bare, query=replace(bare.query, text=query.text), notices=(notice, *bare.notices))


def _guess(query: Query, exists: Exists, collection: Collection) -> Interpretation:
    """What the plain words mean: respelt, or with their accents and written out."""
    plain = as_typed(query)
    sentence = plain.kind == "sentence"
    found = not sentence and exists(query.text_query)
    respelling = collection.speller.respell(collection.pair_counts, query, found=found)
    if respelling is None:
        return _write_out(plain)
    # A respelling that finds nothing is no help, and likely wrong.
    variant = plain_variant(respelling.terms, repaired=True)
    if not sentence and not exists(replace(query.text_query, variants=(variant,))):
        return plain
    # Of a few words both ways are searched; a sentence is searched as respelt.
    code, said = ("respelt", "Tìm theo") if sentence else ("spelling", "Ý bạn là")
    notice = Notice(code=code, text=f"{said}: {respelling.text}", query=respelling.text)
    return replace(
        plain, words=respelling.words, terms=respelling.terms, respelt=True, text=respelling.text, notices=(notice,)
    )


def _write_out(plain: Interpretation) -> Interpretation:
    """The words with their accents put back, and their query expansions.

    Of a sentence only abbreviations are written out: all synonyms made no difference to titles of law articles, and they
    cost time.
    """
    typed = plain.words
    restored = restore_accents(typed)
    words = restored or typed
    terms = _terms(words) if restored else plain.terms
    every = expand(typed, find_expansions(typed))
    short = [way for way in every if way.abbreviation]
    ways = (short if plain.kind == "sentence" else every)[:MAX_EXPANSIONS]
    if len(terms) != len(plain.terms):
        return plain
    notices = []
    if restored:
        text = " ".join(restored)
        notices.append(Notice(code="restored", text=f"Tìm theo: {text}", query=text))
    if ways:
        written = "; ".join(dict.fromkeys(" ".join(way.words[way.start : way.end]) for way in ways))
        notices.append(Notice(code="expanded", text=f"Tìm cả: {written}", query=written))
    return replace(
        plain,
        words=words,
        terms=terms,
        restored=bool(restored),
        expansions=tuple(_terms(way.words) for way in ways),
        # An abbreviation is embedded as what it stands for, where that is only one thing.
        text=" ".join(short[0].words if len(short) == 1 else words),
        notices=tuple(notices),
    )


def restore_accents(typed: Sequence[str]) -> tuple[str, ...]:
    """The words with the accents that a typist left out. Empty where the query has accents, is short or is not sure.

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


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """The whole query with `words[start:end]` in place of what was typed; `abbreviation`: one word gave way to several."""

    words: tuple[str, ...]
    start: int
    end: int
    abbreviation: bool


def expand(typed: Sequence[str], found: Sequence[Expansion]) -> list[WrittenOut]:
    """Every way to write the query out, one expansion at a time."""
    return [
        WrittenOut(
            (*typed[: e.start], *e.words, *typed[e.end :]),
            e.start,
            e.start + len(e.words),
            e.kind == "abbreviation" and e.end - e.start == 1 < len(e.words),
        )
        for e in found
    ]


def _terms(words: Sequence[str]) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for word in words for token in tokenise(word))
