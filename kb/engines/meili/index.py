"""Read the index on the server as a `FullTextIndex`.

Matches, tiers, counts and facets are filters. Of up to `candidates` matches all are fetched and ranked here; of more, the
server proposes candidates of each tier from the best down, and those behind them follow in an order of the server's. A
long query, which any word matches, is given half as many again.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from kb import facets
from kb.engines.meili import layout
from kb.engines.meili.candidates import Unit, best_covered, likely_best
from kb.engines.meili.expressions import (
    Expression,
    all_of,
    any_of,
    at_least,
    equals,
    none_of,
    one_of,
    some_of_each,
)
from kb.engines.meili.layout import KEY, LENGTHS, MARKER, PRINTED, WHOLE
from kb.engines.meili.wire import Wire
from kb.engines.scoring import R_BOOST, Texts, count_bigrams, holds, parts_of, phrase_keys, scorer, tier_of
from kb.errors import ServerAwayError
from kb.ports import Clause, Filters, Sort, TextHit, TextPage, TextQuery, Tier, Variant

#: Items that have all pairs of a phrase of three words and more are read, so many at a time, to see that the words stand in
#: a row; where there are more than `VERIFIED`, they count as having it.
READ, VERIFIED = 1000, 20_000
#: Texts fetched at a time, and kept.
FETCHED, KEPT_TEXTS = 200, 2000
#: Frequencies asked for at a time, and kept in all; phrases kept with what holds them.
ASKED, KEPT_FREQUENCIES, KEPT_ANSWERS = 200, 200_000, 1000
#: The rarest words of a query that titles are looked through for.
TITLED = 10
#: Meilisearch reads this many words of a query.
QUERY_WORDS = 10
_ITEMS = "sort_date EXISTS"
_SHORT_FIRST = ["n_all:asc"]


@dataclass
class _Facts:
    """What is known of one state of the index; it never changes, so it is kept."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    totals: dict[str, float] = field(default_factory=dict)
    frequencies: dict[tuple[str, str], int] = field(default_factory=dict)
    texts: OrderedDict[str, tuple[str, Texts]] = field(default_factory=OrderedDict)
    settled: dict[Hashable, Expression] = field(default_factory=dict)


