"""Put the parts together from the settings. Only this module chooses the engines and the embedding model."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from indexer.originals import CorpusOriginals
from kb.embedding.adapted import open_adapted, read_pointer
from kb.embedding.open import open_embedder, static_folder
from kb.embedding.options import EmbedOptions
from kb.engines.open import open_engines, open_server
from kb.errors import EngineError, StoreError
from kb.library.library import Library
from kb.library.page_store import NAME as PAGES
from kb.library.page_store import PageStore
from kb.library.store import Store
from kb.originals import Originals
from kb.ports import Embedder
from kb.settings import Settings
from search_api.service import SearchService


def open_library(settings: Settings, *, adapted: bool = True, make: bool = True, migrate: bool = False) -> Library:
    """The knowledge base of `settings.data_dir`. Raises StoreError, EngineError.

    With `adapted`, a model that was fine-tuned on the collection replaces the one that it was made from. A missing data
    folder is made, unless `make` is false (for commands that only read): then the knowledge base is an empty one. With
    `migrate` (for commands that write), a store of an older schema is converted.
    """
    _check_store(settings)
    embedder = _open_adapted(settings) if adapted else None
    if embedder is None:
        options = EmbedOptions(
            settings.embed_batch, settings.embed_device, settings.embed_query_prefix, settings.embed_document_prefix
        )
        embedder = open_embedder(settings.embed_model, options)
    store = Store(settings.store_path, make=make, migrate=migrate)
    server = open_server(settings)
    return Library(store, settings.index_dir, open_engines(settings), embedder, server, internal=settings.internal)


def _check_store(settings: Settings) -> None:
    """Raises StoreError where indexes lie without their store: a new one would have forgotten every first day."""
    try:
        gone = not settings.store_path.exists() or not settings.store_path.stat().st_size
        indexed = settings.index_dir.is_dir() and any(settings.index_dir.iterdir())
    except OSError as error:
        raise StoreError(f"Không đọc được thư mục dữ liệu {settings.data_dir}: {error.strerror or error}.") from error
    if gone and indexed:
        raise StoreError(
            f"Kho {settings.store_path} mất hoặc rỗng, dù thư mục chỉ mục vẫn còn. Nếu ổ đĩa chưa được gắn, hãy gắn lại. "
            "Nếu có bản sao lưu, khôi phục vào thư mục mới: `cachhay restore TỆP`. Nếu không, `cachhay index --salvage` lập "
            "kho mới từ văn bản (lịch sử thay đổi bắt đầu lại)."
        )


def _open_adapted(settings: Settings) -> Embedder | None:
    """The fine-tuned model; None where there is none. If it cannot be used, standard error says so and it is None too."""
    base = static_folder(settings.embed_model)
    try:
        return open_adapted(settings.models_dir, base) if base else None
    except EngineError as error:
        click.echo(f"cachhay: {error}", err=True)
        return None


def evaluation_of(settings: Settings, embedder: Embedder) -> dict[str, Any] | None:
    """The evaluation of `embedder`, if it is the model that was fine-tuned on the collection."""
    with suppress(EngineError):
        found = read_pointer(settings.models_dir)
        if found and found.name == embedder.name:
            return found.evaluation
    return None


def open_originals(settings: Settings) -> Originals:
    """The originals of the items, in the corpus folder. Nothing is opened before one is asked for."""
    return CorpusOriginals(settings.corpus_dir, PageStore(settings.data_dir / PAGES))


def open_service(settings: Settings) -> SearchService:
    """The search over the knowledge base; a missing data folder is not made. Raises StoreError, EngineError."""
    return SearchService(open_library(settings, make=False), originals=open_originals(settings))
