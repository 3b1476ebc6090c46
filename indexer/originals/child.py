"""The process that opens originals: it finds them, draws their pages and reads their words, one request after another.

`python -m indexer.originals.child CORPUS` reads requests from its standard input and answers on its standard output
(`indexer.originals.frames`). It is locked up as the process that reads files is (`indexer.sandbox`), each request has limits
of its own, and it ends when nobody asks for a while or when its caller is gone. The last originals stay open, because a
visitor turns the pages of one paper.
"""

from __future__ import annotations

import os
import select
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.originals.find import find_original
from indexer.originals.frames import ERRORS, LIMITS, read_pieces, read_told, write_answer
from indexer.originals.paged import Paged, open_paged
from indexer.sandbox import Meter, enter_sandbox
from kb.errors import CachHayError, PageAwayError
from kb.originals import Rectangle
from kb.page_text import pack

#: Originals that stay open, and bytes of them together.
MAX_OPEN, MAX_OPEN_BYTES = 4, 256_000_000
#: Seconds without a request after which the process ends.
IDLE_SECONDS = 120.0


@dataclass(slots=True)
class _Open:
    data: bytes
    paged: Paged | None = None


class Desk:
    """The originals of a corpus that are open now, by their digest."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def answer(self, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What is told, and the bytes that follow. Raises OriginalAwayError, PageAwayError."""
        found = self._find(asked["path"], asked["digest"])
        if asked["what"] == "copy":
            return {}, found.data
        found.paged = paged = found.paged or open_paged(asked["path"], found.data)
        number = int(asked["number"])
        if not 1 <= number <= paged.count:
            raise PageAwayError(f"{asked['path']}: có {paged.count} trang, không có trang {number}")
        try:
            if asked["what"] == "page":
                width, height = paged.shape(number)
                words = paged.words(number)
                return {"count": paged.count, "width": width, "height": height}, pack(words) if words else b""
            clip = Rectangle(*map(float, asked["clip"])) if asked["clip"] else None
            picture = paged.draw(number, int(asked["width"]), clip)
            return {"type": picture.media_type, "width": picture.width, "height": picture.height}, picture.data
        except (ValueError, OSError, SyntaxError, ArithmeticError, Warning) as error:
            raise PageAwayError(f"{asked['path']}: không vẽ được trang {number} ({error})") from error

    def _find(self, path: str, digest: str) -> _Open:
        if digest in self._open:
            self._open.move_to_end(digest)
            return self._open[digest]
        found = _Open(find_original(self._corpus, path, digest))
        self._open[digest] = found
        while len(self._open) > 1 and (len(self._open) > MAX_OPEN or self._bytes() > MAX_OPEN_BYTES):
            _, oldest = self._open.popitem(last=False)
            if oldest.paged:
                oldest.paged.close()
        return found

    def _bytes(self) -> int:
        return sum(len(other.data) for other in self._open.values())


def serve(corpus: Path) -> None:
    """Answer requests until there are no more, or none comes for IDLE_SECONDS."""
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # a library that prints must not spoil an answer
    requests = os.fdopen(0, "rb", buffering=0, closefd=False)
    locked = hasattr(os, "fork")
    meter = Meter() if locked else None
    desk = Desk(corpus)
    while not locked or select.select([requests], [], [], IDLE_SECONDS)[0]:
        try:
            asked = read_told(requests)
            list(read_pieces(requests))
        except (EOFError, ValueError):
            return
        if meter:
            meter.start(LIMITS)
        told, data = _answer(desk, asked)
        if meter:
            meter.stop()
        try:
            write_answer(answers, told, data)
        except OSError:
            return
        if told.get("error") == "memory":
            return


def _answer(desk: Desk, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return desk.answer(asked)
    except MemoryError:
        return {"error": "memory", "message": f"cần hơn {LIMITS.memory_mb} MB bộ nhớ"}, b""
    except CachHayError as error:
        name = next((name for name, kind in ERRORS.items() if isinstance(error, kind)), "page")
        return {"error": name, "message": str(error)}, b""
    except Exception as error:
        return {"error": "page", "message": f"{type(error).__name__}: {error}"}, b""


if __name__ == "__main__":
    if hasattr(os, "fork"):
        enter_sandbox(2)
    with suppress(KeyboardInterrupt):
        serve(Path(sys.argv[1]))
    # What is open is left to the system: pdfium may fail when it is closed together with its documents.
    os._exit(0)
