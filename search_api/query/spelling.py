"""Respell a query in the collection's own words ("Ý bạn là"), to correct slips of the keyboard and damaged letters.

The model is a noisy channel. The candidates of a syllable are the words of the collection that differ by one edit or one
row of `slips.tsv`, and the word by which `vitext` corrects the syllable as damaged letters; the Viterbi algorithm chooses
among them by the pairs of words that stand side by side in the collection. Only undamaged text is counted. Nothing is
respelt unless a syllable is unknown to that text, or nothing was found: a false correction is worse than none.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from kb.errors import TableError
from kb.papers.vocabulary import read_table
from kb.ports import Term
from search_api.query.parser import PairCounts as PairCounts
from search_api.query.parser import Query
from search_api.query.synonyms import find_expansions
from vitext import DOUBTFUL_CONFIDENCE, SURE_CONFIDENCE, default_language_model, fold, is_syllable, repair, tokenise

#: Candidates of a syllable; more candidates did not change any suggestion on the corpus.
MAX_CANDIDATES = 12
#: Cost of one edit of the keyboard. All costs are in natural log units.
EDIT_COST = 3.5
#: Cost of other accents than those typed.
ACCENT_COST = 2.0
#: Cost of a word that neither the collection nor the language has.
UNKNOWN_COST = 14.0
#: Cost of a word of the language that the collection does not have.
STRANGE_COST = 4.0
#: Cost of Telex or VNI keys that were not turned into letters ("truyeenf", "truye62n").
TELEX_COST = 1.0
#: Cost of changing a syllable as damaged letters, besides the doubt of the corrector.
CORRECTION_COST = 1.0
#: Cost of another word than the corrector's in a damaged query: the corrector knows the context of the whole language.
DISAGREEMENT_COST = 2.0
#: Lengths in letters of the keys that may be edited.
EDITABLE_LENGTHS = range(2, 11)
#: Additional cost of editing a syllable that the collection knows. Such a slip must give words that stand side by side.
KNOWN_COST = 4.0
#: The least count in the collection of a word that an edit may give.
MIN_COUNT = 2
#: Weight of the collection's pairs in the probability of the next word.
PAIR_WEIGHT = 0.5
#: Weight of the language's pairs. The rest is the weight of how common the word is in the collection.
LANGUAGE_WEIGHT = 0.3
#: Words of a query that may be respelt, at most; a longer text is no slip.
MAX_WORDS = 48
#: A letter typed twice, which Telex turns into one letter with a mark.
_TELEX_LETTER = re.compile("([aeod])\\1")
#: The tone key of Telex, at the end or behind the vowel ("truyeenf", "thuowrng").
_TELEX_TONE = re.compile("(?<=[aeiouyw])[sfrxj](?=(?:ch?|m|ng?|nh|p|t)$)|(?<=[a-z])[sfrxj]$")
#: A syllable with VNI keys that were not turned into letters: a digit behind its vowel or d ("d9a61t", "hie63m").
_VNI = re.compile("(?:[bcdghklmnpqrstvx]{0,3}9?)?(?:[aeiouy]{1,3}[1-8]{1,2})+[a-z]{0,2}[1-5]?|d9[a-z]+[1-5]?")
#: The keys of VNI.
_DIGITS = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Respelling:
    """The query in other words, and their terms."""

    words: tuple[str, ...]
    terms: tuple[Term, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


@lru_cache(maxsize=1)
def slips() -> tuple[tuple[str, str, float], ...]:
    """The rows of the table: (seen, meant, cost). Raises TableError."""
    path = Path(__file__).parent / "slips.tsv"
    rows = []
    for line, (seen, meant, cost, example) in read_table(path, 4):
        if not example:
            raise TableError(f"{path}:{line}: cần 4 cột")
        rows.append((seen, meant, float(cost)))
    return tuple(rows)


def correct_damaged(typed: Sequence[str]) -> dict[int, tuple[str, float]]:
    """The corrections of a query of damaged letters: the index of a word -> the corrected word with its cost.

    The result is empty for clean Vietnamese, for words without accents and for foreign words: a query whose correction has
    the same letters is not damaged. It is also empty where one corrected word is doubtful, because a short query has little
    context.

    >>> correct_damaged(("Pay", "manh", "cdng", "tac"))[0][0]
    'đẩy'
    >>> correct_damaged(("day", "manh", "cong", "tac")), correct_damaged(("Zalo", "OA"))
    ({}, {})
    """
    repaired = repair(" ".join(typed), assume="ocr")
    corrected = repaired.text.lower().split()
    if len(corrected) != len(typed) or any(word.confidence < DOUBTFUL_CONFIDENCE for word in repaired.words):
        return {}
    changed = [fold(old) != fold(new) for old, new in zip(typed, corrected, strict=True)]
    if not any(changed):
        return {}
    confidence = {len(repaired.text[: word.start].split()): word.confidence for word in repaired.words}
    return {
        index: (word, CORRECTION_COST * changed[index] - math.log(confidence.get(index, SURE_CONFIDENCE)))
        for index, word in enumerate(corrected)
    }


def _never_respelt(typed: Sequence[str]) -> frozenset[int]:
    """The indexes of the words that are no slips: abbreviations (NTM).

    In a query in capitals alone a word is an abbreviation where the table of synonyms knows it.
    """
    shouted = all(word.isupper() for word in typed)
    return frozenset(
        at
        for at, word in enumerate(typed)
        if word.isupper()
        and len(word) > 1
        and (not shouted or any(e.kind == "abbreviation" for e in find_expansions((word,))))
    )


def _is_clean(typed: Sequence[str]) -> bool:
    """Whether every word is a Vietnamese syllable and some have accents: no letters of such a query are damaged."""
    return all(is_syllable(word) or word.isdigit() for word in typed) and any(fold(word) != word.lower() for word in typed)


#: Pairs of neighbours whose answer is kept.
MAX_PAIRS = 1 << 16


class Speller:
    """Respells queries in the words of one published state. Build it once a generation.

    `counted` has (word, folded key, count) of each word of the collection.
    """

    def __init__(self, counted: Iterable[tuple[str, str, int]]) -> None:
        self._counts: dict[str, int] = {}
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for word, key, count in counted:
            self._counts[word] = count
            self._by_key[key].append(word)
        for words in self._by_key.values():
            words.sort(key=lambda w: (-self._counts[w], w))
        self._total = max(1, sum(self._counts.values()))
        self._language = default_language_model()
        self._shortened: dict[str, list[str]] | None = None
        self._together: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._own = lru_cache(maxsize=1 << 14)(self._find_own)
        self._near = lru_cache(maxsize=1 << 14)(self._find_near)
        self._log_word = lru_cache(maxsize=1 << 14)(self._find_log)

    def knows(self, term: Term) -> bool:
        """Whether the collection's undamaged text has the syllable, accents ignored. Numbers are always known."""
        return term.folded in self._by_key or term.folded.isdigit()

    def _is_word(self, term: Term) -> bool:
        """Whether the syllable is a word of the collection or of the language, accents ignored."""
        return self.knows(term) or bool(self._language.spellings(term.folded))

    def respell(self, pair_counts: PairCounts, query: Query, *, found: bool) -> Respelling | None:
        """The likeliest spelling of the plain words; None where it is the query as typed.

        Words of spans stay, and so do abbreviations; they are the context of the others. `found` tells that some item holds
        the words as typed. Then only words are doubted that neither the collection nor the language knows. Without `found`,
        words are doubted as well that never stand beside a neighbour of theirs, neither in the collection nor in the
        language. The result is None where no syllable is doubted, where the query is a long text, and where nothing better
        is found.
        """
        terms, typed = query.word_terms, query.words
        plain = [at for at, word in enumerate(query.found) if word.kind == "plain"]
        if not plain or len(terms) > MAX_WORDS or (found and all(self.knows(term) for term in terms)):
            return None
        words = tuple(word.lower() for word in typed)
        sure = _never_respelt(typed) | (frozenset(range(len(terms))) - frozenset(plain))
        unknown = frozenset(at for at, term in enumerate(terms) if not self._is_word(term)) - sure
        corrected = {} if not unknown and _is_clean(typed) else correct_damaged(typed)
        corrected = {at: correction for at, correction in corrected.items() if at not in sure}
        own = [self._own(word, term) for word, term in zip(words, terms, strict=True)]
        doubted = unknown if found else unknown | (self._lonely(pair_counts, terms, own) - sure)
        if not doubted and not corrected:
            return None
        lattice = []
        for at, (word, term) in enumerate(zip(words, terms, strict=True)):
            costs = dict(own[at])
            if at in doubted:
                self._add_near(costs, word, term, known=at not in unknown)
            lattice.append(self._column(costs, corrected.get(at)))
        chosen = self._best_path(pair_counts, lattice)
        bare = not any(term.has_accents for term in terms)
        chosen = [
            new if at not in sure and (at in doubted or at in corrected or bare) else old
            for at, (old, new) in enumerate(zip(words, chosen, strict=True))
        ]
        respelt = tuple(Term(token.folded, token.accented) for word in chosen for token in tokenise(word))
        if len(respelt) != len(terms) or all(new.folded == old.folded for new, old in zip(respelt, terms, strict=True)):
            return None
        return Respelling(tuple(chosen[at] for at in plain), tuple(respelt[at] for at in plain))

    def _find_own(self, word: str, term: Term) -> Mapping[str, float]:
        """The words with the same letters, and the cost of their accents."""
        here = self._by_key.get(term.folded)
        variants = (here or self._language.spellings(term.folded))[:MAX_CANDIDATES]
        strange = 0.0 if here else STRANGE_COST
        costs = {v: strange + (ACCENT_COST if term.has_accents and v != word else 0.0) for v in variants}
        return costs or {word: 0.0 if term.folded.isdigit() else UNKNOWN_COST}

    def _lonely(self, pair_counts: PairCounts, terms: Sequence[Term], own: Sequence[Mapping[str, float]]) -> frozenset[int]:
        """The indexes of words that never stand beside either neighbour, with any accents."""
        beside = [self._stand_together(pair_counts, tuple(a), tuple(b)) for a, b in pairwise(own)]
        sides = zip([False, *beside], [*beside, False], strict=True)
        lonely = (at for at, (left, right) in enumerate(sides) if not left and not right)
        return frozenset(at for at in lonely if not terms[at].folded.isdigit() and len(terms) > 1)

    def _stand_together(self, pair_counts: PairCounts, firsts: tuple[str, ...], seconds: tuple[str, ...]) -> bool:
        """Whether the collection or the language knows one of the pairs. The answer is kept: queries share most pairs."""
        found = self._together.get((firsts, seconds))
        if found is None:
            known = pair_counts(firsts, seconds)
            found = bool(known) or bool(np.isfinite(self._language.pair_table(list(firsts), list(seconds))).any())
            if len(self._together) >= MAX_PAIRS:
                self._together.clear()
            self._together[firsts, seconds] = found
        return found

    def _add_near(self, costs: dict[str, float], word: str, term: Term, *, known: bool) -> None:
        """Add the words one slip away. A known word is seldom a slip: for it only an edit counts, and it costs more."""
        # The key has i for y ("vy" -> "vi"); a slip may need the letter as typed ("vy" for "vụ").
        for form in dict.fromkeys((term.folded, fold(word))):
            for key, cost in self._near(form):
                if known and cost != EDIT_COST:
                    continue
                for candidate in self._by_key[key][:MAX_CANDIDATES]:
                    full = cost + KNOWN_COST * known
                    costs[candidate] = min(full, costs.get(candidate, math.inf))

    def _column(self, costs: dict[str, float], correction: tuple[str, float] | None) -> list[tuple[str, float]]:
        """(word, cost) of the candidates of one syllable, the likeliest first. `correction` is the corrector's word with its
        cost."""
        if correction:
            corrected, cost = correction
            agreed = min(cost, costs.get(corrected, math.inf))
            costs = {w: cost + DISAGREEMENT_COST for w, cost in costs.items()} | {corrected: agreed}
        prior = {w: cost - self._log_word(w) for w, cost in costs.items()}
        best = sorted(costs, key=lambda w: (prior[w], w))[:MAX_CANDIDATES]
        return [(w, costs[w]) for w in best]

    def _find_near(self, key: str) -> tuple[tuple[str, float], ...]:
        """The known keys one slip or one edit away, with their costs."""
        found: list[tuple[str, float]] = []
        for seen, meant, cost in slips():
            at = key.find(seen)
            while at >= 0:
                found.append((key[:at] + meant + key[at + len(seen) :], cost))
                at = key.find(seen, at + 1)
        plain = _TELEX_TONE.sub("", _TELEX_LETTER.sub(r"\1", key).replace("w", ""))
        found.append((plain, TELEX_COST))
        if _VNI.fullmatch(key):
            found.append((_DIGITS.sub("", key), TELEX_COST))
        if len(key) in EDITABLE_LENGTHS:
            index = self._edits()
            candidates = {other for short in shorten(key) for other in index.get(short, ())}
            found.extend((other, EDIT_COST) for other in sorted(candidates) if one_edit(key, other))
        return tuple((candidate, cost) for candidate, cost in found if candidate != key and candidate in self._by_key)

    def _edits(self) -> dict[str, list[str]]:
        """What is left of a known key without one letter -> the keys. Two keys one edit apart share such a rest."""
        if self._shortened is None:
            index: dict[str, list[str]] = defaultdict(list)
            for key, words in self._by_key.items():
                if len(key) <= EDITABLE_LENGTHS.stop and key.isalpha() and sum(self._counts[w] for w in words) >= MIN_COUNT:
                    for short in shorten(key):
                        index[short].append(key)
            self._shortened = dict(index)
        return self._shortened

    def _find_log(self, word: str) -> float:
        """How common a word is in the collection, as the logarithm of its share."""
        return math.log((self._counts.get(word, 0) + 0.5) / (self._total + 0.5 * (len(self._counts) + 1)))

    def _best_path(self, pair_counts: PairCounts, lattice: list[list[tuple[str, float]]]) -> list[str]:
        """The likeliest word of each column (the Viterbi algorithm)."""
        paths = [(word,) for word, _ in lattice[0]]
        cost = np.array([cost - self._log_word(word) for word, cost in lattice[0]])
        for column in lattice[1:]:
            lasts, words = [path[-1] for path in paths], [word for word, _ in column]
            alone = np.array([math.exp(self._log_word(word)) for word in words])
            share = LANGUAGE_WEIGHT * np.exp(-self._language.pair_table(lasts, words))
            share += (1 - PAIR_WEIGHT - LANGUAGE_WEIGHT) * alone
            rows, places = ({word: at for at, word in enumerate(side)} for side in (lasts, words))
            for (first, second), count in pair_counts(lasts, words).items():
                share[rows[first], places[second]] += PAIR_WEIGHT * count / self._counts[first]
            total = cost[:, None] + np.array([cost for _, cost in column]) - np.log(share)
            best = total.argmin(axis=0)
            cost = total[best, np.arange(len(words))]
            paths = [(*paths[at], word) for at, word in zip(best.tolist(), words, strict=True)]
        return list(paths[int(cost.argmin())])


def shorten(key: str) -> list[str]:
    """The key itself, and what is left of it without any one of its letters.

    >>> shorten("abc")
    ['abc', 'bc', 'ac', 'ab']
    """
    return [key, *(key[:at] + key[at + 1 :] for at in range(len(key)))]


def one_edit(a: str, b: str) -> bool:
    """Whether two keys differ by one letter that is inserted, left out or changed, or by two swapped neighbours.

    >>> one_edit("trogn", "trong"), one_edit("lua", "lusa"), one_edit("abcd", "badc")
    (True, True, False)
    """
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[head:], b[head:]
    if len(a) != len(b):
        return a[1:] == b or a == b[1:]
    return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
