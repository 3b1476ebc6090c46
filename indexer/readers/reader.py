"""What a reader of a file format is given and what it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from indexer.readers.budget import Budget
from kb.item import Block


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to read: its `path` relative to the corpus (for messages, and for its ending, which is never trusted) and its
    bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a file (an attachment, an entry of an archive). `name` is a label only: nothing is written by it.

    `refused` says in Vietnamese why the part is not read (a password, a link, damage); `data` is then empty.
    """

    name: str
    data: bytes
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in a file.

    `blocks` are in reading order; page numbers are those of the file where it has pages, else 1. Where a font of the file
    decides an old encoding (TCVN3, VNI), `Block.original` keeps the characters of the file and `Block.repaired` holds them
    converted. `attributes` are checked keys of the front matter that the file itself declares (title, origin, year, ...).
    `notes` are sentences for the person who keeps the collection: what was not read, and why. `opening` is the beginning of
    the text as the file writes it, where markup is gone from the blocks: it is searched for a line that asks to hide the
    item. `bounds` are codes of `Item.bounds`.
    """

    blocks: tuple[Block, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    opening: str = ""
    bounds: tuple[str, ...] = ()


class Reader(Protocol):
    """A reader of one family of formats."""

    @property
    def name(self) -> str:
        """The name of the format for people ("PDF", "Word (.docx)")."""

    def bid(self, paper: Paper) -> float:
        """How sure the reader is that the file is its own, from its bytes: 0 (not at all) to 1 (certain). It never raises,
        and it costs little."""

    def read(self, paper: Paper) -> Content:
        """The content of a file for which it bid. Raises `kb.errors.ExtractError` with the path, the reason and what would
        help (encrypted, empty, damaged, too large)."""


@runtime_checkable
class Archive(Protocol):
    """A reader of files that hold other files, each of which becomes an item of its own."""

    @property
    def has_text(self) -> bool:
        """Whether the file has text of its own besides its parts: a mail has, a ZIP archive has not."""

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        """The files inside, one after another; `budget` counts what they hold while they are decompressed. Raises
        `kb.errors.ExtractError` where the file is damaged or the budget is used up."""
