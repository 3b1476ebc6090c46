from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kb.engines.open import embedded_engines, memory_engines
from kb.ports import EngineSet
from tests.kb.engines.meili_engines import meili_text


@pytest.fixture(params=["embedded", "memory", "meilisearch", "meilisearch, few candidates", "meilisearch, live"])
def text_engines(request: pytest.FixtureRequest) -> Iterator[EngineSet]:
    """Everything that finds text. With few candidates, the server proposes them and tiers are walked one by one."""
    if request.param == "embedded":
        yield embedded_engines()
    elif request.param == "memory":
        yield memory_engines()
    else:
        with meili_text(10 if "few" in request.param else 400, live="live" in request.param) as text:
            yield text.engines()


@pytest.fixture(params=["embedded", "memory", "qdrant", "qdrant, live"])
def engines(request: pytest.FixtureRequest) -> Iterator[EngineSet]:
    """Everything that finds vectors. Qdrant, beside texts in memory, is its client's local mode, or the server that CACHHAY_TEST_QDRANT_URL names."""
    if request.param == "embedded":
        yield embedded_engines()
    elif request.param == "memory":
        yield memory_engines()
    else:
        yield from _qdrant(live="live" in request.param)


def _qdrant(*, live: bool) -> Iterator[EngineSet]:
    qdrant_client = pytest.importorskip("qdrant_client", reason="no qdrant-client: vectors on Qdrant are not tested")
    from kb.engines.qdrant import QdrantVectors

    url = os.environ.get("CACHHAY_TEST_QDRANT_URL", "")
    if live and not url:
        pytest.skip("no CACHHAY_TEST_QDRANT_URL: not run against a real Qdrant")
    key = os.environ.get("CACHHAY_TEST_QDRANT_KEY", "") or None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect|Local mode performs exact|Api key is used")
        client = (
            qdrant_client.QdrantClient(url=url, api_key=key, timeout=60) if live else qdrant_client.QdrantClient(":memory:")
        )
        name = f"cachhay-test-{uuid.uuid4().hex[:12]}"
        vectors = QdrantVectors(collection=name, client=client)
        yield replace(memory_engines(), open_vectors=vectors.open, build_vectors=vectors.build, version="qdrant test")
        for collection in client.get_collections().collections:
            if collection.name.startswith(name):
                client.delete_collection(collection.name)
        client.close()
