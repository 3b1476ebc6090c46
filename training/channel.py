"""Learn what the recogniser makes of each letter, of each rest of a syllable and of each whole syllable.

There are three tables, and each backs off to the one before: letters (a chunk of 0-3 characters for each true letter; hard
EM over aligned pairs), rests (what follows the onset) and whole words. The pairs are the printed words of rendered pages
and the words that were recognised for them.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from training.texts import read_json_lines
from vitext.correction.alphabet import ALPHABET, to_bytes
from vitext.correction.tokens import LOWER, TITLE, UPPER, find_words, shape_of
from vitext.fold import fold, strip_marks
from vitext.normalise import place_tone
from vitext.syllables import TONES

_ONSET = "bcdđghklmnpqrstvx"
#: Iterations of EM.
EM_ITERATIONS = 5
#: The least number of occurrences with which a chunk of 0, 2 or 3 characters counts.
MIN_CHUNK_COUNT = 4
#: Weight of the letters of the same base, in occurrences, against a letter's own counts.
BACKOFF_STRENGTH = 6.0
#: The least share of the letters of the same base.
MIN_BACKOFF_SHARE = 0.05
#: The share that a table of rests or words gets with very many occurrences.
MAX_TABLE_SHARE = 0.7
#: Occurrences with which it gets half of that share.
HALF_TABLE_COUNT = 3.0

#: What a word costs that has no counterpart when words are paired, and words that were run together or split, beside how
#: unlike they are (0..1).
LOST_WORD = 0.7
RUN_TOGETHER = 0.1
# How many printed words were run together or split into how many recognised ones.
_UNEVEN = ((2, 1), (3, 1), (4, 1), (1, 2), (1, 3))

#: (letter, upper) -> chunk -> share.
Letters = dict[tuple[str, bool], dict[bytes, float]]


@dataclass(slots=True)
class Channel:
    """Shares (0..1) of what was recognised for letters, and counts for rests and words; `shapes` counts shapes by first
    character."""

    letters: Letters
    rests: dict[tuple[str, int], Counter[bytes]] = field(default_factory=lambda: defaultdict(Counter))
    words: dict[tuple[str, int], Counter[bytes]] = field(default_factory=lambda: defaultdict(Counter))
    shapes: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))


def split_onset(word: str) -> tuple[str, str]:
    """The leading consonant letters of a lower-case syllable, and the rest. It is not the linguistic onset: "gi" is g + i.

    >>> split_onset("nghiêng"), split_onset("ông")
    (('ngh', 'iêng'), ('', 'ông'))
    """
    n = 0
    while n < len(word) and word[n] in _ONSET:
        n += 1
    return word[:n], word[n:]


@lru_cache(maxsize=1 << 18)
def alike(gold: str, hyp: str) -> float:
    """The similarity of two words without their accents, 0..1."""
    return SequenceMatcher(None, fold(gold), fold(hyp), autojunk=False).ratio()


def pair_words(gold: str, hyp: str) -> Iterator[tuple[str, str, int]]:
    """(printed word, recognised word, where that starts in `hyp`) for the words of a line that match one to one. Words that
    were run together, and words that were split, are left out."""
    a = [gold[start:end] for start, end in find_words(gold)]
    places = find_words(hyp)
    b = [hyp[start:end] for start, end in places]
    # Where nothing is missing, hardly anything was run together.
    uneven = _UNEVEN if len(a) != len(b) else ()
    lengths_a, lengths_b = [len(word) for word in a], [len(word) for word in b]
    cost = [[math.inf] * (len(b) + 1) for _ in range(len(a) + 1)]
    back = [[(0, 0)] * (len(b) + 1) for _ in range(len(a) + 1)]
    cost[0][0] = 0.0
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            steps = [(cost[i - 1][j] + LOST_WORD, (1, 0))] if i else []
            if j:
                steps.append((cost[i][j - 1] + LOST_WORD, (0, 1)))
            if i and j:
                steps.append((cost[i - 1][j - 1] + 1 - alike(a[i - 1], b[j - 1]), (1, 1)))
                for more_a, more_b in uneven:
                    if more_a > i or more_b > j:
                        continue
                    long, other = sum(lengths_a[i - more_a : i]), sum(lengths_b[j - more_b : j])
                    if long > 3 and abs(long - other) <= 0.25 * long:
                        unlike = 1 - alike("".join(a[i - more_a : i]), "".join(b[j - more_b : j]))
                        steps.append((cost[i - more_a][j - more_b] + RUN_TOGETHER + unlike, (more_a, more_b)))
            if steps:
                cost[i][j], back[i][j] = min(steps)
    i, j = len(a), len(b)
    found = []
    while i or j:
        more_a, more_b = back[i][j]
        if more_a == more_b == 1:
            found.append((a[i - 1], b[j - 1], places[j - 1][0]))
        i, j = i - more_a, j - more_b
    yield from reversed(found)


def read_pairs(paths: Iterable[Path]) -> Counter[tuple[str, str]]:
    """How often each pair (printed, recognised) of words occurs in the pages."""
    pairs: Counter[tuple[str, str]] = Counter()
    for path in paths:
        for page in read_json_lines(path):
            for gold, hyp in zip(page["gold"], page["hyp"], strict=True):
                pairs.update((printed, recognised) for printed, recognised, _ in pair_words(gold, hyp))
    return pairs


def learn_channel(pairs: Counter[tuple[str, str]], syllables: frozenset[str], name: str = "ocr") -> Channel:
    """The channel of the pairs whose printed word is one of the syllables (lower case); `name` is the channel's."""
    known = [
        (gold, to_bytes(hyp, name), n) for (gold, hyp), n in sorted(pairs.items()) if place_tone(gold.lower()) in syllables
    ]
    known = [(gold, hyp, n) for gold, hyp, n in known if len(hyp) <= 2 * len(gold) + 2]
    letters = _first_guess(known, name)
    counts: Counter[tuple[str, bool, bytes]] = Counter()
    channel = Channel(letters)
    for last in [False] * (EM_ITERATIONS - 1) + [True]:
        counts = Counter()
        for gold, hyp, n in known:
            chunks = _align(gold, hyp, channel.letters)
            if chunks is None:
                continue
            for c, chunk in zip(gold, chunks, strict=True):
                counts[c.lower(), c != c.lower(), chunk] += n
            if last:
                shape = shape_of(gold)
                onset, rest = split_onset(place_tone(gold.lower()))
                recognised = b"".join(chunks[len(onset) :])
                rest_shape = UPPER if shape == UPPER else TITLE if shape == TITLE and not onset else LOWER
                channel.rests[rest, rest_shape][recognised] += n
                channel.words[onset + rest, shape][hyp] += n
                channel.shapes[hyp[0]][shape] += n
        channel.letters = _shares(counts)
    return channel


