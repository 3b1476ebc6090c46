"""Train a table of rows with a contrastive loss: in numpy, on one core.

The vector of a text is the mean of its rows, at unit length. In each batch of pairs (query side, document side), every query
must find its own document among all documents of the batch, and every document its query (InfoNCE in both directions). Adam
updates only the rows that a batch uses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The number of steps and the learning rate, which reaches `rate` after `warm_up` steps and then falls linearly to 0.

    `scale` is the inverse temperature of the loss.
    """

    steps: int
    rate: float = 0.02
    warm_up: int = 20
    scale: float = 20.0

    def rate_at(self, step: int) -> float:
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        return self.rate * (1 - (step - self.warm_up) / max(1, self.steps - self.warm_up))


Batch = tuple[sparse.csr_matrix, sparse.csr_matrix, npt.NDArray[np.int64]]
"""Rows of the query sides, rows of the document sides, and the number of the document behind each pair."""


def train(rows: Floats, next_batch: Callable[[int], Batch], schedule: Schedule, log: Callable[[str], None] = print) -> None:
    """Train `rows` (rows, dimension) in place; `next_batch` is called with the number of each step."""
    first, second = np.zeros(rows.shape, np.float32), np.zeros(rows.shape, np.float32)
    seen = np.zeros(len(rows), dtype=np.int32)
    place = np.zeros(len(rows), dtype=np.int32)
    loss_sum, start = 0.0, time.perf_counter()
    for step in range(schedule.steps):
        queries, documents, numbers = next_batch(step)
        both = sparse.vstack([queries, documents], format="csr")
        touched = np.unique(both.indices)
        place[touched] = np.arange(len(touched), dtype=np.int32)
        local = sparse.csr_matrix((both.data, place[both.indices], both.indptr), shape=(both.shape[0], len(touched)))
        means = local @ rows[touched]
        loss, gradient = _loss(means, numbers, schedule.scale)
        change = local.T.tocsr() @ gradient
        seen[touched] += 1
        _adam(rows, (first, second), touched, change, schedule.rate_at(step), seen[touched, None])
        loss_sum += loss
        if (step + 1) % 100 == 0:
            log(f"step {step + 1}/{schedule.steps}: loss {loss_sum / 100:.3f}, {time.perf_counter() - start:.0f} s")
            loss_sum = 0.0


def _loss(means: Floats, numbers: npt.NDArray[np.int64], scale: float) -> tuple[float, Floats]:
    """(InfoNCE of both directions, its gradient on the means)."""
    norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    unit = means / norms
    half = len(means) // 2
    q, d = unit[:half], unit[half:]
    logits = scale * (q @ d.T)
    # Another pair of the same document is not a wrong answer.
    same = numbers[:, None] == numbers[None, :]
    np.fill_diagonal(same, False)
    logits[same] = -1e4
    by_query = _softmax(logits)
    by_document = _softmax(logits.T).T
    at = np.arange(half)
    loss = -0.5 * float(np.mean(np.log(by_query[at, at] + 1e-9) + np.log(by_document[at, at] + 1e-9)))
    delta = 0.5 * (by_query + by_document)
    delta[at, at] -= 1
    delta *= scale / half
    gradient = np.concatenate([delta @ d, delta.T @ q])
    gradient -= unit * np.sum(gradient * unit, axis=1, keepdims=True)
    return loss, (gradient / norms).astype(np.float32)


def _softmax(logits: Floats) -> Floats:
    out: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    out /= out.sum(axis=1, keepdims=True)
    return out


def _adam(
    rows: Floats,
    moments: tuple[Floats, Floats],
    at: npt.NDArray[np.int32],
    change: Floats,
    rate: float,
    seen: npt.NDArray[np.int32],
) -> None:
    """Adam on the rows `at` alone: the moments of the others stay, and each row counts its own steps (`seen`)."""
    first, second = moments
    m = first[at]
    m *= 0.9
    m += 0.1 * change
    first[at] = m
    v = second[at]
    v *= 0.999
    v += 0.001 * np.square(change)
    second[at] = v
    m *= (rate / (1 - 0.9**seen)).astype(np.float32)
    v /= (1 - 0.999**seen).astype(np.float32)
    np.sqrt(v, out=v)
    v += 1e-8
    m /= v
    rows[at] -= m
