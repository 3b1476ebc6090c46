"""Cut texts into the two sides of training pairs.

All texts are arrays of numbered syllables (`kb.embedding.features`). Chunks have the length of the product's passages.
"""

from __future__ import annotations

import numpy as np

from kb.embedding.features import Ints

#: Syllables of a chunk, as in `kb.library.passages`.
CHUNK = 110
#: The fewest syllables of a window that is used as a query, and one more than the most.
WINDOW = (6, 23)


def cut_chunk(body: Ints, rng: np.random.Generator) -> Ints:
    """A piece of the body about as long as a passage, in three draws of ten from its beginning."""
    length = int(rng.integers(CHUNK // 2, CHUNK * 3 // 2))
    if len(body) <= length:
        return body
    start = int(rng.integers(0, len(body) - length)) if rng.random() < 0.7 else 0
    return body[start : start + length]


def cut_window(body: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(a window, the text around it); in most draws that text is without the window."""
    length = min(int(rng.integers(*WINDOW)), max(3, len(body) // 3))
    start = int(rng.integers(0, max(1, len(body) - length)))
    window = body[start : start + length]
    low = max(0, start - int(rng.integers(0, CHUNK)))
    around = body[low : low + CHUNK + length]
    if rng.random() < 0.85:
        around = np.concatenate([body[low:start], body[start + length : low + CHUNK + length]])
    return window, around if len(around) >= 6 else body


def drop_words(query: Ints, rng: np.random.Generator) -> Ints:
    """The query without a tenth to a half of its syllables."""
    return query[rng.random(len(query)) > rng.uniform(0.1, 0.5)]


def take_run(query: Ints, rng: np.random.Generator) -> Ints:
    """Three to eight neighbouring syllables of the query, which must have more than three."""
    length = int(rng.integers(3, min(len(query), 9)))
    start = int(rng.integers(0, len(query) - length + 1))
    return query[start : start + length]
