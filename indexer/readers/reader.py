"""What a reader of a file format is given and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kb.item import Block


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to read: its `path` relative to the corpus (for messages, and for its ending, which is never trusted) and its
    bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a file (an attachment, an entry of an archive). `name` is a label only: nothing is written by it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in a file.

    `blocks` are in reading order; page numbers are those of the file where it has pages, else 1. Where a font of the file
    decides an old encoding (TCVN3, VNI), `Block.original` keeps the characters of the file and `Block.repaired` holds them
    converted. `attributes` are checked keys of the front matter that the file itself declares (title, origin, year, ...).
    `parts` are files inside the file. `notes` are sentences for the person who keeps the collection: what was not read, and
    why.
    """

    blocks: tuple[Block, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """A reader of one family of formats."""

    @property
    def name(self) -> str:
        """The name of the format for people ("PDF", "Word (.docx)")."""

    def bid(self, paper: Paper) -> float:
        """How sure the reader is that the file is its own, from its bytes: 0 (not at all) to 1 (certain). It never raises and
        costs little."""

    def read(self, paper: Paper) -> Content:
        """The content of a file for which it bid. Raises `kb.errors.ExtractError` with the path, the reason and what would
        help (encrypted, empty, damaged, too large)."""
