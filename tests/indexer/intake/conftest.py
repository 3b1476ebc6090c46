"""A corpus with its intake folder, and a web server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.intake import FeedMemory, IntakeFolder
from tests.indexer.intake.site import Site, running

NOVEMBER = dt.datetime(2026, 11, 29, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


@pytest.fixture
def folder(corpus: Path) -> IntakeFolder:
    return IntakeFolder(corpus, now=lambda: NOVEMBER)


@pytest.fixture
def memory(tmp_path: Path) -> FeedMemory:
    return FeedMemory(tmp_path / "var" / "feeds.json")


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as made:
        yield made
