"""Put the parts together from the settings. Only this module chooses the engines and the embedding model."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from kb.embedding.adapted import open_adapted, read_pointer
from kb.embedding.open import open_embedder, static_folder
from kb.embedding.options import EmbedOptions
from kb.engines.open import open_engines, open_server
from kb.errors import EngineError
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import Embedder
from kb.settings import Settings
from search_api.service import SearchService


def open_library(settings: Settings, *, adapted: bool = True, make: bool = True) -> Library:
    """The knowledge base of `settings.data_dir`. Raises StoreError, EngineError.

    With `adapted`, a model that was fine-tuned on the collection replaces the one that it was made from. A missing data
    folder is made, unless `make` is false (for commands that only read): then the knowledge base is an empty one.
    """
    embedder = _open_adapted(settings) if adapted else None
    if embedder is None:
        options = EmbedOptions(
            settings.embed_batch, settings.embed_device, settings.embed_query_prefix, settings.embed_document_prefix
        )
        embedder = open_embedder(settings.embed_model, options)
    store = Store(settings.store_path, make=make)
    server = open_server(settings)
    return Library(store, settings.index_dir, open_engines(settings), embedder, server, internal=settings.internal)


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


def open_service(settings: Settings) -> SearchService:
    """The search over the knowledge base; a missing data folder is not made. Raises StoreError, EngineError."""
    return SearchService(open_library(settings, make=False))
