"""Let a table of rows study the items of a collection, and measure on items held out whether that helped.

No labels: an item's title should find its text, its summary the rest, a few words the text around them. Items fall into
three parts by the checksum of their ids: seven in ten are learned from, one in ten chooses how far to go, two in ten
decide, and neither of the last two is ever learned from.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kb.embedding.features import Forms, Ints
from kb.engines.static_model import syllables
from kb.model import Block, Item
from kb.passages import split_passages

Role = Literal["learned", "choosing", "deciding"]
Counted = Callable[[int, int], None]
"""Called with (done, total)."""

#: A text shorter than so many syllables teaches nothing and is not looked for.
SHORTEST = 8


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


def role_of(item_id: str) -> Role:
    """
    >>> [role_of(name) for name in ("238-kh-ubnd", "lua-huu-co", "mot-cua")]
    ['learned', 'learned', 'learned']
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
            yield Texts(
                title, summary, tuple(p for p in passages if len(p)), body, _without(body, summary), role_of(item.id)
            )


def without_title(item: Item) -> Item:
    """The item with its title taken away, at the head of the text too, so that finding one by the other is no play of
    letters. Sentences that name the same things stay."""
    title = f" {' '.join(syllables(item.title))} "
    blocks = []
    for block in item.blocks:
        lines = [line for line in map(lambda line: _behind(line, title), block.best.split("\n")) if line]
        if lines:
            blocks.append(Block(block.page, "\n".join(lines)))
    return replace(item, title="", blocks=tuple(blocks))


def _behind(line: str, title: str) -> str:
    """What of a line stands behind the title; "" for a line that is a part of the title."""
    words = f" {' '.join(syllables(line))} "
    if words in title:
        return ""
    return " ".join(line.split()[len(title.split()) :]) if len(title) > 2 and words.startswith(title) else line


def _without(body: Ints, run: Ints) -> Ints:
    """The body without the first place where `run` stands; as it is where that leaves too little."""
    at = body.tobytes().find(run.tobytes()) if len(run) else -1
    if at < 0 or at % body.itemsize or len(body) - len(run) < SHORTEST:
        return body
    start = at // body.itemsize
    return np.concatenate([body[:start], body[start + len(run) :]])
