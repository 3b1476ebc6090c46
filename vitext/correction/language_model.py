"""What the language model of the reader says of words and of words side by side, for others than the reader.

Its words are Vietnamese syllables and common foreign words, in lower case with their accents; it was learned from press and
law.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from vitext.correction.corrector import default_corrector
from vitext.correction.model import UNIT, CorrectionModel
from vitext.correction.tokens import SPECIAL
from vitext.fold import fold


class LanguageModel:
    """Costs are negative natural logarithms of shares (0 and up)."""

    def __init__(self, model: CorrectionModel) -> None:
        self._model = model
        self._step = int(model.settings["step"]) / UNIT

    @cached_property
    def _by_fold(self) -> dict[str, list[str]]:
        words = defaultdict(list)
        for word in self._model.words:
            if word not in SPECIAL:
                words[fold(word)].append(word)
        cost = self.word_cost
        return {key: sorted(found, key=cost) for key, found in words.items()}

    def knows(self, word: str) -> bool:
        return word in self._model.numbers

    def spellings(self, plain: str) -> Sequence[str]:
        """The words that fold to `plain`, the commonest first.

        >>> default_language_model().spellings("duong")[0]
        'đường'
        """
        return self._by_fold.get(plain, ())

    def word_cost(self, word: str) -> float:
        """How rare a word is; infinite for one that is not known."""
        number = self._model.numbers.get(word)
        return float("inf") if number is None else float(self._model.arrays["unigram"][number]) / UNIT

    def pair_costs(self, first: str, seconds: Sequence[str]) -> npt.NDArray[np.float64]:
        """What it costs that each of `seconds` comes after `first`: infinite where that was never seen. Shape (seconds,).

        >>> costs = default_language_model().pair_costs("hợp", ["tác", "xanh"])
        >>> bool(np.isfinite(costs[0])), bool(np.isinf(costs[1]))
        (True, True)
        """
        out = np.full(len(seconds), np.inf)
        numbers = self._model.numbers
        v = numbers.get(first)
        if v is None:
            return out
        start, end = (int(at) for at in self._model.arrays["bigram_start"][v : v + 2])
        words = self._model.arrays["bigram_word"][start:end]
        wanted = np.array([numbers.get(word, -1) for word in seconds])
        at = np.searchsorted(words, wanted)
        at[at == len(words)] = 0
        if len(words):
            hit = (words[at] == wanted) & (wanted >= 0)
            out[hit] = self._model.arrays["bigram_cost"][start + at[hit]] * self._step
        return out


@lru_cache(maxsize=1)
def default_language_model() -> LanguageModel:
    """The language model that is shipped."""
    return LanguageModel(default_corrector().model)
