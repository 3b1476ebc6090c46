"""Let the embedding model study the items of a collection, and measure on items held out whether that helped.

No labels: an item's title should find its text, its summary the rest, a few words the text around them. Items fall into
three parts by the checksum of their ids: seven in ten are learned from, one in ten chooses how far to go, two in ten
decide, and neither of the last two is ever learned from.
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

#: A text of fewer syllables teaches nothing and is not looked for.
SHORTEST = 8
#: So many titles must decide: an interval from fewer is not worth its name. They are one item in five.
FEWEST = 20
#: Pairs of a step; how often each item is learned from, within bounds of steps (a fifth of a second each).
BATCH, ROUNDS, STEPS = 512, 70, (150, 1000)
RATE = 0.003
#: How far the rows may go from the old ones to the learned ones; the rest keeps what they knew.
SHARES = (0.5, 0.75, 1.0)
#: Items, at most, among which that is chosen.
CANDIDATES = 5000
#: Samples of the bootstrap.
SAMPLES = 5000


@dataclass(frozen=True, slots=True)
class Texts:
    """An item in numbered syllables. `passages` are those of the index without the title, `body` is all of them, `rest`
    the body without the summary."""

    title: Ints
    summary: Ints
    passages: tuple[Ints, ...]
    body: Ints
    rest: Ints
    role: Role


@dataclass(frozen=True, slots=True)
class Figures:
    """How titles find their items among all items: mean reciprocal rank within ten, and the share found first."""

    mrr: float
    first: float


@dataclass(frozen=True, slots=True)
class Study:
    """What came of studying: `learned` items taught, `asked` titles decided, the rows went a `share` of the way; `low` and
    `high` bound the gain of the reciprocal rank (95 %, paired bootstrap)."""

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
        """By more than chance."""
        return self.low > 0


def role_of(item_id: str) -> Role:
    """
    >>> [role_of(name) for name in ("238-kh-ubnd", "43-kh-lmhtx", "lua-huu-co")]
    ['choosing', 'learned', 'deciding']
    """
    part = zlib.crc32(item_id.encode()) % 10
    return "deciding" if part < 2 else "choosing" if part == 2 else "learned"


def read_texts(items: Iterable[Item], forms: Forms) -> Iterator[Texts]:
    """The items that have a text besides their title."""
    for item in items:
        passages = [forms.encode(passage.text) for passage in split_passages(without_title(item))]
        body = np.concatenate(passages)
        if len(body) >= SHORTEST:
            title, summary = forms.encode(item.title), forms.encode(item.summary)
            kept = tuple(passage for passage in passages if len(passage))
            yield Texts(title, summary, kept, body, _without(body, summary), role_of(item.id))


def without_title(item: Item) -> Item:
    """The item with its title taken away, in the lines of the text too: else one finds the other by the same letters.

    Sentences that name the same things stay.
    """
    title = f" {' '.join(syllables(item.title))} "
    blocks = []
    for block in item.blocks:
        lines = [rest for line in block.best.split("\n") if (rest := _behind(line, title))]
        if lines:
            blocks.append(Block(block.page, "\n".join(lines)))
    return replace(item, title="", blocks=tuple(blocks))


def _behind(line: str, title: str) -> str:
    """What of a line stands behind the title; nothing of a line that is a part of the title."""
    words = f" {' '.join(syllables(line))} "
    if words in title:
        return ""
    return " ".join(line.split()[len(title.split()) :]) if title.strip() and words.startswith(title) else line


def _without(body: Ints, run: Ints) -> Ints:
    """The body without the first place where `run` stands; as it is where that leaves too little."""
    at = body.tobytes().find(run.tobytes()) if len(run) else -1
    if at < 0 or at % body.itemsize or len(body) - len(run) < SHORTEST:
        return body
    start = at // body.itemsize
    return np.concatenate([body[:start], body[start + len(run) :]])


def study(texts: Sequence[Texts], forms: Forms, model: Packed, seed: int, tell: Progress) -> tuple[Study, Packed] | None:
    """What came of studying, and the model that did; None where too few titles could decide. Same seed, same answer."""
    learned = [text for text in texts if text.role == "learned"]
    deciding, choosing = (_held_out(texts, learned, role) for role in ("deciding", "choosing"))
    if len(deciding) < FEWEST:
        return None
    features = Features(model.vocabulary, forms)
    pupil = _Pupil(model, features)
    measures = iter(range(1, len(SHARES) + 3))

    def ask(among: Sequence[Texts], asked: Sequence[int]) -> Reciprocals:
        found = _ask(pupil.rows, features, among, asked)
        tell("compare", next(measures), len(SHARES) + 2)
        return found

    before = ask(texts, deciding)
    steps = pupil.learn(learned, seed, tell)
    near = [*(texts[at] for at in choosing), *(text for text in texts if text.role != "choosing")][:CANDIDATES]
    chosen: dict[float, float] = {}
    for share in SHARES:
        pupil.blend(share)
        chosen[share] = _figures(ask(near, range(len(choosing)))).mrr
    share = max(SHARES, key=lambda share: chosen[share])
    studied = pupil.blend(share)
    after = ask(texts, deciding)
    low, high = _interval(after - before, seed)
    return Study(len(learned), len(deciding), steps, share, _figures(before), _figures(after), low, high), studied


class _Pupil:
    """The rows of a model while it studies."""

    def __init__(self, model: Packed, features: Features) -> None:
        self._model, self._features = model, features
        self.rows = unpack_rows(model.rows, model.scales)

    def learn(self, texts: Sequence[Texts], seed: int, tell: Progress) -> int:
        """Returns the number of steps."""
        size = min(BATCH, len(texts))
        steps = min(max(ROUNDS * len(texts) // size, STEPS[0]), STEPS[1])
        touched = np.zeros(len(self.rows), dtype=bool)
        draws = _draw_batches(texts, size, np.random.default_rng(seed))

        def next_batch(step: int) -> Batch:
            tell("study", step, steps)
            queries, documents, numbers = next(draws)
            sides = self._features.matrix(queries), self._features.matrix(documents)
            for side in sides:
                touched[side.indices] = True
            return *sides, numbers

        train(self.rows, next_batch, Schedule(steps, RATE), lambda line: None)
        tell("study", steps, steps)
        self._at = np.flatnonzero(touched)
        self._old, self._new = unpack_rows(self._model.rows[self._at], self._model.scales[self._at]), self.rows[self._at]
        return steps

    def blend(self, share: float) -> Packed:
        """The model that went a share of the way from the old rows to the learned ones; `rows` are then what it reads."""
        packed, scales = self._model.rows.copy(), self._model.scales.copy()
        packed[self._at], scales[self._at] = pack_rows(self._old + np.float32(share) * (self._new - self._old))
        self.rows[self._at] = unpack_rows(packed[self._at], scales[self._at])
        return replace(self._model, rows=packed, scales=scales)


def _draw_batches(
    texts: Sequence[Texts], size: int, rng: np.random.Generator
) -> Iterator[tuple[list[Ints], list[Ints], npt.NDArray[np.int64]]]:
    """(query sides, document sides, numbers of their texts), without end; every text once before any comes again."""
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
    """Numbers of the texts that are looked for by their titles: no text that was learned has the same title or body."""
    titles, bodies = {text.title.tobytes() for text in learned}, {text.body.tobytes() for text in learned}
    return [
        at
        for at, text in enumerate(texts)
        if text.role == role and len(text.title) and text.title.tobytes() not in titles and text.body.tobytes() not in bodies
    ]


def _ask(rows: Floats, features: Features, among: Sequence[Texts], asked: Sequence[int]) -> Reciprocals:
    """1 / place of the own text of each title asked, 0 from the eleventh place on."""
    own = np.array(asked, dtype=np.int64)
    ranks = own_ranks(rows, features, [among[at].title for at in asked], [text.passages for text in among], own)
    return np.where(ranks < 10, 1 / (1 + ranks), 0.0)


def _figures(found: Reciprocals) -> Figures:
    return Figures(float(found.mean()), float((found == 1).mean())) if len(found) else Figures(0, 0)


def _interval(gains: Reciprocals, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean gain of a title."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(gains, (100, len(gains))).mean(axis=1) for _ in range(SAMPLES // 100)]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
