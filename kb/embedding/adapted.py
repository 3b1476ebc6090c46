"""The model that studied a collection: kept below its data folder, found again, dropped.

The pointer names the folder in use. It is written last and replaced whole, so that a half-written folder is never used;
what a killed run left is swept up by the next.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb.embedding.static_embedder import StaticEmbedder, digest_of
from kb.errors import EngineError

POINTER = "adapted.json"
_HALF = ".half-"
_NAME = re.compile(r".+-adapted-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Adapted:
    """The folder `name`, with the digest of what lies in it; made from the model `base` as it was with `base_digest`.
    `studied` says what it studied and what that was good for."""

    name: str
    digest: str
    base: str
    base_digest: str
    studied: dict[str, Any]


def adapted_name(base: str, digest: str) -> str:
    return f"{base}-adapted-{digest[:8]}"


def is_adapted(folder: Path) -> bool:
    return bool(_NAME.fullmatch(folder.name))


def read_pointer(models: Path) -> Adapted | None:
    """What is in use, None where nothing was kept. Raises EngineError."""
    try:
        found = Adapted(**json.loads((models / POINTER).read_bytes()))
        if Path(found.name).name != found.name or not _NAME.fullmatch(found.name):
            raise ValueError(found.name)
        return found
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(models / POINTER, error) from error


def open_adapted(models: Path, base: Path) -> StaticEmbedder | None:
    """The model that stands in for the one in the folder `base`, None where none does.

    Raises EngineError when one should and cannot: it is gone, is not what was written, or `base` is a newer version.
    """
    found = read_pointer(models)
    if found is None or found.base != base.name:
        return None
    folder = models / found.name
    if found.base_digest != digest_of(base):
        raise _unusable(folder, f"được làm từ phiên bản khác của {base.name}")
    try:
        embedder = StaticEmbedder(folder)
        if embedder.digest == found.digest:
            return embedder
        reason: object = "tệp đã thay đổi"
    except (EngineError, OSError) as error:
        reason = error
    raise _unusable(folder, reason)


def _unusable(path: Path, reason: object) -> EngineError:
    return EngineError(
        f"Mô hình đã học từ kho không dùng được ({path}: {reason}); dùng mô hình gốc. "
        "Chạy `cachhay adapt` để học lại, hoặc `cachhay adapt --undo` để bỏ."
    )


def new_folder(models: Path) -> Path:
    """A folder to write a model into; `sweep` takes it away unless it was given a name and is pointed to."""
    folder = models / f"{_HALF}{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    return folder


def settle(half: Path, name: str) -> Path:
    """Give a written folder its name, once all of it is on the disk."""
    for path in half.rglob("*"):
        _sync(path)
    folder = half.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    half.rename(folder)
    _sync(folder.parent)
    return folder


def point_to(models: Path, adapted: Adapted) -> None:
    """Use that folder from now on."""
    _write_whole(models / POINTER, (json.dumps(asdict(adapted), ensure_ascii=False, indent=1) + "\n").encode())


@contextmanager
def restored_on_error(models: Path) -> Iterator[None]:
    """The pointer is what it was when the block raises."""
    path = models / POINTER
    before = path.read_bytes() if path.is_file() else None
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _write_whole(path, before)
        raise


def drop_pointer(models: Path) -> bool:
    """Use the base model from now on; returns whether another was in use."""
    try:
        (models / POINTER).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def sweep(models: Path) -> None:
    """Delete our folders that the pointer does not name. Call with the store's lock held."""
    if not models.is_dir():
        return
    used = ""
    with suppress(EngineError):
        used = found.name if (found := read_pointer(models)) else ""
    for path in models.iterdir():
        if path.name.startswith(_HALF) or (is_adapted(path) and path.name != used):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    with suppress(OSError):
        models.rmdir()


def _write_whole(path: Path, data: bytes) -> None:
    half = path.with_name(f"{_HALF}{path.name}")
    half.write_bytes(data)
    _sync(half)
    half.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk. Windows opens no folder, and needs no such wait for
    one; of a file it writes out only what was opened for writing."""
    try:
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
