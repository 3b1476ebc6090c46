"""Respell a query in the collection's own words ("Ý bạn là"): slips of the keyboard and damaged letters.

A noisy channel: each syllable may stand for the words of the collection that differ by one edit or one entry of
`slips.tsv`, or for how `vitext` reads the query as letters that a recogniser destroyed; the collection's own adjacent pairs
choose among them (Viterbi). The collection's words are counted over undamaged text only. It keeps still unless a syllable
is unknown to that text, or nothing was found: a false correction is worse than none.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.errors import TableError
from kb.ports import Term
from kb.store import Snapshot
from search_api.query import Query
from vitext import DOUBTFUL, SURE, fold, repair, tokenise

#: Candidates kept a syllable; more did not change any suggestion on the corpus.
CANDIDATES = 12
#: Cost (natural log units) of one edit of the keyboard; of typing other accents; of a word the collection lacks.
EDIT_COST = 3.5
ACCENT_COST = 2.0
UNKNOWN_COST = 14.0
#: Cost of Telex keys that were not turned into letters ("truyeenf").
TELEX_COST = 1.0
#: Cost of a syllable read as damaged letters, besides what the reader doubts of it; one that it doubts more is no candidate.
READ_COST = 1.0
#: Cost of another word than the one that the reader reads in a damaged query: its context is all of the language.
DISAGREE_COST = 2.0
#: Words of this many letters may be edited. The first letter is left alone: people slip later ("Zalo" is not "alo").
EDITED = range(2, 11)
#: Weight of pairs against single words in the language model.
PAIR_WEIGHT = 0.7
#: Words of a query that are respelt; a longer text is not a slip.
LONGEST = 16
_LETTERS = "abcdeghiklmnopqrstuvxy"
_TELEX_LETTER = re.compile("([aeod])\\1")
# The tone key may stand at the end or behind the vowel ("truyeenf", "thuowrng").
_TELEX_TONE = re.compile("(?<=[aeiouyw])[sfrxj](?=(?:ch?|m|ng?|nh|p|t)$)|(?<=[a-z])[sfrxj]$")


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
    """(seen, meant, cost) from the table. Raises TableError."""
    path = Path(__file__).parent / "slips.tsv"
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) != 4:
                raise TableError(f"{path}:{number}: cần 4 cột")
            rows.append((cells[0], cells[1], float(cells[2])))
    return tuple(rows)


def read_as_damaged(typed: Sequence[str]) -> dict[int, tuple[str, float]]:
    """How the reader reads a query of destroyed letters: each word with the cost of its reading, by its index.

    Empty for clean Vietnamese, for words typed without accents and for foreign words: a query that reads as the same
    letters is not damaged. Empty too when one word of the reading is doubtful: a short query has no context to lend.

    >>> read_as_damaged(("Pay", "manh", "cdng", "tac"))[0][0]
    'đẩy'
    >>> read_as_damaged(("day", "manh", "cong", "tac")), read_as_damaged(("Zalo", "OA"))
    ({}, {})
    """
    repaired = repair(" ".join(typed), assume="ocr")
    read = repaired.text.lower().split()
    if len(read) != len(typed) or any(word.confidence < DOUBTFUL for word in repaired.words):
        return {}
    if all(fold(old) == fold(new) for old, new in zip(typed, read, strict=True)):
        return {}
    sure = {len(repaired.text[: word.start].split()): word.confidence for word in repaired.words}
    changed = [fold(old) != fold(new) for old, new in zip(typed, read, strict=True)]
    return {index: (word, READ_COST * changed[index] - math.log(sure.get(index, SURE))) for index, word in enumerate(read)}


class Speller:
    """Respells against the words of one published state; build once a generation (reads the word table)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._counts: dict[str, int] = {}
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for word, key, count in snapshot.words():
            self._counts[word] = count
            self._by_key[key].append(word)
        for words in self._by_key.values():
            words.sort(key=lambda w: (-self._counts[w], w))
        self._total = max(1, sum(self._counts.values()))

    def knows(self, term: Term) -> bool:
        """The collection's undamaged text holds the syllable, accents ignored; numbers are always known."""
        return term.f in self._by_key or term.f.isdigit()

    def respell(self, snapshot: Snapshot, query: Query, *, found: bool) -> Respelling | None:
        """The likeliest reading of the plain words as typed, or None when it is the query itself.

        None too when every syllable is known and something was `found` as typed, when the query is no slip but a text, and
        when nothing better is found.
        """
        terms, typed = query.free, query.free_words
        if not terms or len(terms) > LONGEST or (found and all(self.knows(term) for term in terms)):
            return None
        read = read_as_damaged(typed)
        lattice = [
            self._candidates(word.lower(), term, read.get(index))
            for index, (word, term) in enumerate(zip(typed, terms, strict=True))
        ]
        words = tuple(self._best_path(snapshot, lattice))
        respelt = tuple(Term(token.f, token.r) for word in words for token in tokenise(word))
        if len(respelt) != len(terms) or all(new.f == old.f for new, old in zip(respelt, terms, strict=True)):
            return None
        return Respelling(words, respelt)

    def _candidates(self, word: str, term: Term, read: tuple[str, float] | None) -> list[tuple[str, float]]:
        """(word, cost) for one syllable, the cheapest first; the syllable itself stays possible. `read` is another one, with
        its cost: how the letters are read as damaged ones."""
        costs: dict[str, float] = {}
        keys = {term.f: 0.0}
        if not self.knows(term):
            # The key has i for y ("vy" -> "vi"); a slip may need the letter as typed ("vy" for "vụ").
            for form in {term.f, fold(word)}:
                for key, cost in self._near(form):
                    keys[key] = min(cost, keys.get(key, cost))
            costs[word] = UNKNOWN_COST
        for key, cost in keys.items():
            for candidate in self._by_key.get(key, ())[:CANDIDATES]:
                other = ACCENT_COST if key == term.f and term.accented and candidate != word else 0.0
                costs[candidate] = min(cost + other, costs.get(candidate, math.inf))
        if not costs:
            costs[word] = 0.0
        if read:
            agreed = min(read[1], costs.get(read[0], math.inf))
            costs = {w: cost + DISAGREE_COST for w, cost in costs.items()} | {read[0]: agreed}
        prior = {w: cost - self._log_word(w) for w, cost in costs.items()}
        best = sorted(costs, key=lambda w: (prior[w], w))[:CANDIDATES]
        return [(w, costs[w]) for w in best]

    def _near(self, key: str) -> list[tuple[str, float]]:
        """Known keys one slip or one edit away."""
        found: list[tuple[str, float]] = []
        for seen, meant, cost in slips():
            at = key.find(seen)
            while at >= 0:
                found.append((key[:at] + meant + key[at + len(seen) :], cost))
                at = key.find(seen, at + 1)
        plain = _TELEX_TONE.sub("", _TELEX_LETTER.sub(r"\1", key).replace("w", ""))
        found.append((plain, TELEX_COST))
        if len(key) in EDITED:
            splits = [(key[:i], key[i:]) for i in range(1, len(key) + 1)]
            edits = {a + b[1:] for a, b in splits if b}
            edits |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
            edits |= {a + c + b[1:] for a, b in splits if b for c in _LETTERS}
            edits |= {a + c + b for a, b in splits for c in _LETTERS}
            found.extend((edit, EDIT_COST) for edit in edits)
        return [(candidate, cost) for candidate, cost in found if candidate != key and candidate in self._by_key]

    def _log_word(self, word: str) -> float:
        return math.log((self._counts.get(word, 0) + 0.5) / (self._total + 0.5 * (len(self._counts) + 1)))

    def _best_path(self, snapshot: Snapshot, lattice: list[list[tuple[str, float]]]) -> list[str]:
        paths: dict[str, tuple[float, tuple[str, ...]]] = {
            word: (cost - self._log_word(word), (word,)) for word, cost in lattice[0]
        }
        for column in lattice[1:]:
            longer: dict[str, tuple[float, tuple[str, ...]]] = {}
            for word, cost in column:
                longer[word] = min(
                    (before + cost - self._log_pair(snapshot, last, word), (*path, word))
                    for last, (before, path) in paths.items()
                )
            paths = longer
        return list(min(paths.values())[1])

    def _log_pair(self, snapshot: Snapshot, first: str, second: str) -> float:
        single = math.exp(self._log_word(second))
        base = self._counts.get(first, 0)
        pair = snapshot.pair_count(first, second) / base if base else 0.0
        return math.log(PAIR_WEIGHT * pair + (1 - PAIR_WEIGHT) * single)
