"""Interpret a query: decide what its words mean before anything is looked up.

The steps correct slips of the keyboard and damaged letters, restore missing accents, expand abbreviations and synonyms,
recognise place names, and give up quotation marks that no item can fulfil. None of this is certain, so a notice tells the
visitor about every guess, and one click undoes it ("đúng như đã gõ"). Quoted words, exclusions and alternatives (OR) are
taken as typed.

The interpretation is finished before planning begins. It asks the index one question only: does some item match?
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from kb.ports import Term, TextQuery, Variant
from search_api.query.parser import Query, parse_query, plain_variant, unquote
from search_api.query.place_names import find_names
from search_api.query.spelling import Speller
from search_api.query.synonyms import Expansion, find_expansions
from search_api.schema import Notice
from vitext import DOUBTFUL_CONFIDENCE, fold, repair, tokenise

#: A query with more different words than this is a sentence: a question, or text that somebody pasted. Its words decide the
#: order, and an item need not hold all of them.
MAX_SHORT_WORDS = 5
#: A query needs this many different words before an item may lack some of them.
MIN_LOOSENED_WORDS = 3
#: Query expansions that are searched beside the words as typed.
MAX_EXPANSIONS = 3
#: Accents are restored in a query of at least this many words: one word without accents may be any of several words.
MIN_RESTORED_WORDS = 2

Kind = Literal["exact", "number", "accents", "quoted", "short", "sentence"]
"""How a query is planned.

`exact`: there is nothing to guess and nothing to embed (filters or phrases alone). `number`: the query is one document
number. `accents`: the accents must be as typed (Đúng dấu). `quoted`: the query has phrases and other words. `short`: a few
words. `sentence`: more than MAX_SHORT_WORDS different words."""

Exists = Callable[[TextQuery], bool]
"""Whether at least one item matches."""


class Collection(Protocol):
    """What an interpretation may know of the collection, besides `Exists`."""

    @property
    def speller(self) -> Speller: ...

    @property
    def place_names(self) -> frozenset[tuple[str, ...]]:
        """The folded names of the places in which items lie (see `place_names.bare_names`)."""
        ...

    def values(self, facet: str) -> Sequence[str]:
        """The values that a facet has in the collection (`parser.Values`)."""
        ...

    def pair_counts(self, firsts: abc.Collection[str], seconds: abc.Collection[str]) -> Mapping[tuple[str, str], int]:
        """How often words stand side by side in the collection (`spelling.PairCounts`)."""
        ...


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a query means.

    `words` are the plain words that the visitor meant, in the order typed, and `terms` are their keys. `respelt` tells that
    their letters differ from those typed, `restored` that only their accents do. `expansions` are the query expansions, each
    one the whole query written in another way. `text` is embedded; it is "" where meaning plays no part. `places` are the
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
    """What a query means. It raises no error for anything that a query holds.

    `typed` forbids every guess. `accents` asks for the accents as typed (Đúng dấu), which forbids every guess as well.
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
    if query.literal and not _can_be_fulfilled(query, exists):
        return _give_up_quotes(query, exists, collection, typed)
    if query.literal:
        return Interpretation(query, "quoted", query.free_words, query.free, text=query.whole_text, notices=notices)
    may_guess = len(query.variants) == 1 and not typed
    meant = _guess(query, exists, collection) if may_guess else _as_typed(query)
    places = tuple(meant.terms[start:end] for start, end in find_names(collection.place_names, meant.terms))
    return replace(meant, places=places, notices=notices + meant.notices)


def _as_typed(query: Query) -> Interpretation:
    """The plain words as they were typed."""
    kind: Kind = "sentence" if _is_sentence(query) else "short"
    return Interpretation(query, kind, query.free_words, query.free, text=query.free_text)


def _is_sentence(query: Query) -> bool:
    """Whether the query is a question or pasted text (see MAX_SHORT_WORDS)."""
    return len(query.variants) == 1 and len(set(query.free)) > MAX_SHORT_WORDS


def _insist_on_accents(query: Query, notices: tuple[Notice, ...]) -> Interpretation:
    if not any(term.has_accents for term in query.free):
        notices += (Notice(code="no_accents", text="Câu tìm không có dấu nào, nên “Đúng dấu” không thay đổi gì."),)
    return Interpretation(query, "accents", query.free_words, query.free, text=query.free_text, notices=notices)


