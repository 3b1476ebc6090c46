"""Train the embedding model from a data folder and write it in sentence-transformers format.

    python -m training.make_embed_model DATA OUT [--registers press,law] [--steps 2400] [--dimension 512] [--seed 0]

The same data, seed and versions give the same file. It prints how well held-out titles find their articles by vectors only.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import pickle
import random
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

# One thread per process: sums in another order give other last bits, and two threads were not faster.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from kb.embedding.contrastive import Batch, Floats, Schedule, train
from kb.embedding.evaluation import own_ranks
from kb.embedding.features import Features, Forms, Ints
from kb.embedding.package import write_model
from kb.embedding.pairs import CHUNK
from kb.embedding.static_embedder import syllables
from training.damage import damage_text, mistype
from training.embed_pairs import Parts, Sampler, batches, number_parts
from training.embed_texts import read_titled
from training.embed_vocabulary import choose_vocabulary

#: Rows of the commonest folded syllables. With the pairs and grams, 512 dimensions of 4 bits are 40 MB.
SYLLABLE_ROWS = 24_000
#: Rows of the commonest pairs of folded syllables.
PAIR_ROWS = 108_000
#: Initial length of the rows of syllables, pairs and grams, at 256 dimensions.
INITIAL_LENGTHS = (0.2, 0.04, 0.1)
#: Damaged forms, and mistyped forms, that are kept for a syllable.
VARIANTS = 16
#: Share (0..1) of the batches that come from the law.
LAW_SHARE = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--registers", default="press,law")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="keeps the numbered texts between runs")
    arguments = parser.parse_args()
    registers = tuple(arguments.registers.split(","))
    forms, learned, held = _read(arguments.data, registers, arguments.cache)
    vocabulary = choose_vocabulary(
        (text for part in learned for text in (part.title, part.name, part.lead, part.body)), forms, SYLLABLE_ROWS, PAIR_ROWS
    )
    noise, slips = _variants(arguments.data / "syllable_freq_news_law.tsv", forms, arguments.seed)
    features = Features(vocabulary, forms)
    rng = np.random.default_rng(arguments.seed)
    rows = rng.standard_normal((vocabulary.rows, arguments.dimension), dtype=np.float32) / np.float32(
        arguments.dimension**0.5
    )
    ends = np.cumsum([0, len(vocabulary.syllables), len(vocabulary.pairs), vocabulary.rows])
    for length, start, end in zip(INITIAL_LENGTHS, ends[:-1], ends[1:], strict=True):
        rows[start:end] *= length * 16  # the length of INITIAL_LENGTHS at 256 dimensions
    print(f"{len(learned)} documents, {len(held)} held out; {vocabulary.rows} rows of {arguments.dimension}", flush=True)
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.queues.Queue[Batch] = context.Queue(4)
    feed = (learned, noise, slips, features, arguments.batch, arguments.seed + 1, queue)
    worker = context.Process(target=_feed, args=feed, daemon=True)
    worker.start()
    train(rows, lambda step: queue.get(), Schedule(arguments.steps, arguments.rate), lambda text: print(text, flush=True))
    worker.kill()
    for register in registers:
        parts = [part for part in held if part.register == register and len(part.title)]
        first, ten = find_held_out(rows, features, parts)
        print(f"held out {register}: {len(parts)} titles, own article first {first:.4f}, in ten {ten:.4f}", flush=True)
    write_model(arguments.out, vocabulary, rows)


def _read(data: Path, registers: tuple[str, ...], cache: Path | None) -> tuple[Forms, list[Parts], list[Parts]]:
    if cache and cache.is_file():
        with suppress(ImportError, AttributeError):  # an older version wrote the cache: it is made again below
            found: tuple[Forms, list[Parts], list[Parts]] = pickle.loads(cache.read_bytes())
            return found
    forms = Forms()
    documents = list(read_titled(data, registers))  # type: ignore[arg-type]
    learned = number_parts((d for d in documents if not d.held_out), forms)
    held = number_parts((d for d in documents if d.held_out), forms)
    if cache:
        cache.write_bytes(pickle.dumps((forms, learned, held)))
    return forms, learned, held


def _variants(frequencies: Path, forms: Forms, seed: int) -> tuple[Ints, Ints]:
    """(damaged, mistyped) forms of every folded form, each of shape (forms, VARIANTS), drawn from its accented words."""
    rng = random.Random(seed)
    surfaces: dict[str, tuple[list[str], list[int]]] = defaultdict(lambda: ([], []))
    for line in frequencies.read_text("utf-8").splitlines():
        cells = line.split("\t")
        if cells[1].isdigit() and len(folded := syllables(cells[0])) == 1:
            words, counts = surfaces[folded[0]]
            words.append(cells[0])
            counts.append(int(cells[1]) + int(cells[2]))
    known = list(forms.names)
    tables = []
    for change in (damage_text, mistype):
        table = np.tile(np.arange(len(known))[:, None], VARIANTS)
        for name, (words, counts) in surfaces.items():
            at = forms.number.get(name)
            if at is not None and at < len(known):
                drawn = (syllables(change(word, rng)) for word in rng.choices(words, counts, k=VARIANTS))
                table[at] = [_number(forms, made[0]) if made else at for made in drawn]
        tables.append(table)
    return tables[0].astype(np.int32), tables[1].astype(np.int32)


def _number(forms: Forms, name: str) -> int:
    return int(forms.encode(name)[0])


def _feed(
    learned: list[Parts],
    noise: Ints,
    slips: Ints,
    features: Features,
    size: int,
    seed: int,
    queue: multiprocessing.queues.Queue[Batch],
) -> None:
    rng = np.random.default_rng(seed)
    sampler = Sampler(learned, noise, slips, rng)
    for numbers in batches(learned, size, rng, LAW_SHARE):
        pairs = [sampler.pair(int(at)) for at in numbers]
        queries, documents = features.matrix([q for q, _ in pairs]), features.matrix([d for _, d in pairs])
        queue.put((queries, documents, numbers))


def find_held_out(rows: Floats, features: Features, parts: list[Parts]) -> tuple[float, float]:
    """The shares (0..1) of titles that find their own body first, and among the first ten, of all bodies."""
    texts = [np.concatenate([part.lead, part.body]) for part in parts]
    bodies = [[text[start : start + CHUNK] for start in range(0, len(text), CHUNK)] for text in texts]
    ranks = own_ranks(rows, features, [part.title for part in parts], bodies, np.arange(len(parts)))
    return float((ranks == 0).mean()), float((ranks < 10).mean())


if __name__ == "__main__":
    main()
