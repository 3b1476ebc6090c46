"""What a reader of a file format is given and what it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from indexer.readers.budget import Budget
from indexer.readers.pdf_lines import Line
from kb.errors import ExtractError
from kb.item import Block


class Reading(Protocol):
    """What a recogniser read of a page.

    `lines` are in reading order, in the places of `indexer.readers.pdf_lines.Line`; their doubts are the words of which the
    recogniser was not sure. `other` are the lines of a second reading, by another model. `confidence` (0 to 1) is the mean
    of the words, 0 where there are none. `unread` says that there are strokes on the page and no words were found.
    """

    @property
    def lines(self) -> tuple[Line, ...]: ...

    @property
    def other(self) -> tuple[Line, ...]: ...

    @property
    def confidence(self) -> float: ...

    @property
    def unread(self) -> bool: ...


class Recogniser(Protocol):
    """Reads the image of a page where a file has no text of it."""

    def __call__(self, path: str, data: bytes, number: int) -> Reading | None:
        """The page `number` (from 1) of a file, given its path for messages and its bytes; None for a page that is still to
        be recognised. Raises ExtractError."""


class WaitingError(ExtractError):
    """A paper has nothing but pages that are still to be recognised; `pages` are their numbers."""

    def __init__(self, message: str, pages: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.pages = pages


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to read: its `path` relative to the corpus (for messages, and for its ending, which is never trusted) and its
    bytes. `recogniser` reads what is an image; without one, such pages are told as not read."""

    path: str
    data: bytes
    recogniser: Recogniser | None = None


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
    item. `bounds` are codes of `Item.bounds`. `waiting` are the numbers of pages that are still to be recognised.
    """

    blocks: tuple[Block, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    opening: str = ""
    bounds: tuple[str, ...] = ()
    waiting: tuple[int, ...] = ()


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
