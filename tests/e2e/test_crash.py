"""A killed indexing run loses nothing that was published, and the next run takes it up."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import TEXT, VECTORS, Library
from kb.library.store import Store
from kb.ports import Filters, TextQuery
from tests.conftest import CORPUS, ROOT
from tests.waiting import until

pytestmark = pytest.mark.slow


def open_library(data: Path) -> Library:
    return Library(Store(data / "store.sqlite"), data / "index", embedded_engines(), open_embedder())


def changed(folder: Path) -> bool:
    """Whether a folder has files of its own, besides those that it shares with the generation before."""
    return folder.is_dir() and any(path.stat().st_nlink == 1 for path in folder.rglob("*") if path.is_file())


def generation(data: Path) -> str:
    with Store(data / "store.sqlite").snapshot() as snapshot:
        return snapshot.generation


def new_generation(data: Path, old: str) -> Path:
    return next((folder for folder in (data / "index").iterdir() if folder.name != old), data / "none")


#: What a run has done when it is killed, each seen from outside.
MOMENTS: dict[str, Callable[[Path, str], bool]] = {
    "a generation is begun": lambda data, old: new_generation(data, old).is_dir(),
    "texts are written": lambda data, old: changed(new_generation(data, old) / TEXT),
    "vectors are written": lambda data, old: changed(new_generation(data, old) / VECTORS),
    "it is published": lambda data, old: generation(data) != old,
}


@pytest.mark.parametrize("moment", ["it has started", *MOMENTS])
def test_kill_at_any_moment(moment: str, tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "var"
    corpus.mkdir()
    shutil.copy(CORPUS / "documents/238-KH-UBND.md", corpus)
    index_corpus(open_library(data), corpus)
    old = generation(data)
    for path in (CORPUS / "practices").glob("*.md"):
        shutil.copy(path, corpus)
    command = [sys.executable, "-m", "cachhay", "index", "--corpus", str(corpus), "--data", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        if moment == "it has started":
            assert process.stderr.readline()
        else:
            until(lambda: process.poll() is not None or MOMENTS[moment](data, old), pause=0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
    # The last steps take so little time that the run may have ended before the signal came.
    assert process.returncode == -signal.SIGKILL or moment in ("vectors are written", "it is published")
    assert (generation(data) != old) or moment != "it is published"
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