def _can_be_fulfilled(query: Query, exists: Exists) -> bool:
    """Whether some item holds the phrases, and as many of the other words as the plan will ask for.

    If no item holds a whole sentence, the sentence is a headline that somebody pasted, and its quotation marks are only
    part of the text.
    """
    asked = query.text_query
    if exists(asked):
        return True
    if len(query.variants) != 1 or _is_sentence(query):
        return False
    clauses = tuple(dict.fromkeys(query.variants[0].clauses))
    phrases = tuple(clause for clause in clauses if clause.literal)
    # The planner asks for fewer and fewer of the words; in the end an item must hold the phrases only.
    return len(clauses) >= MIN_LOOSENED_WORDS and exists(replace(asked, variants=(Variant(phrases),)))


def _give_up_quotes(query: Query, exists: Exists, collection: Collection, typed: bool) -> Interpretation:
    """The query without its quotation marks, which no item can fulfil, and a notice about it."""
    bare = interpret(parse_query(unquote(query.text), collection.values), exists, collection, typed=typed)
    message = "Không mục nào có đúng cụm từ trong ngoặc kép cùng các từ còn lại, nên đã tìm như các từ thường."
    notice = Notice(code="unquoted", text=message)
    return replace(bare, query=replace(bare.query, text=query.text), notices=(notice, *bare.notices))


def _guess(query: Query, exists: Exists, collection: Collection) -> Interpretation:
    """What the plain words mean: either with other letters, or with restored accents and query expansions."""
    plain = _as_typed(query)
    sentence = plain.kind == "sentence"
    found = not sentence and exists(query.text_query)
    respelling = collection.speller.respell(collection.pair_counts, query, found=found)
    if respelling is None:
        return _restore_and_expand(plain)
    # A respelling that finds nothing is no help, and it is likely wrong.
    variant = plain_variant(respelling.terms, repaired=True)
    if not sentence and not exists(replace(query.text_query, variants=(variant,))):
        return plain
    # A few words are searched as typed and as respelt; a sentence is searched as respelt only.
    code, label = ("respelt", "Tìm theo") if sentence else ("spelling", "Ý bạn là")
    notice = Notice(code=code, text=f"{label}: {respelling.text}", query=respelling.text)
    return replace(
        plain, words=respelling.words, terms=respelling.terms, respelt=True, text=respelling.text, notices=(notice,)
    )


def _restore_and_expand(plain: Interpretation) -> Interpretation:
    """The words with their accents restored, and the query expansions of the words as typed.

    In a sentence only abbreviations are expanded: expanding all synonyms changed nothing for titles of law articles, and it
    cost time.
    """
    restored = restore_accents(plain.words)
    words = restored or plain.words
    terms = _terms(words) if restored else plain.terms
    if len(terms) != len(plain.terms):
        return plain
    every = [_expand(plain.words, expansion) for expansion in find_expansions(plain.words)]
    abbreviations = [expanded for expanded in every if expanded.abbreviation]
    chosen = (abbreviations if plain.kind == "sentence" else every)[:MAX_EXPANSIONS]
    notices = []
    if restored:
        text = " ".join(restored)
        notices.append(Notice(code="restored", text=f"Tìm theo: {text}", query=text))
    if chosen:
        written = "; ".join(dict.fromkeys(expanded.written for expanded in chosen))
        notices.append(Notice(code="expanded", text=f"Tìm cả: {written}", query=written))
    return replace(
        plain,
        words=words,
        terms=terms,
        restored=bool(restored),
        expansions=tuple(_terms(expanded.words) for expanded in chosen),
        # Where the query has one abbreviation with one meaning, the meaning is embedded.
        text=" ".join(abbreviations[0].words if len(abbreviations) == 1 else words),
        notices=tuple(notices),
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


@dataclass(frozen=True, slots=True)
class _Expanded:
    """The whole query after one expansion. `written` is the part that is new; `abbreviation` tells that it stands for one
    word."""

    words: tuple[str, ...]
    written: str
    abbreviation: bool


def _expand(typed: Sequence[str], expansion: Expansion) -> _Expanded:
    new = expansion.words
    return _Expanded(
        (*typed[: expansion.start], *new, *typed[expansion.end :]),
        " ".join(new),
        expansion.kind == "abbreviation" and expansion.end - expansion.start == 1 < len(new),
    )


def _terms(words: Sequence[str]) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for word in words for token in tokenise(word))
