"""Checksums of the files of a generation: written when it is published, checked before a native library reads a file.

The file `checksums.json` in the folder of a generation names every other file below it, with its size and SHA-256. It
assumes nothing about which files there are. A file that is a hard link to one of the last generation takes over the
checksum: its bytes are on the disk already, and are not read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.library.durable import put_on_disk

#: The file that holds the checksums of a generation.
MANIFEST = "checksums.json"
#: A file beside it: an engine failed while it read this generation, though no checksum says why.
SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class _Entry:
    size: int
    sha256: str


def seal(folder: Path, last: Path | None) -> str:
    """Write the checksums of a generation, and put all of it on the disk: files, folders, and the folder's own name.

    `last` is the generation that it may share files with. Returns the SHA-256 of the manifest. Raises OSError.
    """
    known = _by_inode(last) if last else {}
    entries: dict[str, list[object]] = {}
    folders = [folder]
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            folders.append(path)
            continue
        if path.suffix == ".lock":  # it holds nothing
            continue
        about = path.stat()
        entry = known.get((about.st_dev, about.st_ino))
        if entry is None or entry.size != about.st_size:
            put_on_disk(path)
            entry = _Entry(about.st_size, _sha256(path))
        entries[path.relative_to(folder).as_posix()] = [entry.size, entry.sha256]
    content = json.dumps(entries, ensure_ascii=False, indent=0, sort_keys=True).encode()
    manifest = folder / MANIFEST
    manifest.write_bytes(content)
    put_on_disk(manifest)
    for each in reversed(folders):
        put_on_disk(each)
    for each in (folder.parent, folder.parent.parent):  # the first generation makes both
        put_on_disk(each)
    return hashlib.sha256(content).hexdigest()


def find_damage(folder: Path, expected: str, *, part: str = "", whole: bool = True) -> str:
    """What is wrong with the files of a generation (of one `part`, a folder in it), "" when nothing is. `expected` is what
    `seal` returned.

    With `whole`, every byte is read (about a second a gigabyte); else names, kinds and sizes are compared.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        return f"{MANIFEST}: {error.strerror}"
    if hashlib.sha256(content).hexdigest() != expected:
        return f"{MANIFEST}: không đúng với kho"
    if (folder / SUSPECT).exists():
        return "lần đọc trước gặp lỗi"
    for name, entry in _parse(content).items():
        path = folder / name
        if part and not name.startswith(f"{part}/"):
            continue
        try:
            about = path.lstat()
            if not stat.S_ISREG(about.st_mode):
                return f"{name}: không phải là tệp"
            if about.st_size != entry.size:
                return f"{name}: dài {about.st_size} byte, đúng ra {entry.size}"
            if whole and _sha256(path) != entry.sha256:
                return f"{name}: nội dung đã thay đổi"
            if not whole:
                os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            return f"{name}: {error.strerror}"
    return ""


def mark_suspect(folder: Path) -> None:
    """Let the next run that writes build this generation again. Nothing happens where the folder cannot be written."""
    try:
        (folder / SUSPECT).touch()
    except OSError:
        return


def _by_inode(folder: Path) -> dict[tuple[int, int], _Entry]:
    """The entries of a generation by device and inode; none where its manifest cannot be read."""
    try:
        entries = _parse((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return {(about.st_dev, about.st_ino): entry for about, entry in _present(folder, entries)}


def _present(folder: Path, entries: dict[str, _Entry]) -> Iterator[tuple[os.stat_result, _Entry]]:
    for name, entry in entries.items():
        try:
            yield (folder / name).stat(), entry
        except OSError:
            continue


def _parse(content: bytes) -> dict[str, _Entry]:
    return {name: _Entry(size, digest) for name, (size, digest) in json.loads(content).items()}


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
