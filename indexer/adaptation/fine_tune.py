"""Fine-tune the embedding model on the items of a collection, and measure on held-out items whether that helped.

No labels are needed: the title of an item should find its text, the summary the rest of the text, and a few words the text
around them. The checksum of its id puts an item into one of three parts. Seven in ten are trained on; one in ten
(validation) chooses how far the rows move; two in ten (test) decide whether the model is better. The last two are never
trained on.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from indexer.batch import Progress
from kb.embedding.contrastive import Batch, Floats, Schedule, train
from kb.embedding.evaluation import own_ranks
from kb.embedding.features import Features, Forms, Ints
from kb.embedding.package import Packed, pack_rows, unpack_rows
from kb.embedding.pairs import cut_chunk, cut_window, drop_words, take_run
from kb.embedding.static_embedder import syllables
from kb.item import Block, Item
from kb.library.passages import split_passages

Role = Literal["training", "validation", "test"]

Reciprocals = npt.NDArray[np.float64]
"""Reciprocal ranks, one for each title."""

#: An item with a text of fewer syllables is left out.
MIN_SYLLABLES = 8
#: The fewest test titles: a confidence interval from fewer says nothing. They are one item in five.
MIN_TEST_TITLES = 20
#: Pairs in one step.
BATCH = 512
#: How often each item is trained on, while the number of steps stays between the next two.
EPOCHS = 70
#: The fewest steps; a step takes a fifth of a second.
MIN_STEPS = 150
#: The most steps.
MAX_STEPS = 1000
LEARNING_RATE = 0.003
#: How far the rows move from the old ones to the trained ones; with less than 1 they keep more of what they had learned
#: before.
SHARES = (0.5, 0.75, 1.0)
#: Among at most so many items the share is chosen.
MAX_VALIDATION_ITEMS = 5000
#: Samples of the bootstrap.
BOOTSTRAP_SAMPLES = 5000


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of an item as arrays of numbered syllables. `passages` are those of the index without the title, `body` is
    all of them together, `rest` is the body without the summary."""

    title: Ints
    summary: Ints
    passages: tuple[Ints, ...]
    body: Ints
    rest: Ints
    role: Role


@dataclass(frozen=True, slots=True)
class Figures:
    """How well titles find their own items among all items: mean reciprocal rank within ten (MRR@10), and the share that is
    found first."""

    mrr: float
    first: float


