"""Searching one index: query words, candidates, ranking rules, facets, formatting, vectors."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .engine import Index, bits, select, under, values_at
from .errors import MeiliError
from .filters import Node
from .text import HARD_GAP, Token, fold, normalize_facet, within

MAX_TERMS = 10
MAX_DISTANCE = 8
SortKey = Callable[[int], tuple[int, float]]


@dataclass
class Term:
    """A query word, or a quoted phrase (None stands for a stop word in it)."""

    words: list[str | None]
    start: int
    end: int
    phrase: bool = False
    prefix: bool = False


@dataclass
class Query:
    """A query as read: what must match and what must not."""

    terms: list[Term] = field(default_factory=list)
    not_words: list[str] = field(default_factory=list)
    not_phrases: list[Term] = field(default_factory=list)


@dataclass
class Ways:
    """All the ways one or several adjoining query words may appear: word -> typos, and phrases -> typos."""

    words: dict[str, int] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    phrases: list[tuple[list[str | None], int]] = field(default_factory=list)
    bits: int = 0


@dataclass
class Found:
    """The outcome of matching: documents in order, all candidates, the scores, the words to mark."""

    order: list[int]
    candidates: int
    scores: dict[int, float]
    details: dict[int, dict[str, Any]]
    marks: dict[str, int | None]
    semantic: int | None = None


def read_query(index: Index, text: str) -> Query:
    """The terms of a query: at most ten; a quoted phrase is one; a minus before a word or phrase excludes it."""
    tokens = [t for t in index.tokenizer.tokens(text) if t.lemma]
    out = Query()
    prefixes = index.settings["prefixSearch"] == "indexingTime"
    position = -1
    phrase: Term | None = None
    negative_phrase = negative_next = False
    after_space = True

    def close(term: Term | None) -> None:
        if term is not None and any(w is not None for w in term.words):
            (out.not_phrases if negative_phrase else out.terms).append(term)

    for place, token in enumerate(tokens):
        if len(out.terms) >= MAX_TERMS:
            return out
        if token.kind in {"word", "stop"}:
            position += 1
            last = place == len(tokens) - 1
            if phrase is not None:
                if not phrase.words:
                    phrase.start = position
                phrase.words.append(token.lemma if token.kind == "word" else None)
                phrase.end = position
            elif negative_next:
                out.not_words.append(token.lemma)
                negative_next = False
            elif last or token.kind == "word":
                out.terms.append(Term([token.lemma], position, position, prefix=last and prefixes))
        else:
            if token.kind == "hard":
                position += HARD_GAP - 1
                if phrase is not None:
                    close(phrase)
                    phrase = Term([], position, position, True)
            quotes = token.lemma.count('"')
            if quotes:
                if phrase is not None:
                    quotes -= 1
                    close(phrase)
                    phrase, negative_phrase = None, False
                if quotes % 2:
                    negative_phrase = negative_next
                    phrase = Term([], position, position, True)
            negative_next = phrase is None and token.lemma == "-" and after_space
        after_space = token.lemma[-1:].isspace()
    close(phrase)
    return out


class Matcher:
    """Matches one query on one index, on some of its fields."""

    def __init__(self, index: Index, query: Query, only: list[str] | None) -> None:
        self.index = index
        self.query = query
        self.words = index.vocabulary()
        self.weights: dict[int, int] = {}
        for name, fid in index.fields.items():
            weight = index.searchable(name)
            if weight is not None and (only is None or any(o == "*" or under(o, name) for o in only)):
                self.weights[fid] = weight
        strict = index.settings["typoTolerance"]["disableOnAttributes"]
        self.strict = {fid for name, fid in index.fields.items() if any(under(s, name) for s in strict)}
        self.narrow = len(self.weights) != sum(index.searchable(n) is not None for n in index.fields)
        self._synonyms = {
            tuple(t.lemma for t in index.tokenizer.tokens(k) if t.kind == "word"): [
                [t.lemma for t in index.tokenizer.tokens(v) if t.kind == "word"] for v in values
            ]
            for k, values in index.settings["synonyms"].items()
        }
        self.nodes: dict[tuple[int, int], Ways] = {}
        terms = query.terms
        for i in range(len(terms)):
            for size in (1, 2, 3):
                group = terms[i : i + size]
                if len(group) < size or (size > 1 and not _adjoining(group)):
                    break
                ways = self._ways(group)
                if ways is not None:
                    self.nodes[i, size] = ways

    # --- ways to match

    def _typos(self, word: str) -> int:
        setting = self.index.settings["typoTolerance"]
        if not setting["enabled"] or len(word) < setting["minWordSizeForTypos"]["oneTypo"]:
            return 0
        if word in {fold(w) for w in setting["disableOnWords"]}:
            return 0
        if setting["disableOnNumbers"] and word.isdigit():
            return 0
        return 1 if len(word) < setting["minWordSizeForTypos"]["twoTypos"] else 2

    def _ways(self, group: list[Term]) -> Ways | None:
        first = group[0]
        out = Ways()
        if first.phrase:
            out.phrases.append((first.words, 0))
            out.bits = self.phrase_bits(first.words)
            return out
        parts = [t.words[0] or "" for t in group]
        word = "".join(parts)
        if len(word.encode()) > 250:
            return out if len(group) == 1 else None
        allowed = max(0, self._typos(word) - (len(group) - 1))
        prefix = group[-1].prefix
        if word in self.index.words:
            out.words[word] = 0
        if prefix:
            at = bisect_left(self.words, word)
            while at < len(self.words) and self.words[at].startswith(word):
                out.words.setdefault(self.words[at], 0)
                out.prefixes.add(self.words[at])
                at += 1
        if allowed:
            for other in self.words:
                if other in out.words:
                    continue
                same = other[0] == word[0]
                limit = allowed if same else (1 if allowed == 2 else 0)
                if not limit:
                    continue
                distance = within(word, other, limit, prefix)
                if distance is not None:
                    out.words[other] = distance if same else 2
        for phrase in self._synonyms.get(tuple(parts), []):
            out.phrases.append((list(phrase), 0))
        split = self._split(word)
        if split and (len(group) == 1 or split != parts):
            out.phrases.append((list(split), 1))
        for other, typos in out.words.items():
            out.bits |= self._word_bits(other, typos)
        for phrase_words, _ in out.phrases:
            out.bits |= self.phrase_bits(phrase_words)
        return out

    def _split(self, word: str) -> list[str] | None:
        best: tuple[int, list[str]] | None = None
        for i in range(1, len(word)):
            left, right = word[:i], word[i:]
            if left in self.index.words and right in self.index.words:
                count = self.phrase_bits([left, right]).bit_count()
                if count and (best is None or count > best[0]):
                    best = count, [left, right]
        return best[1] if best else None

    def places(self, number: int, word: str, typos: int = 0) -> list[int]:
        """Where a document has a word, in the fields that are looked at."""
        found = self.index.places[number].get(word, [])
        if not self.narrow and not (typos and self.strict):
            return found
        return [p for p in found if p >> 17 in self.weights and not (typos and p >> 17 in self.strict)]

    def _word_bits(self, word: str, typos: int) -> int:
        mask = self.index.words.get(word, 0)
        if not self.narrow and not (typos and self.strict):
            return mask
        return sum(1 << n for n in bits(mask) if self.places(n, word, typos))

    def phrase_places(self, number: int, words: list[str | None]) -> list[int]:
        """Where a document has words one after another."""
        known = [(i, w) for i, w in enumerate(words) if w is not None]
        if not known:
            return []
        offset, first = known[0]
        rest = [(i - offset, set(self.places(number, w))) for i, w in known[1:]]
        return [p for p in self.places(number, first) if all(p + i in at for i, at in rest)]

    def phrase_bits(self, words: list[str | None]) -> int:
        """The documents that have words one after another."""
        mask = self.index.all
        for word in words:
            if word is not None:
                mask &= self.index.words.get(word, 0)
        if len(words) == 1 and not self.narrow:
            return mask
        return sum(1 << n for n in bits(mask) if self.phrase_places(n, words))

    # --- candidates

    def excluded(self) -> int:
        """The documents that negative words and phrases take out."""
        mask = 0
        for word in self.query.not_words:
            mask |= self._word_bits(word, 0)
        for phrase in self.query.not_phrases:
            mask |= self.phrase_bits(phrase.words)
        return mask

    def levels(self, strategy: str) -> list[list[int]]:
        """The sets of terms that suffice, the fullest first."""
        terms = self.query.terms
        full = list(range(len(terms)))
        out = [full]
        loose = [i for i in full if not terms[i].phrase]
        if strategy == "all" or not loose:
            return out
        if strategy == "last":
            groups = [[i] for i in reversed(loose)]
        else:
            counts: dict[int, list[int]] = {}
            for i in loose:
                mask = 0
                for (start, size), ways in self.nodes.items():
                    if start <= i < start + size:
                        mask |= ways.bits
                counts.setdefault(mask.bit_count() or 2**64, []).append(i)
            groups = [counts[c] for c in sorted(counts, reverse=True)]
        if len(loose) == len(full):
            groups = groups[:-1]
        left = full
        for group in groups:
            left = [i for i in left if i not in group]
            out.append(left)
        return out

    def reach(self, kept: list[int], universe: int) -> int:
        """The documents in which the kept terms all match."""
        masks = [universe]
        for at in range(len(kept)):
            mask = 0
            for size in (1, 2, 3):
                begin = at - size + 1
                if begin < 0 or kept[begin : at + 1] != list(range(kept[begin], kept[begin] + size)):
                    break
                ways = self.nodes.get((kept[begin], size))
                if ways is not None:
                    mask |= masks[begin] & ways.bits
            masks.append(mask)
        return masks[-1]

    # --- one document

    def judge(self, number: int, kept: list[int]) -> Judgement:
        """How well a document matches the kept terms."""
        best: list[tuple[int, list[tuple[int, int]]] | None] = [(0, [])]
        for at in range(len(kept)):
            options = []
            for size in (1, 2, 3):
                begin = at - size + 1
                if begin < 0 or kept[begin : at + 1] != list(range(kept[begin], kept[begin] + size)):
                    break
                before = best[begin]
                cost = self._cost(number, kept[begin], size)
                if before is not None and cost is not None:
                    options.append((before[0] + cost, [*before[1], (kept[begin], size)]))
            best.append(min(options, key=lambda o: (o[0], -len(o[1]))) if options else None)
        path = best[-1]
        if path is None:
            return Judgement(len(kept), 99, 99, 99, 99, 1, 0)
        return self._details(number, path[0], path[1], len(kept))

    def _cost(self, number: int, start: int, size: int) -> int | None:
        ways = self.nodes.get((start, size))
        if ways is None or not ways.bits >> number & 1:
            return None
        mine = self.index.places[number]
        costs = [t for w, t in _shared(ways.words, mine) if self.places(number, w, t)]
        costs += [t for p, t in ways.phrases if self.phrase_places(number, p)]
        return min(costs) + size - 1 if costs else None

    def _spans(self, number: int, start: int, size: int) -> tuple[list[tuple[int, int]], bool]:
        ways = self.nodes[start, size]
        cheapest = (self._cost(number, start, size) or 0) - size + 1
        exact = "".join(w or "" for t in self.query.terms[start : start + size] for w in t.words)
        phrase = self.query.terms[start].phrase
        out: list[tuple[int, int]] = []
        mine = self.index.places[number]
        for word, typos in _shared(ways.words, mine):
            if typos <= cheapest:
                out += [(p, p) for p in self.places(number, word, typos)]
        for words, typos in ways.phrases:
            if typos <= cheapest:
                out += [(p, p + len(words) - 1) for p in self.phrase_places(number, words)]
        return sorted(out), phrase or bool(mine.get(exact) and self.places(number, exact))

    def _details(self, number: int, typos: int, path: list[tuple[int, int]], kept: int) -> Judgement:
        spans, exact = [], 0
        for start, size in path:
            found, is_exact = self._spans(number, start, size)
            spans.append(found)
            exact += is_exact and size == 1
        proximity = 0
        for before, after in pairwise(spans):
            proximity += _gap(before, after) - 1
        rank = sum(min(self.weights.get(p >> 17, 0) for p, _ in s) for s in spans if s)
        place = sum(_bucket(min(p & 0x1FFFF for p, _ in s)) for s in spans if s)
        return Judgement(kept, typos, proximity, rank, place, self._whole(number, kept), exact)

    def _whole(self, number: int, kept: int) -> int:
        """3 where a field is exactly the query, 2 where it begins with it, else 1."""
        words = [w for t in self.query.terms for w in t.words]
        if kept != len(self.query.terms) or not words or words[0] is None:
            return 1
        best = 1
        for place in self.places(number, words[0]):
            if place & 0x1FFFF:
                continue
            if all(w is None or place + i in self.index.places[number].get(w, []) for i, w in enumerate(words)):
                best = max(best, 3 if self.index.lengths[number].get(place >> 17) == len(words) else 2)
        return best

    def marks(self) -> dict[str, int | None]:
        """Words to mark in texts, with how many of their characters (None: all)."""
        out: dict[str, int | None] = {}
        for (start, size), ways in self.nodes.items():
            typed = "".join(w or "" for t in self.query.terms[start : start + size] for w in t.words)
            for word in ways.words:
                out[word] = len(typed) if word in ways.prefixes and word != typed else None
            for words, _ in ways.phrases:
                for part in words:
                    if part is not None:
                        out[part] = None
        return out


@dataclass(frozen=True)
class Judgement:
    """What the ranking rules look at."""

    kept: int
    typos: int
    proximity: int
    rank: int
    place: int
    whole: int
    exact: int


def _shared(ways: dict[str, int], mine: dict[str, list[int]]) -> Iterator[tuple[str, int]]:
    if len(ways) > len(mine):
        return ((w, ways[w]) for w in mine if w in ways)
    return ((w, t) for w, t in ways.items() if w in mine)


def _adjoining(group: list[Term]) -> bool:
    return all(not t.phrase for t in group) and all(b.start == a.end + 1 for a, b in pairwise(group))


def _gap(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> int:
    best = MAX_DISTANCE
    starts = [p for p, _ in after]
    for begin, end in before:
        at = bisect_left(starts, end + 1)
        if at < len(starts) and starts[at] >> 17 == end >> 17:
            best = min(best, starts[at] - end)
        if at > 0 and starts[at - 1] >> 17 == begin >> 17:
            best = min(best, max(begin - after[at - 1][1], 1) + 1)
    return max(1, min(best, MAX_DISTANCE))


def _bucket(place: int) -> int:
    return place if place < 16 else 16 + int(math.log2(place / 16) * 2)


def sort_rules(index: Index, sort: list[str] | None, code: str, what: str = "sort") -> list[tuple[str, bool]]:
    """The criteria of a `sort` parameter read."""
    out = []
    for text in sort or []:
        name, _, order = text.rpartition(":")
        if order not in {"asc", "desc"} or ":" not in text:
            raise MeiliError(
                code,
                f"Invalid syntax for the {what} parameter: expected expression ending by `:asc` or `:desc`, found `{text}`.",
            )
        if name.startswith("_geo"):
            raise MeiliError(code, f"`{name}` is a reserved keyword and thus can't be used as a sort expression.")
        out.append((name, order == "asc"))
    return out


def check_sort(index: Index, rules: list[tuple[str, bool]], code: str, prefix: str) -> None:
    """Refuse to sort by a field that is not sortable."""
    for name, _ in rules:
        if not index.sortable(name):
            valid = sorted(index.settings["sortableAttributes"])
            tail = (
                f"Available sortable attributes are: `{', '.join(valid)}`."
                if valid
                else "This index does not have configured sortable attributes."
            )
            raise MeiliError(code, f"{prefix}Attribute `{name}` is not sortable. {tail}")


def _check_only(index: Index, only: list[str] | None, prefix: str) -> None:
    for name in only or []:
        known = name == "*" or any(under(name, f) and index.searchable(f) is not None for f in index.fields)
        wanted = index.settings["searchableAttributes"]
        if not known and name not in wanted:
            valid = sorted(index.fields) if wanted == ["*"] else sorted(wanted)
            raise MeiliError(
                "invalid_search_attributes_to_search_on",
                f"{prefix}Attribute `{name}` is not searchable. Available searchable attributes are: `{', '.join(valid)}`.",
            )


def find(index: Index, query: dict[str, Any], node: Node | None, in_order: bool = True) -> Found:
    """The documents that match a search, in order."""
    prefix = f"Index `{index.uid}`: "
    sort = sort_rules(index, query.get("sort"), "invalid_search_sort")
    kind = _kind(index, query, prefix)
    check_sort(index, sort, "invalid_search_sort", prefix)
    if sort and "sort" not in index.settings["rankingRules"]:
        raise MeiliError(
            "invalid_search_sort",
            f"{prefix}You must specify where `sort` is listed in the rankingRules setting to use the sort parameter at search time.",
        )
    only = query.get("attributesToSearchOn")
    _check_only(index, only, prefix)
    universe = index.filtered(node, "invalid_search_filter", prefix)
    if kind == "semantic":
        found = _semantic(index, query, universe, sort)
    elif kind == "hybrid":
        found = _hybrid(index, query, universe, sort, only)
    else:
        found = _keyword(index, query, universe, sort, only, in_order)
    threshold = query.get("rankingScoreThreshold")
    if threshold is not None:
        found.order = [n for n in found.order if found.scores.get(n, 1.0) >= threshold]
        found.candidates = sum(1 << n for n in found.order)
    return _distinct(index, query, found, prefix)


def _kind(index: Index, query: dict[str, Any], prefix: str) -> str:
    text, hybrid, vector = query.get("q"), query.get("hybrid"), query.get("vector")
    blank = text is None or not text.strip()
    if blank and vector is None:
        return "keyword"
    if hybrid is None:
        if vector is not None:
            message = "Invalid request: missing `hybrid` parameter when `vector` is present."
            raise MeiliError("missing_search_hybrid", message)
        return "keyword"
    ratio = hybrid["semanticRatio"]
    if ratio == 0:
        return "keyword"
    config = index.settings["embedders"].get(hybrid["embedder"])
    if config is None:
        raise MeiliError("invalid_search_embedder", f"{prefix}Cannot find embedder with name `{hybrid['embedder']}`.")
    if vector is None:
        raise MeiliError(
            "vector_embedding_error",
            f"{prefix}Error while generating embeddings: user error: attempt to embed the following text in a configuration "
            f"where embeddings must be user provided:\n  - `{text}`",
        )
    if len(vector) != config.get("dimensions"):
        raise MeiliError(
            "invalid_vector_dimensions",
            f"{prefix}Invalid vector dimensions: expected: `{config.get('dimensions')}`, found: `{len(vector)}`.",
        )
    return "semantic" if ratio == 1 or text is None else "hybrid"


def _rule_keys(index: Index, sort: list[tuple[str, bool]]) -> list[tuple[str, SortKey | None]]:
    out: list[tuple[str, SortKey | None]] = []
    seen: set[str] = set()

    def add(name: str, ascending: bool) -> None:
        if name not in seen:
            seen.add(name)
            out.append(("sort", index.order(name, ascending)))

    for rule in index.settings["rankingRules"]:
        if rule == "sort":
            for name, ascending in sort:
                add(name, ascending)
        elif ":" in rule:
            name, _, order = rule.rpartition(":")
            add(name, order == "asc")
        else:
            if rule in {"typo", "proximity", "attribute", "exactness"} and all(r != "words" for r, _ in out):
                out.append(("words", None))
            if all(r != rule for r, _ in out):
                out.append((rule, None))
    return out


def _keyword(
    index: Index,
    query: dict[str, Any],
    universe: int,
    sort: list[tuple[str, bool]],
    only: list[str] | None,
    in_order: bool,
) -> Found:
    text = query.get("q")
    rules = _rule_keys(index, sort)
    read = read_query(index, text) if text and text.strip() else Query()
    matcher = None
    if read.terms or read.not_words or read.not_phrases:
        matcher = Matcher(index, read, only)
        universe &= ~matcher.excluded()
    if matcher is None or not read.terms:
        order = list(bits(universe))
        keys = [k for _, k in rules if k is not None]
        if keys and in_order:
            order.sort(key=lambda n: ([k(n) for k in keys], n))
        scores = dict.fromkeys(order, 1.0)
        return Found(order, universe, scores, {}, {})
    level_of: dict[int, list[int]] = {}
    candidates = 0
    for kept in matcher.levels(query.get("matchingStrategy") or "last"):
        new = matcher.reach(kept, universe) & ~candidates
        candidates |= new
        for number in bits(new):
            level_of[number] = kept
    if not in_order:
        return Found(list(bits(candidates)), candidates, {}, {}, matcher.marks())
    judged = {number: matcher.judge(number, kept) for number, kept in level_of.items()}
    terms = len(read.terms)

    def key(number: int) -> list[Any]:
        j = judged[number]
        out: list[Any] = []
        for rule, order in rules:
            if order is not None:
                out.append(order(number))
            elif rule == "words":
                out.append(-j.kept)
            elif rule == "typo":
                out.append(j.typos)
            elif rule == "proximity":
                out.append(j.proximity)
            elif rule == "attribute":
                out.append((j.rank, j.place))
            elif rule == "attributeRank":
                out.append(j.rank)
            elif rule == "wordPosition":
                out.append(j.place)
            elif rule == "exactness":
                out.append((-j.whole, -j.exact))
        return [out, number]

    order = sorted(level_of, key=key)
    used = {r for r, _ in rules}
    scores, details = {}, {}
    for number in order:
        scores[number], details[number] = _score(judged[number], terms, used, matcher)
    return Found(order, candidates, scores, details, matcher.marks())


def _score(j: Judgement, terms: int, used: set[str], matcher: Matcher) -> tuple[float, dict[str, Any]]:
    ranks: list[tuple[str, int, int]] = []
    if "words" in used:
        ranks.append(("words", j.kept, terms))
    if "typo" in used:
        most = sum(2 if len(t.words[0] or "") >= 9 else 1 for t in matcher.query.terms if not t.phrase) or 1
        ranks.append(("typo", max(most - j.typos, 0) + 1, most + 1))
    if "proximity" in used and terms > 1:
        most = (j.kept - 1) * 7 or 1
        ranks.append(("proximity", max(most - j.proximity, 0) + 1, most + 1))
    if used & {"attribute", "attributeRank"}:
        most = max(matcher.weights.values(), default=0) * max(j.kept, 1)
        ranks.append(("attributeRank", max(most - j.rank, 0) + 1, most + 1))
    if used & {"attribute", "wordPosition"}:
        most = 21 * max(j.kept, 1)
        ranks.append(("wordPosition", max(most - j.place, 0) + 1, most + 1))
    if "exactness" in used:
        ranks.append(("exactness", j.whole, 3))
        ranks.append(("exactWords", j.exact + 1, terms + 1))
    rank, most = 1, 1
    details: dict[str, Any] = {}
    for place, (name, mine, top) in enumerate(ranks):
        rank, most = (rank - 1) * top + mine, most * top
        details[name] = {"order": place, "score": mine / top}
    return rank / most, details


def _distinct(index: Index, query: dict[str, Any], found: Found, prefix: str) -> Found:
    name = query.get("distinct") or index.settings["distinctAttribute"]
    if not name:
        return found
    if query.get("distinct"):
        rule = index.features(name)
        if rule is None or not (rule[1] or rule[2]):
            valid = sorted(set(index.filterable_patterns()))
            tail = (
                f"Available filterable attributes patterns are: `{', '.join(valid)}`."
                if valid
                else "This index does not have configured filterable attributes."
            )
            raise MeiliError(
                "invalid_search_distinct",
                f"{prefix}Attribute `{name}` is not filterable and thus, cannot be used as distinct attribute. {tail}",
            )
    seen: set[Any] = set()
    order = []
    for number in found.order:
        got = values_at(index.docs[number], name)
        mine = set(got.strings) | got.numbers
        if mine & seen:
            continue
        seen |= mine
        order.append(number)
    found.order, found.candidates = order, sum(1 << n for n in order)
    return found


# --- vectors


def _cosine(a: list[float], b: list[float]) -> float:
    dot = math.fsum(x * y for x, y in zip(a, b, strict=True))
    size = math.sqrt(math.fsum(x * x for x in a)) * math.sqrt(math.fsum(x * x for x in b))
    return dot / size if size else 0.0


def _semantic(index: Index, query: dict[str, Any], universe: int, sort: list[tuple[str, bool]]) -> Found:
    name, vector = query["hybrid"]["embedder"], query["vector"]
    scores: dict[int, float] = {}
    for number in bits(universe):
        mine = index.vectors.get(number, {}).get(name) or []
        if mine:
            scores[number] = max((1 + _cosine(vector, v)) / 2 for v in mine)
    keys: list[SortKey] = []
    after = 0
    for rule, key in _rule_keys(index, sort):
        if key is not None:
            keys.append(key)
        elif rule in {"words", "typo", "proximity", "attribute"} and not after:
            after = len(keys) + 1
    front = keys[: after - 1] if after else keys
    back = keys[after - 1 :] if after else []
    order = sorted(
        bits(universe),
        key=lambda n: ([k(n) for k in front], -scores.get(n, -1.0), [k(n) for k in back], n),
    )
    full = {n: scores.get(n, 0.0) for n in order}
    details = {n: {"vectorSort": {"order": 0, "similarity": scores.get(n)}} for n in order}
    return Found(order, universe, full, details, {}, len(scores))


def _hybrid(
    index: Index, query: dict[str, Any], universe: int, sort: list[tuple[str, bool]], only: list[str] | None
) -> Found:
    ratio = query["hybrid"]["semanticRatio"]
    words = _keyword(index, query, universe, sort, only, True)
    vectors = _semantic(index, query, universe, sort)
    best: dict[int, tuple[float, float, bool]] = {}
    for number in words.order:
        best[number] = (words.scores[number] * (1 - ratio), words.scores[number], False)
    for number in vectors.order:
        if number not in index.vectors or not index.vectors[number]:
            continue
        score = vectors.scores[number]
        if number not in best or score * ratio > best[number][0]:
            best[number] = (score * ratio, score, True)
    order = sorted(best, key=lambda n: (-best[n][0], n))
    scores = {n: best[n][1] for n in order}
    mask = sum(1 << n for n in order)
    wanted = query.get("offset", 0) + query.get("limit", 20)
    semantic = sum(best[n][2] for n in order[:wanted])
    return Found(order, mask, scores, {}, words.marks, semantic)


# --- facets


def number_text(value: float) -> str:
    """A number as facet distributions print it."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def facets(index: Index, names: list[str], candidates: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The distribution and the statistics of facets among documents."""
    wild = "*" in names
    bad = sorted({n for n in names if n != "*" and not _filterable(index, n)})
    if bad and not wild:
        valid = ", ".join(sorted(set(index.filterable_patterns())))
        tail = (
            f"Available filterable attributes patterns are: `{valid}`."
            if valid
            else "This index does not have configured filterable attributes."
        )
        if len(bad) == 1:
            message = f"Invalid facet distribution: Attribute `{bad[0]}` is not filterable. {tail}"
        else:
            message = f"Invalid facet distribution: Attributes `{', '.join(bad)}` are not filterable. {tail}"
        raise MeiliError("invalid_search_facets", message)
    setting = index.settings["faceting"]
    limit, orders = setting["maxValuesPerFacet"], setting["sortFacetValuesBy"]
    distribution: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for name in sorted(index.fields):
        if not _filterable(index, name) or not (wild or any(under(n, name) for n in names)):
            continue
        facet = index.facet(name)
        if facet is None:
            continue
        order = orders.get(name, orders.get("*", "alpha"))
        numbers = [
            (number_text(v), c) for v in facet.ordered_numbers() if (c := (facet.numbers[v] & candidates).bit_count())
        ]
        texts = [(t, c) for t in facet.ordered_strings() if (c := (facet.strings[t] & candidates).bit_count())]
        if order == "count":
            numbers.sort(key=lambda p: -p[1])
            texts.sort(key=lambda p: -p[1])
        else:
            numbers.sort()
        chosen = numbers[:limit]
        for text, count in texts[: max(0, limit - len(chosen))]:
            first = next(bits(facet.strings[text] & candidates))
            chosen.append((values_at(index.docs[first], name).strings[text], count))
        distribution[name] = dict(chosen)
        present = [v for v in facet.ordered_numbers() if facet.numbers[v] & candidates]
        if present:
            stats[name] = {"min": present[0], "max": present[-1]}
    return distribution, stats


