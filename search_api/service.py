"""One search on one screen: read the query, plan what may match, cut by filters, rank, show."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from kb.errors import CachHayError, IndexMissingError, StoreError
from kb.library.library import Library, View
from kb.papers import vocabulary
from kb.ports import Filters, TextQuery
from search_api.display import cards
from search_api.display.citation import cite
from search_api.display.hits import show_cited, show_citing, show_hit
from search_api.display.item_text import hit_page, show_blocks, show_reading
from search_api.query.request import SearchRequest
from search_api.retrieval.cache import GenerationCache
from search_api.retrieval.planner import Plan, Planner
from search_api.retrieval.result_set import Results, Row
from search_api.retrieval.zero_results import ways_out
from search_api.schema import (
    ArrivalsAnswer,
    BatchAnswer,
    BatchRow,
    BriefTopic,
    Comparison,
    FacetsAnswer,
    FacetValue,
    FieldCount,
    Health,
    Hit,
    ItemAnswer,
    NominationAnswer,
    Notice,
    Overview,
    Readiness,
    Record,
    SearchAnswer,
    SearchServer,
    SimilarAnswer,
    SuggestAnswer,
    Topic,
    WayOut,
)
from search_api.tasks.autocomplete import LONGEST, Names, read_names, suggest
from search_api.tasks.batch import HITS, MOST_LINES, as_phrase
from search_api.tasks.compare import MOST, compare
from search_api.tasks.export import EXPORT_LIMIT, arrivals, known_items, record
from search_api.tasks.nomination import check_nomination
from search_api.tasks.similar import find_repeated, find_similar
from search_api.tasks.topics import brief, topic

#: Most results on one page.
MAX_PER_PAGE = 50
#: Similar items beside an item; newest items on the home page.
SIMILAR = 5
NEWEST = 6

Leg = Literal["hybrid", "lexical", "semantic"]


class SearchService:
    """Answers every question of the API and of the pages from one `Library`. Safe to share between threads."""

    def __init__(self, library: Library, today: Callable[[], dt.date] = dt.date.today) -> None:
        self._library = library
        self._planner = Planner()
        self._names = GenerationCache[Names](1)
        self._today = today

    def search(self, request: SearchRequest) -> SearchAnswer:
        """One page of results with its facets. A page beyond the last shows the last."""
        start = time.perf_counter()
        with self._library.view() as view:
            results = self._results(view, request)
            plan = results.plan
            per_page = min(max(1, request.per_page), MAX_PER_PAGE)
            by_words, by_meaning = results.count()
            pages = max(1, math.ceil((by_words + by_meaning) / per_page))
            page = min(max(1, request.page), pages)
            rows = results.rows(request.sort, (page - 1) * per_page, per_page)
            notices = list(plan.notices)
            if by_meaning and not plan.query.number:
                where = "gần nghĩa với cả câu" if plan.bounded else "không trùng từ, xếp ở cuối"
                words = f"{by_meaning} kết quả tìm theo nghĩa, {where}."
                notices.append(Notice(code="semantic", text=words))
            return SearchAnswer(
                query=plan.query.text,
                total=by_words + by_meaning,
                total_text=by_words,
                total_semantic=by_meaning,
                page=page,
                pages=pages,
                per_page=per_page,
                sort=request.sort,
                hits=self._show(view, plan, rows),
                facets=results.facets(),
                filters=results.active(),
                notices=notices,
                ways_out=[] if by_words + by_meaning else self._ways_out(view, request, results),
                jump=plan.jump,
                took_ms=round(1000 * (time.perf_counter() - start), 2),
            )

    def _show(self, view: View, plan: Plan, rows: Sequence[Row]) -> list[Hit]:
        """The results of a page, near-duplicates of an earlier one marked as such."""
        texts = [self._planner.text(view, row.id) for row in rows]
        repeated = find_repeated(view, [text.item for text in texts])
        hits = (show_hit(view, plan, row, text) for row, text in zip(rows, texts, strict=True))
        return [hit.model_copy(update={"repeats": repeated.get(hit.card.id, "")}) for hit in hits]

    def rank(self, request: SearchRequest, limit: int, leg: Leg = "hybrid") -> list[str]:
        """The ids of the first results and nothing else: what `benchmarks/retrieval.py` measures. `lexical` and `semantic`
        are the two legs of the ranking by themselves."""
        with self._library.view() as view:
            results = self._results(view, request)
            if leg == "lexical":
                return results.by_words(limit)
            if leg == "semantic":
                return results.by_meaning(limit)
            return [row.id for row in results.rows(request.sort, 0, limit)]

    def notices(self, request: SearchRequest) -> list[str]:
        """The codes of what is said of how the query was read (see `Notice`)."""
        with self._library.view() as view:
            return [notice.code for notice in self._results(view, request).plan.notices]

    def facets(self, request: SearchRequest) -> FacetsAnswer:
        """The facets of a search without its results."""
        with self._library.view() as view:
            results = self._results(view, request)
            return FacetsAnswer(query=results.plan.query.text, total=sum(results.count()), facets=results.facets())

    def item(self, item_id: str, query: str = "") -> ItemAnswer:
        """One item in full, hits of `query` marked. Raises NotFoundError."""
        with self._library.view() as view:
            text = self._planner.text(view, item_id)
            item = text.item
            blocks, hits = show_blocks(self._planner.plan(view, query) if query.strip() else None, text)
            return ItemAnswer(
                card=cards.card(item),
                title_original=item.title_original,
                summary=item.summary,
                attributes=cards.attributes(item),
                sections=cards.sections(item),
                blocks=blocks,
                hits=hits,
                cites=show_cited(view, item),
                cited_by=show_citing(view, item),
                similar=find_similar(view, item, SIMILAR),
                citations=cite(item, self._today(), hit_page(blocks)),
                quality_reason=cards.explain_quality(item, sum(map(len, text.blocks))),
                reading=show_reading(text),
                origin=item.source.origin,
                licence=item.source.licence,
                digest=item.source.digest,
                path=item.source.path,
                read_at=view.snapshot.read_at(item_id),
                history=cards.history(view.snapshot.history(item_id)),
            )

    def records(self, ids: Sequence[str]) -> list[Record]:
        """The items of a dossier, at most `export.DOSSIER_LIMIT`; unknown ids are left out."""
        with self._library.view() as view:
            return [record(item, self._today()) for item in known_items(view, ids)]

    def found_records(self, request: SearchRequest) -> list[Record]:
        """All results of a search in their order, at most `export.EXPORT_LIMIT`: the very set that its pages show."""
        with self._library.view() as view:
            results = self._results(view, request)
            rows = results.rows(request.sort, 0, EXPORT_LIMIT)
            if not request.query:  # nothing to say of why they are here
                return [record(view.snapshot.item(row.id), self._today()) for row in rows]
            texts = (self._planner.text(view, row.id) for row in rows)
            hits = ((text.item, show_hit(view, results.plan, row, text)) for row, text in zip(rows, texts, strict=True))
            return [record(item, self._today(), hit) for item, hit in hits]

    def compare(self, ids: Sequence[str]) -> Comparison:
        """Records side by side, at most `compare.MOST`; unknown ids are left out."""
        with self._library.view() as view:
            return compare(known_items(view, ids, MOST))

    def batch(self, names: Sequence[str]) -> BatchAnswer:
        """A search for every name of a list, at most `batch.MOST_LINES`: as a phrase, else by its words."""
        with self._library.view() as view:
            rows = [self._batch_row(view, at, name) for at, name in enumerate(names[:MOST_LINES], 1)]
        return BatchAnswer(rows=rows, left_out=max(0, len(names) - MOST_LINES))

    def _batch_row(self, view: View, line: int, name: str) -> BatchRow:
        query = as_phrase(name)
        results = self._results(view, SearchRequest(query, typed=True))
        total, _ = results.count()
        near = 0
        if not total:
            query = name
            results = self._results(view, SearchRequest(query, typed=True))
            near, _ = results.count()
        rows = results.rows("relevance", 0, HITS) if total or near else []
        return BatchRow(line=line, name=name, query=query, total=total, near=near, hits=self._show(view, results.plan, rows))

    def suggest(self, typed: str) -> SuggestAnswer:
        """What may be meant by what stands in the search box."""
        with self._library.view() as view:
            names = self._names.get(view.generation, "", lambda: read_names(view))
            return SuggestAnswer(query=typed[:LONGEST], suggestions=suggest(view, names, typed))

    def check_nomination(self, text: str) -> NominationAnswer:
        """A pasted nomination against everything held: what is like it, what may be the same achievement."""
        with self._library.view() as view:
            return check_nomination(view, text)

    def topic(self, facet: Literal["field", "place"], value: str) -> Topic:
        """What lies in a field or a place."""
        with self._library.view() as view:
            return topic(view, facet, value)

    def fields(self) -> dict[str, BriefTopic]:
        """The numbers of each of the 14 fields, by its code."""
        with self._library.view() as view:
            return {field.code: brief(view, field.code) for field in vocabulary.fields()}

    def count_values(self, facet: str) -> dict[str, int]:
        """How many items have each value of a facet."""
        with self._library.view() as view:
            return view.text.count_facet(TextQuery(), Filters(), facet)

    def arrivals(self, request: SearchRequest, limit: int) -> ArrivalsAnswer:
        """What arrived last of a search."""
        with self._library.view() as view:
            results = self._results(view, request)
            return ArrivalsAnswer(
                query=results.plan.query.text,
                total=sum(results.count()),
                filters=results.active(),
                arrivals=arrivals(view, results, limit),
                indexed_at=view.snapshot.meta.get("indexed_at", ""),
            )

    def similar(self, item_id: str, limit: int = SIMILAR) -> SimilarAnswer:
        """Items like one. Raises NotFoundError."""
        with self._library.view() as view:
            return SimilarAnswer(id=item_id, items=find_similar(view, self._planner.text(view, item_id).item, limit))

    def overview(self) -> Overview:
        """Counts by kind and field, and what is newest."""
        with self._library.view() as view:
            by_kind = view.text.count_facet(TextQuery(), Filters(), "kind")
            by_field = view.text.count_facet(TextQuery(), Filters(), "field")
            return Overview(
                total=view.snapshot.count(),
                kinds=[
                    FacetValue(code=code, label=vocabulary.label("kind", code), count=by_kind.get(code, 0))
                    for code in vocabulary.codes("kind")
                ],
                fields=[
                    FieldCount(number=f.number, code=f.code, label=f.name, count=by_field.get(f.code, 0))
                    for f in vocabulary.fields()
                ],
                newest=[cards.card(item) for item in view.snapshot.newest(NEWEST)],
                indexed_at=view.snapshot.meta.get("indexed_at", ""),
            )

    def health(self) -> Health:
        """Whether searching works now; never raises for a state of ours."""
        model = self._library.embedder.name
        try:
            with self._library.view() as view:
                items = view.snapshot.count()
                return Health(status="ok" if items else "empty", items=items, generation=view.generation, model=model)
        except IndexMissingError as error:
            return Health(status="outdated", items=0, generation="", model=model, detail=str(error))
        except CachHayError as error:
            return Health(status="error", items=0, generation="", model=model, detail=str(error))

    def readiness(self) -> Readiness:
        """What answers now, and how the search server stands; never raises for a state of ours."""
        health = self.health()
        server, indexed_at = None, ""
        with suppress(StoreError), self._library.store.snapshot() as snapshot:
            indexed_at = snapshot.meta.get("indexed_at", "")
            if self._library.mirror:
                state = self._library.mirror.state(snapshot)
                server = SearchServer(code=state.code, queued=state.queued, detail=state.detail)
        ready = health.status in ("ok", "empty")
        by_server = ready and server is not None and server.code == "in_step"
        return Readiness(
            ready=ready,
            text="server" if by_server else "embedded" if ready else "none",
            items=health.items,
            generation=health.generation,
            indexed_at=indexed_at,
            detail=health.detail,
            server=server,
        )

    def _results(self, view: View, request: SearchRequest) -> Results:
        plan = self._planner.plan(view, request.query, typed=request.typed, accents=request.accents)
        return Results(view, plan, request.chosen())

    def _ways_out(self, view: View, request: SearchRequest, results: Results) -> list[WayOut]:
        words = self._planner.plain_words(view, request.query)
        return ways_out(request, results.active(), words, lambda other: sum(self._results(view, other).count()))
