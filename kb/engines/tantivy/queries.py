"""Write a query as tantivy takes it. One query gives the whole order: a score is the band of the tier plus BM25."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tantivy import Occur, Query

from kb import facets
from kb.engines.scoring import Part, parts_of, phrase_keys
from kb.engines.tantivy.layout import ALL, BAD, NOT_CORRECTED, PRINTED, schema
from kb.ports import Clause, Filters, TextQuery, Tier, Variant

#: What one tier adds to the score. The BM25 of the longest query stays far below it, and float32 still distinguishes 1/1,000
#: at 12,288.
BAND = 2048.0


def matching_query(query: TextQuery, filters: Filters) -> Query:
    """What matches a query under filters."""
    return _with_filters(_matching(query), query, filters)


def scored_query(query: TextQuery, filters: Filters) -> Query:
    """The same, scored by tier and words."""
    return _with_filters(_tiered(query), query, filters)


def _term(field: str, key: str) -> Query:
    return Query.term_query(schema(), field, BAD.sub("", key))


def _any(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.all_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def one_of(field: str, values: Collection[str]) -> Query:
    """The field has one of the values; this adds nothing to a score."""
    clean = [value for value in values if not BAD.search(value)]
    return Query.const_score_query(Query.term_set_query(schema(), field, clean), 0.0) if clean else Query.empty_query()


def _clause(clause: Clause, *, accented: bool, text: str = ALL) -> Query:
    """A clause on the folded keys, or with `accented` on the accented keys of the terms typed with accents."""
    if len(clause.terms) == 1:
        term = clause.terms[0]
        kind, key = ("r", term.accented) if accented and term.has_accents else ("f", term.folded)
        return _term(f"{text}_{kind}", key)
    on_accented, keys = phrase_keys(clause)
    return Query.phrase_query(schema(), f"{text}_{'r' if on_accented else 'f'}", [BAD.sub("", key) for key in keys])


def _literal(clause: Clause) -> Query:
    """A clause, on its accented keys when it is quoted: quotation marks ask for the accents as typed."""
    return _clause(clause, accented=clause.literal)


def _variant(variant: Variant, *, accented: bool, text: str = ALL) -> Query:
    return _all([_clause(c, accented=accented or c.literal, text=text) for c in variant.clauses])


def _as_printed(variant: Variant, *, accented: bool) -> Query:
    """The item as printed holds the variant, its words near each other. This is asked beside the same question about the
    whole text, so that a text without corrections needs no second look."""
    printed = _all([_variant(variant, accented=accented, text=PRINTED), _proximity(variant, text=PRINTED)])
    return _any([_term("corrected", NOT_CORRECTED), printed])


def _proximity(variant: Variant, needed: int | None = None, text: str = ALL) -> Query:
    """At least `needed` of the variant's bigrams (`Variant.proximity` when not given), if it has any."""
    should = [(Occur.Should, _term(f"{text}_b", bigram)) for bigram in variant.bigrams]
    if not should:
        return Query.all_query()
    return Query.boolean_query(should, minimum_number_should_match=needed or variant.proximity)


def _minimum_should_match(query: TextQuery) -> Query | None:
    """At least `minimum_should_match` clauses of the first variant, its literal ones always."""
    if query.minimum_should_match is None or not query.variants:
        return None
    clauses = query.variants[0].clauses
    literal = [_literal(c) for c in clauses if c.literal]
    free = [_clause(c, accented=False) for c in clauses if not c.literal]
    needed = min(len(free), max(0, query.minimum_should_match - len(literal)))
    if not free or needed <= 0:
        return _all(literal) if literal else (_any(free) if free else None)
    some = Query.boolean_query([(Occur.Should, q) for q in free], minimum_number_should_match=needed)
    return _all([*literal, some, _proximity(query.variants[0], 1)])


def _untiered(query: TextQuery) -> Query:
    """Any word of the first variant, scored by all of them and by their bigrams. It is one flat union, of which tantivy can
    find the best hits without visiting all."""
    return _sum(parts_of(replace(query, scored=True))[0])


def _matching(query: TextQuery) -> Query:
    if not query.variants:
        return Query.all_query()
    if not query.tiered:
        return _untiered(query)
    ways = [_all([_variant(variant, accented=False), _proximity(variant)]) for variant in query.variants]
    ways += [_variant(variant, accented=True) for variant in query.variants if not variant.repaired]
    loose = _minimum_should_match(query)
    return _any([*ways, loose] if loose is not None else ways)


def _tiered(query: TextQuery) -> Query:
    """The matches: each scores the band of its best tier, and its BM25 is added."""
    if not query.variants:
        return Query.const_score_query(Query.all_query(), float(Tier.FOLDED) * BAND)
    if not query.tiered:
        return _untiered(query)
    bands: list[Query] = []
    for variant in query.variants:
        near = _proximity(variant)
        folded = _all([_variant(variant, accented=False), near])
        bands.append(_banded(folded, Tier.REPAIRED))
        if variant.repaired:
            continue
        accented = _variant(variant, accented=True)
        bands += [
            _banded(accented, Tier.SCATTERED),
            _banded(_all([folded, _as_printed(variant, accented=False)]), Tier.FOLDED),
        ]
        if any(term.has_accents for clause in variant.clauses for term in clause.terms):
            exact = _all([accented, near])
            bands += [
                _banded(exact, Tier.CORRECTED),
                _banded(_all([exact, _as_printed(variant, accented=True)]), Tier.EXACT),
            ]
    loose = _minimum_should_match(query)
    if loose is not None:
        bands.append(_banded(loose, Tier.PARTIAL))
    best = Query.disjunction_max_query(bands)
    if not query.scored:
        return best
    relevance = Query.disjunction_max_query([_sum(parts) for parts in parts_of(query)])
    return Query.boolean_query([(Occur.Must, best), (Occur.Should, relevance)])


def _sum(parts: Sequence[Part]) -> Query:
    """The BM25 of all parts, added up."""
    return _any([Query.boost_query(_term(part.field, part.key), part.boost) for part in parts])


def _banded(query: Query, tier: Tier) -> Query:
    return Query.const_score_query(query, float(tier) * BAND)


def _with_filters(base: Query, query: TextQuery, filters: Filters) -> Query:
    must: list[tuple[Occur, Query]] = [(Occur.Must, base)]
    for restriction in (filters, *query.constraints):
        facets.check_codes((*restriction.facets, *restriction.excluded))
        for facet, values in restriction.facets.items():
            if values:
                must.append((Occur.Must, one_of(facet, values)))
        for facet, values in restriction.excluded.items():
            must.append((Occur.MustNot, one_of(facet, values)))
        if restriction.ids is not None:
            must.append((Occur.Must, one_of("id", restriction.ids)))
        if restriction.numbers:
            must.append((Occur.Must, one_of("number", restriction.numbers)))
    must += [(Occur.MustNot, _literal(clause)) for clause in query.excluded]
    return base if len(must) == 1 else Query.boolean_query(must)
