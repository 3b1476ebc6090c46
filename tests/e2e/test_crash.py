"""A killed indexing run loses nothing that was published, and the next run takes it up."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import Filters, TextQuery
from tests.conftest import CORPUS, ROOT


def open_library(data: Path) -> Library:
    return Library(Store(data / "store.sqlite"), data / "index", embedded_engines(), open_embedder())


@pytest.mark.parametrize("moment", [0.35, 0.5, 0.65, 0.8, 1.0])
def test_kill_at_any_moment(moment: float, tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "var"
    corpus.mkdir()
    shutil.copy(CORPUS / "documents/238-KH-UBND.md", corpus)
    index_corpus(open_library(data), corpus)
    for path in (CORPUS / "practices").glob("*.md"):
        shutil.copy(path, corpus)
    command = [sys.executable, "-m", "cachhay", "index", "--corpus", str(corpus), "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    total = len(list(corpus.iterdir()))
    library = open_library(data)
    with library.view() as view:
        items = view.snapshot.count()
        assert items == view.text.count(TextQuery(), Filters()) and items in (1, total)
        assert view.vectors.item_vector("238-kh-ubnd") is not None
    assert index_corpus(library, corpus).items == total
    with library.view() as view:
        assert view.snapshot.count() == view.text.count(TextQuery(), Filters()) == total
    assert len(list((data / "index").iterdir())) <= 2, "what the killed run left is swept up"
