"""Hide items that are marked internal from the public: in both indexes of a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.ports import Filters, FullTextIndex, ItemScore, Sort, TextPage, TextQuery, Vector, VectorHit, VectorIndex

_PUBLIC = Filters(public=True)


class PublicText:
    """A full-text index without internal items: every search, count and facet count has this restriction."""

    def __init__(self, index: FullTextIndex) -> None:
        self._index = index

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        return self._index.search(_restricted(query), filters, offset=offset, limit=limit, sort=sort)

    def count(self, query: TextQuery, filters: Filters) -> int:
        return self._index.count(_restricted(query), filters)

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        return self._index.count_facet(_restricted(query), filters, facet)


def _restricted(query: TextQuery) -> TextQuery:
    return replace(query, constraints=(*query.constraints, _PUBLIC))


class PublicVectors:
    """A vector index without the internal items, whose ids are `hidden`."""

    def __init__(self, index: VectorIndex, hidden: frozenset[str]) -> None:
        self._index = index
        self._hidden = hidden

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        asked = limit
        while True:
            found = self._index.search(vector, asked)
            shown = [hit for hit in found if hit.key.item_id not in self._hidden]
            if len(shown) >= limit or len(found) < asked:
                return shown[:limit]
            asked *= 2

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        return self._index.score_items(vector, [item_id for item_id in ids if item_id not in self._hidden])

    def item_vector(self, item_id: str) -> Vector | None:
        return None if item_id in self._hidden else self._index.item_vector(item_id)
