"""Fine-tune the embedding model on the items of a collection, and measure on held-out items whether that helped.

No labels are needed: a title should find the text of its item, a summary the rest of the text, and a few words the text
around them. The checksum of its id puts an item into one of three parts. The model learns from seven in ten items; one in
ten chooses how far the training goes; two in ten decide. The model never learns from the last two parts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from indexer.pipeline import Progress
from kb.embedding.contrastive import Batch, Floats, Schedule, train
from kb.embedding.evaluation import own_ranks
from kb.embedding.features import Features, Forms, Ints
from kb.embedding.package import Packed, pack_rows, unpack_rows
from kb.embedding.pairs import cut_chunk, cut_window, drop_words, take_run
from kb.embedding.static_embedder import syllables
from kb.item import Block, Item
from kb.library.passages import split_passages

Role = Literal["learned", "choosing", "deciding"]

Reciprocals = npt.NDArray[np.float64]

#: Syllables of the shortest text that is learned from or searched for.
MIN_TEXT_LENGTH = 8
#: Titles needed for a decision (two items in ten decide): an interval from fewer titles says nothing.
MIN_DECIDING_TITLES = 20
#: Pairs of one step.
BATCH_SIZE = 512
#: How often each item is learned from, within the bounds of the steps.
EPOCHS = 70
#: Steps of a small collection, about 0.2 seconds each.
MIN_STEPS = 150
#: Steps of a large collection.
MAX_STEPS = 1000
#: Learning rate.
LEARNING_RATE = 0.003
#: Shares of the way from the old rows to the learned rows, one of which is chosen; a smaller share keeps more of the old.
BLEND_SHARES = (0.5, 0.75, 1.0)
#: Items at most among which the share is chosen.
MAX_CHOOSING_ITEMS = 5000
#: Samples of the bootstrap.
BOOTSTRAP_SAMPLES = 5000


@dataclass(frozen=True, slots=True)
class Texts:
    """An item in numbered syllables. `passages` are the passages of the index without the title, `body` is all of them
    together, `rest` is the body without the summary."""

    title: Ints
    summary: Ints
    passages: tuple[Ints, ...]
    body: Ints
    rest: Ints
    role: Role


@dataclass(frozen=True, slots=True)
class Figures:
    """How well titles find their items among all items: `mrr` is the mean reciprocal rank within the first ten, `first`
    the share of titles (0..1) that find their item in the first place."""

    mrr: float
    first: float


@dataclass(frozen=True, slots=True)
class FineTuning:
    """The result of fine-tuning. `learned` counts the items learned from, `asked` the titles that decided, `share` is how
    far the rows went; `low` and `high` bound the gain of the reciprocal rank (95 %, paired bootstrap)."""

    learned: int
    asked: int
    steps: int
    share: float
    before: Figures
    after: Figures
    low: float
    high: float

    @property
    def better(self) -> bool:
        """The gain is more than chance."""
        return self.low > 0


def role_of(item_id: str) -> Role:
    """What an item is used for.

    >>> [role_of(name) for name in ("238-kh-ubnd", "43-kh-lmhtx", "lua-huu-co")]
    ['choosing', 'learned', 'deciding']
    """
    part = zlib.crc32(item_id.encode()) % 10
    return "deciding" if part < 2 else "choosing" if part == 2 else "learned"


def encode_texts(items: Iterable[Item], forms: Forms) -> Iterator[Texts]:
    """The items in numbered syllables; an item without text besides its title is left out."""
    for item in items:
        passages = [forms.encode(passage.text) for passage in split_passages(without_title(item))]
        body = np.concatenate(passages)
        if len(body) >= MIN_TEXT_LENGTH:
            title, summary = forms.encode(item.title), forms.encode(item.summary)
            kept = tuple(passage for passage in passages if len(passage))
            yield Texts(title, summary, kept, body, _without(body, summary), role_of(item.id))


def without_title(item: Item) -> Item:
    """The item without its title, which is removed from the lines of the text too: otherwise the title would find the text
    by the same letters. Sentences that name the same things stay.
    """
    title = f" {' '.join(syllables(item.title))} "
    blocks = []
    for block in item.blocks:
        lines = [rest for line in block.best.split("\n") if (rest := _line_without_title(line, title))]
        if lines:
            blocks.append(Block(block.page, "\n".join(lines)))
    return replace(item, title="", blocks=tuple(blocks))


def _line_without_title(line: str, title: str) -> str:
    """The words of a line that follow the title; "" for a line that is a part of the title."""
    words = f" {' '.join(syllables(line))} "
    if words in title:
        return ""
    return " ".join(line.split()[len(title.split()) :]) if title.strip() and words.startswith(title) else line


def _without(body: Ints, run: Ints) -> Ints:
    """The body without the first occurrence of `run`; unchanged where too little would be left."""
    at = body.tobytes().find(run.tobytes()) if len(run) else -1
    if at < 0 or at % body.itemsize or len(body) - len(run) < MIN_TEXT_LENGTH:
        return body
    start = at // body.itemsize
    return np.concatenate([body[:start], body[start + len(run) :]])


def fine_tune(
    texts: Sequence[Texts], forms: Forms, model: Packed, seed: int, progress: Progress
) -> tuple[FineTuning, Packed] | None:
    """The result of fine-tuning, and the new model; None where too few titles could decide.

    The same seed gives the same result.
    """
    learned = [text for text in texts if text.role == "learned"]
    deciding, choosing = (_held_out(texts, learned, role) for role in ("deciding", "choosing"))
    if len(deciding) < MIN_DECIDING_TITLES:
        return None
    features = Features(model.vocabulary, forms)
    trainer = _Trainer(model, features)
    measured = iter(range(1, len(BLEND_SHARES) + 3))

    def measure(among: Sequence[Texts], asked: Sequence[int]) -> Reciprocals:
        found = _reciprocal_ranks(trainer.rows, features, among, asked)
        progress("compare", next(measured), len(BLEND_SHARES) + 2)
        return found

    before = measure(texts, deciding)
    steps = trainer.learn(learned, seed, progress)
    near = [*(texts[at] for at in choosing), *(text for text in texts if text.role != "choosing")][:MAX_CHOOSING_ITEMS]
    chosen: dict[float, float] = {}
    for share in BLEND_SHARES:
        trainer.blend(share)
        chosen[share] = _figures(measure(near, range(len(choosing)))).mrr
    share = max(BLEND_SHARES, key=lambda share: chosen[share])
    tuned = trainer.blend(share)
    after = measure(texts, deciding)
    low, high = _interval(after - before, seed)
    return FineTuning(len(learned), len(deciding), steps, share, _figures(before), _figures(after), low, high), tuned


class _Trainer:
    """The rows of a model while they are trained."""

    def __init__(self, model: Packed, features: Features) -> None:
        self._model, self._features = model, features
        self.rows = unpack_rows(model.rows, model.scales)

    def learn(self, texts: Sequence[Texts], seed: int, progress: Progress) -> int:
        """Train the rows. Returns the number of steps."""
        size = min(BATCH_SIZE, len(texts))
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
        """The model whose rows went `share` (0..1) of the way from the old to the learned rows; `rows` are then its rows as
        they are after packing."""
        packed, scales = self._model.rows.copy(), self._model.scales.copy()
        packed[self._at], scales[self._at] = pack_rows(self._old + np.float32(share) * (self._new - self._old))
        self.rows[self._at] = unpack_rows(packed[self._at], scales[self._at])
        return replace(self._model, rows=packed, scales=scales)


def _draw_batches(
    texts: Sequence[Texts], size: int, rng: np.random.Generator
) -> Iterator[tuple[list[Ints], list[Ints], npt.NDArray[np.int64]]]:
    """(query sides, document sides, numbers of their texts), without end. Every text is drawn once before any is drawn
    again."""
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


def _held_out(texts: Sequence[Texts], learned: Sequence[Texts], role: Role) -> list[int]:
    """Numbers of the texts of a role whose titles are searched for. No text that was learned has the same title or body."""
    titles, bodies = {text.title.tobytes() for text in learned}, {text.body.tobytes() for text in learned}
    return [
        at
        for at, text in enumerate(texts)
        if text.role == role and len(text.title) and text.title.tobytes() not in titles and text.body.tobytes() not in bodies
    ]


def _reciprocal_ranks(rows: Floats, features: Features, among: Sequence[Texts], asked: Sequence[int]) -> Reciprocals:
    """1 / rank of its own text for each title in `asked`, 0 from rank 11 on."""
    own = np.array(asked, dtype=np.int64)
    ranks = own_ranks(rows, features, [among[at].title for at in asked], [text.passages for text in among], own)
    return np.where(ranks < 10, 1 / (1 + ranks), 0.0)


def _figures(found: Reciprocals) -> Figures:
    return Figures(float(found.mean()), float((found == 1).mean())) if len(found) else Figures(0, 0)


def _interval(gains: Reciprocals, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean gain per title."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(gains, (100, len(gains))).mean(axis=1) for _ in range(BOOTSTRAP_SAMPLES // 100)]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
