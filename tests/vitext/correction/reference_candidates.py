"""The reference for the first half of decoder.c: which syllables and words a damaged word may have been.

Function for function it follows decoder.c, whose comments say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from vitext.correction.model import NONE, SETTINGS, CorrectionModel, form_hash, rest_seed
from vitext.correction.tokens import AS_IS, LOWER, TITLE, UPPER

# The constants of decoder.c, by its names.
#: The cost of what cannot be.
FAR = 1 << 28
#: Longer words are not corrected.
LONGEST = 24
#: Letters of a word that may stand for its onset.
ONSET_REACH = 6
#: Candidates of a word.
K = 64
#: The numbers of the words that are no text.
UNKNOWN = 0
START = 1
NUMBER = 2
#: In the tables: a letter that is never seen as these characters.
NEVER = 255


class Candidate(NamedTuple):
    """A word that may have been printed, how it is written, and what that costs."""

    word: int
    shape: int
    cost: int


#: Characters used so far -> the least cost.
Front = dict[int, int]


class CandidateSearch:
    """The tables of one channel as Python lists: a list is read faster than an array, an item at a time."""

    def __init__(self, model: CorrectionModel, channel: str) -> None:
        self.arrays = model.of(channel)
        self.settings = {name: model.setting(name, channel) for name in SETTINGS}
        _, self.letters, self.onsets, self.nodes, self.rests, *_ = model.sizes(channel)
        lists = (
            "unigram unigram_backoff node_letter node_depth node_end node_rest rest_share form_share shapes add row_of_one"
        )
        self.lists: dict[str, Any] = {name: self.arrays[name].tolist() for name in lists.split()}
        self.rows = self.arrays["rows"].tolist()
        self.onset_letters = self.arrays["onset_letters"].tolist()
        self.syllable = self.arrays["syllable"].tolist()
        self.chunks = dict(zip(self.arrays["chunk_key"].tolist(), self.arrays["chunk_row"].tolist(), strict=True))
        self.rest_at = {key: i for i, key in enumerate(self.arrays["rest_key"].tolist())}
        self.form_at = {key: i for i, key in enumerate(self.arrays["form_key"].tolist())}
        self.known: dict[bytes, list[Candidate]] = {}

    def add(self, a: int, b: int) -> int:
        """The cost of a sum of two shares, by a table."""
        low, high = (a, b) if a < b else (b, a)
        table = self.lists["add"]
        return low - int(table[high - low]) if high - low < len(table) else low

    def row_of(self, s: bytes) -> int:
        """The row of a chunk of one to three characters; 0 or -1 for none."""
        if len(s) == 1:
            return int(self.lists["row_of_one"][s[0]])
        key = s[0] | s[1] << 7 | (s[2] << 14 | 1 << 21 if len(s) == 3 else 0)
        return int(self.chunks.get(key, -1))

    def cost_of(self, row: int, size: int, letter: int) -> int:
        """What it costs that a letter is seen as the chunk of a row; FAR for never."""
        c = self.rows[row][letter] if row >= 0 else NEVER
        if c == NEVER:
            return self.settings["never"] * 16 if size == 1 else FAR
        return c * 16

    def onset_fronts(self, rows: Sequence[Sequence[int]], reach: int, shape: int, limit: int) -> list[Front]:
        """What every onset costs as the first characters, by how many they are."""
        costs = []
        for letters in self.onset_letters:
            front: Front = {0: 0}
            for k, letter in enumerate(letters):
                if letter == NEVER:
                    break
                upper = shape == UPPER or (shape == TITLE and k == 0)
                front = self.extend(front, rows, reach, letter + (self.letters if upper else 0), limit)
            costs.append(front)
        return costs

    def extend(self, front: Front, rows: Sequence[Sequence[int]], reach: int, letter: int, limit: int) -> Front:
        """One more letter behind those of the front."""
        found: Front = {}
        for i, base in front.items():
            for size in range(min(3, reach - i) + 1):
                row = rows[i][size] if size else 0
                cost = base + self.cost_of(row, size, letter)
                if cost <= limit and cost < found.get(i + size, FAR):
                    found[i + size] = cost
        return found

    def extend_back(self, front: Front, rows: Sequence[Sequence[int]], letter: int, most: int) -> Front:
        """One more letter before those of the front."""
        found: Front = {}
        for j, base in front.items():
            for size in range(min(3, j) + 1):
                row = rows[j - size][size] if size else 0
                cost = self.cost_of(row, size, letter)
                if size == 2:
                    ones = (self.cost_of(rows[at][1], 1, letter) for at in (j - 2, j - 1))
                    cost = min(cost, min(ones) + self.settings["insert"])
                cost += base
                if cost <= most and cost < found.get(j - size, FAR):
                    found[j - size] = cost
        return found

    def best_with(self, onset_cost: Sequence[Front], rest: int, i: int, cost: int, best: int) -> int:
        """The cheapest syllable with a rest that begins at character i, if it is cheaper than the best so far."""
        for o, front in enumerate(onset_cost):
            if front.get(i, FAR) + cost < best and self.syllable[o][rest] != NONE:
                best = front[i] + cost
        return best

    def search(self, s: bytes, pool: _Pool, rows: Sequence[Sequence[int]], shape: int, limit: int, best: int) -> int:
        """Offer every syllable that the word may be in one shape; the cost of the cheapest."""
        n = len(s)
        reach = min(n, ONSET_REACH)
        onset_cost = self.onset_fronts(rows, reach, shape, limit)
        cheapest = [min((front.get(j, FAR) for front in onset_cost), default=FAR) for j in range(reach + 1)]
        hits: list[list[tuple[int, ...]]] = []
        for i in range(reach + 1):
            seed = rest_seed(UPPER if shape == UPPER else TITLE if shape == TITLE and i == 0 else LOWER)
            at = self.rest_at.get(form_hash(s[i:], seed), -1) if cheapest[i] <= limit else -1
            hits.append(self.entries("rest", at) if at >= 0 else [])
            for rest, cost in hits[i]:
                best = self.best_with(onset_cost, rest, i, cost, best)
        walked = self.walk(rows, n, reach, shape, min(best + self.settings["keep_limit"], limit))
        for (i, rest), cost in walked.items():
            if cost + cheapest[i] <= limit and cost + cheapest[i] < best:
                best = self.best_with(onset_cost, rest, i, cost, best)
        most = min(best + self.settings["keep_limit"], limit)
        for i in range(reach + 1):
            rest_cost = {rest: cost for (at, rest), cost in walked.items() if at == i and cost + cheapest[i] <= most}
            for rest, cost in hits[i]:
                rest_cost[rest] = self.add(rest_cost[rest], cost) if rest in rest_cost else cost
            for o, front in enumerate(onset_cost):
                for rest, cost in rest_cost.items():
                    word, total = self.syllable[o][rest], front.get(i, FAR) + cost
                    if word != NONE and total <= most:
                        pool.offer(word, shape, total + self.lists["form_share"][word] * 16)
        return best

    def walk(self, rows: Sequence[Sequence[int]], n: int, reach: int, shape: int, most: int) -> dict[tuple[int, int], int]:
        """What every rest costs by its letters from every character on: by the character and the rest."""
        found: dict[tuple[int, int], int] = {}
        stack: list[Front] = [{n: 0}] + [{}] * 12
        node = 0
        while node < self.nodes:
            depth = self.lists["node_depth"][node]
            letter = self.lists["node_letter"][node]
            here = self.extend_back(stack[depth - 1], rows, letter + (self.letters if shape == UPPER else 0), most)
            stack[depth] = here
            rest = self.lists["node_rest"][node]
            if rest != NONE:
                fits = {i: cost for i, cost in here.items() if i <= reach and (i or shape != TITLE)}
                if shape == TITLE and 0 in (first := self.extend_back(stack[depth - 1], rows, letter + self.letters, most)):
                    fits[0] = first[0]
                for i, cost in fits.items():
                    cost += self.lists["rest_share"][rest] * 16
                    if cost < found.get((i, rest), FAR):
                        found[i, rest] = cost
            node = node + 1 if here else self.lists["node_end"][node]
        return found

    def entries(self, name: str, at: int) -> list[tuple[int, ...]]:
        """What the table of rests or of whole words holds at an index."""
        start, end = self.arrays[f"{name}_start"][at : at + 2].tolist()
        size = 2 if name == "rest" else 3
        flat = self.arrays[f"{name}_entry"][start * size : end * size].tolist()
        return [tuple(flat[k : k + size]) for k in range(0, len(flat), size)]

    def look_up(self, s: bytes) -> list[Candidate]:
        """The candidates of a word, remembered."""
        if s not in self.known:
            self.known[s] = self.candidates(s)
        return self.known[s]

    def candidates(self, s: bytes) -> list[Candidate]:
        """The candidates of a word: syllables by their letters, whole words by the table, and the word as it stands."""
        n = len(s)
        marked = self.settings["marked_letters"]
        uppers = sum(27 <= c <= 52 or (marked and 107 <= c <= 125) for c in s)
        accented = 0 if marked else sum(c == 64 or 107 <= c <= 125 for c in s)
        letters = uppers + sum(1 <= c <= 26 or (marked and 88 <= c <= 106) for c in s)
        digits = sum(53 <= c <= 62 for c in s)
        pool = _Pool(self)
        if n <= LONGEST:
            rows = [[-1, *(self.row_of(s[i : i + size]) if i + size <= n else -1 for size in (1, 2, 3))] for i in range(n)]
            best = FAR
            for limit in (self.settings["search_limit"], self.settings["wild"]):
                for shape in (LOWER, TITLE, UPPER):
                    unlikely = uppers + accented < 2 and n > 1 if shape == UPPER else uppers == letters and uppers > 2
                    if self.lists["shapes"][s[0]] >> shape & 1 and not unlikely:
                        best = self.search(s, pool, rows, shape, limit, best)
                if best < FAR:
                    break
            at = self.form_at.get(form_hash(s, 0), -1)
            if at >= 0:
                for word, shape, cost in self.entries("form", at):
                    pool.offer(word, shape, cost)
        found = pool.best(self.lists["unigram"], self.settings["unigram_weight"], self.settings["prune"])
        if digits == n:
            return [*found, Candidate(NUMBER, AS_IS, self.settings["number_cost"] * n)]
        if uppers == n and not any(chr(c + ord("A") - 27) in "AEIOUY" for c in s):
            return [*found, Candidate(UNKNOWN, AS_IS, self.settings["unknown_capitals"])]
        cost = self.settings["unknown_base"] + self.settings["unknown_letter"] * n
        cost += (0 if uppers else self.settings["unknown_lower"]) + (self.settings["unknown_mixed"] if letters < n else 0)
        return [*found, Candidate(UNKNOWN, AS_IS, cost)]


class _Pool:
    """The candidates of a word while they are looked for: one shape a word."""

    def __init__(self, search: CandidateSearch) -> None:
        self.search = search
        self.found: list[Candidate] = []
        self.at: dict[int, int] = {}

    def offer(self, word: int, shape: int, cost: int) -> None:
        """Add a candidate, or its share to the one of the same word."""
        at = self.at.get(word, -1)
        if at >= 0 and self.found[at].word == word:
            old = self.found[at]
            if old.shape == shape:
                self.found[at] = Candidate(word, shape, self.search.add(old.cost, cost))
            elif cost < old.cost:
                self.found[at] = Candidate(word, shape, cost)
            return
        at = len(self.found)
        self.found.append(Candidate(word, shape, cost))
        self.at[word] = at

    def best(self, unigram: list[int], weight: int, prune: int) -> list[Candidate]:
        """The likeliest candidates, the best first."""
        ranked = sorted((c.cost + (unigram[c.word] * weight >> 8), c.word, c) for c in self.found if c.cost < FAR)
        return [candidate for total, _, candidate in ranked if total <= ranked[0][0] + prune][: K - 1]
