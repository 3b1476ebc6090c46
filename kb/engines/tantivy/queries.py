"""Write a query as tantivy takes it. One query gives the whole order: a score is the band of the tier plus BM25."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from tantivy import Occur, Query

from kb import facets
from kb.engines.scoring import Level, Part, Summands, Way, has_accents, summands_of, ways_of
from kb.engines.tantivy.layout import ALL, BAD, NOT_CORRECTED, OPEN, PRINTED, schema
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


def pairs_of_phrase(query: TextQuery) -> Query | None:
    """What every match holds of a query that is one phrase of three words or more: each pair of neighbours. None for any
    other query. To ask for the pairs is several times quicker than to ask for the phrase, and a pasted sentence stands
    nowhere as a rule."""
    clauses = query.variants[0].clauses if len(query.variants) == 1 else ()
    if len(clauses) != 1 or clauses[0].others or len(clauses[0].terms) < 3 or query.minimum_should_match is not None:
        return None
    pairs = dict.fromkeys("_".join((a.folded, b.folded)) for a, b in pairwise(clauses[0].terms))
    return _all([_term(f"{ALL}_b", pair) for pair in pairs])


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


def _clause(clause: Clause, level: Level = "matching", text: str = ALL) -> Query:
    """A clause at a level."""
    return _any([_way(way, text) for way in ways_of(clause, level)])


def _way(way: Way, text: str) -> Query:
    field = OPEN if way.kind == "o" else f"{text}_{way.kind}"
    if len(way.keys) == 1:
        return _term(field, way.keys[0])
    return Query.phrase_query(schema(), field, [BAD.sub("", key) for key in way.keys])


def _variant(variant: Variant, level: Level, text: str = ALL) -> Query:
    return _all([_clause(clause, level, text) for clause in variant.clauses])


def _as_printed(variant: Variant, level: Level) -> Query:
    """The item as printed holds the variant, its words near each other. This is asked beside the same question about the
    whole text, so that a text without corrections needs no second look."""
    printed = _all([_variant(variant, level, PRINTED), _proximity(variant, text=PRINTED)])
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
    literal = [_clause(c) for c in clauses if c.literal]
    free = [_clause(c) for c in clauses if not c.literal]
    needed = min(len(free), max(0, query.minimum_should_match - len(literal)))
    if not free or needed <= 0:
        return _all(literal) if literal else (_any(free) if free else None)
    some = Query.boolean_query([(Occur.Should, q) for q in free], minimum_number_should_match=needed)
    pair = [_proximity(query.variants[0], 1)] if query.variants[0].needs_pair else []
    return _all([*literal, some, *pair])


def _untiered(query: TextQuery) -> Query:
    """Any word of the first variant, scored by all of them and by their bigrams. It is one flat union, of which tantivy can
    find the best hits without visiting all."""
    return _sum(summands_of(replace(query, scored=True))[0].parts)


def _matching(query: TextQuery) -> Query:
    if not query.variants:
        return Query.all_query()
    if not query.tiered:
        return _untiered(query)
    ways = [_all([_variant(variant, "matching"), _proximity(variant)]) for variant in query.variants]
    # Words that need not be near each other are another question only where there are neighbours.
    scattered = [variant for variant in query.variants if variant.bigrams and not variant.repaired]
    ways += [_variant(variant, "scattered") for variant in scattered]
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
        folded = _all([_variant(variant, "matching"), near])
        bands.append(_banded(folded, Tier.REPAIRED))
        if variant.repaired:
            continue
        bands.append(_banded(_all([folded, _as_printed(variant, "matching")]), Tier.FOLDED))
        if variant.bigrams:
            bands.append(_banded(_variant(variant, "scattered"), Tier.SCATTERED))
        if has_accents(variant):
            exact = _all([_variant(variant, "exact"), near])
            bands += [
                _banded(exact, Tier.CORRECTED),
                _banded(_all([exact, _as_printed(variant, "exact")]), Tier.EXACT),
            ]
    loose = _minimum_should_match(query)
    if loose is not None:
        bands.append(_banded(loose, Tier.PARTIAL))
    best = Query.disjunction_max_query(bands)
    if not query.scored:
        return best
    relevance = Query.disjunction_max_query([_relevance(summands) for summands in summands_of(query)])
    return Query.boolean_query([(Occur.Must, best), (Occur.Should, relevance)])


def _relevance(summands: Summands) -> Query:
    """The BM25 of a variant: its parts, and the best form of every span."""
    spans = [Query.disjunction_max_query([_sum(form) for form in forms]) for forms in summands.spans]
    if not spans:
        return _sum(summands.parts)
    whole = [_sum(summands.parts)] if summands.parts else []
    return Query.boolean_query([(Occur.Should, query) for query in (*whole, *spans)])


def _sum(parts: Sequence[Part]) -> Query:
    """The BM25 of all parts, added up."""
    return _any([_part(part) for part in parts])


def _part(part: Part) -> Query:
    found = _term(part.field, part.key)
    return found if part.boost == 1 else Query.boost_query(found, part.boost)


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
    must += [(Occur.MustNot, _clause(clause)) for clause in query.excluded]
    must += [(Occur.MustNot, matching_query(other, Filters())) for other in query.besides]
    return base if len(must) == 1 else Query.boolean_query(must)
