"""What the program asks of the originals of items: the file as it was handed in, its pages as pictures, and their words.

An original is never copied into the store. It lies in the corpus folder, or inside an archive or a mail there, and is looked
up by the path of its item (`kb.item.PART_JOIN` parts the path of a file from the names inside it). It counts only while its
bytes have the digest of the item: a file that was changed since it was read is another paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from kb.item import Source
from kb.page_text import PageText


@dataclass(frozen=True, slots=True)
class OriginalKind:
    """What is known of an original without reading all of it: the name and the media type for a download, and whether it has
    pages that can be shown. The media type is never one that a browser would run (HTML, SVG)."""

    name: str
    media_type: str
    paged: bool = False


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a page, in shares of the page as it is shown (0 to 1, from the upper left corner)."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class OriginalPage:
    """Page `number` (from 1) of `count`; `width` and `height` are those of the page as it is shown, in points.

    `readings` are its words with their places: those of a recogniser first where it read the page, then those of the text
    layer. A page that nobody has read has none.
    """

    number: int
    count: int
    width: float
    height: float
    readings: tuple[PageText, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page or of a part of it."""

    data: bytes
    media_type: str
    width: int
    height: int


class Originals(Protocol):
    """The originals of items.

    Every method raises `kb.errors.OriginalAwayError` where the original is gone or changed, `kb.errors.PageAwayError` where
    it has no such page or the page cannot be drawn, and `kb.errors.OriginalsBusyError` where too many others wait.
    """

    def kind(self, source: Source) -> OriginalKind:
        """What the original is. It costs one look at the beginning of a file at most."""

    def copy(self, source: Source, out: BinaryIO) -> None:
        """Write the bytes of the original into `out`."""

    def page(self, source: Source, number: int) -> OriginalPage:
        """The shape and the words of page `number` (from 1)."""

    def picture(self, source: Source, number: int, width: int, clip: Rectangle | None = None) -> Picture:
        """Page `number`, or the part `clip` of it, about `width` pixels wide; a large page may be drawn smaller."""
