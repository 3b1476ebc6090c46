"""Correct the words of damaged regions: prepare them, let the decoder weigh their candidates, spell what comes of it."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from threading import Lock
from typing import NamedTuple

from vitext.correction.alphabet import to_bytes
from vitext.correction.decoder_wasm import WasmDecoder
from vitext.correction.detect import Region, outside
from vitext.correction.model import CHANNELS, DAMAGED, NONE, UNIT, CorrectionModel, shipped_model
from vitext.correction.preparation import Preparation
from vitext.correction.run_together import cut_words, join_parts
from vitext.correction.tokens import AS_IS, LOWER, SPECIAL, UPPER
from vitext.letters import as_printed
from vitext.syllables import is_skeleton, is_syllable

#: Raise it when the code corrects otherwise with the same model.
VERSION = 4
#: Confidence of what a rule corrects: of 74 list markers on 1,033 rendered pages, 66 were right. Roman headings
#: share it: those pages hold too few to tell.
RULE_CONFIDENCE = 0.89
#: The share that is right of the words that stay as they are though the model does not know them: 657 words on 160 pages,
#: with a digit or a sign inside (84), with capitals behind small letters (45), in small letters (76), with a capital (267)
#: and in capitals (185).
KEPT_RIGHT = {"digits": 0.55, "mixed": 0.6, "small": 0.25, "title": 0.6, "capitals": 0.4}
#: Words of a region, and the share of them shaped like no syllable, from which it is asked whether a recogniser without
#: accents wrote it,
MIN_WORDS_OF_CHANNEL = 30
MIN_STRANGE_SHARE = 0.02
#: unless more than this share of them has a mark: pages of an English model have .02 to .05, of RapidOCR .002.
MAX_MARKED_SHARE = 0.01
#: Share of words that are no syllables above which a region is another language.
FOREIGN_SHARE = 0.5
#: Words that a region must have to be called another language.
MIN_JUDGED_WORDS = 5
#: Alternatives below this probability are left out.
MIN_ALTERNATIVE_SHARE = 0.005


_AROUND = re.compile(r"[^\W\d_]+")
_MIXED = re.compile("[a-zđ][A-ZĐ]|[A-ZĐ]{2}[a-zđ]")


class Correction(NamedTuple):
    """What stands at characters [start, end) of the text ought to be `after`, with the confidence and the alternatives.

    `after` may be what stands there already: then the word was looked at and found right.
    """

    start: int
    end: int
    after: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


@cache
def default_corrector() -> Corrector:
    """The corrector with the shipped model, opened once a process; threads take turns."""
    return Corrector(shipped_model())


def correction_version() -> str:
    """Tell which version of the corrections this is. Returns a string: the version of the code and the digest of the model.

    It changes whenever the same text may be corrected otherwise. Keep it beside corrected texts, and correct them again
    when it is another.

    >>> correction_version() == correction_version()
    True
    """
    return f"{VERSION}-{default_corrector().model.settings['digest']}"


class Corrector:
    """Corrects by one model; the decoder is one, so threads take turns."""

    def __init__(self, model: CorrectionModel) -> None:
        self.model = model
        self._decoder = WasmDecoder(model)
        self._preparation = Preparation(model)
        self._calibration = {channel: model.settings.get(f"calibration_{channel}", []) for channel in CHANNELS}
        self._lock = Lock()

    def correct(self, text: str, regions: Sequence[Region]) -> list[Correction]:
        """The words of the regions that were weighed, in order: certain and uncertain, changed or not."""
        found: list[Correction] = []
        regions = [self._with_channel(text, region) for region in regions]
        for channel in CHANNELS:
            mine = [region for region in regions if region.channel == channel]
            if mine:
                found += self._correct(text, mine, channel)
        return sorted(found)

    def _with_channel(self, text: str, region: Region) -> Region:
        """The region as "bare" where that explains it better.

        A recogniser of plain letters emits no accents, not even é. What it makes may seem to be typed without accents, but
        for letters that are wrong.
        """
        if region.channel not in ("ocr", "unaccented"):
            return region
        words = _AROUND.findall(text, region.start, region.end)
        strange = sum(not word.isupper() and word.isascii() and not is_skeleton(word) for word in words)
        marked = sum(not word.isascii() for word in words)
        few = len(words) < MIN_WORDS_OF_CHANNEL or strange < MIN_STRANGE_SHARE * len(words)
        if few or marked > MAX_MARKED_SHARE * len(words):
            return region
        return replace(region, channel=self.likeliest_channel(text, [region], (region.channel, "bare")))

    def likeliest_channel(self, text: str, regions: Sequence[Region], channels: Sequence[str]) -> str:
        """Tell by which of some channels the words of the regions are likeliest; some hundred words leave no doubt.

        >>> page = "Cän cü Luât Tô chüc chinh quyên dia phuong ngày 16 thäng 6 näm 2025, theo dê nghi cûa Giäm dôc Sô Nôi vu"
        >>> default_corrector().likeliest_channel(page, [Region(0, len(page), "ocr")], ("ocr", "western", "bare"))
        'western'
        """
        costs = {}
        for channel in channels:
            words = self._preparation.words(text, regions, channel)
            if words.kinds:
                given = to_bytes(text, channel)
                with self._lock:
                    cut_words(text, words, partial(self._decoder.cuts, channel, given))
                    self._decoder.decode(channel, given, words.columns())
                    costs[channel] = self._decoder.spent()
        return min(costs, key=lambda channel: costs[channel], default=channels[0])

    def _correct(self, text: str, regions: Sequence[Region], channel: str) -> list[Correction]:
        words = self._preparation.words(text, regions, channel)
        if not words.kinds:
            return []
        given = to_bytes(text, channel)
        with self._lock:
            spans = cut_words(text, words, partial(self._decoder.cuts, channel, given))
            out = self._decoder.decode(channel, given, words.columns())
        confidence_of = _interpolation(self._calibration[channel])
        found: list[Correction] = []
        for i, ((at, size), kind, (word, shape, cost)) in enumerate(
            zip(words.places, words.kinds, out[:, 0].tolist(), strict=True)
        ):
            if kind != DAMAGED:
                continue
            # Most words leave no doubt: their other candidates are not looked at.
            if cost <= 1:
                after = self._spell(text[at : at + size], word, shape)
                sure = confidence_of(cost)
                found.append(Correction(at, at + size, after, _of_kept(after, sure) if shape == AS_IS else sure, ()))
            else:
                found.append(self._weigh(text, at, at + size, out[i].tolist(), confidence_of))
            before = text[at : at + size]
            if "?" in before and found[-1].after != before:  # A lost letter shows no case.
                before_it, behind = text[max(0, at - 12) : at], text[at + size : at + size + 12]
                around = _AROUND.findall(before_it)[-1:] + _AROUND.findall(behind)[:1]
                after = as_printed(found[-1].after.lower(), before, around, starts=bool(words.starts[i]))
                found[-1] = found[-1]._replace(after=after)
        for place, after in words.certain.items():
            at, size = words.places[place]
            found.append(Correction(at, at + size, after, RULE_CONFIDENCE, ()))
        found.sort()
        found = join_parts(text, found, spans)
        foreign = [region for region in regions if _is_foreign(region, found)]
        return outside(found, foreign)

    def _weigh(
        self, text: str, start: int, end: int, row: list[list[int]], confidence_of: Callable[[int], float]
    ) -> Correction:
        """The correction of a word that has several candidates, by the decoder's row of (word, shape, cost)."""
        before = text[start:end]
        # Two candidates may be spelt alike: a word that the model knows, and the same letters as an unknown word.
        shares: dict[str, float] = {}
        for word, shape, cost in row:
            if word != NONE:
                spelt = self._spell(before, word, shape)
                shares[spelt] = shares.get(spelt, 0.0) + math.exp(-cost / UNIT)
        (after, most), *others = sorted(shares.items(), key=lambda item: -item[1])
        confidence = confidence_of(round(-math.log(min(most, 1.0)) * UNIT))
        if after == before and row[0][1] == AS_IS:
            confidence = _of_kept(after, confidence)
        # What the calibration takes from the first it takes from the others too: they may all be wrong.
        scale = min(confidence / most, (1 - confidence) / max(sum(shares.values()) - most, 1e-9))
        alternatives = tuple((other, round(share * scale, 4)) for other, share in others if share >= MIN_ALTERNATIVE_SHARE)
        return Correction(start, end, after, confidence, alternatives)

    def _spell(self, before: str, word: int, shape: int) -> str:
        if shape == AS_IS or word == NONE or word < len(SPECIAL):
            return before
        spelt = self.model.words[word]
        if spelt == before.lower():
            return before
        return spelt if shape == LOWER else spelt.upper() if shape == UPPER else spelt[:1].upper() + spelt[1:]


