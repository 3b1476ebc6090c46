"""The tier and the BM25 score of one item's texts under a query, computed outside any engine.

Both are those of `kb.engines.tantivy`, term by term (tested on random texts). An engine that can only propose candidates,
and the in-memory fake, rank by them and so agree with the embedded engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

from kb.ports import Clause, IndexDocument, Term, TextQuery, Tier, Variant
from vitext import Analysis, analyse

#: Boosts of the folded keys of each text. docs/decisions/0028-one-ranking.md tells what these and the next three changed.
FOLDED_BOOSTS = {"title": 1.0, "attributes": 1.0, "all": 0.5}
#: Boost of the accented keys of all texts together: the same letters with other accents are another word.
ACCENTED_BOOST = 1.0
#: Boost of the folded keys of all texts together, of a word typed without accents: it has no accented key of its own.
BARE_BOOST = 1.0
#: Boost of the bigrams of all texts together.
BIGRAM_BOOST = 1.0
#: A query of more clauses than this is scored by its first ones only; all of them must still match.
MAX_SCORED_CLAUSES = 64
#: Saturation of term frequency in BM25, as tantivy sets it.
_K1 = 1.2
#: Share of length normalisation in BM25, as tantivy sets it.
_B = 0.75

Field = str
"""A text and a kind of keys: `title_f`, `attributes_f`, `all_f`, `all_r` or `all_b`. "all" means the three texts together;
`f` are folded keys, `r` accented keys, `b` bigrams."""


Kind = Literal["f", "r", "o"]
"""The keys on which a form is looked for: folded, accented, or the folded keys of words without accents (`open`)."""
Level = Literal["matching", "scattered", "exact"]
"""How much the accents of a clause must agree: as much as it takes to match; to match although its words are far apart; or
wherever they were typed."""


class Way(NamedTuple):
    """One way in which a text may hold a clause: these keys of that kind stand in it side by side."""

    kind: Kind
    keys: tuple[str, ...]


def ways_of(clause: Clause, level: Level) -> list[Way]:
    """The ways to hold a clause at a level; a text holds it in any of them."""
    ways = []
    for terms, accents in clause.forms:
        folded, accented = tuple(term.folded for term in terms), tuple(term.accented for term in terms)
        if accents == "any" and (level == "matching" or not any(term.has_accents for term in terms)):
            ways.append(Way("f", folded))
            continue
        ways.append(Way("r", accented))
        if accents != "exact" and level != "exact":
            ways.append(Way("o", folded))
    return list(dict.fromkeys(ways))


@dataclass(frozen=True, slots=True)
class Texts:
    """The keys of an item's title, body and attributes; `printed` are those without a machine's corrections, `open` those
    of the words that have no accents to agree with."""

    whole: tuple[Analysis, ...]
    printed: tuple[Analysis, ...]
    open: tuple[Analysis, ...] = ()

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
    printed = tuple(analyse(text) for text in document.printed)
    return Texts(whole, printed or whole, tuple(analyse(text) for text in document.open))


def holds(texts: Texts, clause: Clause, level: Level = "matching", *, printed: bool = False) -> bool:
    """Whether the texts hold a clause, all versions of them or what is printed alone."""
    versions = texts.printed if printed else texts.whole
    return any(
        _holds_run(text.accented if kind == "r" else text.folded, keys)
        for kind, keys in ways_of(clause, level)
        for text in (texts.open if kind == "o" else versions)
    )


def _holds_run(keys: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if len(wanted) == 1:
        return wanted[0] in keys
    return any(keys[at : at + len(wanted)] == wanted for at in range(len(keys) - len(wanted) + 1))


def count_bigrams(texts: Texts, variant: Variant, *, printed: bool = False) -> int:
    """How many of the variant's bigrams stand in the texts."""
    versions = texts.printed if printed else texts.whole
    return sum(any(bigram in text.bigrams for text in versions) for bigram in variant.bigrams)


def excludes(texts: Texts, query: TextQuery) -> bool:
    """Whether the texts hold what the query excludes."""
    return any(holds(texts, clause) for clause in query.excluded)


def tier_of(texts: Texts, query: TextQuery) -> Tier | None:
    """The tier of the texts under a query (see `TextQuery`), None when they do not match."""
    if not query.variants:
        return Tier.FOLDED
    if not query.tiered:
        terms = (term for clause in query.variants[0].clauses for form, _ in clause.forms for term in form)
        return Tier.PARTIAL if any(term.folded in text.folded for term in terms for text in texts.whole) else None
    return max(_tiers(texts, query), default=None)


def _tiers(texts: Texts, query: TextQuery) -> Iterator[Tier]:
    for variant in query.variants:
        if _holds_near(texts, variant, "matching"):
            yield Tier.REPAIRED
        if variant.repaired:
            continue
        if _holds_all(texts, variant, "scattered"):
            yield Tier.SCATTERED
        if _holds_near(texts, variant, "matching", printed=True):
            yield Tier.FOLDED
        if has_accents(variant):
            if _holds_near(texts, variant, "exact"):
                yield Tier.CORRECTED
            if _holds_near(texts, variant, "exact", printed=True):
                yield Tier.EXACT
    if query.minimum_should_match is not None and _holds_enough(texts, query.variants[0], query.minimum_should_match):
        yield Tier.PARTIAL


