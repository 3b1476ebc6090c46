"""What the language model says of pairs of words is what its file holds."""

from __future__ import annotations

import random

import numpy as np

from vitext import default_language_model
from vitext.correction import default_corrector


def test_a_table_of_pairs_holds_what_the_file_holds() -> None:
    model, chance = default_corrector().model, random.Random(16)
    starts, followers, costs = (model.arrays[name] for name in ("bigram_start", "bigram_word", "bigram_cost"))
    words = list(model.numbers)
    firsts = ["hợp", "không-có", *chance.sample(words, 20)]
    seconds = ["tác", "không-có", *chance.sample(words, 20)]
    # Followers that were seen, so that the table is not empty.
    seconds += [words[followers[starts[model.numbers[first]]]] for first in firsts[2:] if starts[model.numbers[first] + 1]]
    table = default_language_model().pair_table(firsts, seconds)
    assert table.shape == (len(firsts), len(seconds)) and np.isfinite(table).sum() > 10
    step = float(table[0, 0]) / next(
        int(costs[at]) for at in range(starts[model.numbers["hợp"]], starts[-1]) if followers[at] == model.numbers["tác"]
    )
    for first, row in zip(firsts, table, strict=True):
        number = model.numbers.get(first)
        own = range(starts[number], starts[number + 1]) if number is not None else range(0)
        held = {words[followers[at]]: int(costs[at]) * step for at in own}
        np.testing.assert_allclose(row, [held.get(second, np.inf) for second in seconds])
