"""Fit the weights of the answer on top (`search_api.tasks.answer`) and print them.

    python -m benchmarks.answer_weights [--corpus DIR] [--data DIR ...]

The questions are those of `benchmarks.answers` that do not confirm. `SENTENCE_WEIGHTS` make the sentences that answer
likelier than the others of the same question (softmax); then `CONFIDENCE_WEIGHTS` tell whether the best one answers
(logistic regression). A question about the sample corpus counts OWN_WEIGHT times: there are fewer of them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.answers import OpenSet, is_right, open_sets
from search_api.display.item_tokens import ItemTokens, tokenise_item
from search_api.query.questions import Question, read_question
from search_api.query.request import SearchRequest
from search_api.retrieval.collection import Collection
from search_api.service import SearchService
from search_api.tasks import answer

#: How often a question about the sample corpus counts.
OWN_WEIGHT = 2.0
#: Strength of the pull of all weights towards zero, for both fits.
SHRINK_SENTENCES, SHRINK_CONFIDENCE = 0.3, 0.5
#: Steps of the two fits, and the length of a step of the first.
STEPS, NEWTON_STEPS, STEP = 2_000, 50, 0.01

Matrix = npt.NDArray[np.float64]


@dataclass(slots=True)
class Judged:
    """A question with its candidates, and which of them are right."""

    question: Question
    found: list[answer.Candidate]
    right: list[bool]
    weight: float

    def matrix(self) -> Matrix:
        return np.array([[getattr(c.features, name) for name in answer.SENTENCE_WEIGHTS] for c in self.found])


def judged(asked: OpenSet, weight: float) -> Iterator[Judged]:
    """The questions of a set that do not confirm, with their candidates among the first results."""
    service = SearchService(asked.library)
    tokens: dict[str, ItemTokens] = {}
    with asked.library.view() as view:
        collection = Collection(view)
        for each in asked.questions:
            question = read_question(each.text)
            if question is None or each.confirm:
                continue
            ids = service.rank(SearchRequest(each.text), answer.MAX_READ)
            for item_id in ids:
                tokens.setdefault(item_id, tokenise_item(view.snapshot.item(item_id)))
            ranked = [tokens[item_id] for item_id in ids]
            found = answer.candidates(view, question, collection.embed(each.text), ranked)
            if found:
                yield Judged(question, found, [is_right(each, asked.known(c.item.item.id), c.text) for c in found], weight)


def fit_sentences(sample: Sequence[Judged]) -> Matrix:
    """The weights of `Features` under which the right sentences are likeliest; Adam steps from zero."""
    rows = [(one.matrix(), np.array(one.right, float), one.weight) for one in sample if any(one.right)]
    weights = np.zeros(len(answer.SENTENCE_WEIGHTS))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = SHRINK_SENTENCES * weights
        for features, right, weight in rows:
            rated = features @ weights
            share = np.exp(rated - rated.max())
            share /= share.sum()
            wanted = share * right
            slope += weight * (features.T @ (share - wanted / wanted.sum()))
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope * slope
        weights = weights - STEP * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights


def fit_confidence(sample: Sequence[Judged]) -> Matrix:
    """The weights of `certainty` under which the best sentences are as likely right as they are; Newton's method."""
    rows, right = [], []
    for one in sample:
        order = sorted(range(len(one.found)), key=lambda at: -answer.rate(one.found[at]))
        values = answer.certainty(one.question, [one.found[at] for at in order])
        rows.append([values[name] for name in answer.CONFIDENCE_WEIGHTS])
        right.append(float(one.right[order[0]]))
    features, wanted, counts = np.array(rows), np.array(right), np.array([one.weight for one in sample])
    # Nothing pulls the last weight, "always".
    pull = np.array([SHRINK_CONFIDENCE] * (features.shape[1] - 1) + [0.0])
    weights = np.zeros(features.shape[1])
    for _ in range(NEWTON_STEPS):
        likely = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (counts * (likely - wanted)) + pull * weights
        bend = (features.T * (counts * likely * (1 - likely))) @ features + np.diag(pull)
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--data", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = [
            one
            for asked in open_sets(arguments.corpus, arguments.data, Path(folder))
            for one in judged(asked, OWN_WEIGHT if asked.name == "own" else 1.0)
        ]
    sentences = fit_sentences(sample)
    print("SENTENCE_WEIGHTS", dict(zip(answer.SENTENCE_WEIGHTS, sentences.round(2).tolist(), strict=True)))
    answer.SENTENCE_WEIGHTS.update(zip(answer.SENTENCE_WEIGHTS, sentences.tolist(), strict=True))
    confidence = fit_confidence(sample)
    print("CONFIDENCE_WEIGHTS", dict(zip(answer.CONFIDENCE_WEIGHTS, confidence.round(2).tolist(), strict=True)))


if __name__ == "__main__":
    main()
