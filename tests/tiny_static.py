"""A static embedding model made on the spot, with random rows, and collections to fine-tune it on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from kb.embedding.features import Vocabulary
from kb.embedding.package import write_model
from kb.item import Block, Item, Source
from kb.library.library import Library

DIMENSION = 32
#: Things that have one name in titles and another in texts; nothing but the collection says which.
THINGS = 40
_SOUNDS = [f"{first}{last}" for first in ("ba", "de", "ki", "lo", "mu", "na", "po", "re", "su", "ta") for last in "bcdfghkl"]
TITLE_NAMES, TEXT_NAMES = _SOUNDS[:THINGS], _SOUNDS[THINGS : 2 * THINGS]


def make_tiny_static(folder: Path, *, seed: int = 0) -> Path:
    """Write the model in `folder`; returns it."""
    pairs = tuple(f"{a} {b}" for a, b in pairwise(TITLE_NAMES))
    vocabulary = Vocabulary((*TITLE_NAMES, *TEXT_NAMES, "va", "cua"), pairs)
    rows = np.random.default_rng(seed).standard_normal((vocabulary.rows, DIMENSION), dtype=np.float32)
    write_model(folder, vocabulary, rows * np.float32(0.1))
    return folder


def make_items(count: int, *, related: bool = True) -> Iterator[Item]:
    """Items about three things each: the title calls them by their names in titles, the text by those in texts.

    Where they are not `related`, the text is about three other things, drawn apart.
    """
    rng = random.Random(7)
    for number in range(count):
        named, told = rng.sample(range(THINGS), 3), rng.sample(range(THINGS), 3)
        words = [TEXT_NAMES[at] for at in (named if related else told) for _ in range(4)]
        rng.shuffle(words)
        title = " ".join(TITLE_NAMES[at] for at in named)
        blocks = (Block(1, title, "heading", 1), Block(1, " ".join(words)))
        yield Item(f"muc-{number}", "article", title, Source(f"{number}.txt", "0" * 64), blocks)


def fill(library: Library, count: int, *, related: bool = True) -> None:
    """Publish such items as an indexing run does."""
    with library.store.write() as transaction:
        items = list(make_items(count, related=related))
        for item in items:
            transaction.put_item(item)
        library.publish(transaction, (), items)
