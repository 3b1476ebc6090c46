"""Choose among the words that something may have been: by how common they are beside their neighbours.

For rules that leave a word several readings; damaged letters are weighed by `vitext.correction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vitext.correction.language_model import default_language_model

#: What it costs that two words were never seen side by side (natural logarithm).
UNSEEN = 4.0
#: What a word costs that the model does not know.
UNKNOWN_COST = 16.0


def choose_words(slots: Sequence[Sequence[str]]) -> list[str]:
    """The likeliest word of each slot beside its neighbours. Takes the candidates of each place, one at least, all small.

    >>> choose_words([["bỏ", "bờ"], ["biển"]]), choose_words([["từ"], ["bỏ", "bờ"]])
    (['bờ', 'biển'], ['từ', 'bỏ'])
    """
    if not slots:
        return []
    model = default_language_model()

    def own(word: str) -> float:
        return min(model.word_cost(word), UNKNOWN_COST)

    costs = [own(word) for word in slots[0]]
    backs: list[list[int]] = []
    for before, here in pairwise(slots):
        if len(before) == len(here) == 1:
            backs.append([0])
            costs = [costs[0]]
            continue
        table = model.pair_table(before, here)
        row, back = [], []
        for j, word in enumerate(here):
            alone = own(word) + UNSEEN
            cost, at = min((costs[i] + min(float(table[i, j]), alone), i) for i in range(len(before)))
            row.append(cost)
            back.append(at)
        costs = row
        backs.append(back)
    at = costs.index(min(costs))
    chosen = [slots[-1][at]]
    for slot, back in zip(reversed(slots[:-1]), reversed(backs), strict=True):
        at = back[at]
        chosen.append(slot[at])
    return chosen[::-1]
