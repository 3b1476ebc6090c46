"""Parse what a visitor typed: words, "phrases", -exclusions, alternatives (OR), and field:value.

No input is an error. Whatever is not syntax is text; an unknown field or value is searched as text, and a notice says so.
Whatever is syntax is a visible chip, which can be undone (`as_text`). Parsing never touches an index: the caller passes in
the spans that were recognised, the values that open facets have, and how often words stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from kb.papers.numbers import DocumentNumber, parse_number
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from search_api.query.clauses import Collected, Word, make_chip
from search_api.query.cleaning import MAX_CHARACTERS, Cleaned, clean, clean_query
from search_api.query.fields import NUMBER, NUMBER_NAMES, Values, field_names
from search_api.query.operators import PairCounts, joined, resolve
from search_api.query.pieces import MAX_WORDS, cut, fitting
from search_api.query.spans.span import Span
from search_api.schema import Chip
from vitext import tokenise

__all__ = [
    "MAX_CHARACTERS",
    "MAX_WORDS",
    "NUMBER",
    "NUMBER_NAMES",
    "Cleaned",
    "PairCounts",
    "Query",
    "Values",
    "Word",
    "any_word",
    "clean",
    "clean_query",
    "field_names",
    "parse_query",
]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    `text` is the cleaned query as the answer repeats it, and `converted` is what it was read as, "" where that is the same.
    `variants` are the alternatives between OR. `found` are all words to search, in order. `number` is set where the whole
    query is one document number. `chips` has every span, constraint and exclusion, in order; `every` tells that AND asks for
    words. `problems` are sentences for the visitor about what is searched as text, `unknown` about values that the
    collection lacks.
    """

    text: str
    variants: tuple[Variant, ...] = ()
    excluded: tuple[Clause, ...] = ()
    constraints: tuple[Filters, ...] = ()
    found: tuple[Word, ...] = ()
    number: DocumentNumber | None = None
    shortened: bool = False
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    chips: tuple[Chip, ...] = ()
    every: bool = False
    converted: str = ""

    @property
    def free(self) -> tuple[Term, ...]:
        """The terms of the plain words, in order: only these may be respelt, and only these are embedded."""
        return tuple(word.term for word in self.found if word.kind == "plain")

    @property
    def free_words(self) -> tuple[str, ...]:
        """The plain words as typed."""
        return tuple(word.text for word in self.found if word.kind == "plain")

    @property
    def words(self) -> tuple[str, ...]:
        """All words to search, quoted or not, as typed."""
        return tuple(word.text for word in self.found)

    @property
    def word_terms(self) -> tuple[Term, ...]:
        """The terms of `words`."""
        return tuple(word.term for word in self.found)

    @property
    def empty_words(self) -> bool:
        """Whether something was typed, and nothing of it can be searched (an emoji alone)."""
        return bool(self.text) and not (self.variants or self.excluded or self.constraints)

    def with_words(self, terms: Sequence[Term]) -> Variant:
        """The only variant with other terms for its plain words, one for each; spans and phrases stay.

        >>> parse_query('lúa "hữu cơ" ngo').with_words([Term("lua", "lúa"), Term("ngo", "ngô")]).clauses[2].terms[0].accented
        'ngô'
        """
        clauses = list(self.variants[0].clauses)
        for word, term in zip((word for word in self.found if word.kind == "plain"), terms, strict=True):
            at = _place(self.variants[0].clauses, word)
            if at is not None:
                clauses[at] = replace(clauses[at], terms=(term,))
        return replace(self.variants[0], clauses=tuple(clauses))

    def rewritten(self, words: Sequence[str]) -> str:
        """The query as it is read, with other words for its plain words, one for each; everything else stays.

        >>> parse_query('lua "hữu cơ" -ngô').rewritten(["lúa"])
        'lúa "hữu cơ" -ngô'
        """
        text = self.converted or self.text
        plain = [word for word in self.found if word.kind == "plain"]
        for word, new in reversed(list(zip(plain, words, strict=True))):
            text = text[: word.start] + new + text[word.end :]
        return text

    def unquoted(self) -> Query:
        """The same query with its phrases as plain words; spans and excluded phrases stay.

        >>> query = parse_query('"mô hình" lúa -"thi đua"').unquoted()
        >>> query.free_words, query.literal, query.excluded[0].literal
        (('mô', 'hình', 'lúa'), False, True)
        """
        clauses = self.variants[0].clauses if len(self.variants) == 1 else ()
        starts = dict(enumerate(accumulate((len(c.terms) if c.literal else 1 for c in clauses), initial=0)))
        found: list[Word] = []
        for word in self.found:
            at = starts.get(word.clause, word.clause)
            if word.kind == "quoted":
                starts[word.clause] = at + 1
            found.append(replace(word, clause=at, kind="span" if word.kind == "span" else "plain"))
        variants = dict.fromkeys(replace(v, clauses=tuple(_unquoted(v.clauses))) for v in self.variants)
        return replace(self, variants=tuple(variants), found=tuple(found))

    @property
    def text_query(self) -> TextQuery:
        """The query as typed, with its exclusions and constraints, in the form that an index takes."""
        return TextQuery(self.variants, self.excluded, None, self.constraints)

    @property
    def whole_text(self) -> str:
        """All words to search as one text, quoted or not."""
        return " ".join(term.accented for term in self.terms)

    @property
    def literal(self) -> bool:
        """Whether some of it is quoted. Nothing is guessed then."""
        return any(clause.literal for variant in self.variants for clause in variant.clauses)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every different term to search, in order."""
        return tuple(dict.fromkeys(t for v in self.variants for c in v.clauses for t in c.terms))


def parse_query(
    typed: str | Cleaned,
    values: Values = lambda facet: (),
    *,
    spans: Sequence[Span] = (),
    as_text: Sequence[str] = (),
    pair_counts: PairCounts | None = None,
) -> Query:
    """Parse a query.

    `spans` are what was recognised in the clean query (`Cleaned.read`), each one atomic. A piece named in `as_text` is plain
    words. `pair_counts` tells which syllables are one word in the collection, where one of them is excluded.

    >>> query = parse_query('"mô hình" lúa -rươi năm:2024')
    >>> query.words, query.free_words
    (('mô', 'hình', 'lúa'), ('lúa',))
    >>> [c.literal for c in query.variants[0].clauses], query.excluded[0].terms[0].folded, query.constraints[0].facets
    ([True, False], 'ruoi', {'year': ('2024',)})
    >>> [chip.reading for chip in query.chips]
    ['Trừ: rươi', 'Năm: 2024']
    """
    cleaned = typed if isinstance(typed, Cleaned) else Cleaned(*clean(typed))
    text = cleaned.read
    plain = frozenset(form for piece in as_text for form in (piece.strip(), clean(piece)[0]))
    kept = fitting(spans, text, plain)
    number = None if text in plain else parse_number(text)
    query = Query(cleaned.text, number=number, shortened=cleaned.shortened, converted=cleaned.converted)
    if number and not kept:
        return replace(query, variants=(Variant((Clause(_terms(number.text), literal=True),)),))
    pieces = cut(text, kept, values, lambda first, second: joined(pair_counts, first, second), plain)
    state = Collected(exact="exact" if any(token.has_accents for token in tokenise(text)) else "any")
    for unit in resolve(pieces.pieces, text, pair_counts, plain):
        state.take(unit, text)
    conditions = [piece.condition for piece in pieces.pieces if piece.condition]
    chips = state.chips + [make_chip("constraint", text, c.start, c.end, c.reading) for c in conditions]
    return replace(
        query,
        variants=state.variants(),
        excluded=tuple(state.excluded),
        constraints=tuple(condition.filters for condition in conditions),
        found=tuple(state.found),
        shortened=cleaned.shortened or state.full,
        problems=tuple(dict.fromkeys(pieces.problems + state.problems)),
        unknown=tuple(dict.fromkeys(condition.unknown for condition in conditions if condition.unknown)),
        spans=tuple(state.spans),
        chips=tuple(chip for _, chip in sorted(chips, key=lambda pair: pair[0])),
        every=state.every,
    )


def any_word(text: str) -> str:
    """The query that asks for any of the words; "" where there are fewer than two.

    >>> any_word("mô hình lúa")
    'mô OR hình OR lúa'
    """
    words = text.split()
    return " OR ".join(words) if len(words) > 1 else ""


def _terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for token in tokenise(text))


def _place(clauses: Sequence[Clause], word: Word) -> int | None:
    """Which clause a plain word is. It is another one than in its alternative where several alternatives are the same."""

    def fits(clause: Clause) -> bool:
        return clause.terms == (word.term,) and not clause.literal and not clause.others

    if word.clause < len(clauses) and fits(clauses[word.clause]):
        return word.clause
    return next((at for at, clause in enumerate(clauses) if fits(clause)), None)


def _unquoted(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """The clauses with the words of phrases as clauses of their own."""
    for clause in clauses:
        if clause.literal:
            yield from (Clause((term,), accents=clause.accents) for term in clause.terms)
        else:
            yield clause