@dataclass(frozen=True, slots=True)
class FineTuning:
    """The result of fine-tuning: `training_items` were trained on and `test_titles` decided. The rows moved a `share` of
    the way; `low` and `high` bound the gain in mean reciprocal rank (95 %, paired bootstrap)."""

    training_items: int
    test_titles: int
    steps: int
    share: float
    before: Figures
    after: Figures
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Whether the gain is more than chance."""
        return self.low > 0


def role_of(item_id: str) -> Role:
    """The part that an item belongs to.

    >>> [role_of(name) for name in ("238-kh-ubnd", "43-kh-lmhtx", "lua-huu-co")]
    ['validation', 'training', 'test']
    """
    part = zlib.crc32(item_id.encode()) % 10
    return "test" if part < 2 else "validation" if part == 2 else "training"


def read_texts(items: Iterable[Item], forms: Forms) -> Iterator[Texts]:
    """The texts of all items that have a text besides their title."""
    for item in items:
        passages = [forms.encode(passage.text) for passage in split_passages(without_title(item))]
        body = np.concatenate(passages)
        if len(body) >= MIN_SYLLABLES:
            title, summary = forms.encode(item.title), forms.encode(item.summary)
            kept = tuple(passage for passage in passages if len(passage))
            yield Texts(title, summary, kept, body, _without(body, summary), role_of(item.id))


def without_title(item: Item) -> Item:
    """The item without its title, which is also removed from the lines of its text: else the title would find the text by
    its own words. Sentences that name the same things stay.
    """
    title = f" {' '.join(syllables(item.title))} "
    blocks = []
    for block in item.blocks:
        lines = [rest for line in block.best.split("\n") if (rest := _behind(line, title))]
        if lines:
            blocks.append(Block(block.page, "\n".join(lines)))
    return replace(item, title="", blocks=tuple(blocks))


def _behind(line: str, title: str) -> str:
    """The part of a line that follows the title; nothing of a line that is itself a part of the title."""
    words = f" {' '.join(syllables(line))} "
    if words in title:
        return ""
    return " ".join(line.split()[len(title.split()) :]) if title.strip() and words.startswith(title) else line


def _without(body: Ints, run: Ints) -> Ints:
    """The body without the first occurrence of `run`; unchanged when too little would be left."""
    at = body.tobytes().find(run.tobytes()) if len(run) else -1
    if at < 0 or at % body.itemsize or len(body) - len(run) < MIN_SYLLABLES:
        return body
    start = at // body.itemsize
    return np.concatenate([body[:start], body[start + len(run) :]])


def fine_tune(
    texts: Sequence[Texts], forms: Forms, model: Packed, seed: int, progress: Progress
) -> tuple[FineTuning, Packed] | None:
    """The result of fine-tuning a model on these texts, and the new model; None when there are too few test titles.

    The same seed gives the same result.
    """
    training = [text for text in texts if text.role == "training"]
    test, validation = (_held_out(texts, training, role) for role in ("test", "validation"))
    if len(test) < MIN_TEST_TITLES:
        return None
    features = Features(model.vocabulary, forms)
    tuner = _Tuner(model, features)
    measurements = iter(range(1, len(SHARES) + 3))

    def measure(among: Sequence[Texts], titles: Sequence[int]) -> Reciprocals:
        found = _measure(tuner.rows, features, among, titles)
        progress("compare", next(measurements), len(SHARES) + 2)
        return found

    before = measure(texts, test)
    steps = tuner.train(training, seed, progress)
    others = [text for text in texts if text.role != "validation"]
    among = [*(texts[at] for at in validation), *others][:MAX_VALIDATION_ITEMS]
    mrr: dict[float, float] = {}
    for share in SHARES:
        tuner.blend(share)
        mrr[share] = _figures(measure(among, range(len(validation)))).mrr
    share = max(SHARES, key=lambda share: mrr[share])
    tuned = tuner.blend(share)
    after = measure(texts, test)
    low, high = _interval(after - before, seed)
    result = FineTuning(len(training), len(test), steps, share, _figures(before), _figures(after), low, high)
    return result, tuned


class _Tuner:
    """The rows of a model while it is fine-tuned."""

    def __init__(self, model: Packed, features: Features) -> None:
        self._model, self._features = model, features
        self.rows = unpack_rows(model.rows, model.scales)

    def train(self, texts: Sequence[Texts], seed: int, progress: Progress) -> int:
        """Train on the texts. Returns the number of steps."""
        size = min(BATCH, len(texts))
        steps = min(max(EPOCHS * len(texts) // size, MIN_STEPS), MAX_STEPS)
        touched = np.zeros(len(self.rows), dtype=bool)
        draws = _draw_batches(texts, size, np.random.default_rng(seed))

        def next_batch(step: int) -> Batch:
            progress("fine_tune", step, steps)
            queries, documents, numbers = next(draws)
            sides = self._features.matrix(queries), self._features.matrix(documents)
            for side in sides:
                touched[side.indices] = True
            return *sides, numbers

        train(self.rows, next_batch, Schedule(steps, LEARNING_RATE), lambda line: None)
        progress("fine_tune", steps, steps)
        self._at = np.flatnonzero(touched)
        self._old, self._new = unpack_rows(self._model.rows[self._at], self._model.scales[self._at]), self.rows[self._at]
        return steps

    def blend(self, share: float) -> Packed:
        """The model whose rows moved a share of the way from the old ones to the trained ones; `rows` are then its rows."""
        packed, scales = self._model.rows.copy(), self._model.scales.copy()
        packed[self._at], scales[self._at] = pack_rows(self._old + np.float32(share) * (self._new - self._old))
        self.rows[self._at] = unpack_rows(packed[self._at], scales[self._at])
        return replace(self._model, rows=packed, scales=scales)


def _draw_batches(
    texts: Sequence[Texts], size: int, rng: np.random.Generator
) -> Iterator[tuple[list[Ints], list[Ints], npt.NDArray[np.int64]]]:
    """(query sides, document sides, numbers of their texts), without end. Every text comes once before any comes again."""
    queue = np.zeros(0, dtype=np.int64)
    while True:
        if len(queue) < size:
            queue = np.concatenate([queue, rng.permutation(len(texts))])
        numbers, queue = queue[:size], queue[size:]
        pairs = [_draw_pair(texts[at], rng) for at in numbers]
        yield [query for query, _ in pairs], [document for _, document in pairs], numbers


def _draw_pair(text: Texts, rng: np.random.Generator) -> tuple[Ints, Ints]:
    kind = rng.random()
    if len(text.title) and kind < 0.5:
        query, document = text.title, cut_chunk(text.body, rng)
    elif len(text.summary) and kind < 0.65:
        query, document = text.summary, cut_chunk(text.rest, rng)
    else:
        query, document = cut_window(text.body, rng)
        if len(text.title) and rng.random() < 0.3:
            document = np.concatenate([text.title, document])
    kind = rng.random()
    if kind < 0.2 and len(query) > 4:
        return drop_words(query, rng), document
    return (take_run(query, rng) if kind < 0.35 and len(query) > 5 else query), document


def _held_out(texts: Sequence[Texts], training: Sequence[Texts], role: Role) -> list[int]:
    """Numbers of the texts in a part that have a title, and no training text with the same title or body."""
    titles, bodies = {text.title.tobytes() for text in training}, {text.body.tobytes() for text in training}
    return [
        at
        for at, text in enumerate(texts)
        if text.role == role and len(text.title) and text.title.tobytes() not in titles and text.body.tobytes() not in bodies
    ]


def _measure(rows: Floats, features: Features, among: Sequence[Texts], titles: Sequence[int]) -> Reciprocals:
    """The reciprocal rank of the own text of each title, 0 from rank 11 on."""
    own = np.array(titles, dtype=np.int64)
    ranks = own_ranks(rows, features, [among[at].title for at in titles], [text.passages for text in among], own)
    return np.where(ranks < 10, 1 / (1 + ranks), 0.0)


def _figures(found: Reciprocals) -> Figures:
    return Figures(float(found.mean()), float((found == 1).mean())) if len(found) else Figures(0, 0)


def _interval(gains: Reciprocals, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean gain."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(gains, (100, len(gains))).mean(axis=1) for _ in range(BOOTSTRAP_SAMPLES // 100)]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
