"""The full-text index on tantivy; the only module that knows it.

Texts are stored as the keys of our own analyser, joined by spaces, so that tantivy only splits at spaces. Each text has the
fields `f` (folded keys), `r` (accented keys) and `b` (bigrams). One query gives the whole order: a score is the band of the
tier plus BM25. An item with machine corrections has all its texts a second time without them (`printed`), for the tier
only; word frequencies, and so the scores, are those of the whole texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tantivy import (
    Document,
    Index,
    Occur,
    Order,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzerBuilder,
    Tokenizer,
)

from kb import facets
from kb.engines.releases import installed_release
from kb.engines.scoring import Part, parts_of, phrase_keys
from kb.errors import EngineError, IndexMissingError
from kb.ports import Clause, Filters, IndexDocument, Sort, TextHit, TextPage, TextQuery, Tier, Variant
from vitext import analyse

#: Raised whenever the fields below change, or what is written into them.
LAYOUT = 7
#: The fields of title, body and attributes together: tantivy intersects one field many times faster than a union of three.
_ALL = "all"
#: The same fields without a machine's corrections.
_PRINTED = "printed"
#: What one tier adds to the score. The BM25 of the longest query stays far below it, and float32 still distinguishes 1/1,000
#: at 12,288.
BAND = 2048.0
#: Values of the field `corrected`, for an item whose text no machine corrected, and of the field `access`.
_NOT_CORRECTED = "no"
_INTERNAL = "internal"
#: Bytes that the writer may use before it flushes a segment.
_HEAP = 64_000_000
#: Characters that are left out of keys: NUL, and surrogates, which are not UTF-8.
_BAD = re.compile("[\x00\ud800-\udfff]")


def version() -> str:
    """What an index on the disk depends on: the installed release of tantivy, whose format may change, and our layout."""
    return f"tantivy{installed_release('tantivy')}-{LAYOUT}"


def _schema() -> Schema:
    return _schema_with(facets.codes())


@lru_cache(maxsize=2)
def _schema_with(codes: tuple[str, ...]) -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", fast=True, index_option="basic")
    for text in ("title", "attributes"):
        builder.add_text_field(f"{text}_f", tokenizer_name="keys", index_option="freq")
    for text in (_ALL, _PRINTED):
        for kind in ("f", "r"):
            builder.add_text_field(f"{text}_{kind}", tokenizer_name="keys", index_option="position")
        builder.add_text_field(f"{text}_b", tokenizer_name="keys", index_option="freq")
    for facet in codes:
        builder.add_text_field(facet, tokenizer_name="raw", fast=True, index_option="basic")
    builder.add_text_field("number", tokenizer_name="raw", fast=True, index_option="basic")
    builder.add_text_field("access", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("corrected", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("sort_date", fast=True, indexed=True)
    return builder.build()


def _open(folder: Path) -> Index:
    try:
        index = Index(_schema(), path=str(folder))
    except (ValueError, OSError) as error:
        raise EngineError(f"Không mở được chỉ mục toàn văn {folder}: {error}") from error
    index.register_tokenizer("keys", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index


def open_text(folder: Path) -> TantivyIndex:
    """Open a published index for reading. Raises IndexMissingError, EngineError."""
    if not (folder / "meta.json").is_file():
        raise IndexMissingError(f"Thiếu chỉ mục toàn văn {folder}. Hãy chạy `cachhay index --rebuild`.")
    return TantivyIndex(_open(folder).searcher())


class TantivyBuilder:
    """Writes one index; the folder is empty or a private clone."""

    def __init__(self, folder: Path) -> None:
        self._index = _open(folder)

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        try:
            writer = self._index.writer(_HEAP, 1)
            for item_id in removed:
                writer.delete_documents_by_term("id", item_id)
            for document in added:
                writer.add_document(_document(document))
            writer.commit()
            writer.wait_merging_threads()
        except (ValueError, OSError) as error:
            raise EngineError(f"Không ghi được chỉ mục toàn văn: {error}") from error


def _document(source: IndexDocument) -> Document:
    document = Document(id=source.id, number=source.number)
    document.add_unsigned("sort_date", source.sort_date)
    texts = [(_ALL, content) for content in (source.title, source.body, source.attributes)]
    document.add_text("title_f", _joined(analyse(source.title).folded))
    document.add_text("attributes_f", _joined(analyse(source.attributes).folded))
    if source.internal:
        document.add_text("access", _INTERNAL)
    if not source.printed:
        document.add_text("corrected", _NOT_CORRECTED)
    # Several values of one field: tantivy keeps a gap between them, so that no phrase runs from one into the next.
    for text, content in (*texts, *((_PRINTED, content) for content in source.printed)):
        keys = analyse(content)
        document.add_text(f"{text}_f", _joined(keys.folded))
        document.add_text(f"{text}_r", _joined(keys.accented))
        document.add_text(f"{text}_b", _joined(keys.bigrams))
    for facet in facets.codes():
        for value in source.facets.get(facet, ()):
            document.add_text(facet, value)
    return document


def _joined(keys: Sequence[str]) -> str:
    return _BAD.sub("", " ".join(keys))


class TantivyIndex:
    """One published state, open for reading."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        full = _with_filters(_tiered(query), query, filters)
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

    def _newest(self, full: Query, offset: int, limit: int) -> tuple[TextHit, ...]:
        dated = self._searcher.search(
            full, limit=limit, offset=offset, count=False, order_by_field="sort_date", order=Order.Desc
        ).hits
        ids = [self._id(address) for _, address in dated]
        scored = Query.boolean_query([(Occur.Must, full), (Occur.Must, _one_of("id", ids))])
        tiers = {self._id(a): float(score) for score, a in self._searcher.search(scored, limit=len(ids)).hits}
        # The clause of the ids adds a constant of less than a band.
        return tuple(_hit(item_id, tiers[item_id]) for item_id in ids)

    def count(self, query: TextQuery, filters: Filters) -> int:
        full = _with_filters(_matching(query), query, filters)
        return int(self._searcher.search(full, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        facets.by_code(facet)
        full = _with_filters(_matching(query), query, filters)
        size = max(1, self._searcher.num_docs)
        request = {"values": {"terms": {"field": facet, "size": size, "segment_size": size}}}
        answer = self._searcher.aggregate(full, request)["values"]
        return {bucket["key"]: int(bucket["doc_count"]) for bucket in answer["buckets"]}

    def _id(self, address: object) -> str:
        return str(self._searcher.doc(address)["id"][0])  # type: ignore[arg-type]


def _hit(item_id: str, score: float) -> TextHit:
    band = max(int(Tier.PARTIAL), min(int(Tier.EXACT), int(score // BAND)))
    return TextHit(item_id, Tier(band), max(0.0, score - band * BAND))


def _term(field: str, key: str) -> Query:
    return Query.term_query(_schema(), field, _BAD.sub("", key))


def _any(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.all_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def _one_of(field: str, values: Collection[str]) -> Query:
    clean = [value for value in values if not _BAD.search(value)]
    return Query.const_score_query(Query.term_set_query(_schema(), field, clean), 0.0) if clean else Query.empty_query()


def _clause(clause: Clause, *, accented: bool, text: str = _ALL) -> Query:
    """A clause on the folded keys, or with `accented` on the accented keys of the terms typed with accents."""
    if len(clause.terms) == 1:
        term = clause.terms[0]
        kind, key = ("r", term.accented) if accented and term.has_accents else ("f", term.folded)
        return _term(f"{text}_{kind}", key)
    on_accented, keys = phrase_keys(clause)
    return Query.phrase_query(_schema(), f"{text}_{'r' if on_accented else 'f'}", [_BAD.sub("", key) for key in keys])


def _literal(clause: Clause) -> Query:
    """A clause, on its accented keys when it is quoted: quotation marks ask for the accents as typed."""
    return _clause(clause, accented=clause.literal)


def _variant(variant: Variant, *, accented: bool, text: str = _ALL) -> Query:
    return _all([_clause(c, accented=accented or c.literal, text=text) for c in variant.clauses])


def _as_printed(variant: Variant, *, accented: bool) -> Query:
    """The item as printed holds the variant, its words near each other. This is asked beside the same question about the
    whole text, so that a text without corrections needs no second look."""
    printed = _all([_variant(variant, accented=accented, text=_PRINTED), _proximity(variant, text=_PRINTED)])
    return _any([_term("corrected", _NOT_CORRECTED), printed])


def _proximity(variant: Variant, needed: int | None = None, text: str = _ALL) -> Query:
    """At least `needed` of the variant's bigrams (`Variant.proximity` when not given), if it has any."""
    should = [(Occur.Should, _term(f"{text}_b", bigram)) for bigram in variant.bigrams]
    if not should:
        return Query.all_query()
    return Query.boolean_query(should, minimum_number_should_match=needed or variant.proximity)


def _minimum_should_match(query: TextQuery) -> Query | None:
    """At least `minimum_should_match` clauses of the first variant, its literal ones always."""
    if query.minimum_should_match is None or not query.variants:
        return None
    clauses = query.variants[0].clauses
    literal = [_literal(c) for c in clauses if c.literal]
    free = [_clause(c, accented=False) for c in clauses if not c.literal]
    needed = min(len(free), max(0, query.minimum_should_match - len(literal)))
    if not free or needed <= 0:
        return _all(literal) if literal else (_any(free) if free else None)
    some = Query.boolean_query([(Occur.Should, q) for q in free], minimum_number_should_match=needed)
    return _all([*literal, some, _proximity(query.variants[0], 1)])


def _untiered(query: TextQuery) -> Query:
    """Any word of the first variant, scored by all of them and by their bigrams. It is one flat union, of which tantivy can
    find the best hits without visiting all."""
    return _sum(parts_of(replace(query, scored=True))[0])


def _matching(query: TextQuery) -> Query:
    if not query.variants:
        return Query.all_query()
    if not query.tiered:
        return _untiered(query)
    ways = [_all([_variant(variant, accented=False), _proximity(variant)]) for variant in query.variants]
    ways += [_variant(variant, accented=True) for variant in query.variants if not variant.repaired]
    loose = _minimum_should_match(query)
    return _any([*ways, loose] if loose is not None else ways)


def _tiered(query: TextQuery) -> Query:
    """The matches: each scores the band of its best tier, and its BM25 is added."""
    if not query.variants:
        return Query.const_score_query(Query.all_query(), float(Tier.FOLDED) * BAND)
    if not query.tiered:
        return _untiered(query)
    bands: list[Query] = []
    for variant in query.variants:
        near = _proximity(variant)
        folded = _all([_variant(variant, accented=False), near])
        bands.append(_banded(folded, Tier.REPAIRED))
        if variant.repaired:
            continue
        accented = _variant(variant, accented=True)
        bands += [
            _banded(accented, Tier.SCATTERED),
            _banded(_all([folded, _as_printed(variant, accented=False)]), Tier.FOLDED),
        ]
        if any(term.has_accents for clause in variant.clauses for term in clause.terms):
            exact = _all([accented, near])
            bands += [
                _banded(exact, Tier.CORRECTED),
                _banded(_all([exact, _as_printed(variant, accented=True)]), Tier.EXACT),
            ]
    loose = _minimum_should_match(query)
    if loose is not None:
        bands.append(_banded(loose, Tier.PARTIAL))
    best = Query.disjunction_max_query(bands)
    if not query.scored:
        return best
    relevance = Query.disjunction_max_query([_sum(parts) for parts in parts_of(query)])
    return Query.boolean_query([(Occur.Must, best), (Occur.Should, relevance)])


def _sum(parts: Sequence[Part]) -> Query:
    """The BM25 of all parts, added up."""
    return _any([Query.boost_query(_term(part.field, part.key), part.boost) for part in parts])


def _banded(query: Query, tier: Tier) -> Query:
    return Query.const_score_query(query, float(tier) * BAND)


def _with_filters(base: Query, query: TextQuery, filters: Filters) -> Query:
    must: list[tuple[Occur, Query]] = [(Occur.Must, base)]
    for restriction in (filters, *query.constraints):
        facets.check_codes((*restriction.facets, *restriction.excluded))
        for facet, values in restriction.facets.items():
            if values:
                must.append((Occur.Must, _one_of(facet, values)))
        for facet, values in restriction.excluded.items():
            must.append((Occur.MustNot, _one_of(facet, values)))
        if restriction.ids is not None:
            must.append((Occur.Must, _one_of("id", restriction.ids)))
        if restriction.numbers:
            must.append((Occur.Must, _one_of("number", restriction.numbers)))
        if restriction.public:
            must.append((Occur.MustNot, _term("access", _INTERNAL)))
    must += [(Occur.MustNot, _literal(clause)) for clause in query.excluded]
    return base if len(must) == 1 else Query.boolean_query(must)
