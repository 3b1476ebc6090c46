"""Weigh the words that Tesseract's model of Vietnamese read, and correct tone marks and hats that it got wrong.

What that model leaves are wrong marks on the right letters: "đê" for "để", "chi" for "chỉ". The language model that is
shipped knows which spelling of the letters is likely between its neighbours. It is asked only about words of which the
recogniser was not sure, and what it chooses has the letters of the word, so that both versions are equally long. Names,
which the language model does not know, must not become common words: a word with a capital needs far better reasons.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.ocr.tesseract import Word
from vitext import LanguageModel, default_language_model, fold

#: Confidence of the recogniser from which a word is never touched.
SURE = 0.93
#: Confidence below which a word is marked as doubtful.
DOUBTFUL = 0.90
#: What it costs to change a word, in natural logarithms, and how much more where it has a capital.
CHANGE_COST = 3.0
CAPITAL_COST = 6.0
#: What a pair of words costs that was never seen, beyond the second word alone; and a word that is not known.
UNSEEN_COST = 6.0
UNKNOWN_COST = 18.0
#: The most candidates of a word.
MAX_CANDIDATES = 24
#: How likely a corrected word is what was printed: 77 of 78 were on texts that the language model had not seen.
CORRECTED = 0.95
_REST = round(1 - CORRECTED, 4)
#: The expected error up to which a page is as legible as most, and how fast the real one grows beyond it: pages of .077,
#: .086 and .108 (faxes of 100 dpi) had .204, .269 and .375.
LEGIBLE = 0.02
BAD_PAGE = 28.0

#: Share of words that are right (39,095 words of pages with known text, 150-300 dpi, good, poor and fax), by the least
#: confidence of the recogniser. It is below what the recogniser itself says.
_STEPS = (0.0, 0.2, 0.5, 0.8, 0.9, 0.92, 0.94, 0.96)
_RIGHT = (0.4, 0.7, 0.73, 0.81, 0.904, 0.952, 0.963, 0.998)
_CORE = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A word as it was read and as it is taken; how likely that is what was printed (0 to 1); and the second best word.

    `told` says that a reader should compare it with the paper.
    """

    before: str
    after: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()

    @property
    def told(self) -> bool:
        return self.before != self.after or (self.confidence < share_right(DOUBTFUL) and bool(_CORE.search(self.before)))


def share_right(confidence: float) -> float:
    """How many of the words are right that the recogniser reads with a confidence.

    >>> share_right(0.97), share_right(0.6)
    (0.998, 0.73)
    """
    return _RIGHT[bisect_right(_STEPS, confidence) - 1]


def expected_error(words: Sequence[Weighed]) -> float:
    """The share of some words that is expected to be wrong if the page is as legible as most, 0 for none."""
    return sum(1 - word.confidence for word in words) / len(words) if words else 0.0


def on_bad_pages(error: float) -> float:
    """How many times more words are wrong than `expected_error` says of a whole page: on a page that is hard to read, the
    recogniser is mistaken more often at every confidence.

    >>> on_bad_pages(0.015), round(0.1 * on_bad_pages(0.1), 2)
    (1.0, 0.32)
    """
    return 1.0 + BAD_PAGE * max(0.0, error - LEGIBLE)


def weigh(words: Sequence[Word], order: Sequence[int | None]) -> dict[int, Weighed]:
    """The words of a page by their index, those corrected of which the language model is sure.

    `order` has their indexes in the order in which a person reads them; None stands where no text goes on (between cells).
    """
    model = default_language_model()
    read = [None if index is None else words[index] for index in order]
    options = [_candidates(model, read, at) for at in range(len(read))]
    weighed = {index: _as_read(words[index]) for index in order if index is not None}
    for start, end in _runs(options):
        for at, core in zip(range(start, end), _best_path(model, read, options, start, end), strict=True):
            index = order[at]
            if index is not None and (taken := _with_core(words[index].text, core)) != words[index].text:
                weighed[index] = Weighed(words[index].text, taken, CORRECTED, ((words[index].text, _REST),))
    return weighed


