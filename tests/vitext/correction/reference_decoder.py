"""The reference for decoder.c: the same algorithm in Python, some hundred times slower.

Function for function it follows decoder.c, whose comments say why. The tests hold the product's decoder to the numbers that
come out here; the product itself does not use it.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.vitext.correction.reference_candidates import FAR, LONGEST, NUMBER, START, UNKNOWN, Candidate, CandidateSearch
from vitext.correction.model import CHANNELS, DAMAGED, DIGITS, FIXED, NONE, Columns, CorrectionModel
from vitext.correction.tokens import AS_IS, UPPER

# The constants of decoder.c, by its names.
#: States kept at a word.
BEAM = 32
#: Words decoded together at most.
SENTENCE = 256
#: Candidates reported of a word.
OUT = 4
#: Characters of a part of a word that was run together, at most,
CUT_PART = 9
#: words kept at each of its characters,
CUT_STATES = 8
#: and candidates of a part.
CUT_CANDIDATES = 8


class _State(NamedTuple):
    """The last two words of a way through the sentence: their candidates `v` and `w`, the index of their bigram (-1 for none)
    and the cost of all ways that end so."""

    pair: int
    forward: int
    v: int
    w: int


#: A step from a state to a state of the next word, and its cost.
Arc = tuple[int, int, int]


class ReferenceDecoder:
    """Decodes as `WasmDecoder` of `vitext.correction.decoder_wasm` does, with the same methods."""

    def __init__(self, model: CorrectionModel) -> None:
        self._channels = {name: _Channel(model, name) for name in CHANNELS}

    def decode(self, channel: str, text: bytes, words: Columns) -> npt.NDArray[np.int32]:
        """The candidates of the words: shape (words, 4, 3) of word, shape, cost of its posterior."""
        self.spent = 0
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
            self.spent += decoder.spent
            a = b
        return out

    def cuts(self, channel: str, text: bytes, where: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
        """Where words are to be cut: shape (words, 3), bits."""
        bits = [self._channels[channel].cut_word(text[at : at + size]) for at, size in where.tolist()]
        return np.array([[b & 0xFFFFFFFF, b >> 32 & 0xFFFFFFFF, b >> 64] for b in bits], dtype=np.uint32).reshape(-1, 3)

    def propose(self, channel: str, word: bytes) -> list[tuple[int, int, int]]:
        """The candidates of a word: word, shape, cost."""
        return [(c.word, c.shape, c.cost) for c in self._channels[channel].look_up(word)]


class _Channel(CandidateSearch):
    """Weighs the candidates of a sentence by one channel and the language model."""

    def bigram(self, v: int, w: int) -> tuple[int, int]:
        """The index of a bigram (-1 for none) and its cost, backed off where there is none."""
        start, end = self.arrays["bigram_start"][v : v + 2].tolist()
        at = start + int(np.searchsorted(self.arrays["bigram_word"][start:end], w))
        if at < end and self.arrays["bigram_word"][at] == w:
            return at, int(self.arrays["bigram_cost"][at]) * self.settings["step"]
        return -1, self.lists["unigram_backoff"][v] + self.lists["unigram"][w]

    def lm_cost(self, index: int, pair_cost: int, w: int) -> int:
        """The cost of a word behind a bigram, backed off to the cost of the pair."""
        if index < 0:
            return pair_cost
        start, end = self.arrays["trigram_start"][index : index + 2].tolist()
        words = self.arrays["trigram_word"]
        at = bisect_left(words, w, start, end)
        if at < end and words[at] == w:
            return int(self.arrays["trigram_cost"][at]) * self.settings["step"]
        return (
            pair_cost + (int(self.arrays["bigram_backoff"][index]) - self.settings["backoff_zero"]) * self.settings["step"]
        )

    def step(self, states: list[_State], before: list[Candidate], here: list[Candidate]) -> tuple[list[_State], list[Arc]]:
        """One more word: the states behind it that are worth keeping, and the arcs to them."""
        pairs: dict[tuple[int, int], tuple[int, int]] = {}
        place: dict[tuple[int, int], int] = {}
        made: list[_State] = []
        arcs: list[Arc] = []
        least, beam, weight = FAR, self.settings["beam_limit"], self.settings["lm_weight"]
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
        """Decode one sentence: for each word its likeliest candidates as [word, shape, cost of the posterior]."""
        lattice = [[Candidate(START, AS_IS, 0)]]
        states = [[_State(-1, 0, 0, 0)]]
        arcs: list[list[Arc]] = [[]]
        for form, kind, word, cap in zip(forms, kinds, words, caps, strict=True):
            if kind != DAMAGED or len(form) > LONGEST:
                only = NUMBER if kind == DIGITS else word if kind == FIXED else UNKNOWN
                here = [Candidate(only, AS_IS, 0)]
            else:
                here = [self.with_case(candidate, cap) for candidate in self.look_up(form)]
            made, joined = self.step(states[-1], lattice[-1], here)
            lattice.append(here)
            states.append(made)
            arcs.append(joined)
        return self.posteriors(lattice, states, arcs)

    def cut_word(self, s: bytes) -> int:
        """Where the word is to be cut, a bit for each character before which a part begins."""
        weight = self.settings["lm_weight"]
        unigram = self.lists["unigram"]
        if len(s) <= LONGEST:
            limit = min(c.cost + (unigram[c.word] * weight >> 8) for c in self.look_up(s))
        else:
            unknown = self.settings["unknown_base"] + self.settings["unknown_letter"] * len(s)
            limit = unknown + self.settings["unknown_lower"] + (unigram[UNKNOWN] * weight >> 8)
        if limit < self.settings["cut_above"]:
            return 0
        # By the end of a part: word -> cost, start of the part, word before it; at most CUT_STATES words.
        at: list[dict[int, tuple[int, int, int]]] = [{START: (0, 0, 0)}, *({} for _ in s)]
        for i in range(len(s)):
            for size in range(1, min(CUT_PART, len(s) - i) + 1) if at[i] else ():
                if size == len(s):
                    continue
                there = at[i + size]
                for k, c in enumerate(self.look_up(s[i : i + size])):
                    if c.word == UNKNOWN or (k >= CUT_CANDIDATES and c.word != NUMBER):
                        continue
                    pairs = [
                        (cost + ((self.bigram(v, c.word)[1] if i else unigram[c.word]) * weight >> 8), v)
                        for v, (cost, _, _) in at[i].items()
                    ]
                    best, before = min(pairs, key=lambda pair: pair[0])
                    best += (
                        c.cost
                        + (self.settings["cut"] if i else 0)
                        + (self.settings["cut_number"] if c.word == NUMBER else 0)
                    )
                    if best >= limit or (c.word in there and there[c.word][0] <= best):
                        continue
                    if c.word not in there and len(there) == CUT_STATES:
                        dearest = max(there, key=lambda word: there[word][0])
                        if there[dearest][0] <= best:
                            continue
                        # The new word takes the place of the dearest.
                        at[i + size] = there = {c.word if word == dearest else word: row for word, row in there.items()}
                    there[c.word] = best, i, before
        if not at[-1]:
            return 0
        word = min(at[-1], key=lambda word: at[-1][word][0])
        end, bits = len(s), 0
        while end:
            _, end, word = at[end][word]
            bits |= 1 << end
        return bits & ~1

    def with_case(self, candidate: Candidate, cap: int) -> Candidate:
        """A candidate with what its shape costs behind the word before it."""
        if cap > 2 or candidate.shape >= UPPER:
            return candidate
        return candidate._replace(
            cost=candidate.cost + 16 * int(self.arrays["capital"][candidate.word, cap, candidate.shape])
        )

    def posteriors(
        self, lattice: list[list[Candidate]], states: list[list[_State]], arcs: list[list[Arc]]
    ) -> list[list[list[int]]]:
        """Sum backward through the lattice, and rank the candidates of every word."""
        total = FAR
        for state in states[-1]:
            total = self.add(total, state.forward)
        self.spent = total
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
