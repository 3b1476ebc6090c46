"""Read regions of a text anew: the words, their place in the sentence, the decoder, what comes of it."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from vitext.correction.alphabet import to_bytes
from vitext.correction.decoder_wasm import WasmDecoder
from vitext.correction.detect import Region
from vitext.correction.model import CHANNELS, DAMAGED, DIGITS, FIXED, NONE, OPAQUE, UNIT, Columns, CorrectionModel
from vitext.correction.tokens import AS_IS, LOWER, SPECIAL, UPPER, WORD
from vitext.fold import strip_marks
from vitext.normalise import place_tone
from vitext.syllables import is_syllable

MODEL = Path(__file__).parent / "repair-vi.model"
#: Raise it when the code reads otherwise with the same model.
VERSION = 3
#: Confidence of what a rule reads: of 74 list markers on 1,033 rendered pages, 66 were right. Roman headings
#: share it: those pages hold too few to tell.
BY_RULE = 0.89
#: Characters in which a word's neighbours on its line are looked for.
NEAR = 40
#: Share of words that are no syllables above which a region is another language, and how many words tell.
FOREIGN, FEWEST_JUDGED = 0.5, 5
#: Alternatives below this probability are not told.
LEAST = 0.005
#: A line shorter than this share of the longest of its paragraph ends a sentence.
_SHORT_LINE = 0.7
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile("[AEIOUY]")
_ROMAN = re.compile("[IVX]+")
#: Roman numbers of headings, each I read as the recogniser liked: "I1.", "IIl.".
_HEAD = re.compile(r"(?=[1l|]{0,2}I)(?=I{0,2}[1l|])[I1l|]{2,3}(?=\.\s)")
_MARKER = re.compile(r"\s*(?:[-–+*•]|\(?[0-9IVXivx]{1,4}[.)]|[a-zđA-ZĐ][.)])\s")


class Correction(NamedTuple):
    """What stands at [start, end) of the text is read as `after`, with the confidence and the alternatives."""

    start: int
    end: int
    after: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


class Decoder(Protocol):
    """The fast and the slow decoder: the same numbers from both."""

    def decode(self, channel: str, text: bytes, words: Columns) -> npt.NDArray[np.int32]: ...


@cache
def default_corrector() -> Corrector:
    """The reader with the shipped model, opened once a process; threads take turns."""
    model = CorrectionModel.open(MODEL)
    return Corrector(model, WasmDecoder(model))


def correction_version() -> str:
    """Changes whenever the same text may be read otherwise: the code's version and the model's digest."""
    return f"{VERSION}-{default_corrector().model.settings['digest']}"


@dataclass
class _Words:
    """The words of some regions in columns."""

    where: list[tuple[int, int]]
    kinds: list[int]
    known: list[int]
    caps: list[int]
    starts: list[int]
    #: Words by their place here that a rule reads.
    certain: dict[int, str]


class Corrector:
    """Reads by one model through one decoder."""

    def __init__(self, model: CorrectionModel, decoder: Decoder) -> None:
        self.model = model
        self._decoder = decoder
        self._known_plain = {strip_marks(word) for word in model.words}
        self._sure = {channel: model.settings.get(f"calibration_{channel}", []) for channel in CHANNELS}
        self._lock = Lock()

    def read(self, text: str, regions: Sequence[Region]) -> list[Correction]:
        """The words of the regions, in order, that were read: sure and unsure, changed or not."""
        found: list[Correction] = []
        for channel in CHANNELS:
            mine = [region for region in regions if region.channel == channel]
            if mine:
                found += self._read(text, mine, channel)
        return sorted(found)

    def _read(self, text: str, regions: Sequence[Region], channel: str) -> list[Correction]:
        words = self._words(text, regions, channel)
        if not words.kinds:
            return []
        columns = Columns(
            np.array(words.where, dtype=np.int32),
            np.array(words.kinds, dtype=np.uint8),
            np.array(words.known, dtype=np.uint16),
            np.array(words.caps, dtype=np.uint8),
            np.array(words.starts, dtype=np.uint8),
        )
        with self._lock:
            out = self._decoder.decode(channel, to_bytes(text), columns)
        sure = _interpolation(self._sure[channel])
        found: list[Correction] = []
        for i, ((at, size), kind, (word, shape, cost)) in enumerate(
            zip(words.where, words.kinds, out[:, 0].tolist(), strict=True)
        ):
            if kind != DAMAGED:
                continue
            # Most words leave no doubt: their other candidates are not looked at.
            if cost <= 1:
                found.append(Correction(at, at + size, self._spell(text[at : at + size], word, shape), sure(cost), ()))
            else:
                found.append(self._reading(text, at, at + size, out[i].tolist(), sure))
        for place, after in words.certain.items():
            at, size = words.where[place]
            found.append(Correction(at, at + size, after, BY_RULE, ()))
        found.sort()
        foreign = [region for region in regions if _is_foreign(region, found)]
        return [r for r in found if not any(f.start <= r.start < f.end for f in foreign)] if foreign else found

    def _words(self, text: str, regions: Sequence[Region], channel: str) -> _Words:
        words = _Words([], [], [], [], [], {})
        for region in regions:
            part = text[region.start : region.end]
            breaks = _breaks(part)
            weigh_case = channel == "ocr" or _has_case(part)
            before = 2
            marker = ""
            for match in WORD.finditer(part):
                kind = match.lastgroup
                start, end = match.span()
                word = match[0]
                if kind == "end":
                    # A newline alone ends a sentence only where the layout says so.
                    if word != "\n" or start in breaks:
                        before = 2
                    continue
                capitals = len(word) > 1 and word.isupper()
                what, number = OPAQUE, 0
                if kind == "number":
                    what = DAMAGED if channel == "ocr" and _may_be_letters(part, start, end) else DIGITS
                elif _HEAD.match(part, start) and not part[max(0, start - NEAR) : start].rpartition("\n")[2].strip():
                    words.certain[len(words.kinds)] = "I" * len(word)
                elif part[end : end + 1] == ")" and len(word) == 1:
                    # In lists đ) follows d): a recogniser shows both as d), D), B) or P).
                    if marker in ("d", "D") and word in "dDBP":
                        words.certain[len(words.kinds)] = "đ" if word == "d" else "Đ"
                    marker = word
                elif kind == "word":
                    what, number = self._known(word)
                    if what == DAMAGED and capitals and self._is_abbreviation(part, start, end):
                        what = OPAQUE
                words.where.append((region.start + start, end - start))
                words.kinds.append(what)
                words.known.append(number)
                words.starts.append(1 if before == 2 else 0)
                words.caps.append(3 if capitals or not weigh_case else before)
                before = 1 if word[:1].isupper() else 0
        return words

    def _is_abbreviation(self, part: str, start: int, end: int) -> bool:
        """A Roman number, or a word in capitals that the model does not know and that stands in no title in capitals."""
        word = part[start:end]
        if _ROMAN.fullmatch(word):
            return True
        unknown = len(word) > 2 and word.isalpha() and word.lower() not in self._known_plain
        return unknown and _stands_alone(part, start, end)

    def _known(self, word: str) -> tuple[int, int]:
        """A whole Vietnamese syllable with its accents stands for itself."""
        if not word.isascii() and any(c not in "éÉ" and c > "¿" and c.isalpha() for c in word):
            lower = place_tone(word.lower())
            number = self.model.numbers.get(lower, 0)
            if number and is_syllable(lower):
                return FIXED, number
        return DAMAGED, 0

    def _reading(self, text: str, start: int, end: int, row: list[list[int]], sure_of: Callable[[int], float]) -> Correction:
        before = text[start:end]
        # Two candidates may be spelt alike: a word that the model knows, and the same letters as an unknown word.
        shares: dict[str, float] = {}
        for word, shape, cost in row:
            if word != NONE:
                spelt = self._spell(before, word, shape)
                shares[spelt] = shares.get(spelt, 0.0) + math.exp(-cost / UNIT)
        (after, most), *others = sorted(shares.items(), key=lambda item: -item[1])
        sure = sure_of(round(-math.log(min(most, 1.0)) * UNIT))
        # What the calibration takes from the first it takes from the others too: they may all be wrong.
        scale = min(sure / most, (1 - sure) / max(sum(shares.values()) - most, 1e-9))
        told = tuple((other, round(share * scale, 4)) for other, share in others if share >= LEAST)
        return Correction(start, end, after, sure, told)

    def _spell(self, before: str, word: int, shape: int) -> str:
        if shape == AS_IS or word == NONE or word < len(SPECIAL):
            return before
        spelt = self.model.words[word]
        if spelt == before.lower():
            return before
        return spelt if shape == LOWER else spelt.upper() if shape == UPPER else spelt[:1].upper() + spelt[1:]


def _interpolation(knots: Sequence[Sequence[float]]) -> Callable[[int], float]:
    """From the cost of a posterior to a probability: between the knots of the calibration, or the posterior itself."""
    if not knots:
        return lambda cost: math.exp(-max(cost, 0) / UNIT)
    costs, shares = [knot[0] for knot in knots], [knot[1] for knot in knots]

    @lru_cache(maxsize=4096)
    def sure(cost: int) -> float:
        at = bisect_right(costs, cost)
        if at == 0 or at == len(costs):
            return shares[max(at - 1, 0)]
        part = (cost - costs[at - 1]) / (costs[at] - costs[at - 1])
        return round(shares[at - 1] * (1 - part) + shares[at] * part, 4)

    return sure


def _is_foreign(region: Region, readings: Sequence[Correction]) -> bool:
    """Whether a region turned out to be another language: most of its words came out as no Vietnamese syllables.

    Words in capitals do not count: abbreviations are no syllables either. Of 2,351 pairs of damaged lines two are taken for
    foreign at most; English, French and German sentences had .53 to .86 such words.
    """
    first = bisect_left(readings, region.start, key=lambda r: r.start)
    last = bisect_left(readings, region.end, key=lambda r: r.start)
    words = [r.after for r in readings[first:last] if len(r.after) > 1 and not r.after.isupper()]
    return len(words) >= FEWEST_JUDGED and sum(not is_syllable(word) for word in words) > FOREIGN * len(words)


def _may_be_letters(part: str, start: int, end: int) -> bool:
    """Whether a number of one or two digits may be a destroyed word: "6" is often "ở"."""
    return end - start <= 2 and part[end : end + 1] not in (*".)%/:-–",) and part[start - 1 : start] not in (*".,/:-–(",)


def _stands_alone(part: str, start: int, end: int) -> bool:
    """Whether a word in capitals has no neighbour on its line that is one too: then it is no word of a title in capitals.

    Abbreviations have no vowels, and say nothing of their neighbours ("HTX, DN").
    """
    before = _LETTERS.findall(part[max(0, start - NEAR) : start].rpartition("\n")[2])
    after = _LETTERS.findall(part[end : end + NEAR].partition("\n")[0])
    if not before and not after:
        return end - start <= 4
    return not any(word.isupper() and len(word) > 1 and _VOWEL.search(word) for word in (*before[-1:], *after[:1]))


def _has_case(text: str) -> bool:
    """Whether capitals are used at all: many who type without accents use none."""
    return not text.islower() and not text.isupper()


def _breaks(part: str) -> set[int]:
    """The newlines that end a sentence: behind a short line, before a list marker, between capitals and small letters."""
    lines = part.split("\n")
    longest = max(map(len, lines))
    breaks = set()
    at = 0
    for line, after in pairwise(lines):
        at += len(line)
        if (
            len(line) < _SHORT_LINE * longest
            or _MARKER.match(after)
            or line.isupper() != after.isupper()
            or not after.strip()
        ):
            breaks.add(at)
        at += 1
    return breaks