def _as_read(word: Word) -> Weighed:
    return Weighed(word.text, word.text, share_right(word.confidence))


def _core_of(text: str) -> str:
    """The letters of a word without the signs around them, in lower case; "" where it is no single word of letters."""
    found = _CORE.findall(text)
    return found[0].lower() if len(found) == 1 and not any(map(str.isdigit, text)) else ""


def _candidates(model: LanguageModel, read: Sequence[Word | None], at: int) -> list[str]:
    """What the letters of a word may be; only itself where the recogniser was sure, and where it is a part of a name."""
    word = read[at]
    core = _core_of(word.text) if word else ""
    if word is None or not core or word.confidence >= SURE or len(core) < 2 or _is_name(read, at):
        return [core]
    same = [other for other in model.spellings(fold(core)) if other != core and len(other) == len(core)]
    return [core, *same[: MAX_CANDIDATES - 1]]


def _is_name(read: Sequence[Word | None], at: int) -> bool:
    """Whether a word with a capital stands beside another one, in a text that is not all in capitals."""
    word = read[at]
    if word is None or not word.text[:1].isupper() or word.text.isupper():
        return False
    beside = [read[near] for near in (at - 1, at + 1) if 0 <= near < len(read)]
    return any(other and other.text[:1].isupper() for other in beside)


def _runs(options: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Stretches [start, end) of words that have several candidates."""
    start = None
    for at, found in enumerate([*options, [""]]):
        if len(found) > 1 and start is None:
            start = at
        elif len(found) <= 1 and start is not None:
            yield start, at
            start = None


def _best_path(
    model: LanguageModel, read: Sequence[Word | None], options: Sequence[Sequence[str]], start: int, end: int
) -> list[str]:
    """The cheapest candidates of a stretch between the words before and behind it."""
    before = [options[start - 1][0]] if start and not _ends_sentence(read[start - 1]) else [""]
    behind = [options[end][0]] if end < len(read) and not _ends_sentence(read[end - 1]) else [""]
    costs = np.zeros(1)
    back = []
    seconds: Sequence[str] = before
    for at in range(start, end + 1):
        firsts, seconds = seconds, options[at] if at < end else behind
        table = costs[:, None] + _steps(model, firsts, seconds)
        back.append(table.argmin(axis=0))
        costs = table.min(axis=0)
        if at < end:
            costs = costs + _change_costs(read[at], seconds)
    path, choice = [], int(costs.argmin())
    for at in range(end, start, -1):
        choice = int(back[at - start][choice])
        path.append(options[at - 1][choice])
    return path[::-1]


def _ends_sentence(word: Word | None) -> bool:
    return word is None or word.text.endswith((".", ":", ";", "!", "?"))


def _steps(model: LanguageModel, firsts: Sequence[str], seconds: Sequence[str]) -> np.ndarray:
    """What each of `seconds` costs after each of `firsts`; "" stands for no word that tells anything."""
    alone = np.array([_alone(model, word) for word in seconds])
    pairs = model.pair_table(firsts, seconds)
    apart = alone[None, :] + np.array([UNSEEN_COST if first else 0.0 for first in firsts])[:, None]
    return np.where(np.isfinite(pairs), pairs, apart)


def _alone(model: LanguageModel, word: str) -> float:
    return min(model.word_cost(word), UNKNOWN_COST) if word else 0.0


def _change_costs(word: Word | None, candidates: Sequence[str]) -> np.ndarray:
    change = CHANGE_COST + (0.0 if word and word.text.islower() else CAPITAL_COST)
    return np.array([0.0] + [change] * (len(candidates) - 1))


def _with_core(text: str, core: str) -> str:
    """A word with other letters between its signs, in its capitals."""
    match = _CORE.search(text)
    if match is None or match[0].lower() == core:
        return text
    letters = "".join(new.upper() if old.isupper() else new for old, new in zip(match[0], core, strict=True))
    return text[: match.start()] + letters + text[match.end() :]
