"""Hide internal items from the public where the vectors of all items lie in one place (`EngineSet.shared_vectors`).

Nothing else filters them out: the public has indexes of its own, in which there are no internal items, so that these change
no frequency, no order and no score of what the public sees. A search server is opened for the public (`FullTextServer.open`)
and restricts every question itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.ports import ItemScore, Vector, VectorHit, VectorIndex


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