def _first_guess(known: list[tuple[str, bytes, int]], name: str) -> Letters:
    """The start of EM: every letter is recognised as itself without its accents, mostly."""
    letters: Letters = {}
    for c in {c for gold, _, _ in known for c in gold}:
        plain = strip_marks(c)
        here = {to_bytes(plain): 0.7, to_bytes(plain.swapcase()): 0.01}
        if fold(c) == "e":
            here[to_bytes("é")] = 0.7
        here.setdefault(to_bytes(c, name), 0.7)
        letters[c.lower(), c != c.lower()] = here
    return letters


def _align(gold: str, hyp: bytes, letters: Letters) -> list[bytes] | None:
    """The likeliest chunk for each letter; None if the pair cannot be aligned."""
    n, m = len(gold), len(hyp)
    best = [[math.inf] * (m + 1) for _ in range(n + 1)]
    back = [[0] * (m + 1) for _ in range(n + 1)]
    best[0][0] = 0.0
    for i, c in enumerate(gold):
        table = letters.get((c.lower(), c != c.lower()), {})
        for j in range(m + 1):
            if best[i][j] == math.inf:
                continue
            for size in range(min(3, m - j) + 1):
                share = table.get(hyp[j : j + size])
                cost = best[i][j] + (-math.log(share) if share else (7.0, 5.5, 8.0, 11.0)[size])
                if cost < best[i + 1][j + size]:
                    best[i + 1][j + size], back[i + 1][j + size] = cost, size
    if best[n][m] > 5.0 + 3.2 * n:
        return None
    chunks = []
    j = m
    for i in range(n, 0, -1):
        size = back[i][j]
        chunks.append(hyp[j - size : j])
        j -= size
    return chunks[::-1]


def _shares(counts: Counter[tuple[str, bool, bytes]]) -> Letters:
    """The shares of each letter: its own counts, backed off to its family (the letter in any tone), to the letter without
    accents, and to the family in the other case."""
    levels: list[dict[tuple[str, bool], Counter[bytes]]] = [defaultdict(Counter) for _ in range(3)]
    for (c, upper, chunk), n in counts.items():
        if len(chunk) == 1 or n >= MIN_CHUNK_COUNT:
            for level, name in zip(levels, _names(c), strict=True):
                level[name, upper][chunk] += n
    letters: Letters = {}
    for c, upper in levels[0]:
        here = [level[name, upper] for level, name in zip(levels, _names(c), strict=True)]
        here.append(Counter({_other_case(chunk): n for chunk, n in levels[1][_names(c)[1], not upper].items()}))
        totals = [max(1, sum(level.values())) for level in here]
        # Rare letters take most from their families, and the commonest take a little, because unseen chunks may come.
        lean = max(MIN_BACKOFF_SHARE, BACKOFF_STRENGTH / (totals[0] + BACKOFF_STRENGTH))
        weights = (1 - lean, lean * 0.6, lean * 0.2, lean * 0.2)
        letters[c, upper] = {
            chunk: sum(w * level[chunk] / total for w, level, total in zip(weights, here, totals, strict=True))
            for chunk in here[2] | here[3]
        }
    return letters


@lru_cache(maxsize=4096)
def _other_case(chunk: bytes) -> bytes:
    return to_bytes("".join(ALPHABET.get(number, "*") for number in chunk).swapcase(), "western")


def _names(c: str) -> tuple[str, str, str]:
    family = "".join(mark for mark in unicodedata.normalize("NFD", c) if mark not in TONES)
    return c, family, fold(c)
