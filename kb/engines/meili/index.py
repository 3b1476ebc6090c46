"""Read the index on the server as a `FullTextIndex`.

Matches, tiers, counts and facets are filters (`matching`). When no more than `candidates` documents match, all of them are
fetched and ranked here; when more do, the server proposes candidates of each tier from the best down, and the other matches
follow in an order of the server's (`ranking`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kb import facets
from kb.engines.meili.generation import Generation
from kb.engines.meili.matching import Matching
from kb.engines.meili.ranking import Ranking
from kb.engines.meili.spelling import is_long, unspell
from kb.engines.meili.statistics import CollectionStatistics
from kb.engines.meili.wire import Wire
from kb.ports import Filters, Sort, TextPage, TextQuery


class MeiliIndex:
    """One generation as the server holds it. Methods raise ServerAwayError when the server holds another.

    `statistics` are those of the documents that are shown: with `public`, or with a key for the public, of the public ones.
    """

    def __init__(self, wire: Wire, uid: str, generation: str, candidates: int = 400, *, public: bool = False) -> None:
        self._generation = Generation(wire, uid, generation, public=public)
        self._matching = Matching(self._generation)
        self.statistics = CollectionStatistics(self._generation)
        self._ranking = Ranking(self._generation, self.statistics, self._matching, candidates)
        self._candidates = candidates

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        where = self._matching.matches(query, filters)
        limit = max(0, limit)
        if where is False:
            return TextPage((), 0 if query.tiered else offset)
        if not query.tiered and query.variants:
            hits = self._ranking.untiered(query, where, offset + limit)[offset:]
            return TextPage(tuple(hits), offset + len(hits))
        if sort == "newest":
            asked = {"filter": where, "sort": ["sort_date:desc", "id:asc"], "offset": offset, "limit": limit}
            keys, total = self._generation.keys(asked)
            return TextPage(tuple(self._ranking.scored(keys, query)), total)
        keys, total = self._generation.keys({"filter": where, "limit": self._candidates})
        if total <= self._candidates:
            return TextPage(tuple(self._ranking.best(keys, query)[offset : offset + limit]), total)
        return TextPage(tuple(self._ranking.by_tier(query, filters, offset, limit)), total)

    def count(self, query: TextQuery, filters: Filters) -> int:
        return self._generation.count([self._matching.matches(query, filters)])[0]

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        facets.check_codes(codes)
        where = self._matching.matches(query, filters)
        if where is False or not codes:
            return {code: {} for code in codes}
        found = self._generation.ask([{"filter": where, "facets": list(codes), "limit": 0}])[0]["facetDistribution"]
        return {
            code: dict(sorted((self._unspell(code, value), int(n)) for value, n in found.get(code, {}).items() if n))
            for code in codes
        }

    def _unspell(self, facet: str, spelt: str) -> str:
        """The value of a facet; a long one is asked of an item that has it."""
        long: Sequence[str] = ()
        if is_long(spelt):
            query = {"filter": f'{facet} = "{spelt}"', "limit": 1, "attributesToRetrieve": ["long"]}
            long = [value for hit in self._generation.ask([query])[0]["hits"] for value in hit.get("long", ())]
        return unspell(spelt, long)
