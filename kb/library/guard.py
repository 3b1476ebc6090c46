"""Turn the failure of a native library on damaged files into an EngineError, and have the index built again.

The checksums find damage before a library reads a file. What is damaged later, while it is open, is found by the library
itself: tantivy (Rust) raises a panic, which is no `Exception` and would end a worker.
"""

from __future__ import annotations

import errno
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kb.errors import CachHayError, EngineError
from kb.library.checksums import mark_suspect

logger = logging.getLogger("cachhay.library")


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Raise EngineError in place of a native library's own failure on the generation in `folder`, which is then suspect."""
    try:
        yield
    except CachHayError:
        raise
    except BaseException as error:
        if not _is_native(error):
            raise
        mark_suspect(folder)
        logger.error("Chỉ mục %s bị hỏng (%s); `cachhay index` sẽ lập lại từ kho.", folder, error)
        raise EngineError(f"Chỉ mục {folder} bị hỏng ({error}). Hãy chạy `cachhay index`.") from error


class Guarded:
    """An index all of whose methods are `guarded`."""

    def __init__(self, open_index: Callable[[Path], Any], folder: Path, part: str) -> None:
        """Open a part of the generation in `folder`. Raises EngineError."""
        self._folder = folder
        self._links: tempfile.TemporaryDirectory[str] | None = None
        with guarded(folder):
            try:
                self._index = open_index(folder / part)
            except EngineError:
                self._links = _link_elsewhere(folder / part)
                if self._links is None:
                    raise
                self._index = open_index(Path(self._links.name))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._index, name)
        return partial(self._call, found) if callable(found) else found

    def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with guarded(self._folder):
            return method(*args, **kwargs)


def _link_elsewhere(folder: Path) -> tempfile.TemporaryDirectory[str] | None:
    """A temporary folder with links to the files of `folder`; None where that cannot be made.

    tantivy writes a lock file even to read: where the folder is read only, or its disk is full, it reads the links.
    """
    try:
        links = tempfile.TemporaryDirectory(prefix="cachhay-", ignore_cleanup_errors=True)
        for path in folder.iterdir():
            if path.suffix != ".lock":
                Path(links.name, path.name).symlink_to(path.absolute())
    except OSError:
        return None
    return links


def _is_native(error: BaseException) -> bool:
    """A panic of Rust (its class cannot be imported), a disk that does not read, or what a library says of bytes that it
    cannot read. A full disk or a missing permission is none of these."""
    if isinstance(error, OSError):
        return error.errno == errno.EIO
    said = str(error).lower()
    damaged = isinstance(error, (ValueError, RuntimeError)) and ("corrupt" in said or "faiss" in said)
    return damaged or type(error).__name__ == "PanicException"
