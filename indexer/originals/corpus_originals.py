"""The originals of the items of a corpus folder (`kb.originals.Originals`)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

from indexer.originals.caller import OriginalsProcess
from indexer.originals.find import locate
from indexer.originals.media import kind_of
from indexer.readers.sniff import HEAD_BYTES
from indexer.regular_file import open_regular_file
from kb.errors import OriginalAwayError, PageAwayError
from kb.item import PART_JOIN, Source, list_of
from kb.originals import OriginalKind, OriginalPage, Picture, Rectangle
from kb.page_text import PageText, unpack

#: Pictures and pages that are kept, and bytes of the pictures together: a few hundred small ones, some dozens of large ones.
MAX_PICTURES, MAX_PICTURE_BYTES = 300, 48_000_000
MAX_PAGES = 100
#: The media types that a picture may have, whatever the process that drew it says.
_PICTURES = {media_type: media_type for media_type in ("image/jpeg", "image/png")}

V = TypeVar("V")


class RecognisedPages(Protocol):
    """Where the words of recognised pages are kept."""

    def get(self, digest: str, number: int) -> PageText | None:
        """The words of page `number` (from 1) of the paper with this SHA-256 (hex); None where nobody read it."""


class CorpusOriginals:
    """The originals below a corpus folder. Threads may share it."""

    def __init__(self, corpus: Path, recognised: RecognisedPages | None = None) -> None:
        self._corpus = corpus
        self._recognised = recognised
        self._process = OriginalsProcess(corpus)
        self._pictures = _Kept[Picture](MAX_PICTURES, MAX_PICTURE_BYTES, lambda picture: len(picture.data))
        self._pages = _Kept[OriginalPage](MAX_PAGES, MAX_PAGES, lambda page: 1)

    def close(self) -> None:
        """End the process that opens originals."""
        self._process.close()

    def kind(self, source: Source) -> OriginalKind:
        location = locate(self._corpus, source.path)
        if PART_JOIN in list_of(source.path):
            return kind_of(source.path, None)
        try:
            with open_regular_file(location) as file:
                return kind_of(source.path, file.read(HEAD_BYTES))
        except OSError as error:
            raise OriginalAwayError(f"{source.path}: không đọc được ({error.strerror or error})") from error

    def copy(self, source: Source, out: BinaryIO) -> None:
        self._process.ask(_asked(source, "copy"), out.write)

    def page(self, source: Source, number: int) -> OriginalPage:
        return self._pages.get((source.digest, number), lambda: self._read_page(source, number))

    def _read_page(self, source: Source, number: int) -> OriginalPage:
        pieces: list[bytes] = []
        told = self._process.ask(_asked(source, "page", number=number), pieces.append)
        recognised = self._recognised.get(source.digest, number) if self._recognised else None
        readings = [recognised] if recognised and recognised.words else []
        try:
            readings += [unpack(b"".join(pieces))] if pieces else []
            width, height, count = float(told["width"]), float(told["height"]), int(told["count"])
        except (KeyError, TypeError, ValueError) as error:
            raise PageAwayError(f"{source.path}: câu trả lời về trang {number} không đúng dạng") from error
        return OriginalPage(number, count, width, height, tuple(readings))

    def picture(self, source: Source, number: int, width: int, clip: Rectangle | None = None) -> Picture:
        return self._pictures.get((source.digest, number, width, clip), lambda: self._draw(source, number, width, clip))

    def _draw(self, source: Source, number: int, width: int, clip: Rectangle | None) -> Picture:
        pieces: list[bytes] = []
        part = (clip.left, clip.top, clip.right, clip.bottom) if clip else None
        told = self._process.ask(_asked(source, "picture", number=number, width=width, clip=part), pieces.append)
        try:
            media_type = _PICTURES[told["type"]]
            return Picture(b"".join(pieces), media_type, int(told["width"]), int(told["height"]))
        except (KeyError, TypeError, ValueError) as error:
            raise PageAwayError(f"{source.path}: ảnh của trang {number} không đúng dạng") from error


def _asked(source: Source, what: str, **more: Any) -> dict[str, Any]:
    return {"what": what, "path": source.path, "digest": source.digest, **more}


class _Kept(Generic[V]):
    """The values that were asked for last, at most so many, and at most so much of them together."""

    def __init__(self, most: int, most_size: int, size: Callable[[V], int]) -> None:
        self._most, self._most_size, self._size = most, most_size, size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value of a key, made where it is not kept. Two threads may make the same value at once."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self._held += self._size(value)
            while len(self._values) > self._most or self._held > self._most_size:
                _, oldest = self._values.popitem(last=False)
                self._held -= self._size(oldest)
        return value
