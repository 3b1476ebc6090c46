"""Open the engines that the settings name.

`embedded_engines` (tantivy and faiss) need no server and are always there. `open_server` opens the Meilisearch server that
a setting names, beside them. `memory_engines` are for tests.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import EngineError, SettingError
from kb.ports import EngineSet, FullTextServer
from kb.settings import Settings

if TYPE_CHECKING:
    from kb.engines.meili.wire import Access

#: How long a writing request to a search server may take, in seconds.
WRITE_SECONDS = 60.0


def embedded_engines() -> EngineSet:
    """The engines inside this process: tantivy for text, faiss for vectors."""
    from kb.engines import faiss, tantivy

    return EngineSet(
        open_text=tantivy.open_text,
        build_text=tantivy.TantivyBuilder,
        open_vectors=faiss.FaissIndex,
        build_vectors=faiss.FaissBuilder,
        version=f"{tantivy.version()} {faiss.version()}",
    )


def open_engines(settings: Settings) -> EngineSet:
    """The embedded engines; vectors are on a Qdrant server when the settings name one. Raises EngineError, SettingError."""
    engines = embedded_engines()
    if not settings.qdrant_url:
        return engines
    try:
        from kb.engines import qdrant, tantivy
    except ImportError as error:
        message = "CACHHAY_QDRANT_URL cần thư viện qdrant-client: pip install --constraint constraints.txt '.[qdrant]'."
        raise EngineError(message) from error
    key = settings.qdrant_key
    if settings.qdrant_key_file:
        try:
            key = settings.qdrant_key_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"CACHHAY_QDRANT_KEY_FILE={str(settings.qdrant_key_file)!r}: không đọc được.") from error
    vectors = qdrant.QdrantVectors(settings.qdrant_url, key, settings.qdrant_collection)
    version = f"{tantivy.version()} {qdrant.VERSION}"
    return replace(engines, open_vectors=vectors.open, build_vectors=vectors.build, shared_vectors=True, version=version)


def memory_engines() -> EngineSet:
    """Fakes in plain Python with the same semantics, for tests; the contract suite compares the engines with them."""
    from kb.engines import memory

    return EngineSet(
        open_text=memory.open_text,
        build_text=memory.MemoryTextBuilder,
        open_vectors=memory.open_vectors,
        build_vectors=memory.MemoryVectorBuilder,
        version="memory4",
    )


def open_server(settings: Settings) -> FullTextServer | None:
    """The search server that the settings name, None when they name none. Nothing is sent to it yet."""
    if not settings.meili_url:
        return None
    from kb.engines.meili.server import MeiliServer

    read = _access(settings, settings.meili_key, settings.meili_key_file)
    write = _access(settings, settings.meili_admin_key, settings.meili_admin_key_file)
    if read is None and write is None:
        # A server without a master key asks for none.
        read = write = _access(settings, "", None, open_to_all=True)
    reading = read or write
    assert reading is not None
    if write is not None:
        # A batch of documents has megabytes, and no visitor waits for it.
        write = replace(write, seconds=max(WRITE_SECONDS, write.seconds))
    return MeiliServer(reading, write, settings.meili_index, settings.meili_candidates)


def make_server_keys(settings: Settings, reading: Path, writing: Path, *, internal: bool, rotate: bool) -> int:
    """Make the keys of the search server by its master key, and write them to two files that only their owner can read.

    The reading key shows public items only, unless `internal`. With `rotate`, new keys are made, and the old are deleted
    as soon as the files hold the new. Returns how many were deleted. Raises SettingError, ServerAwayError, OSError.
    """
    master = _access(settings, settings.meili_master_key, settings.meili_master_key_file)
    if not settings.meili_url or master is None:
        raise SettingError("Cần CACHHAY_MEILI_URL và CACHHAY_MEILI_MASTER_KEY (hoặc CACHHAY_MEILI_MASTER_KEY_FILE).")
    from kb.engines.meili.access_keys import drop_other_keys, make_keys

    keys = make_keys(master, settings.meili_index, rotate=rotate)
    for path, key in ((reading, keys.reading if internal else keys.public), (writing, keys.writing)):
        _write_secret(path, key)
    return drop_other_keys(master, settings.meili_index, keys) if rotate else 0


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text + "\n")
    fresh.replace(path)


def _access(settings: Settings, key: str, key_file: Path | None, *, open_to_all: bool = False) -> Access | None:
    from kb.engines.meili.wire import Access

    if not key and key_file is None and not open_to_all:
        return None
    return Access(settings.meili_url, key, key_file, settings.meili_seconds, settings.meili_task_seconds)
