"""The tier and the BM25 score of one item's texts under a query, computed outside any engine.

Both are those of `kb.engines.tantivy`, term by term (tested on random texts). An engine that can only propose candidates,
and the in-memory fake, rank by them and so agree with the embedded engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from kb.ports import Clause, IndexDocument, Term, TextQuery, Tier, Variant
from vitext import Analysis, analyse

#: Boosts of the folded keys of each text. These and the next two were the best when engines were compared, and were not
#: tuned further.
FOLDED_BOOSTS = {"title": 1.0, "attributes": 1.0, "all": 1.0}
#: Boost of the accented keys of all texts together.
ACCENTED_BOOST = 0.5
#: Boost of the bigrams of all texts together.
BIGRAM_BOOST = 0.7
#: A query of more clauses than this is scored by its first ones only; all of them must still match.
MAX_SCORED_CLAUSES = 64
#: Saturation of term frequency in BM25, as tantivy sets it.
_K1 = 1.2
#: Share of length normalisation in BM25, as tantivy sets it.
_B = 0.75

Field = str
"""A text and a kind of keys: `title_f`, `attributes_f`, `all_f`, `all_r` or `all_b`. "all" means the three texts together;
`f` are folded keys, `r` accented keys, `b` bigrams."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The keys of an item's title, body and attributes; `printed` are those without a machine's corrections."""

    whole: tuple[Analysis, ...]
    printed: tuple[Analysis, ...]

    def count(self, field: Field, key: str) -> int:
        """How often a key stands in a field."""
        if field == "title_f":
            return self.whole[0].folded.count(key)
        if field == "attributes_f":
            return self.whole[2].folded.count(key)
        if field == "all_f":
            return sum(text.folded.count(key) for text in self.whole)
        if field == "all_r":
            return sum(text.accented.count(key) for text in self.whole)
        return sum(text.bigrams.count(key) for text in self.whole)

    def length(self, field: Field) -> int:
        """The number of keys in a field."""
        if field == "title_f":
            return len(self.whole[0].folded)
        if field == "attributes_f":
            return len(self.whole[2].folded)
        if field == "all_b":
            return sum(len(text.bigrams) for text in self.whole)
        return sum(len(text.folded) for text in self.whole)


def texts_of(document: IndexDocument) -> Texts:
    """The texts of a document, analysed."""
    whole = tuple(analyse(text) for text in (document.title, document.body, document.attributes))
    return Texts(whole, tuple(analyse(text) for text in document.printed) or whole)


def holds(texts: Sequence[Analysis], clause: Clause, *, accented: bool) -> bool:
    """Whether a text holds a clause: on its folded keys or, when `accented`, on the accented keys of terms with accents."""
    if len(clause.terms) == 1:
        term = clause.terms[0]
        if accented and term.has_accents:
            return any(term.accented in text.accented for text in texts)
        return any(term.folded in text.folded for text in texts)
    on_accented, keys = phrase_keys(clause)
    return any(_holds_run(text.accented if on_accented else text.folded, keys) for text in texts)


def phrase_keys(clause: Clause) -> tuple[bool, tuple[str, ...]]:
    """(whether these are accented keys, the keys of a phrase in order). They are accented when any term has accents."""
    accented = any(term.has_accents for term in clause.terms)
    return accented, tuple(term.accented if accented else term.folded for term in clause.terms)


