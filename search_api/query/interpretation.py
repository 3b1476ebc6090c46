"""Understand the plain words of a query before anything is looked up: slips and damaged letters respelt, missing accents
put back, abbreviations and synonyms written out.

Nothing here is certain, so everything is said in a notice and undone by one click ("đúng như đã gõ"). Quoted words,
exclusions and alternatives (OR) are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.library.store import Snapshot
from kb.ports import Clause, Term, Variant
from search_api.query.parser import Query
from search_api.query.spelling import Speller
from search_api.query.synonyms import Expansion, find_expansions
from search_api.schema import Notice
from vitext import DOUBTFUL_CONFIDENCE, fold, repair, tokenise

#: Ways of writing a query out that are searched beside it.
MOST_EXPANSIONS = 3
#: Words of a query without accents from which they are put back: one word alone may be any.
RESTORED_FROM = 2


@dataclass(frozen=True, slots=True)
class Understanding:
    """`words` are what is meant, in the order typed, and `terms` their keys; `respelt` where letters differ from those
    typed, `restored` where only accents do. `expansions` are other ways of writing the same."""

    words: tuple[str, ...]
    terms: tuple[Term, ...]
    respelt: bool = False
    restored: bool = False
    expansions: tuple[tuple[Term, ...], ...] = ()
    written_out: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def text(self) -> str:
        """The words as one text, abbreviations written out where only one way is known: what is embedded."""
        return " ".join(self.written_out or self.words)

    @property
    def reading(self) -> Variant:
        return read_plain(self.terms)


def read_plain(terms: Sequence[Term], *, repaired: bool = False) -> Variant:
    """A reading of plain words."""
    return Variant(tuple(Clause((term,)) for term in terms), repaired=repaired)


def as_typed(query: Query) -> Understanding:
    """The query and nothing else."""
    return Understanding(query.free_words, query.free)


def understand(snapshot: Snapshot, speller: Speller, query: Query, *, found: bool, long: bool) -> Understanding:
    """What the plain words of a query mean; `found`: something holds all of them as typed; `long`: a question or a sentence,
    where only abbreviations are written out (all synonyms made no difference to titles of law articles, and cost time)."""
    respelling = speller.respell(snapshot, query, found=found)
    if respelling:
        # Of a few words both readings are searched; a sentence is searched as respelt.
        code, said = ("respelt", "Tìm theo") if long else ("spelling", "Ý bạn là")
        notice = Notice(code=code, text=f"{said}: {respelling.text}", query=respelling.text)
        return Understanding(respelling.words, respelling.terms, respelt=True, notices=(notice,))
    restored = restore_accents(query.free_words)
    words = restored or query.free_words
    notices = []
    if restored:
        text = " ".join(restored)
        notices.append(Notice(code="restored", text=f"Tìm theo: {text}", query=text))
    every = expand(query.free_words, find_expansions(query.free_words))
    short = [way for way in every if way.abbreviation]
    expansions = (short if long else every)[:MOST_EXPANSIONS]
    if expansions:
        written = "; ".join(dict.fromkeys(" ".join(way.words[way.start : way.end]) for way in expansions))
        notices.append(Notice(code="expanded", text=f"Tìm cả: {written}", query=written))
    terms = _terms(words) if restored else query.free
    if len(terms) != len(query.free):
        return as_typed(query)
    return Understanding(
        words,
        terms,
        restored=bool(restored),
        expansions=tuple(_terms(way.words) for way in expansions),
        written_out=short[0].words if len(short) == 1 else (),
        notices=tuple(notices),
    )


def restore_accents(typed: Sequence[str]) -> tuple[str, ...]:
    """The words with the accents that a typist left out, empty where the query has accents, is short or is not sure.

    >>> restore_accents(("mo", "hinh", "trong", "lua"))
    ('mô', 'hình', 'trồng', 'lúa')
    >>> restore_accents(("mô", "hinh")), restore_accents(("wifi",))
    ((), ())
    """
    if len(typed) < RESTORED_FROM or any(fold(word) != word.lower() for word in typed):
        return ()
    repaired = repair(" ".join(typed), assume="unaccented")
    read = tuple(repaired.text.split())
    if len(read) != len(typed) or [fold(word) for word in read] != [fold(word) for word in typed]:
        return ()
    if repaired.text == " ".join(typed) or any(word.confidence < DOUBTFUL_CONFIDENCE for word in repaired.words):
        return ()
    return read


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """The whole query with `words[start:end]` in place of what was typed; `abbreviation`: one word gave way to several."""

    words: tuple[str, ...]
    start: int
    end: int
    abbreviation: bool


def expand(typed: Sequence[str], found: Sequence[Expansion]) -> list[WrittenOut]:
    """Every way of writing the query out, one expansion at a time."""
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
