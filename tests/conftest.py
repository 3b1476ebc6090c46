"""Shared fixtures: the real corpus, indexed once by the real engines."""

from __future__ import annotations

import os

# Workers share the processors: numerical libraries that start threads of their own in each would slow all of them down.
# They look at this variable when they are imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import settings

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.service import SearchService

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
TODAY = dt.date(2026, 11, 23)

# A deadline is a time of the wall: an example may take as long as the machine makes it take.
settings.register_profile("cachhay", deadline=None)
settings.load_profile("cachhay")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Chromium: whatever asks for the fixture `browser`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """`corpus/` indexed into a folder of its own; read only."""
    data = tmp_path_factory.mktemp("data")
    library = Library(Store(data / "store.sqlite"), data / "index", embedded_engines(), open_embedder())
    report = index_corpus(library, CORPUS)
    assert not report.failed
    return library


@pytest.fixture(scope="session")
def service(library: Library) -> SearchService:
    return SearchService(library, today=lambda: TODAY)
