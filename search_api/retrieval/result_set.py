"""The set of results under filters: its size, its pages and its facets describe one and the same set.

The set has the items that match the plan's words and the plan's semantic-only hits, both cut by the chosen filters.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.cancellation import check
from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import Filters, ItemScore, Sort, TextHit, TextPage, TextQuery, Variant
from search_api.retrieval import ranking
from search_api.retrieval.facet_values import show_facet
from search_api.retrieval.features import Asked
from search_api.retrieval.planner import Plan, nearest
from search_api.retrieval.ranking import Match
from search_api.schema import ActiveFilter, ClosedGroup, Facet


@dataclass(frozen=True, slots=True)
class ResultSet:
    """The results of a plan under the chosen filters, in one view.

    `any_poor` tells that the collection holds text that is poorly recognised; where it holds none, ranking need not ask.
    """

    view: View
    plan: Plan
    chosen: Filters
    any_poor: bool = True
    _semantic_only: dict[str, dict[str, ItemScore]] = field(default_factory=dict)
    _first_page: list[TextPage] = field(default_factory=list)

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """(matches of the words, semantic-only hits) under `filters`, or under the chosen ones."""
        filters = self.chosen if filters is None else filters
        if filters == self.chosen and self.plan.meaning is not None and not self.plan.bounded:
            return self._first().total, len(self.semantic_only(filters))  # a page of results needs these hits anyway
        return self.view.text.count(self.plan.text, filters), len(self.semantic_only(filters))

    def semantic_only(self, filters: Filters) -> Mapping[str, ItemScore]:
        """The semantic-only hits that meet the filters, with their closeness. The answer is kept: counts, pages and facets
        ask for it again."""
        hits = self.plan.semantic_only
        if not hits or filters == Filters():
            return hits
        key = repr((sorted(filters.facets.items()), sorted(filters.excluded.items())))
        if key not in self._semantic_only:
            kept = self._among(filters, hits)
            self._semantic_only[key] = {item_id: score for item_id, score in hits.items() if item_id in kept}
        return self._semantic_only[key]

    def page(self, sort: Sort, offset: int, limit: int) -> list[Match]:
        """[offset, offset + limit) of the one order: first the matches that are ranked with meaning, then the other matches
        in the order of their words."""
        if sort == "newest" or self.plan.meaning is None:
            return self._by_engine(sort, offset, limit)
        ranked, rest = self._ranked()
        page = [*ranked, *rest][offset : offset + limit]
        if len(page) < limit and len(ranked) >= ranking.RERANKING_WINDOW and not self.plan.bounded:
            # The engine's hits beyond its first RERANKING_WINDOW, without those that were ranked because they are near.
            seen = {match.id for match in ranked}
            skip = max(0, offset - len(ranked))
            stop = skip + limit - len(page) + len(ranked) - ranking.RERANKING_WINDOW
            hits = self.view.text.search(self.plan.text, self.chosen, offset=ranking.RERANKING_WINDOW, limit=stop).hits
            more = [_by_words_alone(hit) for hit in hits if hit.id not in seen]
            page += more[skip : skip + limit - len(page)]
        return page

    def _ranked(self) -> tuple[list[Match], list[Match]]:
        """(the matches that are ranked with meaning, in their order; the other known matches)."""
        matches, rest = self.competing()
        ranked = ranking.rank(matches, self.asked)
        return sorted(ranked, key=lambda match: match.id not in self.plan.first), rest

    @property
    def asked(self) -> Asked:
        """What the ranking must know of the query."""
        terms = {term.accented for term in self.plan.interpretation.wanted}
        items = self.view.size
        counts = self.view.snapshot.word_counts(terms)
        rarity = sum(math.log1p(items / (1 + counts.get(word, 0))) for word in sorted(terms))
        return Asked(self.plan.bounded, len(terms), rarity)

    def competing(self) -> tuple[list[Match], list[Match]]:
        """(the matches that are ranked with meaning, without scores; the other known matches, in the order of their words).

        Ranked are the engine's first hits, the known hits that are near in meaning, and the semantic-only hits. Of a plan
        that ranks nothing by meaning, none are.
        """
        plan = self.plan
        if plan.meaning is None:
            return [], []
        known = self._kept(plan.known)
        first = known[: ranking.RERANKING_WINDOW] if plan.bounded else self._first().hits
        hits = {hit.id: hit for hit in (*first, *(hit for hit in known if hit.id in plan.near))}
        only = self.semantic_only(self.chosen)
        some_words = self._some_words(only)
        ids = [*hits, *only]
        close = self.view.vectors.score_items(plan.meaning, ids)
        poor = self._poor(ids) if self.any_poor else frozenset()
        offered = self._offered(ids)
        matches = [
            Match(
                i,
                hits.get(i),
                close.get(i, ranking.NO_SCORE),
                poor=i in poor,
                at_place=i in plan.at_place,
                offered=offered.get(i, 0.0),
                some_words=some_words.get(i, 0.0),
            )
            for i in ids
        ]
        return matches, [Match(hit.id, hit) for hit in known if hit.id not in hits]

    def _some_words(self, ids: Collection[str]) -> dict[str, float]:
        """The full-text score of the words of the query that these semantic-only hits hold, for those that hold any."""
        terms = self.plan.interpretation.wanted
        if self.plan.bounded or not ids or not terms:
            return {i: self.plan.some_words[i] for i in ids if i in self.plan.some_words}
        any_word = TextQuery((Variant.of_words(terms),), tiered=False)
        found = self.view.text.search(any_word, Filters(ids=frozenset(ids)), limit=len(ids)).hits
        return {hit.id: hit.score for hit in found}

    def _offered(self, ids: Sequence[str]) -> dict[str, float]:
        """The share of the values that the query names, for those of `ids` that have any."""
        offers = list(dict.fromkeys(span.offer for span in self.plan.interpretation.query.spans if span.offer))
        having = [self._among(Filters({facet: (code,)}), ids) for facet, code in offers]
        return {i: sum(i in own for own in having) / len(offers) for i in ids} if offers else {}

    def _first(self) -> TextPage:
        """The engine's first hits, with the number of all. They are kept."""
        if not self._first_page:
            self._first_page.append(self.view.text.search(self.plan.text, self.chosen, limit=ranking.RERANKING_WINDOW))
        return self._first_page[0]

    def best_by_words(self, limit: int) -> list[str]:
        """The best ids of the full-text leg alone, for benchmarks."""
        if self.plan.bounded:
            return [hit.id for hit in sorted(self.plan.known, key=lambda hit: -hit.score)[:limit]]
        return [hit.id for hit in self.view.text.search(self.plan.text, self.chosen, limit=limit).hits]

    def best_by_meaning(self, limit: int) -> list[str]:
        """The best ids of the semantic leg alone, for benchmarks."""
        if self.plan.meaning is None:
            return []
        close = self.view.vectors.score_items(self.plan.meaning, nearest(self.view, self.plan.meaning))
        return ranking.by_meaning(close)[:limit]

    def _by_engine(self, sort: Sort, offset: int, limit: int) -> list[Match]:
        """The matches in the engine's order, semantic-only hits last."""
        total, _ = self.count()
        page = [_by_words_alone(hit) for hit in self._hits(sort, offset, limit)]
        tail = sorted(self.semantic_only(self.chosen).items(), key=lambda pair: (-pair[1].best, pair[0]))
        start = max(0, offset - total)
        page.extend(Match(i, meaning=close, score=close.best) for i, close in tail[start : start + limit - len(page)])
        return page

    def _hits(self, sort: Sort, offset: int, limit: int) -> Sequence[TextHit]:
        """[offset, offset + limit) of the matches of the words: by date, or in the engine's order behind the papers that the
        query names."""
        first = self.plan.first
        if not first or sort == "newest":
            return self.view.text.search(self.plan.text, self.chosen, offset=offset, limit=limit, sort=sort).hits
        named = self.view.text.search(self.plan.text, self.chosen.among(first), limit=len(first)).hits
        others = self.view.text.search(self.plan.text, self.chosen, limit=offset + limit + len(first)).hits
        return [*named, *(hit for hit in others if hit.id not in first)][offset : offset + limit]

    def _kept(self, hits: Sequence[TextHit]) -> list[TextHit]:
        """Those of the hits that meet the chosen filters."""
        if self.chosen == Filters() or not hits:
            return list(hits)
        kept = self._among(self.chosen, [hit.id for hit in hits])
        return [hit for hit in hits if hit.id in kept]

    def _poor(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` whose text is poorly recognised."""
        return self._among(Filters({"quality": ("poor",)}), ids)

    def _among(self, filters: Filters, ids: Collection[str]) -> frozenset[str]:
        """Those of `ids` that meet the filters."""
        only = filters.among(frozenset(ids))
        return frozenset(hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(ids)).hits)

    def facets(self) -> list[Facet]:
        """Every facet. The count of a value is the number of results if the visitor chooses it instead of the values chosen
        of that facet now."""
        # Facets without a chosen value are counted under the same filters, so in one walk through the matches.
        together = tuple(name for name in facets.codes() if not self.chosen.facets.get(name))
        counted = self._count(self.chosen, together)
        for name in facets.codes():
            if name not in counted:
                counted |= self._count(self.chosen.without(name), (name,))
        return [show_facet(name, counted[name], self.chosen.facets.get(name, ())) for name in facets.codes()]

    def _count(self, filters: Filters, codes: tuple[str, ...]) -> dict[str, dict[str, int]]:
        """By facet: the number of results for each value under `filters`."""
        check()
        counted = self.view.text.count_facets(self.plan.text, filters, codes)
        semantic_only = self.semantic_only(filters)
        if semantic_only:
            only = filters.among(frozenset(semantic_only))
            for code, values in self.view.text.count_facets(TextQuery(), only, codes).items():
                for value, count in values.items():
                    counted[code][value] = counted[code].get(value, 0) + count
        return counted

    def group(self) -> ClosedGroup | None:
        """The items that match only when accents are dropped, None where there are none."""
        dropped, opened = self.plan.dropped, self.plan.opened
        total = sum(self.count()) if opened == "asked" else self.view.text.count(dropped, self.chosen) if dropped else 0
        return ClosedGroup(total=total, opened=opened) if total or opened == "asked" else None

    def active(self) -> list[ActiveFilter]:
        """The chosen values and the excluded values, each with the number of results without that choice."""
        chosen = []
        for name, codes in self.chosen.facets.items():
            without = sum(self.count(self.chosen.without(name)))
            chosen += [_active(name, code, without) for code in codes]
        excluded = []
        for name, codes in self.chosen.excluded.items():
            for code in codes:
                check()
                without = sum(self.count(self.chosen.including(name, code)))
                excluded.append(_active(name, code, without, excluded=True))
        return chosen + excluded


def _by_words_alone(hit: TextHit) -> Match:
    return Match(hit.id, hit, score=hit.score)


def _active(facet: str, code: str, total_without: int, *, excluded: bool = False) -> ActiveFilter:
    return ActiveFilter(
        facet=facet,
        facet_label=vocabulary.label("facet", facet),
        code=code,
        label=vocabulary.label(facet, code),
        total_without=total_without,
        excluded=excluded,
    )
