"""The set of results under filters: its size, its facets, its pages. All three describe one and the same set.

The set is what the plan's words match plus its additions by meaning, both cut by the chosen filters. Every number here
comes from the same two engine calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import Filters, Sort, TextHit, TextQuery
from search_api.retrieval import ranking
from search_api.retrieval.facet_values import show_facet
from search_api.retrieval.planner import Plan, nearest
from search_api.schema import ActiveFilter, Facet


@dataclass(frozen=True, slots=True)
class Row:
    """One result: an id with its score; `hit` is None for an addition by meaning."""

    id: str
    score: float
    hit: TextHit | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a plan under the chosen filters, in one view."""

    view: View
    plan: Plan
    chosen: Filters
    _added: dict[str, dict[str, float]] = field(default_factory=dict)

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """(matches of the words, additions) under `filters`, or under the chosen ones."""
        filters = self.chosen if filters is None else filters
        return self.view.text.count(self.plan.text, filters), len(self.added(filters))

    def added(self, filters: Filters) -> Mapping[str, float]:
        """The additions that meet the filters, with their cosine."""
        if not self.plan.additions:
            return {}
        key = repr((sorted(filters.facets.items()), sorted(filters.excluded.items())))
        if key not in self._added:
            only = filters.among(frozenset(self.plan.additions))
            kept = {hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(self.plan.additions)).hits}
            self._added[key] = {i: score for i, score in self.plan.additions.items() if i in kept}
        return self._added[key]

    def rows(self, sort: Sort, offset: int, limit: int) -> list[Row]:
        """[offset, offset + limit) of the one order: what was ranked with meaning, then the other matches by their words."""
        if sort == "newest" or self.plan.meaning is None:
            return self._by_engine(sort, offset, limit)
        ranked, rest = self.ranked()
        rows = [*ranked, *rest][offset : offset + limit]
        if len(rows) < limit and len(ranked) >= ranking.WINDOW and not self.plan.bounded:
            # Hits of the engine beyond its first WINDOW, without those that were ranked for their meaning.
            seen = {row.id for row in ranked}
            skip = max(0, offset - len(ranked))
            stop = skip + limit - len(rows) + len(ranked) - ranking.WINDOW
            page = self.view.text.search(self.plan.text, self.chosen, offset=ranking.WINDOW, limit=stop)
            more = [Row(hit.id, hit.score, hit) for hit in page.hits if hit.id not in seen]
            rows += more[skip : skip + limit - len(rows)]
        return rows

    def ranked(self) -> tuple[list[Row], list[Row]]:
        """(the first WINDOW matches, the near ones and the additions by meaning in their order; the other known matches)."""
        plan = self.plan
        assert plan.meaning is not None
        known = self._kept(plan.known)
        first = known[: ranking.WINDOW] if plan.bounded else self._first()
        hits = {hit.id: hit for hit in (*first, *(hit for hit in known if hit.id in plan.near))}
        ids = [*hits, *self.added(self.chosen)]
        close = self.view.vectors.score_items(plan.meaning, ids)
        poor = self._poor(ids) if plan.any_poor else frozenset()
        candidates = []
        for item_id in ids:
            hit = hits.get(item_id)
            tier, words = (int(hit.tier), hit.score) if hit else (0, 0.0)
            cosines = close.get(item_id, (0.0, 0.0))
            there = item_id in plan.there
            candidates.append(ranking.Candidate(item_id, tier, words, *cosines, item_id in poor, there))
        ranked = [Row(c.id, score, hits.get(c.id)) for c, score in ranking.rank(candidates, long=plan.bounded)]
        if not plan.bounded:
            ranked.sort(key=lambda row: row.hit is None)  # a few words are meant: what holds none of them comes last
        return ranked, [Row(hit.id, 0.0, hit) for hit in known if hit.id not in hits]

    def _first(self) -> Sequence[TextHit]:
        return self.view.text.search(self.plan.text, self.chosen, limit=ranking.WINDOW).hits

    def by_words(self, limit: int) -> list[str]:
        """The best ids of the full-text leg alone, for measurements."""
        if self.plan.bounded:
            return [hit.id for hit in sorted(self.plan.known, key=lambda hit: -hit.score)[:limit]]
        return [hit.id for hit in self.view.text.search(self.plan.text, self.chosen, limit=limit).hits]

    def by_meaning(self, limit: int) -> list[str]:
        """The best ids of the leg of meaning alone, for measurements."""
        if self.plan.meaning is None:
            return []
        close = self.view.vectors.score_items(self.plan.meaning, nearest(self.view, self.plan.meaning))
        candidates = [ranking.Candidate(item_id, 0, 0.0, *cosines) for item_id, cosines in close.items()]
        return [candidate.id for candidate, _ in ranking.rank(candidates, long=True)[:limit]]

    def _by_engine(self, sort: Sort, offset: int, limit: int) -> list[Row]:
        """Matches in the engine's order, additions last."""
        total, _ = self.count()
        page = self.view.text.search(self.plan.text, self.chosen, offset=offset, limit=limit, sort=sort)
        rows = [Row(hit.id, hit.score, hit) for hit in page.hits]
        tail = sorted(self.added(self.chosen).items(), key=lambda pair: (-pair[1], pair[0]))
        start = max(0, offset - total)
        rows.extend(Row(item_id, score) for item_id, score in tail[start : start + limit - len(rows)])
        return rows

    def _kept(self, hits: Sequence[TextHit]) -> list[TextHit]:
        """Those of the hits that meet the chosen filters."""
        if self.chosen == Filters() or not hits:
            return list(hits)
        only = self.chosen.among(frozenset(hit.id for hit in hits))
        kept = {hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(hits)).hits}
        return [hit for hit in hits if hit.id in kept]

    def _poor(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` whose text is poorly recognised."""
        only = Filters({"quality": ("poor",)}, frozenset(ids))
        return frozenset(hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(ids)).hits)

    def facets(self) -> list[Facet]:
        """Every facet; a value's count is what choosing it instead of the facet's present choice will show."""
        return [self._facet(name) for name in facets.codes()]

    def _facet(self, name: str) -> Facet:
        others = self.chosen.without(name)
        counts = self.view.text.count_facet(self.plan.text, others, name)
        added = self.added(others)
        if added:
            only = others.among(frozenset(added))
            for code, count in self.view.text.count_facet(TextQuery(), only, name).items():
                counts[code] = counts.get(code, 0) + count
        return show_facet(name, counts, self.chosen.facets.get(name, ()))

    def active(self) -> list[ActiveFilter]:
        """The chosen filters, each with the number of results without its facet, and the values left out."""
        chosen = [
            _active(name, code, sum(self.count(self.chosen.without(name))))
            for name, codes in self.chosen.facets.items()
            for code in codes
        ]
        left_out = [
            _active(name, code, sum(self.count(self.chosen.including(name, code))), excluded=True)
            for name, codes in self.chosen.excluded.items()
            for code in codes
        ]
        return chosen + left_out


def _active(facet: str, code: str, total_without: int, *, excluded: bool = False) -> ActiveFilter:
    return ActiveFilter(
        facet=facet,
        facet_label=vocabulary.label("facet", facet),
        code=code,
        label=vocabulary.label(facet, code),
        total_without=total_without,
        excluded=excluded,
    )
