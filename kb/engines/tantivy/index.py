"""Read a published index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from pathlib import Path

from tantivy import DocAddress, Occur, Order, Query, Searcher

from kb import facets
from kb.engines.tantivy.builder import read_contents
from kb.engines.tantivy.layout import open_index
from kb.engines.tantivy.queries import BAND, matching_query, one_of, pairs_of_phrase, scored_query
from kb.errors import EngineError, IndexMissingError
from kb.ports import Filters, Sort, TextHit, TextPage, TextQuery, Tier


def open_text(folder: Path) -> TantivyIndex:
    """Open a published index for reading. Raises IndexMissingError, EngineError."""
    if not (folder / "meta.json").is_file():
        raise IndexMissingError(f"Thiếu chỉ mục toàn văn {folder}. Hãy chạy `cachhay index --rebuild`.")
    searcher = open_index(folder).searcher()
    try:
        ids = [segment.ids for segment in read_contents(folder)]
    except (ValueError, OSError) as error:
        raise EngineError(f"Không đọc được danh sách đoạn của chỉ mục toàn văn {folder}: {error}") from error
    if len(ids) != searcher.num_segments or any(
        searcher.doc(DocAddress(at, 0))["id"] != [own[0]] for at, own in enumerate(ids)
    ):
        raise EngineError(f"Chỉ mục toàn văn {folder} không khớp danh sách đoạn của nó.")
    return TantivyIndex(searcher, ids)


class TantivyIndex:
    """One published state, open for reading."""

    def __init__(self, searcher: Searcher, ids: Sequence[Sequence[str]]) -> None:
        """`ids` are those of the documents of each segment: to read one from the disk costs as much as to find its item."""
        self._searcher = searcher
        self._ids = ids

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        if not query.scored and query.tiered and not self._may_match(query):
            return TextPage((), 0)
        full = scored_query(query, filters)
        if not query.tiered:
            best = self._searcher.search(full, limit=max(1, offset + limit), count=False).hits[offset:]
            untiered = tuple(TextHit(self._id(address), Tier.PARTIAL, float(score)) for score, address in best)
            return TextPage(untiered, offset + len(untiered))
        if sort == "newest":
            total = self.count(query, filters)
            return TextPage(self._newest(full, offset, limit) if offset < total and limit > 0 else (), total)
        found = self._searcher.search(full, limit=max(1, limit), offset=offset, count=True)
        hits = found.hits if limit > 0 else []
        return TextPage(tuple(_hit(self._id(a), float(score)) for score, a in hits), int(found.count or 0))  # type: ignore[attr-defined]

    def _may_match(self, query: TextQuery) -> bool:
        """False where it is cheap to see that no item matches."""
        pairs = pairs_of_phrase(query)
        return pairs is None or bool(self._searcher.search(pairs, limit=1, count=False).hits)

    def _newest(self, full: Query, offset: int, limit: int) -> tuple[TextHit, ...]:
        dated = self._searcher.search(
            full, limit=limit, offset=offset, count=False, order_by_field="sort_date", order=Order.Desc
        ).hits
        ids = [self._id(address) for _, address in dated]
        scored = Query.boolean_query([(Occur.Must, full), (Occur.Must, one_of("id", ids))])
        tiers = {self._id(a): float(score) for score, a in self._searcher.search(scored, limit=len(ids)).hits}
        # The clause of the ids adds a constant of less than a band.
        return tuple(_hit(item_id, tiers[item_id]) for item_id in ids)

    def count(self, query: TextQuery, filters: Filters) -> int:
        full = matching_query(query, filters)
        return int(self._searcher.search(full, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        facets.check_codes(codes)
        size = max(1, self._searcher.num_docs)
        request = {code: {"terms": {"field": code, "size": size, "segment_size": size}} for code in codes}
        answer = self._searcher.aggregate(matching_query(query, filters), request) if request else {}
        return {
            code: {
                bucket["key"]: int(bucket["doc_count"]) for bucket in sorted(answer[code]["buckets"], key=itemgetter("key"))
            }
            for code in codes
        }

    def _id(self, address: DocAddress) -> str:
        return self._ids[address.segment_ord][address.doc]


def _hit(item_id: str, score: float) -> TextHit:
    band = max(int(Tier.PARTIAL), min(int(Tier.EXACT), int(score // BAND)))
    return TextHit(item_id, Tier(band), max(0.0, score - band * BAND))