class MeiliIndex:
    """One generation as the server holds it. Every answer is checked to be of it; else ServerAwayError."""

    def __init__(self, wire: Wire, uid: str, generation: str, candidates: int = 400) -> None:
        self._wire = wire
        self._uid = uid
        self._generation = generation
        self._candidates = candidates
        self._facts = _Facts()

    # What the port asks.

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage:
        where = self._where(query, filters)
        if where is False:
            return TextPage((), 0 if query.tiered else offset)
        if not query.tiered and query.variants:
            hits = self._untiered(query, where, offset + limit)[offset:]
            return TextPage(tuple(hits), offset + len(hits))
        if sort == "newest":
            keys, total = self._keys({"filter": where, "sort": ["sort_date:desc"], "offset": offset, "limit": max(0, limit)})
            return TextPage(tuple(hit for _, hit in self._judged(keys, query)), total)
        keys, total = self._keys({"filter": where, "limit": self._candidates})
        if total <= self._candidates:
            return TextPage(tuple(_best(self._judged(keys, query))[offset : offset + max(0, limit)]), total)
        return TextPage(tuple(self._by_tier(query, filters, offset, max(0, limit))), total)

    def count(self, query: TextQuery, filters: Filters) -> int:
        where = self._where(query, filters)
        return 0 if where is False else self._count([where])[0]

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        facets.by_code(facet)
        where = self._where(query, filters)
        if where is False:
            return {}
        found = self._ask([{"filter": where, "facets": [facet], "limit": 0}])[0]["facetDistribution"].get(facet, {})
        return {self._unspell(facet, spelt): int(count) for spelt, count in found.items() if count}

    def _unspell(self, facet: str, spelt: str) -> str:
        long: Sequence[str] = ()
        if layout.is_long(spelt):
            query = {"filter": f'{facet} = "{spelt}"', "limit": 1, "attributesToRetrieve": ["long"]}
            long = [value for hit in self._ask([query])[0]["hits"] for value in hit.get("long", ())]
        return layout.unspell(spelt, long)

    # Statistics of BM25.

    @property
    def documents(self) -> int:
        return int(self._totals()["documents"])

    def average(self, field: str) -> float:
        totals = self._totals()
        return totals[LENGTHS[field]] / max(1.0, totals["documents"])

    def frequency(self, field: str, key: str) -> int:
        return self._frequencies([(field, key)])[0]

    def _totals(self) -> Mapping[str, float]:
        """The number of items, and of all keys of each text: the sum over the facet of its lengths."""
        if not self._facts.totals:
            names = sorted(set(LENGTHS.values()))
            found = self._ask([{"filter": _ITEMS, "facets": names, "limit": 0}])[0]
            sums = {
                name: sum(float(length) * count for length, count in found["facetDistribution"].get(name, {}).items())
                for name in names
            }
            self._facts.totals = {"documents": float(found["estimatedTotalHits"]), **sums}
        return self._facts.totals

    def _frequencies(self, wanted: Sequence[tuple[str, str]]) -> list[int]:
        known = self._facts.frequencies
        missing = [pair for pair in dict.fromkeys(wanted) if pair not in known]
        for at in range(0, len(missing), ASKED):
            some = missing[at : at + ASKED]
            counts = self._count([equals(name, key) for name, key in some])
            if len(known) + len(some) > KEPT_FREQUENCIES:
                known.clear()
            known.update(zip(some, counts, strict=True))
        missing = [pair for pair in wanted if pair not in known]  # another thread may have cleared them
        return [known[pair] for pair in wanted] if not missing else self._frequencies(wanted)

    # Filters.

    def _where(self, query: TextQuery, filters: Filters) -> Expression:
        """The filter that holds just what matches."""
        matching = any_of(expression for _, expression in self._bands(query)) if query.variants else True
        where = all_of([matching, *self._restrictions(query, filters)])
        return _ITEMS if where is True else where

    def _restrictions(self, query: TextQuery, filters: Filters) -> Iterable[Expression]:
        for restriction in (filters, *query.constraints):
            facets.check_codes((*restriction.facets, *restriction.excluded))
            for facet, values in restriction.facets.items():
                if values:
                    yield one_of(facet, values)
            for facet, values in restriction.excluded.items():
                yield none_of(one_of(facet, values))
                yield _ITEMS
            if restriction.ids is not None:
                yield one_of(KEY, [layout.document_key(item_id) for item_id in restriction.ids])
            if restriction.numbers:
                yield one_of("number", restriction.numbers)
            if restriction.public:
                yield equals("access", "public")
                yield _ITEMS
        if query.excluded:
            yield _ITEMS
            yield from (none_of(self._clause(clause, raw=clause.literal)) for clause in query.excluded)

    def _bands(self, query: TextQuery) -> list[tuple[Tier, Expression]]:
        """What each tier asks for, the best first; a lower one may hold all of a higher."""
        if not query.tiered:
            words = [term.folded for clause in query.variants[0].clauses for term in clause.terms]
            return [(Tier.PARTIAL, one_of(f"{WHOLE}_f", words))]
        tiers: dict[Tier, list[Expression]] = {tier: [] for tier in sorted(Tier, reverse=True)}
        for variant in query.variants:
            near = self._proximity(variant, variant.proximity)
            folded = all_of([self._variant(variant, raw=False), near])
            tiers[Tier.REPAIRED].append(folded)
            if variant.repaired:
                continue
            raw = self._variant(variant, raw=True)
            tiers[Tier.SCATTERED].append(raw)
            tiers[Tier.FOLDED].append(all_of([folded, self._as_printed(variant, raw=False)]))
            if any(term.has_accents for clause in variant.clauses for term in clause.terms):
                exact = all_of([raw, near])
                tiers[Tier.CORRECTED].append(exact)
                tiers[Tier.EXACT].append(all_of([exact, self._as_printed(variant, raw=True)]))
        if query.minimum_should_match is not None:
            tiers[Tier.PARTIAL].append(self._minimum_should_match(query.variants[0], query.minimum_should_match))
        return [(tier, any_of(parts)) for tier, parts in tiers.items()]

    def _variant(self, variant: Variant, *, raw: bool, text: str = WHOLE) -> Expression:
        return all_of(self._clause(clause, raw=raw or clause.literal, text=text) for clause in variant.clauses)

    def _as_printed(self, variant: Variant, *, raw: bool) -> Expression:
        printed = [self._variant(variant, raw=raw, text=PRINTED), self._proximity(variant, variant.proximity, PRINTED)]
        return any_of(["as_printed = true", all_of(printed)])

    def _proximity(self, variant: Variant, needed: int, text: str = WHOLE) -> Expression:
        """At least `needed` of the variant's bigrams, if it has any."""
        if not variant.bigrams:
            return True
        bigrams = [equals(f"{text}_b", bigram) for bigram in variant.bigrams]
        cause = ("proximity", variant.bigrams, needed, text)
        return self._at_least(needed, bigrams, cause, lambda texts: count_bigrams(_of(texts, text), variant) >= needed)

    def _minimum_should_match(self, variant: Variant, minimum: int) -> Expression:
        literal = [self._clause(c, raw=True) for c in variant.clauses if c.literal]
        plain = [c for c in variant.clauses if not c.literal]
        free = [self._clause(c, raw=False) for c in plain]
        needed = min(len(free), max(0, minimum - len(literal)))
        if not free or needed <= 0:
            return all_of(literal) if literal else any_of(free)
        some = self._at_least(
            needed,
            free,
            ("some", tuple(plain), needed),
            lambda texts: sum(holds(texts.whole, c, raw=False) for c in plain) >= needed,
        )
        return all_of([*literal, some, self._proximity(variant, 1)])

    def _at_least(
        self, needed: int, parts: Sequence[Expression], cause: Hashable, agrees: Callable[[Texts], bool]
    ) -> Expression:
        exact = at_least(needed, parts)
        return self._settle(some_of_each(needed, parts), cause, agrees) if exact is None else exact

    def _clause(self, clause: Clause, *, raw: bool, text: str = WHOLE) -> Expression:
        """A clause on the folded keys, or with `raw` on the raw keys of the terms typed with accents."""
        if len(clause.terms) == 1:
            term = clause.terms[0]
            return equals(f"{text}_r", term.accented) if raw and term.has_accents else equals(f"{text}_f", term.folded)
        accented, keys = phrase_keys(clause)
        folded = [term.folded for term in clause.terms]
        if not all(keys):
            return False
        pairs = []
        for at in range(len(keys) - 1):
            typed, plain = "_".join(keys[at : at + 2]), "_".join(folded[at : at + 2])
            pairs.append(equals(f"{text}_p", typed) if accented and typed != plain else equals(f"{text}_b", plain))
        if len(keys) == 2 and not (accented and keys == tuple(folded)):
            return pairs[0]
        return self._settle(all_of(pairs), (clause, text), lambda texts: holds(_of(texts, text), clause, raw=True))

    def _settle(self, likely: Expression, cause: Hashable, agrees: Callable[[Texts], bool]) -> Expression:
        """Those that `likely` holds and that agree. `likely` alone where they are too many to be read (`VERIFIED`).
        `cause` tells what is agreed with, for the answer to be kept."""
        if isinstance(likely, bool):
            return likely
        settled = self._facts.settled
        answer = settled.get(cause)
        if answer is None:
            answer = likely
            if self._count([likely])[0] <= VERIFIED:
                kept, others = self._verify(likely, agrees)
                few = len(kept) < len(others)
                answer = one_of(KEY, kept) if few else all_of([likely, none_of(one_of(KEY, others))])
            if len(settled) >= KEPT_ANSWERS:
                settled.clear()
            settled[cause] = answer
        return answer

    def _verify(self, where: Expression, agrees: Callable[[Texts], bool]) -> tuple[list[str], list[str]]:
        """Keys of the documents that agree, and of those that do not."""
        kept: list[str] = []
        others: list[str] = []
        shown = list(layout.TEXT_ATTRIBUTES)
        while True:
            at = len(kept) + len(others)
            query = {"filter": where, "offset": at, "limit": READ, "attributesToRetrieve": shown}
            hits = self._ask([query])[0]["hits"]
            for hit in hits:
                (kept if agrees(layout.texts_from(hit)[1]) else others).append(str(hit[KEY]))
            if len(hits) < READ:
                return kept, others

    # Candidates and their order.

    def _by_tier(self, query: TextQuery, filters: Filters, offset: int, limit: int) -> list[TextHit]:
        """[offset, offset + limit) of the tiers one after the other: of each the candidates, ranked, then the others."""
        restrictions = all_of(self._restrictions(query, filters))
        bands = self._bands(query) if query.variants else [(Tier.FOLDED, True)]
        tiers = [expression for _, expression in bands]
        own = [all_of([tier, restrictions, none_of(any_of(tiers[:at]))]) for at, tier in enumerate(tiers)]
        places = [_ITEMS if where is True else where for where in own]
        sizes = self._count(places)
        page: list[TextHit] = []
        for where, size in zip(places, sizes, strict=True):
            if offset < size and len(page) < limit:
                page += self._of_band(query, where, size, offset, limit - len(page))
            offset = max(0, offset - size)
        return page

    def _of_band(self, query: TextQuery, where: Expression, size: int, offset: int, limit: int) -> list[TextHit]:
        if size <= self._candidates:
            keys, _ = self._keys({"filter": where, "limit": size})
            return _best(self._judged(keys, query))[offset : offset + limit]
        keys = self._propose(self._sources(query, where), self._candidates)
        page = _best(self._judged(keys, query))[offset : offset + limit]
        if len(page) < limit:
            rest = all_of([where, none_of(one_of(KEY, keys))])
            start = max(0, offset - len(keys))
            others, _ = self._keys({"filter": rest, "sort": _SHORT_FIRST, "offset": start, "limit": limit - len(page)})
            page += [hit for _, hit in self._judged(others, query)]
        return page

    def _untiered(self, query: TextQuery, where: Expression, limit: int) -> list[TextHit]:
        """The best of the items that hold any of the words."""
        wanted = max(3 * self._candidates // 2, limit)
        keys, total = self._keys({"filter": where, "limit": wanted})
        if total > wanted:
            keys = self._propose(self._sources(query, where), wanted)
        return _best(self._judged(keys, query))[:limit]

    def _sources(self, query: TextQuery, where: Expression) -> list[dict[str, Any]]:
        """Where candidates are looked for, the likeliest first: of a few words, which all hold, the texts most about those
        that weigh most; of many, the texts that hold most of the rarest; then what the server's own ranking finds."""
        units = self._units(query)
        words = [unit.key for unit in units if unit.field == f"{WHOLE}_f"]
        titled = [equals("title_f", word) for word in words[:TITLED]]
        if query.tiered:
            wanted = [all_of(titled), *likely_best(units), any_of(titled)]
        else:
            # The rarest are in so few that all of these are candidates; the others are weighed.
            sizes = accumulate(unit.count for unit in units)
            few = sum(size <= self._candidates // 2 for size in sizes)
            covered = list(best_covered(units[few:]))
            wanted = [any_of(unit.held for unit in units[:few])]
            wanted += [*(all_of([part, any_of(titled)]) for part in covered), *covered]
        by_server = [
            {"filter": where, "q": " ".join(words[at : at + QUERY_WORDS]), "matchingStrategy": "frequency"}
            for at in range(0, min(len(words), 2 * QUERY_WORDS), QUERY_WORDS)
        ]
        sources = (_within(where, part) for part in dict.fromkeys(wanted))
        return [*(source for source in sources if source), *by_server, _within(where, True)]

    def _units(self, query: TextQuery) -> list[Unit]:
        """The words and pairs that are scored and that some item holds, the rarest first."""
        parts = [part for parts in parts_of(replace(query, scored=True)) for part in parts]
        weighed = {
            (part.field, part.key): part.boost + R_BOOST * (part.field == f"{WHOLE}_f")
            for part in parts
            if part.field in (f"{WHOLE}_f", f"{WHOLE}_b")
        }
        counts = dict(zip(weighed, self._frequencies(list(weighed)), strict=True))
        every = query.tiered and len(query.variants) == 1 and query.minimum_should_match is None
        units = []
        for (name, key), boost in weighed.items():
            count = counts[name, key]
            weight = boost * math.log(1 + (self.documents - count + 0.5) / (count + 0.5))
            units.append(Unit(name, key, count, weight, sure=every and name == f"{WHOLE}_f"))
        return sorted((unit for unit in units if unit.count), key=lambda unit: unit.count)

    def _propose(self, sources: Sequence[dict[str, Any]], wanted: int) -> list[str]:
        """Keys of `wanted` candidates, those of the first sources first."""
        asked = [{**source, "limit": wanted, "attributesToRetrieve": [KEY]} for source in sources]
        found = (str(hit[KEY]) for result in self._ask(asked) for hit in result["hits"])
        return list(dict.fromkeys(found))[:wanted]

    def _judged(self, keys: Sequence[str], query: TextQuery) -> list[tuple[str, TextHit]]:
        """(key, hit) of the documents, in the order given. The server said they match; how well is decided here."""
        if not keys:
            return []
        self._frequencies([(part.field, part.key) for parts in parts_of(query) for part in parts])
        texts = self._texts(keys)
        score = scorer(query, self)
        out = []
        for key in keys:
            item_id, own = texts[key]
            out.append((key, TextHit(item_id, tier_of(own, query) or Tier.PARTIAL, score(own))))
        return out

    def _texts(self, keys: Sequence[str]) -> dict[str, tuple[str, Texts]]:
        """(id, texts) of documents by key."""
        kept = self._facts.texts
        out: dict[str, tuple[str, Texts]] = {}
        with self._facts.lock:
            for key in keys:
                if key in kept:
                    kept.move_to_end(key)
                    out[key] = kept[key]
        missing = [key for key in dict.fromkeys(keys) if key not in out]
        for at in range(0, len(missing), FETCHED):
            some = missing[at : at + FETCHED]
            shown = list(layout.TEXT_ATTRIBUTES)
            query = {"filter": one_of(KEY, some), "limit": len(some), "attributesToRetrieve": shown}
            out.update((str(hit[KEY]), layout.texts_from(hit)) for hit in self._ask([query])[0]["hits"])
        if not all(key in out for key in missing):
            raise ServerAwayError("Máy chủ Meilisearch không trả lại những tài liệu vừa tìm thấy.")
        with self._facts.lock:
            kept.update((key, out[key]) for key in missing)
            while len(kept) > KEPT_TEXTS:
                kept.popitem(last=False)
        return out

    def _keys(self, query: Mapping[str, Any]) -> tuple[list[str], int]:
        """(keys of the documents found, number of all that match)."""
        result = self._ask([{**query, "attributesToRetrieve": [KEY]}])[0]
        return [str(hit[KEY]) for hit in result["hits"]], int(result["estimatedTotalHits"])

    def _count(self, wheres: Sequence[Expression]) -> list[int]:
        asked = [{"filter": where, "limit": 0} for where in wheres if where is not False]
        answers = iter(self._ask(asked) if asked else [])
        return [0 if where is False else int(next(answers)["estimatedTotalHits"]) for where in wheres]

    def _ask(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answers, once it is certain that they are of this generation.

        The server takes the queries in order and the marker is asked for last; whoever writes changes the marker first. So
        if the marker is still ours, nothing had changed when the others were answered.
        """
        asked = [{"indexUid": self._uid, **query} for query in (*queries, layout.marker_query())]
        answers = self._wire.search(asked)
        for query, answer in zip(asked, answers, strict=True):
            _check(query, answer)
        *answers, last = answers
        state = last["hits"][0] if last["hits"] else {}
        wanted = {MARKER: layout.spell(self._generation), "phase": "ready", "version": layout.version()}
        if any(state.get(name) != value for name, value in wanted.items()):
            raise ServerAwayError("Máy chủ Meilisearch chưa có dữ liệu của lần lập chỉ mục này.")
        return answers


def _check(query: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raises ServerAwayError for an answer without what the query asked for."""
    keyed = KEY in query.get("attributesToRetrieve", ())
    facets = answer.get("facetDistribution") if "facets" in query else {}
    whole = isinstance(answer.get("estimatedTotalHits"), int) and isinstance(facets, dict)
    if not whole or (keyed and not all(isinstance(hit, dict) and KEY in hit for hit in answer["hits"])):
        raise ServerAwayError("Máy chủ Meilisearch trả lời thiếu điều đã hỏi.")


def _of(texts: Texts, text: str) -> Any:
    return texts.whole if text == WHOLE else texts.printed


def _best(judged: Iterable[tuple[str, TextHit]]) -> list[TextHit]:
    """By tier, then score; equals in the order given."""
    return sorted((hit for _, hit in judged), key=lambda hit: (-hit.tier, -hit.score))


def _within(where: Expression, part: Expression) -> dict[str, Any]:
    found = all_of([where, part])
    return {"filter": found, "sort": _SHORT_FIRST} if isinstance(found, str) else {}
