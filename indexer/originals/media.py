"""What an original is for a browser: its name, a media type that is safe, and whether its pages can be shown."""

from __future__ import annotations

from pathlib import PurePosixPath

from indexer.readers.sniff import sniff
from kb.item import PART_JOIN, list_of
from kb.originals import OriginalKind

#: What a browser does not look into.
OPAQUE = "application/octet-stream"
#: Families (`indexer.readers.sniff.Format.code`) whose pages can be drawn, with their media type.
PAGED = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "heic": "image/heic",
}
#: Endings of files that can be paged, for a file that lies in an archive, which is not opened for a look.
_PAGED_ENDINGS = {
    ".pdf": "pdf", ".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".tif": "tiff", ".tiff": "tiff", ".gif": "gif",
    ".webp": "webp", ".bmp": "bmp", ".heic": "heic", ".heif": "heic",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
#: Media types by ending, of formats that no browser runs. Every other file is `OPAQUE`: HTML, SVG and XML among them.
_BY_ENDING = {
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".odt": f"{_OPEN}text",
    ".ods": f"{_OPEN}spreadsheet",
    ".odp": f"{_OPEN}presentation",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".msg": "application/vnd.ms-outlook",
    ".rtf": "application/rtf",
    ".zip": "application/zip",
}


def name_of(path: str) -> str:
    """The name of the file at a path, for a download; that of a row of a list is the name of the list.

    >>> name_of("năm 2024/hồ sơ.zip › quyết định/kế hoạch.pdf")
    'kế hoạch.pdf'
    """
    return PurePosixPath(list_of(path).rpartition(PART_JOIN)[2]).name or "ban-goc"


def kind_of(path: str, head: bytes | None) -> OriginalKind:
    """The kind of an original by the first bytes of it; by its name where these are not at hand (None).

    >>> kind_of("a.doc", b"%PDF-1.7").media_type, kind_of("a.html", b"<html>").media_type
    ('application/pdf', 'application/octet-stream')
    >>> kind_of("a.zip › b.tif", None)
    OriginalKind(name='b.tif', media_type='image/tiff', paged=True)
    """
    name = name_of(path)
    ending = PurePosixPath(name).suffix.lower()
    code = _PAGED_ENDINGS.get(ending, "") if head is None else sniff(path, head).code
    if code in PAGED:
        return OriginalKind(name, PAGED[code], paged=True)
    opaque = head is not None and code in ("html", "xml", "machine", "mail")
    return OriginalKind(name, OPAQUE if opaque else _BY_ENDING.get(ending, OPAQUE))
