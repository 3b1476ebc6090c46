"""The statistics of the collection that BM25 needs (`kb.engines.scoring.Statistics`), asked of the server once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb.engines.meili.expressions import equals
from kb.engines.meili.generation import Generation
from kb.engines.meili.layout import IS_ITEM, LENGTHS

#: Frequencies asked for in one request.
FREQUENCIES_PER_REQUEST = 200
#: Frequencies that are kept in memory.
MAX_KEPT_FREQUENCIES = 200_000


class CollectionStatistics:
    """Numbers of one generation. They never change, so they are kept."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._totals: dict[str, float] = {}
        self._frequencies: dict[tuple[str, str], int] = {}

    @property
    def documents(self) -> int:
        return int(self._read_totals()["documents"])

    def average(self, field: str) -> float:
        totals = self._read_totals()
        return totals[LENGTHS[field]] / max(1.0, totals["documents"])

    def frequency(self, field: str, key: str) -> int:
        return self.frequencies([(field, key)])[0]

    def frequencies(self, wanted: Sequence[tuple[str, str]]) -> list[int]:
        """The frequency of each (field, key), with few requests for many of them."""
        known = self._frequencies
        missing = [pair for pair in dict.fromkeys(wanted) if pair not in known]
        for at in range(0, len(missing), FREQUENCIES_PER_REQUEST):
            some = missing[at : at + FREQUENCIES_PER_REQUEST]
            counts = self._generation.count([equals(name, key) for name, key in some])
            if len(known) + len(some) > MAX_KEPT_FREQUENCIES:
                known.clear()
            known.update(zip(some, counts, strict=True))
        missing = [pair for pair in wanted if pair not in known]  # another thread may have cleared them
        return [known[pair] for pair in wanted] if not missing else self.frequencies(wanted)

    def _read_totals(self) -> Mapping[str, float]:
        """The number of items, and the number of keys in each text: the sum over the facet of its lengths."""
        if not self._totals:
            names = sorted(set(LENGTHS.values()))
            found = self._generation.ask([{"filter": IS_ITEM, "facets": names, "limit": 0}])[0]
            sums = {
                name: sum(float(length) * count for length, count in found["facetDistribution"].get(name, {}).items())
                for name in names
            }
            self._totals = {"documents": float(found["estimatedTotalHits"]), **sums}
        return self._totals
