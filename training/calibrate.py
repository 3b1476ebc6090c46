"""Calibrate the posteriors of the decoder: isotonic regression on pages from which nothing was learned."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.channel import pair_words
from training.texts import read_json_lines
from vitext.correction.corrector import Corrector, default_corrector
from vitext.correction.detect import Region
from vitext.correction.model import CHANNELS, UNIT, CorrectionModel
from vitext.fold import strip_marks
from vitext.normalise import place_tone

#: Knots of the map: costs of the posterior for which it has a value; between them it is interpolated.
KNOTS = (0, 1, 2, 4, 8, 16, 26, 40, 60, 90, 130, 180, 260, 360, 500, 700, 1000)

_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")


def calibrate(model: Path, pages: Mapping[str, Path]) -> dict[str, list[tuple[int, float]]]:
    """The settings `calibration_<channel>`: pairs of cost and probability (0..1). `pages` are those of each channel; for a
    channel without any the printed lines of "ocr" lose their accents."""
    found = {}
    for channel in CHANNELS:
        costs, right = map(np.array, zip(*judged(model, pages.get(channel, pages["ocr"]), channel), strict=True))
        found[f"calibration_{channel}"] = knots(costs.astype(float), right.astype(float))
    return found


def judged(model: Path, pages: Path, channel: str) -> Iterator[tuple[int, bool]]:
    """The cost of the posterior of every corrected word, and whether the correction is right."""
    opened = CorrectionModel.open(model)
    # Without a map the corrector gives the posterior itself.
    opened.settings.pop(f"calibration_{channel}", None)
    for sure, right in judged_words(pages, Corrector(opened), channel):
        yield round(-math.log(max(sure, 1e-9)) * UNIT), right


def judged_words(pages: Path, corrector: Corrector | None = None, channel: str = "ocr") -> Iterator[tuple[float, bool]]:
    """The confidence of every corrected word on the pages, and whether the correction is right. Words without a printed
    counterpart are left out."""
    corrector = corrector or default_corrector()
    for page in read_json_lines(pages):
        gold = page["gold"]
        damaged = [strip_marks(line) for line in gold] if channel == "unaccented" else page["hyp"]
        text = "\n".join(damaged)
        by_place = {found.start: found for found in corrector.correct(text, whole(text, channel))}
        at = 0
        for printed, line in zip(gold, damaged, strict=True):
            for true, _, place in pair_words(printed, line):
                if (found := by_place.get(at + place)) is not None:
                    yield found.confidence, same(found.after, true)
            at += len(line) + 1


def whole(text: str, channel: str) -> list[Region]:
    """The regions of a text of which it is known what happened to it: its paragraphs, whatever their lines look like."""
    return [Region(match.start(), match.end(), channel) for match in _PARAGRAPH.finditer(text)]


def same(corrected: str, printed: str) -> bool:
    """Whether two words are the same, without regard to case and to the place of the tone mark."""
    return place_tone(corrected.lower()) == place_tone(printed.lower())


def knots(costs: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """A falling map from cost to the share of right corrections (0..1), at the knots: pool adjacent violators."""
    edges = [*KNOTS, int(costs.max()) + 2]
    sums = []
    for low, high in pairwise(edges):
        here = (costs >= low) & (costs < high)
        # Half a right and half a wrong correction are added for what was not seen.
        sums.append([float(right[here].sum()) + 0.5, float(here.sum()) + 1.0, 1])
    pooled: list[list[float]] = []
    for part in sums:
        pooled.append(part)
        while len(pooled) > 1 and pooled[-2][0] / pooled[-2][1] < pooled[-1][0] / pooled[-1][1]:
            last = pooled.pop()
            pooled[-1] = [a + b for a, b in zip(pooled[-1], last, strict=True)]
    shares = [part[0] / part[1] for part in pooled for _ in range(int(part[2]))]
    return [(knot, round(share, 4)) for knot, share in zip(KNOTS, shares, strict=True)]
