"""What the language model of the corrector says of words and of words side by side, for others than the corrector.

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
    """Which words and pairs of words are common in Vietnamese; made by `default_language_model`.

    Costs are negative natural logarithms of shares: 0 and up, the higher the rarer, infinite for what was never seen.

    >>> model = default_language_model()
    >>> model.knows("khen"), model.word_cost("người") < model.word_cost("thưởng")
    (True, True)
    """

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
        """Whether a word, in lower case with its accents, is in the model.

        >>> default_language_model().knows("hợp"), default_language_model().knows("hợq")
        (True, False)
        """
        return word in self._model.numbers

    def spellings(self, plain: str) -> Sequence[str]:
        """The words that fold to `plain` (see `fold`), the commonest first; an empty tuple for none.

        >>> default_language_model().spellings("duong")[0]
        'đường'
        """
        return self._by_fold.get(plain, ())

    def word_cost(self, word: str) -> float:
        """How rare a word is; infinite for one that is not known.

        >>> default_language_model().word_cost("hợq")
        inf
        """
        number = self._model.numbers.get(word)
        return float("inf") if number is None else float(self._model.arrays["unigram"][number]) / UNIT

    def pair_costs(self, first: str, seconds: Sequence[str]) -> npt.NDArray[np.float64]:
        """What it costs that each of `seconds` comes after `first`; infinite where that was never seen.

        Returns an array of floats of shape (len(seconds),).

        >>> costs = default_language_model().pair_costs("hợp", ["tác", "xanh"]).tolist()
        >>> costs[0] < costs[1], costs[1]
        (True, inf)
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
    """Open the language model that is shipped; it is opened once a process. Returns a `LanguageModel`.

    >>> default_language_model() is default_language_model()
    True
    """
    return LanguageModel(default_corrector().model)