def has_accents(variant: Variant) -> bool:
    """Whether the accents of the variant can agree better than they must: only then does it reach the highest tiers."""
    return any(clause.accents != "any" or any(term.has_accents for term in clause.terms) for clause in variant.clauses)


def _holds_all(texts: Texts, variant: Variant, level: Level, *, printed: bool = False) -> bool:
    return all(holds(texts, clause, level, printed=printed) for clause in variant.clauses)


def _holds_near(texts: Texts, variant: Variant, level: Level, *, printed: bool = False) -> bool:
    near = count_bigrams(texts, variant, printed=printed) >= variant.proximity
    return near and _holds_all(texts, variant, level, printed=printed)


def _holds_enough(texts: Texts, variant: Variant, minimum: int) -> bool:
    literal = [holds(texts, clause) for clause in variant.clauses if clause.literal]
    free = [holds(texts, clause) for clause in variant.clauses if not clause.literal]
    needed = min(len(free), max(0, minimum - len(literal)))
    if not free or needed <= 0:
        return all(literal) if literal else any(free)
    some = sum(free) >= needed and (not variant.needs_pair or count_bigrams(texts, variant) >= 1)
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


@dataclass(frozen=True, slots=True)
class Summands:
    """What is added up for one variant: `parts`, and for every span the best of its forms (`spans`)."""

    parts: tuple[Part, ...]
    spans: tuple[tuple[tuple[Part, ...], ...], ...] = ()

    @property
    def every(self) -> list[Part]:
        """All parts, those of every form of every span included."""
        return [*self.parts, *(part for span in self.spans for form in span for part in form)]


def summands_of(query: TextQuery) -> list[Summands]:
    """What is added up, for each variant; the best variant counts. Empty for a query that is not scored.

    A query that is not tiered counts each word once, and its spans as their words: only a flat sum is quick to rank by.
    """
    if not query.scored:
        return []
    if not query.tiered:
        variant = query.variants[0]
        clauses = (*variant.clauses, *variant.optional)
        words = dict.fromkeys(term for clause in clauses for form, _ in clause.forms for term in form)
        return [Summands((*_words(list(words)[:MAX_SCORED_CLAUSES]), *_bigrams(_pairs_of(variant))))]
    return [_summands(variant) for variant in query.variants]


def _summands(variant: Variant) -> Summands:
    clauses = (*variant.clauses, *variant.optional)[:MAX_SCORED_CLAUSES]
    plain = [term for clause in clauses if not clause.others for term in clause.terms]
    spans = [
        tuple(
            (*_words(form), *_bigrams(tuple(map("_".join, pairwise(term.folded for term in form)))))
            for form, _ in clause.forms
        )
        for clause in clauses
        if clause.others
    ]
    return Summands((*_words(plain), *_bigrams(_pairs_of(variant))), tuple(spans))


def _pairs_of(variant: Variant) -> tuple[str, ...]:
    """The bigrams of neighbouring words, and those inside spans that have one form."""
    inside = (
        "_".join((a.folded, b.folded))
        for clause in (*variant.clauses, *variant.optional)
        if not clause.literal and not clause.others
        for a, b in pairwise(clause.terms)
    )
    return tuple(dict.fromkeys((*variant.bigrams, *inside)))


def _words(terms: Sequence[Term]) -> Iterator[Part]:
    for term in terms:
        for text, boost in FOLDED_BOOSTS.items():
            bare = text == "all" and not term.has_accents
            yield Part(f"{text}_f", term.folded, BARE_BOOST if bare else boost)
        if term.has_accents:
            yield Part("all_r", term.accented, ACCENTED_BOOST)


def _bigrams(bigrams: Sequence[str]) -> Iterator[Part]:
    for bigram in bigrams[:MAX_SCORED_CLAUSES]:
        yield Part("all_b", bigram, BIGRAM_BOOST)


def scorer(query: TextQuery, statistics: Statistics) -> Callable[[Texts], float]:
    """The function that scores texts under a query: BM25 as tantivy computes it, with lengths rounded as in its index."""
    variants = summands_of(query)
    every = {part for summands in variants for part in summands.every}
    weights = {part: _weight(part, statistics) for part in every}
    averages = {part.field: statistics.average(part.field) for part in every}

    def score(texts: Texts) -> float:
        norms = {field: _norm(texts.length(field), average) for field, average in averages.items()}

        def add(parts: Iterable[Part]) -> float:
            counted = ((part, texts.count(part.field, part.key)) for part in parts)
            return sum(weights[part] * seen / (seen + norms[part.field]) for part, seen in counted if seen)

        return max((add(v.parts) + sum(max(map(add, forms)) for forms in v.spans) for v in variants), default=0.0)

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
