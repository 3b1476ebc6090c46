"""Rank matches: choose candidates where there are many, and order them by tier and BM25 as the embedded engine does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from kb.engines.meili.candidates import Unit, best_covered, likely_best
from kb.engines.meili.expressions import Expression, all_of, any_of, equals, none_of, one_of
from kb.engines.meili.generation import Generation
from kb.engines.meili.layout import IS_ITEM, KEY, WHOLE
from kb.engines.meili.matching import Matching
from kb.engines.meili.statistics import CollectionStatistics
from kb.engines.scoring import ACCENTED_BOOST, scorer, summands_of, tier_of
from kb.ports import Filters, TextHit, TextQuery, Tier

#: The rarest words of a query whose presence in a title makes a candidate.
MAX_TITLE_WORDS = 10
#: Meilisearch uses only so many words of a query.
MAX_QUERY_WORDS = 10
_SHORT_FIRST = ["n_all:asc", "id:asc"]


class Ranking:
    """Orders the matches of one generation; up to `candidates` of them are compared by their texts."""

    def __init__(
        self, generation: Generation, statistics: CollectionStatistics, matching: Matching, candidates: int
    ) -> None:
        self._generation = generation
        self._statistics = statistics
        self._matching = matching
        self._candidates = candidates

    def by_tier(self, query: TextQuery, filters: Filters, offset: int, limit: int) -> list[TextHit]:
        """[offset, offset + limit) of the tiers, one after the other: of each tier first the ranked candidates, then the
        other matches."""
        restrictions = all_of(self._matching.restrictions(query, filters))
        bands = self._matching.bands(query) if query.variants else [(Tier.FOLDED, True)]
        tiers = [expression for _, expression in bands]
        own = [all_of([tier, restrictions, none_of(any_of(tiers[:at]))]) for at, tier in enumerate(tiers)]
        filters_of_tiers = [IS_ITEM if where is True else where for where in own]
        sizes = self._generation.count(filters_of_tiers)
        page: list[TextHit] = []
        for where, size in zip(filters_of_tiers, sizes, strict=True):
            if offset < size and len(page) < limit:
                page += self._of_band(query, where, size, offset, limit - len(page))
            offset = max(0, offset - size)
        return page

    def _of_band(self, query: TextQuery, where: Expression, size: int, offset: int, limit: int) -> list[TextHit]:
        if size <= self._candidates:
            keys, _ = self._generation.keys({"filter": where, "limit": size})
            return self.best(keys, query)[offset : offset + limit]
        keys = self._propose(self._sources(query, where), self._candidates)
        page = self.best(keys, query)[offset : offset + limit]
        if len(page) < limit:
            rest = all_of([where, none_of(one_of(KEY, keys))])
            start = max(0, offset - len(keys))
            asked = {"filter": rest, "sort": _SHORT_FIRST, "offset": start, "limit": limit - len(page)}
            others, _ = self._generation.keys(asked)
            page += self.scored(others, query)
        return page

    def untiered(self, query: TextQuery, where: Expression, limit: int) -> list[TextHit]:
        """The best of the items that hold any of the words; a long query has half as many candidates again."""
        wanted = max(3 * self._candidates // 2, limit)
        keys, total = self._generation.keys({"filter": where, "limit": wanted})
        if total > wanted:
            keys = self._propose(self._sources(query, where), wanted)
        return self.best(keys, query)[:limit]

    def best(self, keys: Sequence[str], query: TextQuery) -> list[TextHit]:
        """The hits of these documents, by tier, then by score, then by id."""
        return sorted(self.scored(keys, query), key=lambda hit: (-hit.tier, -hit.score, hit.id))

    def scored(self, keys: Sequence[str], query: TextQuery) -> list[TextHit]:
        """The hits of these documents, in the order given. The server said that they match; the tier and the score are
        decided here."""
        if not keys:
            return []
        self._statistics.frequencies([(part.field, part.key) for summands in summands_of(query) for part in summands.every])
        texts = self._generation.texts(keys)
        score = scorer(query, self._statistics)
        own = (texts[key] for key in keys)
        return [TextHit(item_id, tier_of(found, query) or Tier.PARTIAL, score(found)) for item_id, found in own]

    def _sources(self, query: TextQuery, where: Expression) -> list[dict[str, Any]]:
        """The queries that find candidates, the likeliest first. Of a few words, which all match: the texts that are most
        about the words of most weight. Of many: the texts that hold most of the rarest. Then what the server ranks first."""
        units = self._units(query)
        words = [unit.key for unit in units if unit.field == f"{WHOLE}_f"]
        titled = [equals("title_f", word) for word in words[:MAX_TITLE_WORDS]]
        if query.tiered:
            wanted = [all_of(titled), *likely_best(units), any_of(titled)]
        else:
            # The rarest are in so few documents that all of these are candidates; the others are weighed.
            sizes = accumulate(unit.count for unit in units)
            few = sum(size <= self._candidates // 2 for size in sizes)
            covered = list(best_covered(units[few:]))
            wanted = [any_of(unit.held for unit in units[:few])]
            wanted += [*(all_of([part, any_of(titled)]) for part in covered), *covered]
        by_server = [
            {"filter": where, "q": " ".join(words[at : at + MAX_QUERY_WORDS]), "matchingStrategy": "frequency"}
            for at in range(0, min(len(words), 2 * MAX_QUERY_WORDS), MAX_QUERY_WORDS)
        ]
        sources = (_within(where, part) for part in dict.fromkeys(wanted))
        return [*(source for source in sources if source), *by_server, _within(where, True)]

    def _units(self, query: TextQuery) -> list[Unit]:
        """The words and bigrams that are scored and that some item holds, the rarest first."""
        parts = [part for summands in summands_of(replace(query, scored=True)) for part in summands.every]
        weighed = {
            (part.field, part.key): part.boost + ACCENTED_BOOST * (part.field == f"{WHOLE}_f")
            for part in parts
            if part.field in (f"{WHOLE}_f", f"{WHOLE}_b")
        }
        counts = dict(zip(weighed, self._statistics.frequencies(list(weighed)), strict=True))
        sure = _sure_words(query)
        units = []
        for (name, key), boost in weighed.items():
            count = counts[name, key]
            weight = boost * math.log(1 + (self._statistics.documents - count + 0.5) / (count + 0.5))
            units.append(Unit(name, key, count, weight, sure=name == f"{WHOLE}_f" and key in sure))
        return sorted((unit for unit in units if unit.count), key=lambda unit: unit.count)

    def _propose(self, sources: Iterable[dict[str, Any]], wanted: int) -> list[str]:
        """Keys of `wanted` candidates, those of the first sources first."""
        asked = [{**source, "limit": wanted, "attributesToRetrieve": [KEY]} for source in sources]
        found = (str(hit[KEY]) for result in self._generation.ask(asked) for hit in result["hits"])
        return list(dict.fromkeys(found))[:wanted]


def _sure_words(query: TextQuery) -> frozenset[str]:
    """The folded words that every match holds."""
    if not query.tiered or len(query.variants) != 1 or query.minimum_should_match is not None:
        return frozenset()
    return frozenset(term.folded for clause in query.variants[0].clauses if not clause.others for term in clause.terms)


def _within(where: Expression, part: Expression) -> dict[str, Any]:
    found = all_of([where, part])
    return {"filter": found, "sort": _SHORT_FIRST} if isinstance(found, str) else {}
