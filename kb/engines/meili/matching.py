"""Write what a query matches, and each of its tiers, as filters of the server.

Most questions are filters at once. Some are not: that words stand in a row, or that at least so many of many words are
there. For these a filter finds the documents that may agree, and their texts decide.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise

from kb import facets
from kb.engines.meili import layout
from kb.engines.meili.expressions import Expression, all_of, any_of, at_least, equals, none_of, one_of, some_of_each
from kb.engines.meili.generation import Generation
from kb.engines.meili.layout import IS_ITEM, KEY, PRINTED, WHOLE
from kb.engines.scoring import Level, Texts, Way, count_bigrams, has_accents, holds, ways_of
from kb.ports import Clause, Filters, TextQuery, Tier, Variant

#: Texts read in one request, to see whether they agree.
VERIFIED_PER_REQUEST = 1000
#: Where more documents than this may agree, their texts are not read, and all of them count as agreeing.
MAX_VERIFIED = 20_000
#: Answers to such questions that are kept in memory.
MAX_KEPT_ANSWERS = 1000


class Matching:
    """Filters for the queries of one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._answers: dict[Hashable, Expression] = {}

    def matches(self, query: TextQuery, filters: Filters) -> Expression:
        """The filter that holds exactly what matches."""
        matching = any_of(expression for _, expression in self.bands(query)) if query.variants else True
        where = all_of([matching, *self.restrictions(query, filters)])
        return IS_ITEM if where is True else where

    def restrictions(self, query: TextQuery, filters: Filters) -> Iterable[Expression]:
        """What the filters, the constraints and the excluded clauses of the query ask for."""
        for restriction in (filters, *query.constraints):
            facets.check_codes((*restriction.facets, *restriction.excluded))
            for facet, values in restriction.facets.items():
                if values:
                    yield one_of(facet, values)
            for facet, values in restriction.excluded.items():
                yield none_of(one_of(facet, values))
                yield IS_ITEM
            if restriction.ids is not None:
                yield one_of(KEY, [layout.document_key(item_id) for item_id in restriction.ids])
            if restriction.numbers:
                yield one_of("number", restriction.numbers)
        if query.excluded:
            yield IS_ITEM
            yield from (none_of(self._clause(clause)) for clause in query.excluded)
        if query.besides:
            yield IS_ITEM
            yield from (none_of(self.matches(other, Filters())) for other in query.besides)

    def bands(self, query: TextQuery) -> list[tuple[Tier, Expression]]:
        """What each tier asks for, the best tier first. The filter of a lower tier may also hold documents of a higher."""
        if not query.tiered:
            words = [term.folded for clause in query.variants[0].clauses for form, _ in clause.forms for term in form]
            return [(Tier.PARTIAL, one_of(f"{WHOLE}_f", words))]
        tiers: dict[Tier, list[Expression]] = {tier: [] for tier in sorted(Tier, reverse=True)}
        for variant in query.variants:
            near = self._proximity(variant, variant.proximity)
            folded = all_of([self._variant(variant, "matching"), near])
            tiers[Tier.REPAIRED].append(folded)
            if variant.repaired:
                continue
            tiers[Tier.SCATTERED].append(self._variant(variant, "scattered"))
            tiers[Tier.FOLDED].append(all_of([folded, self._as_printed(variant, "matching")]))
            if has_accents(variant):
                exact = all_of([self._variant(variant, "exact"), near])
                tiers[Tier.CORRECTED].append(exact)
                tiers[Tier.EXACT].append(all_of([exact, self._as_printed(variant, "exact")]))
        if query.minimum_should_match is not None:
            tiers[Tier.PARTIAL].append(self._minimum_should_match(query.variants[0], query.minimum_should_match))
        return [(tier, any_of(parts)) for tier, parts in tiers.items()]

    def _variant(self, variant: Variant, level: Level, text: str = WHOLE) -> Expression:
        return all_of(self._clause(clause, level, text) for clause in variant.clauses)

    def _as_printed(self, variant: Variant, level: Level) -> Expression:
        """The item as printed holds the variant, its words near each other."""
        printed = [self._variant(variant, level, PRINTED), self._proximity(variant, variant.proximity, PRINTED)]
        return any_of(["as_printed = true", all_of(printed)])

    def _proximity(self, variant: Variant, needed: int, text: str = WHOLE) -> Expression:
        """At least `needed` of the variant's bigrams, if it has any."""
        if not variant.bigrams:
            return True
        bigrams = [equals(f"{text}_b", bigram) for bigram in variant.bigrams]
        question = ("proximity", variant.bigrams, needed, text)
        printed = text == PRINTED
        return self._at_least(
            needed, bigrams, question, lambda texts: count_bigrams(texts, variant, printed=printed) >= needed
        )

    def _minimum_should_match(self, variant: Variant, minimum: int) -> Expression:
        """At least `minimum` clauses of the variant, its literal ones always."""
        literal = [self._clause(c) for c in variant.clauses if c.literal]
        plain = [c for c in variant.clauses if not c.literal]
        free = [self._clause(c) for c in plain]
        needed = min(len(free), max(0, minimum - len(literal)))
        if not free or needed <= 0:
            return all_of(literal) if literal else any_of(free)
        some = self._at_least(
            needed,
            free,
            ("minimum should match", tuple(plain), needed),
            lambda texts: sum(holds(texts, c) for c in plain) >= needed,
        )
        return all_of([*literal, some, self._proximity(variant, 1) if variant.needs_pair else True])

    def _at_least(
        self, needed: int, parts: Sequence[Expression], question: Hashable, agrees: Callable[[Texts], bool]
    ) -> Expression:
        exact = at_least(needed, parts)
        return self._verified(some_of_each(needed, parts), question, agrees) if exact is None else exact

    def _clause(self, clause: Clause, level: Level = "matching", text: str = WHOLE) -> Expression:
        """A clause at a level."""
        ways = ways_of(clause, level)
        likely = any_of(_likely(way, text) for way in ways)
        if all(len(way.keys) <= 2 for way in ways):
            return likely
        printed = text == PRINTED
        return self._verified(likely, (clause, level, text), lambda texts: holds(texts, clause, level, printed=printed))

    def _verified(self, likely: Expression, question: Hashable, agrees: Callable[[Texts], bool]) -> Expression:
        """The filter of the documents of `likely` whose texts agree; `likely` itself where these are more than MAX_VERIFIED.

        The answer is kept under the `question`.
        """
        if isinstance(likely, bool):
            return likely
        answer = self._answers.get(question)
        if answer is None:
            answer = likely
            if self._generation.count([likely])[0] <= MAX_VERIFIED:
                agreeing, others = self._verify(likely, agrees)
                few = len(agreeing) < len(others)
                answer = one_of(KEY, agreeing) if few else all_of([likely, none_of(one_of(KEY, others))])
            if len(self._answers) >= MAX_KEPT_ANSWERS:
                self._answers.clear()
            self._answers[question] = answer
        return answer

    def _verify(self, where: Expression, agrees: Callable[[Texts], bool]) -> tuple[list[str], list[str]]:
        """(keys of the documents that agree, keys of those that do not)."""
        agreeing: list[str] = []
        others: list[str] = []
        shown = list(layout.TEXT_ATTRIBUTES)
        while True:
            at = len(agreeing) + len(others)
            query = {"filter": where, "offset": at, "limit": VERIFIED_PER_REQUEST, "attributesToRetrieve": shown}
            hits = self._generation.ask([query])[0]["hits"]
            for hit in hits:
                (agreeing if agrees(layout.texts_from(hit)[1]) else others).append(str(hit[KEY]))
            if len(hits) < VERIFIED_PER_REQUEST:
                return agreeing, others


def _likely(way: Way, text: str) -> Expression:
    """The filter of a way: exact for one key and for two; of more keys, all their pairs."""
    group = layout.OPEN if way.kind == "o" else text
    if not all(way.keys):
        return False
    if len(way.keys) == 1:
        return equals(f"{group}_{'r' if way.kind == 'r' else 'f'}", way.keys[0])
    return all_of(equals(f"{group}_{'p' if way.kind == 'r' else 'b'}", "_".join(pair)) for pair in pairwise(way.keys))
