"""Evaluate a table of rows: how well queries find their own documents by vectors alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from kb.embedding.contrastive import Floats
from kb.embedding.features import Features, Ints

#: Passages embedded at a time; this bounds memory.
PASSAGE_BATCH = 4096
#: Queries compared at a time; this bounds memory.
QUERY_BATCH = 512


def own_ranks(
    rows: Floats,
    features: Features,
    queries: Sequence[Ints],
    documents: Sequence[Sequence[Ints]],
    own: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """The rank of each query's own document, from 0: how many documents are closer to the query. Shape (queries,).

    `documents` are lists of passages; the vector of a document is the mean of those of its passages, as in the product's
    index. `own` (queries,) has the number of each query's document.
    """
    passages = list(chain.from_iterable(documents))
    owner = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    vectors = np.zeros((len(documents), rows.shape[1]), dtype=np.float32)
    for start in range(0, len(passages), PASSAGE_BATCH):
        part = slice(start, start + PASSAGE_BATCH)
        np.add.at(vectors, owner[part], unit(features.matrix(passages[part]) @ rows))
    vectors = unit(vectors)
    ranks = []
    for start in range(0, len(queries), QUERY_BATCH):
        mine = own[start : start + QUERY_BATCH]
        scores = unit(features.matrix(queries[start : start + QUERY_BATCH]) @ rows) @ vectors.T
        ranks.append((scores > scores[np.arange(len(mine)), mine, None]).sum(axis=1))
    return np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int64)


def unit(vectors: Floats) -> Floats:
    """The vectors (n, dimension) at length 1; a zero vector stays."""
    out: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return out
