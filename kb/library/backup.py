"""Write one file that holds what cannot be made again, or only in hours: the store, the papers, the recognised pages,
fine-tuned models, some settings.

The file is a tar archive (compressed where its name ends in ".gz"). Its last member names every other one with its SHA-256,
so that a file that was cut off is recognised. The store is copied in one read transaction, while others read and write it.
The archive is written under another name beside its place and renamed when all of it is on the disk.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from kb.errors import StoreError
from kb.library import page_store
from kb.library.durable import put_on_disk
from kb.library.snapshot import Snapshot
from kb.library.store import Store

#: The version of the archive's layout, and those that can be restored: the first had no recognised pages.
FORMAT = 2
READABLE = (1, 2)
#: Members of the archive, and the folders of its papers and models.
ABOUT, STORE, PAGES, CHECKSUMS = "about.json", "store.sqlite", page_store.NAME, "checksums.json"
PAPERS, MODELS = "papers/", "models/"
#: A paper up to this size is copied in memory, a larger one through a temporary file.
_IN_MEMORY = 32_000_000
_CHUNK = 1 << 20
#: How often a paper is read again that changes while it is read.
_TRIES = 3


@dataclass(slots=True)
class BackedUp:
    """What an archive holds. `changing` are papers that changed while they were read, `unreadable` those left out."""

    path: Path
    items: int = 0
    papers: int = 0
    size: int = 0
    changing: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


def back_up(store: Store, corpus: Path, models: Path, target: Path, settings: Mapping[str, Any]) -> BackedUp:
    """Write the archive `target`. `settings` are those that belong to the data. Raises StoreError, OSError."""
    target = target.absolute()
    if not store.path.exists():
        raise StoreError(f"Chưa có kho {store.path} để sao lưu. Hãy chạy `cachhay index` trước.")
    beginning = f".{target.name}.part-"
    for left in target.parent.glob(f"{beginning}*"):  # of a backup that was killed
        left.unlink(missing_ok=True)
    part = target.parent / f"{beginning}{os.getpid()}"
    copy = target.parent / f"{beginning}{os.getpid()}-store"
    pages = target.parent / f"{beginning}{os.getpid()}-pages"
    done = BackedUp(target)
    try:
        store.copy_to(copy)
        has_pages = page_store.PageStore(store.path.with_name(page_store.NAME)).copy_to(pages)
        with Store(copy).snapshot() as snapshot, open(part, "xb", opener=_private) as handle:
            about = _about(snapshot, settings)
            done.items = about["items"]
            with tarfile.open(fileobj=handle, mode=_mode(target), format=tarfile.PAX_FORMAT) as archive:
                but = {target, part, copy, pages, store.path.parent.absolute()}
                _Writer(archive, done).write(about, copy, pages if has_pages else None, corpus, models, but)
            handle.flush()
            os.fsync(handle.fileno())
        done.size = part.stat().st_size
        part.replace(target)
        put_on_disk(target.parent)
    finally:
        for left in (part, copy, pages, *copy.parent.glob(f"{copy.name}-*"), *pages.parent.glob(f"{pages.name}-*")):
            left.unlink(missing_ok=True)
    return done


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: the archive holds internal papers too."""
    return os.open(path, flags, 0o600)


def _mode(target: Path) -> Any:
    return "w:gz" if target.suffix in (".gz", ".tgz") else "w"


def _about(snapshot: Snapshot, settings: Mapping[str, Any]) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "made_at": now, "items": snapshot.count(), "settings": dict(settings)}


class _Writer:
    """Writes the members of one archive, and their checksums at the end."""

    def __init__(self, archive: tarfile.TarFile, done: BackedUp) -> None:
        self._archive = archive
        self._done = done
        self._checksums: dict[str, str] = {}

    def write(
        self, about: Mapping[str, Any], store: Path, pages: Path | None, corpus: Path, models: Path, but: set[Path]
    ) -> None:
        self._add_bytes(ABOUT, json.dumps(about, ensure_ascii=False, indent=1).encode())
        with open(store, "rb") as handle:
            self._add(STORE, handle, store.stat().st_size)
        if pages:
            with open(pages, "rb") as handle:
                self._add(PAGES, handle, pages.stat().st_size)
        for path in _files(models, set()):
            with open(path, "rb") as handle:
                self._add(MODELS + path.relative_to(models).as_posix(), handle, path.stat().st_size)
        for path in _files(corpus.absolute(), but):
            self._add_paper(PAPERS + path.relative_to(corpus.absolute()).as_posix(), path)
        self._add_bytes(CHECKSUMS, json.dumps(self._checksums).encode())

    def _add_paper(self, name: str, path: Path) -> None:
        for attempt in range(_TRIES):
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
                try:
                    with open(path, "rb") as handle:
                        before = os.fstat(handle.fileno())
                        while chunk := handle.read(_CHUNK):
                            copy.write(chunk)
                        after = path.stat()
                except OSError as error:
                    self._done.unreadable[name.removeprefix(PAPERS)] = error.strerror or str(error)
                    return
                whole = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
                if not whole and attempt < _TRIES - 1:
                    continue
                if not whole:
                    self._done.changing.append(name.removeprefix(PAPERS))
                size = copy.tell()
                copy.seek(0)
                self._add(name, copy, size, after.st_mtime)
                self._done.papers += 1
                return

    def _add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, handle: IO[bytes], size: int, mtime: float = 0.0) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o644, int(mtime)
        read = _Hashed(handle)
        self._archive.addfile(member, read)
        self._checksums[name] = read.hexdigest()


class _Hashed:
    """A file that is read once, and its SHA-256."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._handle.read(size)
        self._hash.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _files(folder: Path, but: set[Path]) -> Iterator[Path]:
    """Every regular file below a folder, in order; not through links, and nothing in `but`."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(parent, name) not in but)
        for name in sorted(names):
            path = Path(parent, name)
            if path not in but and path.is_file() and not path.is_symlink():
                yield path
