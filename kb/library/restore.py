"""Unpack an archive of `kb.library.backup` into an empty home.

The archive is read twice: once to compare every checksum, and once to unpack. Only plain files with names below its own
folders are accepted. They are unpacked into a folder of another name and moved into place at the end, the store last.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kb.errors import SettingError, StoreError
from kb.library.backup import ABOUT, CHECKSUMS, MODELS, PAGES, PAPERS, READABLE, STORE
from kb.library.durable import put_on_disk

_CHUNK = 1 << 20
#: The folder into which an archive is unpacked.
_STAGE = ".restoring"
#: The longest `about.json` or `checksums.json` that is read, in bytes.
_MAX_JSON = 200_000_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    made_at: str
    items: int
    papers: int
    settings: dict[str, Any]


def restore(source: Path, data: Path, corpus: Path | None) -> Restored:
    """Unpack `source`: store and models into `data`, papers into `corpus` (None: they are left in the archive).

    Raises SettingError for a home that is not empty, and StoreError for an archive that is damaged, cut off or none.
    """
    homes = [data] if corpus is None else [data, corpus]
    for home in homes:
        _check_empty(home)
    checksums, about = _verify(source)
    for home in homes:
        shutil.rmtree(home / _STAGE, ignore_errors=True)
        (home / _STAGE).mkdir(parents=True)

    def place(name: str) -> Path | None:
        if name in (STORE, PAGES) or name.startswith(MODELS):
            return data / _STAGE / name
        if name.startswith(PAPERS) and corpus is not None:
            return corpus / _STAGE / name.removeprefix(PAPERS)
        return None

    _read(source, lambda member, handle: _unpack(handle, place(member.name), checksums.get(member.name, "")))
    for home in reversed(homes):  # the papers first
        stage = home / _STAGE
        for entry in sorted(stage.iterdir(), key=lambda path: (path.name == STORE, path.name)):
            entry.rename(home / entry.name)
        stage.rmdir()
        put_on_disk(home)
    papers = sum(name.startswith(PAPERS) for name in checksums) if corpus is not None else 0
    return Restored(str(about.get("made_at", "")), int(about.get("items", 0)), papers, dict(about.get("settings", {})))


def _check_empty(home: Path) -> None:
    if home.is_dir() and (found := next((path for path in home.iterdir() if path.name != _STAGE), None)):
        raise SettingError(
            f"Thư mục {home} không trống (có {found.name}): khôi phục chỉ ghi vào thư mục trống, để không đè lên gì. "
            "Chọn thư mục khác bằng --data và --corpus, hoặc dời thư mục này đi trước."
        )


def _verify(source: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The checksums and the description in an archive, after every member was compared. Raises StoreError."""
    found: dict[str, str] = {}
    texts: dict[str, bytes] = {}

    def look(member: tarfile.TarInfo, handle: Any) -> None:
        if member.name in (ABOUT, CHECKSUMS):
            if member.size > _MAX_JSON:
                raise _damaged(source, f"{member.name} quá lớn")
            texts[member.name] = handle.read()
            found[member.name] = hashlib.sha256(texts[member.name]).hexdigest()
        else:
            found[member.name] = hashlib.file_digest(handle, "sha256").hexdigest()

    _read(source, look)
    try:
        checksums, about = (json.loads(texts[name]) for name in (CHECKSUMS, ABOUT))
        form = about["format"]
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(source, "thiếu phần cuối: tệp bị cắt, hoặc không phải bản sao lưu của Cách Hay") from error
    found.pop(CHECKSUMS)
    if found != checksums or STORE not in found:
        wrong = sorted(name for name in found.keys() | checksums.keys() if found.get(name) != checksums.get(name))
        raise _damaged(source, f"{len(wrong)} phần không đúng với tổng kiểm tra, như {', '.join(wrong[:3])}")
    if form not in READABLE:
        raise StoreError(f"Bản sao lưu {source} do phiên bản khác tạo ra (dạng {form}). Hãy dùng phiên bản đó để khôi phục.")
    return checksums, about


def _read(source: Path, take: Callable[[tarfile.TarInfo, Any], None]) -> None:
    """Give every member of an archive to `take`. Raises StoreError for what is no plain file with a safe name."""
    seen: set[str] = set()
    try:
        with tarfile.open(source, "r:*") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                known = member.name in (ABOUT, STORE, PAGES, CHECKSUMS) or path.parts[0] + "/" in (PAPERS, MODELS)
                safe = known and not path.is_absolute() and ".." not in path.parts and str(path) == member.name
                if not member.isreg() or not safe or "\x00" in member.name or "\\" in member.name or member.name in seen:
                    raise _damaged(source, f"có phần không được phép: {member.name!r}")
                seen.add(member.name)
                take(member, archive.extractfile(member))
    except (tarfile.TarError, EOFError, zlib.error, ValueError, IndexError) as error:
        raise _damaged(source, str(error)) from error
    except OSError as error:
        if error.errno is not None:  # a file that is not there, a full disk
            raise
        raise _damaged(source, str(error)) from error


def _unpack(handle: Any, target: Path | None, checksum: str) -> None:
    if target is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = hashlib.sha256()
    with open(target, "xb") as written:
        while chunk := handle.read(_CHUNK):
            content.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    if content.hexdigest() != checksum:
        raise StoreError(f"{target.name}: đọc lại không giống lần kiểm tra; ổ đĩa có thể hỏng. Không khôi phục gì.")


def _damaged(source: Path, reason: str) -> StoreError:
    return StoreError(f"Bản sao lưu {source} không dùng được ({reason}). Không khôi phục gì; hãy dùng bản sao lưu khác.")
