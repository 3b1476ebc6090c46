"""Files for download: written whole into a temporary file, by one worker, and then sent in pieces.

A visitor with a slow line holds no worker and no view of the store while the file is sent, and only a piece of the file is
in memory. The file is gone with its answer, also when the visitor leaves before the end.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import BinaryIO
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from kb.errors import NotFoundError
from kb.originals import OriginalKind
from vitext import fold
from web.exports import MEDIA_TYPES
from web.exports.spool import open_spool, telling_full_disk

#: Bytes that are sent at a time.
CHUNK_BYTES = 64 * 1024
#: How hard a file is compressed for the way to the browser.
_GZIP_LEVEL = 4
_OFFICE = ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
#: Media types of originals: compressed already mostly, and their size must be known while they come.
ORIGINAL_TYPES = (
    *(f"application/{kind}" for kind in ("octet-stream", "pdf", "msword", "rtf", "zip")),
    *(f"application/vnd.ms-{kind}" for kind in ("excel", "powerpoint", "outlook")),
    *(f"application/vnd.openxmlformats-officedocument.{kind}" for kind in _OFFICE),
    *(f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet", "presentation")),
    *(f"image/{kind}" for kind in ("tiff", "bmp", "heic")),
)
#: The formats that are plain text; the others are compressed already.
_TEXTS = ("csv", "json")


class FileAnswer(StreamingResponse):
    """An open temporary file as a response, sent piece by piece and then closed."""

    def __init__(self, file: BinaryIO, media_type: str, headers: Mapping[str, str]) -> None:
        self._file = file
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        super().__init__(self._pieces(), media_type=media_type, headers={**headers, "Content-Length": str(size)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while piece := await run_sync(self._file.read, CHUNK_BYTES):
            yield piece


def download(request: Request, form: str, name: str, write: Callable[[BinaryIO], None]) -> Response:
    """What `write` writes, as a file for download; `form` is its format and `name` a part of its name.

    HEAD gets the headers without the work, and therefore without the size. Raises NotFoundError for an unknown format, and
    TemporarySpaceError where the disk is full.
    """
    if form not in MEDIA_TYPES:
        raise NotFoundError(f"Không có dạng tệp “{form}”.")
    packing = form in _TEXTS and "gzip" in request.headers.get("Accept-Encoding", "")
    return _send(request, MEDIA_TYPES[form], f'attachment; filename="cach-hay-{name}.{form}"', write, packing=packing)


def download_original(request: Request, kind: OriginalKind, write: Callable[[BinaryIO], None]) -> Response:
    """The original of an item as a file for download, under its own name. It is never shown in the browser: what a person
    hands in may be a page that runs scripts. Raises as `download` does."""
    return _send(request, kind.media_type, disposition(kind.name), write, packing=False)


def disposition(name: str) -> str:
    """The header that gives a download its name: in ASCII, and as it is written (RFC 6266).

    >>> print(disposition('kế hoạch "a".pdf'))
    attachment; filename="ke hoach _a_.pdf"; filename*=UTF-8''k%E1%BA%BF%20ho%E1%BA%A1ch%20%22a%22.pdf
    """
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/%;' else "_" for c in fold(name)) or "ban-goc"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _send(request: Request, media_type: str, named: str, write: Callable[[BinaryIO], None], *, packing: bool) -> Response:
    headers = {"Content-Disposition": named}
    if packing:
        # The middleware would compress while it sends, at the cost of every other visitor.
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if request.method == "HEAD":
        announced = Response(None, media_type=media_type, headers=headers)
        del announced.headers["Content-Length"]
        return announced
    file = open_spool()
    try:
        with telling_full_disk():
            if packing:
                with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                    write(packed)  # type: ignore[arg-type]
            else:
                write(file)
            file.flush()
            return FileAnswer(file, media_type, headers)
    except BaseException:
        file.close()
        raise
