"""Measure a table of rows: how well a query finds its own document by vectors alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from kb.embedding.contrastive import Floats
from kb.embedding.features import Features, Ints

#: Passages, and queries, that are taken at a time; bounds memory.
PASSAGES, QUERIES = 4096, 512


def own_ranks(
    rows: Floats,
    features: Features,
    queries: Sequence[Ints],
    documents: Sequence[Sequence[Ints]],
    own: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """How many of the documents stand before each query's own one; a document's vector is the mean of its passages', as in
    the product's index. `own` numbers the document of each query."""
    passages = list(chain.from_iterable(documents))
    owner = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    vectors = np.zeros((len(documents), rows.shape[1]), dtype=np.float32)
    for start in range(0, len(passages), PASSAGES):
        part = slice(start, start + PASSAGES)
        np.add.at(vectors, owner[part], unit(features.matrix(passages[part]) @ rows))
    vectors = unit(vectors)
    ranks = []
    for start in range(0, len(queries), QUERIES):
        mine = own[start : start + QUERIES]
        scores = unit(features.matrix(queries[start : start + QUERIES]) @ rows) @ vectors.T
        ranks.append((scores > scores[np.arange(len(mine)), mine, None]).sum(axis=1))
    return np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int64)


def unit(vectors: Floats) -> Floats:
    out: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return out
