"""Put the parts together from the settings: the one place that chooses engines and the embedding model."""

from __future__ import annotations

from kb.engines import embedded_engines, open_embedder
from kb.generation import Library
from kb.ports import EmbedOptions
from kb.settings import Settings
from kb.store import Store
from search_api.service import SearchService


def open_library(settings: Settings) -> Library:
    """The knowledge base of `settings.data_dir`, made when missing. Raises StoreError, EngineError."""
    options = EmbedOptions(
        settings.embed_batch, settings.embed_device, settings.embed_query_prefix, settings.embed_document_prefix
    )
    embedder = open_embedder(settings.embed_model, options)
    return Library(Store(settings.store_path), settings.index_dir, embedded_engines(), embedder)


def open_service(settings: Settings) -> SearchService:
    return SearchService(open_library(settings))
