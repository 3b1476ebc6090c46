"""The decoder in Python: the same numbers as decoder.c, some hundred times slower, where there is no wasmtime.

Function for function it follows decoder.c, whose comments say why; `tests/vitext/correction/test_corrector.py` holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vitext.correction.model import DAMAGED, DIGITS, FIXED, NONE, SETTINGS, Columns, CorrectionModel, form_hash, rest_seed
from vitext.correction.tokens import AS_IS, LOWER, TITLE, UPPER

FAR = 1 << 28
LONGEST, ONSET_REACH, K, BEAM, SENTENCE, OUT = 24, 6, 64, 32, 256, 4
UNKNOWN, START, NUMBER = 0, 1, 2
NEVER = 255


class _Candidate(NamedTuple):
    word: int
    shape: int
    cost: int


class _State(NamedTuple):
    pair: int
    forward: int
    v: int
    w: int


Arc = tuple[int, int, int]
Front = dict[int, int]


class ReferenceDecoder:
    """Decodes as `vitext.correction.decoder_wasm.WasmDecoder` does."""

    def __init__(self, model: CorrectionModel) -> None:
        self._channels = {name: _Channel(model, name) for name in ("ocr", "unaccented")}

    def decode(self, channel: str, text: bytes, words: Columns) -> npt.NDArray[np.int32]:
        """Readings of the words: shape (words, 4, 3) of word, shape, cost of its posterior."""
        n = len(words.kinds)
        out = np.empty((n, OUT, 3), dtype=np.int32)
        decoder = self._channels[channel]
        a = 0
        while a < n:
            b = a + 1
            while b < n and not words.starts[b] and b - a < SENTENCE:
                b += 1
            forms = [text[at : at + size] for at, size in words.where[a:b].tolist()]
            out[a:b] = decoder.sentence(forms, *(column[a:b].tolist() for column in (words.kinds, words.words, words.caps)))
            a = b
        return out

    def propose(self, channel: str, word: bytes) -> list[tuple[int, int, int]]:
        """The candidates of a word: word, shape, cost."""
        return [(c.word, c.shape, c.cost) for c in self._channels[channel].look_up(word)]


class _Channel:
    """The tables of one channel as Python lists: a list is read faster than an array, an item at a time."""

    def __init__(self, model: CorrectionModel, channel: str) -> None:
        self.a = model.of(channel)
        self.s = {name: model.setting(name, channel) for name in SETTINGS}
        _, self.letters, self.onsets, self.nodes, self.rests, *_ = model.sizes(channel)
        lists = (
            "unigram unigram_backoff node_letter node_depth node_end node_rest rest_share form_share shapes add row_of_one"
        )
        self.l: dict[str, Any] = {name: self.a[name].tolist() for name in (*lists.split(), "row_of_one")}
        self.rows = self.a["rows"].tolist()
        self.onset_letters = self.a["onset_letters"].tolist()
        self.syllable = self.a["syllable"].tolist()
        self.chunks = dict(zip(self.a["chunk_key"].tolist(), self.a["chunk_row"].tolist(), strict=True))
        self.rest_at = {key: i for i, key in enumerate(self.a["rest_key"].tolist())}
        self.form_at = {key: i for i, key in enumerate(self.a["form_key"].tolist())}
        self.known: dict[bytes, list[_Candidate]] = {}

    def add(self, a: int, b: int) -> int:
        low, high = (a, b) if a < b else (b, a)
        table = self.l["add"]
        return low - int(table[high - low]) if high - low < len(table) else low

    def row_of(self, s: bytes) -> int:
        if len(s) == 1:
            return int(self.l["row_of_one"][s[0]])
        key = s[0] | s[1] << 7 | (s[2] << 14 | 1 << 21 if len(s) == 3 else 0)
        return int(self.chunks.get(key, -1))

    def cost_of(self, row: int, size: int, letter: int) -> int:
        """What it costs that a letter was read as the chunk of a row; FAR for never."""
        c = self.rows[row][letter] if row >= 0 else NEVER
        if c == NEVER:
            return self.s["never"] * 16 if size == 1 else FAR
        return c * 16

    def read_onsets(self, rows: Sequence[Sequence[int]], reach: int, shape: int, limit: int) -> list[Front]:
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
        found: Front = {}
        for i, base in front.items():
            for size in range(min(3, reach - i) + 1):
                row = rows[i][size] if size else 0
                cost = base + self.cost_of(row, size, letter)
                if cost <= limit and cost < found.get(i + size, FAR):
                    found[i + size] = cost
        return found

    def extend_back(self, front: Front, rows: Sequence[Sequence[int]], letter: int, most: int) -> Front:
        found: Front = {}
        for j, base in front.items():
            for size in range(min(3, j) + 1):
                row = rows[j - size][size] if size else 0
                cost = self.cost_of(row, size, letter)
                if size == 2:
                    ones = (self.cost_of(rows[at][1], 1, letter) for at in (j - 2, j - 1))
                    cost = min(cost, min(ones) + self.s["insert"])
                cost += base
                if cost <= most and cost < found.get(j - size, FAR):
                    found[j - size] = cost
        return found

    def best_with(self, onset_cost: Sequence[Front], rest: int, i: int, cost: int, best: int) -> int:
        for o, front in enumerate(onset_cost):
            if front.get(i, FAR) + cost < best and self.syllable[o][rest] != NONE:
                best = front[i] + cost
        return best

    def search(self, s: bytes, pool: _Pool, rows: Sequence[Sequence[int]], shape: int, limit: int, best: int) -> int:
        n = len(s)
        reach = min(n, ONSET_REACH)
        onset_cost = self.read_onsets(rows, reach, shape, limit)
        cheapest = [min((front.get(j, FAR) for front in onset_cost), default=FAR) for j in range(reach + 1)]
        hits: list[list[tuple[int, ...]]] = []
        for i in range(reach + 1):
            seed = rest_seed(UPPER if shape == UPPER else TITLE if shape == TITLE and i == 0 else LOWER)
            at = self.rest_at.get(form_hash(s[i:], seed), -1) if cheapest[i] <= limit else -1
            hits.append(self.entries("rest", at) if at >= 0 else [])
            for rest, cost in hits[i]:
                best = self.best_with(onset_cost, rest, i, cost, best)
        walked = self.walk(rows, n, reach, shape, min(best + self.s["keep_limit"], limit))
        for (i, rest), cost in walked.items():
            if cost + cheapest[i] <= limit and cost + cheapest[i] < best:
                best = self.best_with(onset_cost, rest, i, cost, best)
        most = min(best + self.s["keep_limit"], limit)
        for i in range(reach + 1):
            rest_cost = {rest: cost for (at, rest), cost in walked.items() if at == i and cost + cheapest[i] <= most}
            for rest, cost in hits[i]:
                rest_cost[rest] = self.add(rest_cost[rest], cost) if rest in rest_cost else cost
            for o, front in enumerate(onset_cost):
                for rest, cost in rest_cost.items():
                    word, total = self.syllable[o][rest], front.get(i, FAR) + cost
                    if word != NONE and total <= most:
                        pool.offer(word, shape, total + self.l["form_share"][word] * 16)
        return best

    def walk(self, rows: Sequence[Sequence[int]], n: int, reach: int, shape: int, most: int) -> dict[tuple[int, int], int]:
        """What every rest costs by its letters from every character on: by the character and the rest."""
        found: dict[tuple[int, int], int] = {}
        stack: list[Front] = [{n: 0}] + [{}] * 12
        node = 0
        while node < self.nodes:
            depth = self.l["node_depth"][node]
            letter = self.l["node_letter"][node]
            here = self.extend_back(stack[depth - 1], rows, letter + (self.letters if shape == UPPER else 0), most)
            stack[depth] = here
            rest = self.l["node_rest"][node]
            if rest != NONE:
                read = {i: cost for i, cost in here.items() if i <= reach and (i or shape != TITLE)}
                if shape == TITLE and 0 in (first := self.extend_back(stack[depth - 1], rows, letter + self.letters, most)):
                    read[0] = first[0]
                for i, cost in read.items():
                    cost += self.l["rest_share"][rest] * 16
                    if cost < found.get((i, rest), FAR):
                        found[i, rest] = cost
            node = node + 1 if here else self.l["node_end"][node]
        return found

    def entries(self, name: str, at: int) -> list[tuple[int, ...]]:
        start, end = self.a[f"{name}_start"][at : at + 2].tolist()
        size = 2 if name == "rest" else 3
        flat = self.a[f"{name}_entry"][start * size : end * size].tolist()
        return [tuple(flat[k : k + size]) for k in range(0, len(flat), size)]

    def look_up(self, s: bytes) -> list[_Candidate]:
        if s not in self.known:
            self.known[s] = self.candidates(s)
        return self.known[s]

    def candidates(self, s: bytes) -> list[_Candidate]:
        n = len(s)
        uppers = sum(27 <= c <= 52 for c in s)
        letters = uppers + sum(1 <= c <= 26 for c in s)
        digits = sum(53 <= c <= 62 for c in s)
        pool = _Pool(self)
        if n <= LONGEST:
            rows = [[-1, *(self.row_of(s[i : i + size]) if i + size <= n else -1 for size in (1, 2, 3))] for i in range(n)]
            best = FAR
            for limit in (self.s["search_limit"], self.s["wild"]):
                for shape in (LOWER, TITLE, UPPER):
                    unlikely = uppers < 2 and n > 1 if shape == UPPER else uppers == letters and uppers > 2
                    if self.l["shapes"][s[0]] >> shape & 1 and not unlikely:
                        best = self.search(s, pool, rows, shape, limit, best)
                if best < FAR:
                    break
            at = self.form_at.get(form_hash(s, 0), -1)
            if at >= 0:
                for word, shape, cost in self.entries("form", at):
                    pool.offer(word, shape, cost)
        found = pool.best(self.l["unigram"], self.s["unigram_weight"], self.s["prune"])
        if digits == n:
            return [*found, _Candidate(NUMBER, AS_IS, self.s["number_cost"] * n)]
        if uppers == n and not any(chr(c + ord("A") - 27) in "AEIOUY" for c in s):
            return [*found, _Candidate(UNKNOWN, AS_IS, self.s["unknown_capitals"])]
        cost = self.s["unknown_base"] + self.s["unknown_letter"] * n
        cost += (0 if uppers else self.s["unknown_lower"]) + (self.s["unknown_mixed"] if letters < n else 0)
        return [*found, _Candidate(UNKNOWN, AS_IS, cost)]

    def bigram(self, v: int, w: int) -> tuple[int, int]:
        """The index of a bigram (-1 for none) and its cost, backed off where there is none."""
        start, end = self.a["bigram_start"][v : v + 2].tolist()
        at = start + int(np.searchsorted(self.a["bigram_word"][start:end], w))
        if at < end and self.a["bigram_word"][at] == w:
            return at, int(self.a["bigram_cost"][at]) * self.s["step"]
        return -1, self.l["unigram_backoff"][v] + self.l["unigram"][w]

    def lm_cost(self, index: int, pair_cost: int, w: int) -> int:
        if index < 0:
            return pair_cost
        start, end = self.a["trigram_start"][index : index + 2].tolist()
        words = self.a["trigram_word"]
        at = bisect_left(words, w, start, end)
        if at < end and words[at] == w:
            return int(self.a["trigram_cost"][at]) * self.s["step"]
        return pair_cost + (int(self.a["bigram_backoff"][index]) - self.s["backoff_zero"]) * self.s["step"]

    def step(self, states: list[_State], before: list[_Candidate], here: list[_Candidate]) -> tuple[list[_State], list[Arc]]:
        pairs: dict[tuple[int, int], tuple[int, int]] = {}
        place: dict[tuple[int, int], int] = {}
        made: list[_State] = []
        arcs: list[Arc] = []
        least, beam, weight = FAR, self.s["beam_limit"], self.s["lm_weight"]
        for s, state in enumerate(states):
            v = state.w
            for w, candidate in enumerate(here):
                if state.forward + candidate.cost > least + beam:
                    continue
                if (v, w) not in pairs:
                    pairs[v, w] = self.bigram(before[v].word, candidate.word)
                index, pair_cost = pairs[v, w]
                cost = (self.lm_cost(state.pair, pair_cost, candidate.word) * weight >> 8) + candidate.cost
                total = state.forward + cost
                if total > least + beam:
                    continue
                least = min(least, total)
                if (v, w) not in place:
                    place[v, w] = len(made)
                    made.append(_State(index, total, v, w))
                else:
                    at = place[v, w]
                    made[at] = made[at]._replace(forward=self.add(made[at].forward, total))
                arcs.append((s, place[v, w], cost))
        limit = min(state.forward for state in made) + beam
        fit = sorted((state.forward, i) for i, state in enumerate(made) if state.forward <= limit)[:BEAM]
        renamed = {i: k for k, (_, i) in enumerate(fit)}
        return [made[i] for _, i in fit], [(s, renamed[to], cost) for s, to, cost in arcs if to in renamed]

    def sentence(self, forms: list[bytes], kinds: list[int], words: list[int], caps: list[int]) -> list[list[list[int]]]:
        lattice = [[_Candidate(START, AS_IS, 0)]]
        states = [[_State(-1, 0, 0, 0)]]
        arcs: list[list[Arc]] = [[]]
        for form, kind, word, cap in zip(forms, kinds, words, caps, strict=True):
            if kind != DAMAGED or len(form) > LONGEST:
                only = NUMBER if kind == DIGITS else word if kind == FIXED else UNKNOWN
                here = [_Candidate(only, AS_IS, 0)]
            else:
                here = [self.with_case(candidate, cap) for candidate in self.look_up(form)]
            made, joined = self.step(states[-1], lattice[-1], here)
            lattice.append(here)
            states.append(made)
            arcs.append(joined)
        return self.posteriors(lattice, states, arcs)

    def with_case(self, candidate: _Candidate, cap: int) -> _Candidate:
        if cap > 2 or candidate.shape >= UPPER:
            return candidate
        return candidate._replace(cost=candidate.cost + 16 * int(self.a["capital"][candidate.word, cap, candidate.shape]))

    def posteriors(
        self, lattice: list[list[_Candidate]], states: list[list[_State]], arcs: list[list[Arc]]
    ) -> list[list[list[int]]]:
        total = FAR
        for state in states[-1]:
            total = self.add(total, state.forward)
        backward = [0] * len(states[-1])
        rows = []
        for t in range(len(lattice) - 1, 0, -1):
            posterior = [FAR] * len(lattice[t])
            for state, back in zip(states[t], backward, strict=True):
                posterior[state.w] = self.add(posterior[state.w], state.forward + back)
            ranked = sorted((cost, k) for k, cost in enumerate(posterior) if cost < FAR)[:OUT]
            row = [[lattice[t][k].word, lattice[t][k].shape, cost - total] for cost, k in ranked]
            rows.append(row + [[NONE, 0, FAR]] * (OUT - len(row)))
            earlier = [FAR] * len(states[t - 1])
            for s, to, cost in arcs[t]:
                earlier[s] = self.add(earlier[s], cost + backward[to])
            backward = earlier
        return rows[::-1]


class _Pool:
    """The candidates of a word while they are looked for: one shape a word."""

    def __init__(self, channel: _Channel) -> None:
        self.channel = channel
        self.found: list[_Candidate] = []
        self.at: dict[int, int] = {}

    def offer(self, word: int, shape: int, cost: int) -> None:
        at = self.at.get(word, -1)
        if at >= 0 and self.found[at].word == word:
            old = self.found[at]
            if old.shape == shape:
                self.found[at] = _Candidate(word, shape, self.channel.add(old.cost, cost))
            elif cost < old.cost:
                self.found[at] = _Candidate(word, shape, cost)
            return
        at = len(self.found)
        self.found.append(_Candidate(word, shape, cost))
        self.at[word] = at

    def best(self, unigram: list[int], weight: int, prune: int) -> list[_Candidate]:
        ranked = sorted((c.cost + (unigram[c.word] * weight >> 8), c.word, c) for c in self.found if c.cost < FAR)
        return [candidate for total, _, candidate in ranked if total <= ranked[0][0] + prune][: K - 1]