def _holds_run(keys: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(keys[at : at + len(wanted)] == wanted for at in range(len(keys) - len(wanted) + 1))


def count_bigrams(texts: Sequence[Analysis], variant: Variant) -> int:
    """How many of the variant's bigrams stand in the texts."""
    return sum(any(bigram in text.bigrams for text in texts) for bigram in variant.bigrams)


def excludes(texts: Texts, query: TextQuery) -> bool:
    """Whether the texts hold what the query excludes."""
    return any(holds(texts.whole, clause, accented=clause.literal) for clause in query.excluded)


def tier_of(texts: Texts, query: TextQuery) -> Tier | None:
    """The tier of the texts under a query (see `TextQuery`), None when they do not match."""
    if not query.variants:
        return Tier.FOLDED
    if not query.tiered:
        terms = (term for clause in query.variants[0].clauses for term in clause.terms)
        return Tier.PARTIAL if any(term.folded in text.folded for term in terms for text in texts.whole) else None
    return max(_tiers(texts, query), default=None)


def _tiers(texts: Texts, query: TextQuery) -> Iterator[Tier]:
    for variant in query.variants:
        if _holds_near(texts.whole, variant, accented=False):
            yield Tier.REPAIRED
        if variant.repaired:
            continue
        if _holds_all(texts.whole, variant, accented=True):
            yield Tier.SCATTERED
        if _holds_near(texts.printed, variant, accented=False):
            yield Tier.FOLDED
        if any(term.has_accents for clause in variant.clauses for term in clause.terms):
            if _holds_near(texts.whole, variant, accented=True):
                yield Tier.CORRECTED
            if _holds_near(texts.printed, variant, accented=True):
                yield Tier.EXACT
    if query.minimum_should_match is not None and _holds_enough(texts.whole, query.variants[0], query.minimum_should_match):
        yield Tier.PARTIAL


def _holds_all(texts: Sequence[Analysis], variant: Variant, *, accented: bool) -> bool:
    return all(holds(texts, clause, accented=accented or clause.literal) for clause in variant.clauses)


def _holds_near(texts: Sequence[Analysis], variant: Variant, *, accented: bool) -> bool:
    return _holds_all(texts, variant, accented=accented) and count_bigrams(texts, variant) >= variant.proximity


def _holds_enough(texts: Sequence[Analysis], variant: Variant, minimum: int) -> bool:
    literal = [holds(texts, clause, accented=True) for clause in variant.clauses if clause.literal]
    free = [holds(texts, clause, accented=False) for clause in variant.clauses if not clause.literal]
    needed = min(len(free), max(0, minimum - len(literal)))
    if not free or needed <= 0:
        return all(literal) if literal else any(free)
    some = sum(free) >= needed and (not variant.bigrams or count_bigrams(texts, variant) >= 1)
    return all(literal) and some


class Statistics(Protocol):
    """What BM25 needs to know about a collection."""

    @property
    def documents(self) -> int: ...

    def average(self, field: Field) -> float:
        """Mean number of keys in a field."""
        ...

    def frequency(self, field: Field, key: str) -> int:
        """Number of items whose field holds the key."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of a score: `boost` times the BM25 of `key` in `field`."""

    field: Field
    key: str
    boost: float


def parts_of(query: TextQuery) -> list[list[Part]]:
    """The parts that are added up, one list for each variant; the best variant counts. Empty for a query that is not scored.

    A query that is not tiered counts each word once.
    """
    if not query.scored:
        return []
    if not query.tiered:
        variant = query.variants[0]
        words = list(dict.fromkeys(term for clause in variant.clauses for term in clause.terms))[:MAX_SCORED_CLAUSES]
        return [[*_words(words), *_bigrams(variant)]]
    return [
        [*_words([term for clause in variant.clauses[:MAX_SCORED_CLAUSES] for term in clause.terms]), *_bigrams(variant)]
        for variant in query.variants
    ]


def _words(terms: Sequence[Term]) -> Iterator[Part]:
    for term in terms:
        for text, boost in FOLDED_BOOSTS.items():
            yield Part(f"{text}_f", term.folded, boost)
        if term.has_accents:
            yield Part("all_r", term.accented, ACCENTED_BOOST)


def _bigrams(variant: Variant) -> Iterator[Part]:
    for bigram in variant.bigrams[:MAX_SCORED_CLAUSES]:
        yield Part("all_b", bigram, BIGRAM_BOOST)


def scorer(query: TextQuery, statistics: Statistics) -> Callable[[Texts], float]:
    """The function that scores texts under a query: BM25 as tantivy computes it, with lengths rounded as in its index."""
    variants = [[(part, _weight(part, statistics)) for part in parts] for parts in parts_of(query)]
    averages = {part.field: statistics.average(part.field) for parts in variants for part, _ in parts}

    def score(texts: Texts) -> float:
        norms = {field: _norm(texts.length(field), average) for field, average in averages.items()}
        best = 0.0
        for parts in variants:
            total = 0.0
            for part, weight in parts:
                seen = texts.count(part.field, part.key)
                if seen:
                    total += weight * seen / (seen + norms[part.field])
            best = max(best, total)
        return best

    return score


def _weight(part: Part, statistics: Statistics) -> float:
    seen = statistics.frequency(part.field, part.key)
    return part.boost * (1 + _K1) * math.log(1 + (statistics.documents - seen + 0.5) / (seen + 0.5))


def _norm(length: int, average: float) -> float:
    return _K1 * (1 - _B + _B * rounded_length(length) / max(average, 1e-9))


@lru_cache(maxsize=1 << 14)
def rounded_length(length: int) -> int:
    """A field's length as tantivy stores it in one byte: exact up to 40, then rounded down to four significant bits.

    >>> [rounded_length(n) for n in (7, 40, 41, 57, 1000)]
    [7, 40, 40, 56, 984]
    """
    over = length - 24
    if over < 16:
        return length
    shift = over.bit_length() - 4
    return 24 + ((over >> shift) << shift)