def _filterable(index: Index, name: str) -> bool:
    rule = index.features(name)
    return rule is not None and (rule[1] or rule[2])


def facet_search(index: Index, query: dict[str, Any], node: Node | None) -> list[dict[str, Any]]:
    """Values of one facet that begin with a text, with their counts."""
    name = query["facetName"]
    if not index.settings["facetSearch"]:
        raise MeiliError("facet_search_disabled", "The facet search is disabled for this index")
    place = index.features(name)
    rules = index.settings["filterableAttributes"]
    rule = rules[place[0]] if place else None
    if rule is None or (isinstance(rule, dict) and not rule["features"]["facetSearch"]):
        valid = sorted(
            {
                p
                for r in rules
                for p in ([r] if isinstance(r, str) else r["attributePatterns"] if r["features"]["facetSearch"] else [])
            }
        )
        hint = "To make it facet-searchable add it to the `filterableAttributes` index settings."
        tail = (
            f"Available facet-searchable attributes patterns are: `{', '.join(valid)}`. {hint}"
            if valid
            else f"This index does not have configured facet-searchable attributes. {hint}"
        )
        raise MeiliError("invalid_facet_search_facet_name", f"Attribute `{name}` is not facet-searchable. {tail}")
    candidates = find(index, query, node, in_order=False).candidates
    facet = index.facet(name)
    if facet is None:
        return []
    setting = index.settings["faceting"]
    start = fold(normalize_facet(query.get("facetQuery") or ""))
    hits: list[dict[str, Any]] = []
    for text in facet.ordered_strings():
        mask = facet.strings[text] & candidates
        if mask and fold(text).startswith(start):
            hits.append({"value": values_at(index.docs[next(bits(mask))], name).strings[text], "count": mask.bit_count()})
    if setting["sortFacetValuesBy"].get(name, setting["sortFacetValuesBy"].get("*")) == "count":
        hits.sort(key=lambda h: -int(h["count"]))
    return hits[: setting["maxValuesPerFacet"]]


