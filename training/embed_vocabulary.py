"""Choose the rows of the embedding table: the commonest folded syllables and pairs of the training texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from kb.embedding.features import Forms, Ints, Vocabulary

#: The least number of occurrences of a pair in the vocabulary.
MIN_PAIR_COUNT = 8


def choose_vocabulary(texts: Iterable[Ints], forms: Forms, syllable_rows: int, pair_rows: int) -> Vocabulary:
    """The most frequent syllables and pairs of the texts."""
    count = len(forms.names)
    seen = np.zeros(count, dtype=np.int64)
    pairs: Counter[int] = Counter()
    chunk: list[Ints] = []
    size = 0

    def take() -> None:
        keys, counts = np.unique(np.concatenate(chunk), return_counts=True)
        pairs.update(dict(zip(keys.tolist(), counts.tolist(), strict=True)))
        chunk.clear()

    for text in texts:
        seen += np.bincount(text, minlength=count)[:count] if len(text) > 5000 else 0
        if len(text) <= 5000:
            np.add.at(seen, text, 1)
        wide = text.astype(np.int64)
        chunk.append(wide[:-1] * count + wide[1:])
        size += len(text)
        if size > 20_000_000:
            take()
            size = 0
    if chunk:
        take()
    order = np.lexsort((np.arange(count), -seen))
    kept = [int(at) for at in order[:syllable_rows] if seen[at] > 1]
    known = set(kept)
    best = sorted(((-n, key) for key, n in pairs.items() if n >= MIN_PAIR_COUNT), key=lambda pair: pair)
    chosen = []
    for _, key in best:
        first, second = divmod(key, count)
        if first in known and second in known:
            chosen.append(f"{forms.names[first]} {forms.names[second]}")
            if len(chosen) == pair_rows:
                break
    return Vocabulary(tuple(forms.names[at] for at in kept), tuple(chosen))
