"""The model that was fine-tuned on a collection: keep it below the data folder, open it, remove it.

The pointer is a file that names the folder in use. It is written last and replaced as a whole, so that an unfinished folder
is never used; the next run deletes what a killed run left.
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

#: The name of the pointer file.
POINTER = "adapted.json"
#: The names of folders and files that are being written begin with this.
_UNFINISHED = ".unfinished-"
#: The names of folders with fine-tuned models.
_NAME = re.compile(r".+-adapted-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Adapted:
    """A fine-tuned model: the folder `name` with the digest of its content, made from the model `base` when that had the
    digest `base_digest`. `evaluation` says on how many items and on which day it was trained, and its figures before and
    after."""

    name: str
    digest: str
    base: str
    base_digest: str
    evaluation: dict[str, Any]


def adapted_name(base: str, digest: str) -> str:
    return f"{base}-adapted-{digest[:8]}"


def is_adapted(folder: Path) -> bool:
    return bool(_NAME.fullmatch(folder.name))


def read_pointer(models: Path) -> Adapted | None:
    """The fine-tuned model in use, None when there is none. Raises EngineError when the pointer cannot be read."""
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
    """The fine-tuned model that replaces the one in the folder `base`, None when there is none.

    Raises EngineError when there is one that cannot be used: it is gone, it is not what was written, or `base` has changed.
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
    """A folder to write a model into. `sweep` deletes it unless it was finished and the pointer names it."""
    folder = models / f"{_UNFINISHED}{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    return folder


def finish(unfinished: Path, name: str) -> Path:
    """Flush a folder to the disk and give it its name. Returns the new path."""
    for path in unfinished.rglob("*"):
        _sync(path)
    folder = unfinished.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    _sync(folder.parent)
    return folder


def point_to(models: Path, adapted: Adapted) -> None:
    """Write the pointer: this model is used from now on."""
    _write_whole(models / POINTER, (json.dumps(asdict(adapted), ensure_ascii=False, indent=1) + "\n").encode())


@contextmanager
def restored_on_error(models: Path) -> Iterator[None]:
    """Restore the pointer when the block raises."""
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
    """Delete the pointer: the base model is used from now on. Returns whether there was a pointer."""
    try:
        (models / POINTER).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def sweep(models: Path) -> None:
    """Delete the folders of fine-tuned models that the pointer does not name. The caller holds the store's lock."""
    if not models.is_dir():
        return
    used = ""
    with suppress(EngineError):
        used = found.name if (found := read_pointer(models)) else ""
    for path in models.iterdir():
        if path.name.startswith(_UNFINISHED) or (is_adapted(path) and path.name != used):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    with suppress(OSError):
        models.rmdir()


def _write_whole(path: Path, data: bytes) -> None:
    unfinished = path.with_name(f"{_UNFINISHED}{path.name}")
    unfinished.write_bytes(data)
    _sync(unfinished)
    unfinished.replace(path)
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
