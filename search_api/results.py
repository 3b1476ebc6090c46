"""The set of results under filters: its size, its facets, its pages. All three describe one and the same set.

The set is what the plan's words match plus its additions by meaning, both cut by the chosen filters. Every number here
comes from the same two engine calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import vocabulary
from kb.generation import View
from kb.ports import FACETS, Filters, Sort, TextHit, TextQuery
from search_api import ranking
from search_api.plan import Plan
from search_api.schema import ActiveFilter, Facet, FacetValue


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
    _added: dict[tuple[tuple[str, tuple[str, ...]], ...], dict[str, float]] = field(default_factory=dict)

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """(matches of the words, additions) under `filters`, or under the chosen ones."""
        filters = self.chosen if filters is None else filters
        return self.view.text.count(self.plan.text, filters), len(self.added(filters))

    def added(self, filters: Filters) -> Mapping[str, float]:
        """The additions that meet the filters, with their cosine."""
        if not self.plan.additions:
            return {}
        key = tuple(sorted(filters.facets.items()))
        if key not in self._added:
            only = Filters(filters.facets, frozenset(self.plan.additions))
            kept = {hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(self.plan.additions)).hits}
            self._added[key] = {i: score for i, score in self.plan.additions.items() if i in kept}
        return self._added[key]

    def rows(self, sort: Sort, offset: int, limit: int) -> list[Row]:
        """[offset, offset + limit) of the one order: matching words first (ranked with meaning), then additions."""
        total, _ = self.count()
        rows: list[Row] = []
        stop = min(offset + limit, total)
        if offset < min(stop, ranking.WINDOW) and sort == "relevance" and self.plan.query.free:
            window = self.view.text.search(self.plan.text, self.chosen, limit=ranking.WINDOW).hits
            vector = self.view.embedder.encode([self.plan.query.free_text], query=True)[0]
            closeness = self.view.vectors.score_items(vector, [hit.id for hit in window])
            ranked = ranking.fuse(window, closeness, self._poor([hit.id for hit in window]))
            rows.extend(Row(r.hit.id, r.score, r.hit) for r in ranked[offset:stop])
        begin = offset + len(rows)
        if begin < stop:
            page = self.view.text.search(self.plan.text, self.chosen, offset=begin, limit=stop - begin, sort=sort)
            rows.extend(Row(hit.id, hit.score, hit) for hit in page.hits)
        tail = sorted(self.added(self.chosen).items(), key=lambda pair: (-pair[1], pair[0]))
        start = max(0, offset - total)
        rows.extend(Row(item_id, score) for item_id, score in tail[start : start + limit - len(rows)])
        return rows

    def _poor(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` whose text is poorly recognised."""
        only = Filters({"quality": ("poor",)}, frozenset(ids))
        return frozenset(hit.id for hit in self.view.text.search(TextQuery(), only, limit=len(ids)).hits)

    def facets(self) -> list[Facet]:
        """Every facet; a value's count is what choosing it instead of the facet's present choice will show."""
        return [self._facet(name) for name in FACETS]

    def _facet(self, name: str) -> Facet:
        others = self.chosen.without(name)
        counts = self.view.text.count_facet(self.plan.text, others, name)
        added = self.added(others)
        if added:
            only = Filters(others.facets, frozenset(added))
            for code, count in self.view.text.count_facet(TextQuery(), only, name).items():
                counts[code] = counts.get(code, 0) + count
        selected = self.chosen.facets.get(name, ())
        for code in selected:
            counts.setdefault(code, 0)
        values = [
            FacetValue(code=code, label=vocabulary.label(name, code), count=count, selected=code in selected)
            for code, count in counts.items()
        ]
        return Facet(name=name, label=vocabulary.label("facet", name), values=_order(name, values))

    def active(self) -> list[ActiveFilter]:
        """The chosen filters, each with the number of results without its facet."""
        return [
            ActiveFilter(
                facet=name,
                facet_label=vocabulary.label("facet", name),
                code=code,
                label=vocabulary.label(name, code),
                total_without=sum(self.count(self.chosen.without(name))),
            )
            for name, codes in self.chosen.facets.items()
            for code in codes
        ]


def _order(facet: str, values: list[FacetValue]) -> list[FacetValue]:
    """Years newest first, fields and qualities in their own order, everything else by count."""
    if facet == "year":
        return sorted(values, key=lambda v: v.code, reverse=True)
    if facet in ("field", "quality", "status"):
        order = {code: at for at, code in enumerate(vocabulary.codes(facet))}
        return sorted(values, key=lambda v: (order.get(v.code, len(order)), v.code))
    return sorted(values, key=lambda v: (-v.count, v.label))