def _of_kept(word: str, confidence: float) -> float:
    """The confidence that a word is right which the model does not know and which stays because nothing better was found."""
    if word.isdigit() or is_syllable(word):
        return confidence
    if any(c.isdigit() or not c.isalnum() for c in word):
        share = KEPT_RIGHT["digits"]
    elif _MIXED.search(word):
        share = KEPT_RIGHT["mixed"]
    else:
        share = KEPT_RIGHT["small" if word.islower() else "capitals" if word.isupper() and len(word) > 1 else "title"]
    return min(confidence, share)


def _interpolation(knots: Sequence[Sequence[float]]) -> Callable[[int], float]:
    """From the cost of a posterior to a probability: between the knots of the calibration, or the posterior itself."""
    if not knots:
        return lambda cost: math.exp(-max(cost, 0) / UNIT)
    costs, shares = [knot[0] for knot in knots], [knot[1] for knot in knots]

    @lru_cache(maxsize=4096)
    def confidence(cost: int) -> float:
        at = bisect_right(costs, cost)
        if at == 0 or at == len(costs):
            return shares[max(at - 1, 0)]
        part = (cost - costs[at - 1]) / (costs[at] - costs[at - 1])
        return round(shares[at - 1] * (1 - part) + shares[at] * part, 4)

    return confidence


def _is_foreign(region: Region, corrections: Sequence[Correction]) -> bool:
    """Whether a region turned out to be another language: most of its words came out as no Vietnamese syllables.

    Words in capitals do not count: abbreviations are no syllables either. Of 2,351 pairs of damaged lines two are taken for
    foreign at most; English, French and German sentences had .53 to .86 such words.
    """
    first = bisect_left(corrections, region.start, key=lambda c: c.start)
    last = bisect_left(corrections, region.end, key=lambda c: c.start)
    words = [word for c in corrections[first:last] for word in c.after.split() if len(word) > 1 and not word.isupper()]
    return len(words) >= MIN_JUDGED_WORDS and sum(not is_syllable(word) for word in words) > FOREIGN_SHARE * len(words)
