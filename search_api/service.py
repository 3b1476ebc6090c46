"""One search on one screen: interpret the query, plan what may match, cut by filters, rank, show."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from kb import cancellation
from kb.library.library import Library, View
from kb.originals import Originals
from kb.papers import vocabulary
from kb.ports import Filters, TextQuery
from search_api.display import cards
from search_api.display.citation import cite
from search_api.display.hits import show_cited, show_citing, show_hit, show_nesting
from search_api.display.item_text import hit_page, show_blocks, show_correction
from search_api.display.item_tokens import ItemTokens
from search_api.display.parts import count_syllables, in_parts, show_parts, tokenise_part, tokenise_telling
from search_api.query.request import SearchRequest
from search_api.retrieval.cache import GenerationCache
from search_api.retrieval.finder import Finder
from search_api.retrieval.likeness import find_repeated
from search_api.retrieval.planner import Plan
from search_api.retrieval.ranking import Match
from search_api.retrieval.result_set import ResultSet
from search_api.retrieval.zero_results import ways_out
from search_api.schema import (
    AnswerOnTop,
    ArrivalsAnswer,
    BatchAnswer,
    BatchRow,
    BriefTopic,
    Comparison,
    FacetsAnswer,
    FileCause,
    Health,
    Hit,
    ItemAnswer,
    NominationAnswer,
    Notice,
    Overview,
    Readiness,
    Record,
    SearchAnswer,
    SimilarAnswer,
    SuggestAnswer,
    Topic,
    WayOut,
)
from search_api.tasks.answer import answer_question
from search_api.tasks.autocomplete import MAX_QUERY_LENGTH, Names, collect_names, suggest
from search_api.tasks.batch import MAX_HITS, MAX_LINES, as_phrase
from search_api.tasks.compare import MAX_COMPARED, compare
from search_api.tasks.export import EXPORT_LIMIT, RecordReader, arrivals, known_ids, known_items, record
from search_api.tasks.health import check_health, check_readiness, list_not_read
from search_api.tasks.nomination import check_nomination
from search_api.tasks.overview import overview
from search_api.tasks.pages import OriginalPages
from search_api.tasks.similar import find_similar
from search_api.tasks.topics import brief, topic

#: Results on one page, at most.
MAX_PER_PAGE = 50
#: Similar items beside an item, at most.
MAX_SIMILAR = 5
#: Tokenised items that are kept, and their words together: a word takes about 250 bytes.
MAX_TEXTS, MAX_WORDS = 512, 400_000
#: Results among whose sentences the answer to a question is looked for.
MAX_ANSWERING = 5

Leg = Literal["hybrid", "lexical", "semantic"]
"""The whole ranking, or one leg of it alone: full text, meaning."""


class SearchService:
    """Answers every request from one `Library`; `pages` answers those about originals. Threads may share it."""

    def __init__(
        self, library: Library, today: Callable[[], dt.date] = dt.date.today, *, originals: Originals | None = None
    ) -> None:
        self._library = library
        self._finder = Finder()
        self._texts = GenerationCache[ItemTokens](MAX_TEXTS, lambda text: sum(map(len, text.blocks)), MAX_WORDS)
        self._names = GenerationCache[Names](1)
        self._today = today
        self.pages = OriginalPages(library, originals, self._tokens, self._finder.read)

    def search(self, request: SearchRequest) -> SearchAnswer:
        """One page of results with its facets. For a page beyond the last, the answer is the last page."""
        start = time.perf_counter()
        with self._library.view() as view:
            results = self._finder.results(view, request)
            meant = results.plan.interpretation
            per_page = min(max(1, request.per_page), MAX_PER_PAGE)
            by_words, by_meaning = results.count()
            total = by_words + by_meaning
            pages = max(1, math.ceil(total / per_page))
            page = min(max(1, request.page), pages)
            matches = results.page(request.sort, (page - 1) * per_page, per_page)
            return SearchAnswer(
                query=meant.query.text,
                total=total,
                total_text=by_words,
                total_semantic=by_meaning,
                page=page,
                pages=pages,
                per_page=per_page,
                sort=request.sort,
                hits=self._show(view, results, matches),
                facets=results.facets(),
                filters=results.active(),
                notices=[*results.plan.notices, *_say_semantic(results, by_meaning)],
                ways_out=[] if total else self._ways_out(view, request, results),
                jump=results.plan.jump,
                chips=list(meant.query.chips),
                offers=meant.offers,
                group=results.group(),
                answer=self._answer(view, results, matches) if page == 1 and request.sort == "relevance" else None,
                took_ms=round(1000 * (time.perf_counter() - start), 2),
            )

    def _answer(self, view: View, results: ResultSet, matches: Sequence[Match]) -> AnswerOnTop | None:
        """The sentence of one of the first results that answers the query, where that is a question."""
        tokens = [self._tokens(view, match.id) for match in matches[:MAX_ANSWERING]]
        return answer_question(view, results.plan.interpretation, tokens, self._finder.embed(view))

    def _show(self, view: View, results: ResultSet, matches: Sequence[Match]) -> list[Hit]:
        """The results of a page. A near-duplicate of an earlier result is marked as such."""
        tokens = [self._tokens(view, match.id) for match in matches]
        repeated = find_repeated(view, [own.item for own in tokens])
        hits = (self._show_one(view, results.plan, match, own) for match, own in zip(matches, tokens, strict=True))
        return [hit.model_copy(update={"repeats": repeated.get(hit.card.id, "")}) for hit in hits]

    def _show_one(self, view: View, plan: Plan, match: Match, tokens: ItemTokens) -> Hit:
        """One result. Of a very long item `tokens` are its first part; the query may stand in another."""
        if tokens.complete:
            return show_hit(plan.interpretation, match, tokens, dropped=bool(plan.opened))
        item = view.snapshot.item(match.id)
        telling = tokenise_telling(item, plan.interpretation)
        shown = show_hit(plan.interpretation, match, telling, dropped=bool(plan.opened))
        return shown.model_copy(update={"snippets": in_parts(item, shown.snippets)})

    def rank(self, request: SearchRequest, limit: int, leg: Leg = "hybrid") -> list[str]:
        """The ids of the first results and nothing else, for `benchmarks/retrieval.py`; of one leg of the ranking alone."""
        with self.results(request) as results:
            if leg == "lexical":
                return results.best_by_words(limit)
            if leg == "semantic":
                return results.best_by_meaning(limit)
            return [match.id for match in results.page(request.sort, 0, limit)]

    @contextmanager
    def results(self, request: SearchRequest) -> Iterator[ResultSet]:
        """The result set of a search, to be read within the block: for what explains, measures or trains the ranking."""
        with self._library.view() as view:
            yield self._finder.results(view, request)

    def facets(self, request: SearchRequest) -> FacetsAnswer:
        """The facets of a search without its results."""
        with self._library.view() as view:
            results = self._finder.results(view, request)
            query = results.plan.interpretation.query.text
            return FacetsAnswer(query=query, total=sum(results.count()), facets=results.facets())

    def item(self, item_id: str, query: str = "", part: int = 1) -> ItemAnswer:
        """One item in full, with the hits of `query` marked; of a very long one the given part, or the last one.

        Raises NotFoundError.
        """
        with self._library.view() as view:
            tokens = self._tokens(view, item_id)
            item = tokens.item if tokens.complete else view.snapshot.item(item_id)
            meant = self._finder.read(view, query)
            parts, searched = show_parts(item, meant)
            part = min(max(1, part), max(1, len(parts)))
            own = tokens if part == 1 else self._tokens(view, item_id, part)
            blocks, hits = show_blocks(meant, own, parts[part - 1].first_block if parts else 0)
            syllables = count_syllables(item) if parts else sum(map(len, own.blocks))
            return ItemAnswer(
                part=part,
                parts=parts,
                searched=searched,
                card=cards.card(item),
                title_original=item.title_original,
                summary=item.summary,
                attributes=cards.attributes(item),
                sections=cards.sections(item),
                blocks=blocks,
                hits=hits,
                cites=show_cited(view, item),
                cited_by=show_citing(view, item),
                similar=find_similar(view, tokens.item, MAX_SIMILAR),
                nesting=show_nesting(view, item),
                citations=cite(item, self._today(), hit_page(blocks)),
                quality_reason=cards.explain_quality(item, syllables),
                correction=show_correction(item, syllables),
                original=self.pages.offer(view, item),
                origin=item.source.origin,
                licence=item.source.licence,
                digest=item.source.digest,
                path=item.source.path if self._library.internal else "",
                read_at=view.snapshot.read_at(item_id),
                history=cards.history(view.snapshot.history(item_id)),
            )

    @contextmanager
    def records(self, ids: Sequence[str]) -> Iterator[RecordReader]:
        """The items of a dossier, at most `export.DOSSIER_LIMIT`, to be read within the block; unknown ids are left out."""
        with self._library.view() as view:
            today = self._today()

            def make(item_id: str, length: int) -> Record:
                return record(view.snapshot.item(item_id), today, length=length)

            yield RecordReader(known_ids(view, ids), len(set(ids)), make)

    @contextmanager
    def found_records(
        self, request: SearchRequest, most: int = EXPORT_LIMIT, *, explained: bool = True
    ) -> Iterator[RecordReader]:
        """The first `most` results of a search in their order, to be read within the block: the same set that its pages
        show. `explained` adds why and where each one matched, which costs more than all the rest."""
        with self._library.view() as view:
            results = self._finder.results(view, request)
            matches = {match.id: match for match in results.page(request.sort, 0, most)}
            meant, opened = results.plan.interpretation, bool(results.plan.opened)
            today = self._today()

            def make(item_id: str, length: int) -> Record:
                item = view.snapshot.item(item_id)
                # Without a query there is no match to explain.
                explain = explained and bool(request.query)
                # The words of so many items are not kept: they would push out those that visitors look at.
                hit = None
                if explain:
                    hit = show_hit(meant, matches[item_id], tokenise_telling(item, meant), dropped=opened)
                return record(item, today, hit, length)

            yield RecordReader(list(matches), sum(results.count()), make, results.group())

    def compare(self, ids: Sequence[str]) -> Comparison:
        """Records side by side, at most `compare.MAX_COMPARED`; unknown ids are left out."""
        with self._library.view() as view:
            return compare(known_items(view, ids, MAX_COMPARED))

    def batch(self, names: Sequence[str]) -> BatchAnswer:
        """A search for every name of a list, at most `batch.MAX_LINES`: as a phrase, or where no item holds it, by its
        words."""
        with self._library.view() as view:
            rows = [self._batch_row(view, at, name) for at, name in enumerate(names[:MAX_LINES], 1)]
        return BatchAnswer(rows=rows, left_out=max(0, len(names) - MAX_LINES))

    def _batch_row(self, view: View, line: int, name: str) -> BatchRow:
        cancellation.check()
        query = as_phrase(name)
        results = self._finder.results(view, SearchRequest(query, typed=True))
        total, _ = results.count()
        near = 0
        if not total:
            query = name
            results = self._finder.results(view, SearchRequest(query, typed=True))
            near, _ = results.count()
        best = results.page("relevance", 0, MAX_HITS) if total or near else []
        hits = self._show(view, results, best)
        return BatchRow(line=line, name=name, query=query, total=total, near=near, hits=hits)

    def suggest(self, typed: str) -> SuggestAnswer:
        """Suggestions for the text in the search box."""
        with self._library.view() as view:
            names = self._names.get(view.generation, "", lambda: collect_names(view))
            return SuggestAnswer(query=typed[:MAX_QUERY_LENGTH], suggestions=suggest(view, names, typed))

    def check_nomination(self, text: str) -> NominationAnswer:
        """A pasted nomination compared with the collection: similar items, and items that may be the same achievement."""
        with self._library.view() as view:
            return check_nomination(view, text)

    def topic(self, facet: Literal["field", "place"], value: str) -> Topic:
        """The items of a field or a place, counted and grouped."""
        with self._library.view() as view:
            return topic(view, facet, value)

    def fields(self) -> dict[str, BriefTopic]:
        """The counts of each of the 14 fields, by the code of the field."""
        with self._library.view() as view:
            return {field.code: brief(view, field.code) for field in vocabulary.fields()}

    def count_values(self, facet: str) -> dict[str, int]:
        """How many items have each value of a facet."""
        with self._library.view() as view:
            return view.text.count_facets(TextQuery(), Filters(), (facet,))[facet]

    def arrivals(self, request: SearchRequest, limit: int) -> ArrivalsAnswer:
        """The newest arrivals among the results of a search."""
        with self._library.view() as view:
            results = self._finder.results(view, request)
            return ArrivalsAnswer(
                query=results.plan.interpretation.query.text,
                total=sum(results.count()),
                filters=results.active(),
                group=results.group(),
                arrivals=arrivals(view, results, limit),
                indexed_at=view.snapshot.meta.get("indexed_at", ""),
            )

    def similar(self, item_id: str, limit: int = MAX_SIMILAR) -> SimilarAnswer:
        """The items similar to one item. Raises NotFoundError."""
        with self._library.view() as view:
            return SimilarAnswer(id=item_id, items=find_similar(view, self._tokens(view, item_id).item, limit))

    def item_ids(self) -> list[str]:
        """The ids of all items that visitors can find."""
        with self._library.view() as view:
            return view.snapshot.ids()

    def overview(self) -> Overview:
        """Counts by kind and field, and the newest items."""
        with self._library.view() as view:
            return overview(view)

    def health(self) -> Health:
        """Whether searching works now. No state of the store or the indexes raises an error."""
        return check_health(self._library)

    def readiness(self) -> Readiness:
        """Which index answers now, and the state of the search server. No such state raises an error."""
        return check_readiness(self._library)

    def not_read(self) -> list[FileCause]:
        """The files that are not in the collection, by reason. It names files: for operators only."""
        return list_not_read(self._library)

    def _tokens(self, view: View, item_id: str, part: int = 1) -> ItemTokens:
        """The words of an item, or of one part of a very long one; tokenised once a generation. Raises NotFoundError."""
        return self._texts.get(view.generation, (item_id, part), lambda: tokenise_part(view.snapshot.item(item_id), part))

    def _ways_out(self, view: View, request: SearchRequest, results: ResultSet) -> list[WayOut]:
        query = results.plan.interpretation.query
        return ways_out(request, query, results.active(), lambda other: sum(self._finder.results(view, other).count()))


def _say_semantic(results: ResultSet, by_meaning: int) -> list[Notice]:
    """A notice about the semantic-only hits, where there are any. Those of a number lookup need none."""
    if not by_meaning or results.plan.interpretation.kind == "number":
        return []
    return [Notice(code="semantic", text=f"{by_meaning} kết quả tìm theo nghĩa, không trùng đủ từ.")]