# --- answers


def answer(index: Index, query: dict[str, Any], node: Node | None, cap_totals: bool = True) -> dict[str, Any]:
    """The whole answer to a search, less the request's own members."""
    paged = query.get("page") is not None or query.get("hitsPerPage") is not None
    most = index.settings["pagination"]["maxTotalHits"]
    offset = 0 if query.get("offset") is None else query["offset"]
    limit = 20 if query.get("limit") is None else query["limit"]
    per_page = 20 if query.get("hitsPerPage") is None else query["hitsPerPage"]
    page = 1 if query.get("page") is None else query["page"]
    if paged:
        skip, take = (per_page * (page - 1), per_page) if page else (0, 0)
    else:
        skip, take = offset, limit
    wanted = query.get("facets")
    # Candidates only, where no document is asked for: ranking would be for nothing.
    ranked = take > 0 or query.get("rankingScoreThreshold") is not None or query.get("distinct") is not None
    found = find(index, query, node, ranked or bool(index.settings["distinctAttribute"]))
    start = min(skip, most)
    shown = found.order[start : start + min(take, most - start)]
    total = found.candidates.bit_count()
    if cap_totals:
        total = min(total, most)
    hits = [_hit(index, query, found, number) for number in shown]
    out: dict[str, Any] = {"hits": hits, "query": query.get("q") or ""}
    if query.get("vector") is not None and query.get("retrieveVectors"):
        out["queryVector"] = query["vector"]
    out["processingTimeMs"] = 0
    if paged:
        pages = -(-total // per_page) if per_page else 0
        out |= {"hitsPerPage": per_page, "page": page, "totalPages": pages, "totalHits": total}
    else:
        out |= {"limit": limit, "offset": offset, "estimatedTotalHits": total}
    if wanted:
        out["facetDistribution"], out["facetStats"] = facets(index, wanted, found.candidates)
    if found.semantic is not None:
        out["semanticHitCount"] = min(found.semantic, len(shown))
    return out


def _displayed(index: Index) -> list[str]:
    displayed = index.settings["displayedAttributes"]
    return list(index.fields) if displayed == ["*"] else [d for d in displayed if d in index.fields]


def _hit(index: Index, query: dict[str, Any], found: Found, number: int) -> dict[str, Any]:
    displayed = _displayed(index)
    wanted = query.get("attributesToRetrieve")
    names = displayed if wanted is None or "*" in wanted else [d for d in displayed if d in wanted]
    document = select({k: v for k, v in index.docs[number].items() if k != "_vectors"}, names)
    wild = index.settings["displayedAttributes"] == ["*"] or "_vectors" in index.settings["displayedAttributes"]
    if query.get("retrieveVectors") and wild:
        document["_vectors"] = index.visible(number, True)["_vectors"]
    formatted = _formats(index, query, displayed, names)
    if formatted or query.get("showMatchesPosition"):
        shown, positions = _format(index, query, found.marks, number, formatted, displayed)
        if formatted:
            document["_formatted"] = shown
        if query.get("showMatchesPosition"):
            document["_matchesPosition"] = positions
    if query.get("showRankingScore"):
        document["_rankingScore"] = found.scores.get(number, 1.0)
    if query.get("showRankingScoreDetails"):
        document["_rankingScoreDetails"] = found.details.get(number, {})
    return document


def _formats(
    index: Index, query: dict[str, Any], displayed: list[str], names: list[str]
) -> dict[str, tuple[bool, int | None]]:
    """Field -> (marked?, cropped to how many words?) for everything in `_formatted`."""
    out: dict[str, tuple[bool, int | None]] = {}
    for name in query.get("attributesToHighlight") or []:
        for each in displayed if name == "*" else [name] if name in displayed else []:
            out[each] = (True, None)
    for text in query.get("attributesToCrop") or []:
        name, colon, length = text.rpartition(":")
        name = name if colon else text
        size = int(length) if colon and re.fullmatch(r"\d+", length) else query.get("cropLength", 10)
        for each in displayed if name == "*" else [name] if name in displayed else []:
            out[each] = (out.get(each, (False, None))[0], size)
    if out:
        for name in names:
            out.setdefault(name, (False, None))
    return out


def _format(
    index: Index,
    query: dict[str, Any],
    marks: dict[str, int | None],
    number: int,
    formats: dict[str, tuple[bool, int | None]],
    displayed: list[str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    positions: dict[str, list[dict[str, Any]]] = {}

    def leaf(name: str, text: str, indices: list[int]) -> str:
        tokens = list(index.tokenizer.tokens(text))
        for start, size in _marked(text, tokens, marks):
            begin = len(text[:start].encode())
            entry: dict[str, Any] = {"start": begin, "length": len(text[start : start + size].encode())}
            if indices:
                entry["indices"] = indices
            positions.setdefault(name, []).append(entry)
        mark, crop = False, None
        for field_name, (m, c) in formats.items():
            if under(field_name, name) or under(name, field_name):
                mark, crop = mark or m, c if c is not None else crop
        return _write(text, tokens, marks, mark, crop, query)

    def walk(value: Any, name: str, indices: list[int]) -> Any:
        if isinstance(value, dict):
            return {k: walk(v, f"{name}.{k}" if name else k, indices) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v, name, [*indices, i]) for i, v in enumerate(value)]
        if isinstance(value, str):
            return leaf(name, value, indices)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return leaf(name, str(value), indices)
        return value

    chosen = displayed if query.get("showMatchesPosition") else list(formats)
    source = {k: v for k, v in index.docs[number].items() if k != "_vectors"}
    shown = walk(select(source, chosen), "", [])
    return select(shown, list(formats)), positions


def _marked(text: str, tokens: list[Token], marks: dict[str, int | None]) -> Iterator[tuple[int, int]]:
    for token in tokens:
        if token.kind in {"word", "stop"} and token.lemma in marks:
            size = marks[token.lemma]
            whole = token.end - token.start
            yield token.start, whole if size is None else _characters(text[token.start : token.end], size)


def _characters(word: str, folded: int) -> int:
    """How many characters of a word make up so many folded ones."""
    for i in range(1, len(word) + 1):
        if len(fold(word[:i])) >= folded:
            while i < len(word) and not fold(word[i]):
                i += 1
            return i
    return len(word)


def _write(
    text: str,
    tokens: list[Token],
    marks: dict[str, int | None],
    mark: bool,
    crop: int | None,
    query: dict[str, Any],
) -> str:
    spans = list(_marked(text, tokens, marks))
    begin, end = 0, len(text)
    words = [t for t in tokens if t.kind in {"word", "stop"}]
    if crop and len(words) > crop:
        first = next((i for i, t in enumerate(words) if spans and t.start == spans[0][0]), 0)
        best = first
        if spans:
            starts = {s for s, _ in spans}
            best = max(
                range(len(words) - crop + 1),
                key=lambda i: (sum(w.start in starts for w in words[i : i + crop]), -abs(i - first)),
            )
        best = min(best, len(words) - crop)
        begin = words[best].start if best else 0
        end = words[best + crop - 1].end if best + crop < len(words) else len(text)
    out = [query.get("cropMarker", "…")] if begin else []
    at = begin
    for start, size in spans:
        if not mark or start < begin or start + size > end:
            continue
        out += [
            text[at:start],
            query.get("highlightPreTag", "<em>"),
            text[start : start + size],
            query.get("highlightPostTag", "</em>"),
        ]
        at = start + size
    out.append(text[at:end])
    if end < len(text):
        out.append(query.get("cropMarker", "…"))
    return "".join(out)
