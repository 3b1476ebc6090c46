"""Files for download: written whole into a temporary file, by one worker, and then sent in pieces.

A visitor with a slow line holds no worker and no view of the store while the file is sent, and only a piece of the file is
in memory. The file is gone with its answer, also when the visitor leaves before the end.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import BinaryIO

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from kb.errors import NotFoundError
from web.exports import MEDIA_TYPES
from web.exports.spool import open_spool, telling_full_disk

#: Bytes that are sent at a time.
CHUNK_BYTES = 64 * 1024
#: How hard a file is compressed for the way to the browser.
_GZIP_LEVEL = 4
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
    headers = {"Content-Disposition": f'attachment; filename="cach-hay-{name}.{form}"'}
    packing = form in _TEXTS and "gzip" in request.headers.get("Accept-Encoding", "")
    if packing:
        # The middleware would compress while it sends, at the cost of every other visitor.
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if request.method == "HEAD":
        announced = Response(None, media_type=MEDIA_TYPES[form], headers=headers)
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
            return FileAnswer(file, MEDIA_TYPES[form], headers)
    except BaseException:
        file.close()
        raise
