"""Which files hold no paper: hidden ones, those that systems and office programs leave, and those about the corpus."""

from __future__ import annotations

from pathlib import PurePosixPath

from indexer.manifest import MANIFEST

#: Names of files that are about the corpus and do not belong to it.
ABOUT_CORPUS = ("README.md", "LICENSE.txt", "LICENSE")
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx"})

HIDDEN = "tệp ẩn (tên hoặc thư mục bắt đầu bằng dấu chấm)"
SYSTEM = "tệp của hệ điều hành"
TEMPORARY = "tệp tạm của chương trình văn phòng"
ABOUT = "tệp nói về chính thư mục văn bản"
NO_MANIFEST = f"{MANIFEST} chỉ có tác dụng ở ngay thư mục văn bản, không ở thư mục con"
ARCHIVE = "kho nén: mỗi tệp bên trong được kể riêng"


def why_set_aside(path: str) -> str:
    """Why a file holds no paper, by its path; "" for every other file.

    >>> why_set_aside("a/~$to-trinh.docx"), why_set_aside("a/.git/config") == HIDDEN, why_set_aside("a/to-trinh.docx")
    ('tệp tạm của chương trình văn phòng', True, '')
    """
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") and part not in (".", "..") for part in parts):
        return HIDDEN
    if any(part.casefold() in _SYSTEM for part in parts):
        return SYSTEM
    name = parts[-1] if parts else ""
    if name.startswith("~$") or (name.startswith(".~lock.") and name.endswith("#")):
        return TEMPORARY
    if name == MANIFEST:
        return ABOUT if path == MANIFEST else NO_MANIFEST
    return ABOUT if name in ABOUT_CORPUS else ""
