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

#: Bits of the number of a word in the number of a pair; the model numbers its words with as many.
WORD_BITS = 16


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
        costs: npt.NDArray[np.float64] = self.pair_table([first], seconds)[0]
        return costs

    def pair_table(self, firsts: Sequence[str], seconds: Sequence[str]) -> npt.NDArray[np.float64]:
        """What it costs that each of `seconds` comes after each of `firsts`: `pair_costs` of many words at once.

        Returns an array of floats of shape (len(firsts), len(seconds)).

        >>> default_language_model().pair_table(["hợp", "cộng"], ["tác", "xanh"]).shape
        (2, 2)
        """
        numbers = self._model.numbers
        keys, costs = self._bigrams
        before, after = (np.array([numbers.get(word, -1) for word in words], np.int64) for words in (firsts, seconds))
        wanted = ((before[:, None] << WORD_BITS) | after).ravel()
        at = np.minimum(keys.searchsorted(wanted.astype(np.uint32)), len(keys) - 1)
        hit = (keys[at] == wanted) & (wanted >= 0)
        out = np.full(len(wanted), np.inf)
        out[hit] = costs[at[hit]] * self._step
        return out.reshape(len(firsts), len(seconds))

    @cached_property
    def _bigrams(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
        """Every pair of words as one number, in order, and their costs. It takes four bytes a pair.

        Slices of mapped arrays, word by word, took three times as long as one search here."""
        arrays = self._model.arrays
        starts = np.asarray(arrays["bigram_start"]).astype(np.int64)
        sizes = starts[1:] - starts[:-1]
        firsts = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)
        return (firsts << WORD_BITS) | np.asarray(arrays["bigram_word"]), np.asarray(arrays["bigram_cost"])


@lru_cache(maxsize=1)
def default_language_model() -> LanguageModel:
    """Open the language model that is shipped; it is opened once a process. Returns a `LanguageModel`.

    >>> default_language_model() is default_language_model()
    True
    """
    return LanguageModel(default_corrector().model)
