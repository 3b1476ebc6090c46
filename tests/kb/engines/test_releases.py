"""An index belongs to the release of the library that wrote it."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

import numpy as np
import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines import faiss, releases, tantivy
from kb.engines.open import embedded_engines
from kb.errors import IndexMissingError
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import Embedder, Vector, VectorKey


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("mot", "hai"):
        (folder / f"{name}.txt").write_text(f"Phong trào thi đua yêu nước {name}", "utf-8")
    return folder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder()


def opened(folder: Path, embedder: Embedder) -> Library:
    """The library as a new process opens it."""
    return Library(Store(folder / "store.sqlite"), folder / "index", embedded_engines(), embedder)


def install(monkeypatch: pytest.MonkeyPatch, distribution: str, release: str) -> None:
    """Another release of a library is installed, as far as can be asked."""
    real = importlib.metadata.version
    monkeypatch.setattr(releases, "version", lambda name: release if name == distribution else real(name))


def test_the_version_of_an_engine_is_its_installed_release_and_our_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "tantivy", "1.2.3")
    assert tantivy.version() == f"tantivy1.2-{tantivy.LAYOUT}"
    install(monkeypatch, "faiss-cpu", "4.5.0.post6")
    assert faiss.version() == f"faiss4.5-{faiss.LAYOUT}"


@pytest.mark.parametrize("distribution", ["tantivy", "faiss-cpu"])
def test_another_release_rebuilds_the_index_and_does_not_open_it(
    tmp_path: Path, corpus: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, distribution: str
) -> None:
    first = opened(tmp_path, embedder)
    index_corpus(first, corpus)
    with first.store.snapshot() as snapshot:
        assert not opened(tmp_path, embedder).needs_rebuild(snapshot)

    install(monkeypatch, distribution, "99.0.1")
    upgraded = opened(tmp_path, embedder)
    with upgraded.store.snapshot() as snapshot:
        assert upgraded.needs_rebuild(snapshot)
    with pytest.raises(IndexMissingError), upgraded.view():
        pass
    report = index_corpus(upgraded, corpus)
    assert report.rebuilt and report.unchanged == 2, "from the store; no file is read again"
    with upgraded.view() as view:
        assert view.snapshot.count() == 2

    # A patch release changes no file format.
    install(monkeypatch, distribution, "99.0.2")
    with upgraded.store.snapshot() as snapshot:
        assert not opened(tmp_path, embedder).needs_rebuild(snapshot)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not tell what is mapped")
def test_vectors_are_let_go_of_before_their_file_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors: Vector = np.eye(4, dtype=np.float32)
    faiss.FaissBuilder(tmp_path, 4).apply((), [VectorKey(str(at), 0) for at in range(4)], vectors)
    seen: list[str] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        seen.append(target.name)
        assert str(target) not in Path("/proc/self/maps").read_text(), "Windows would not replace it"
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    faiss.FaissBuilder(tmp_path, 4).apply(("1",), [VectorKey("9", 0)], vectors[:1])
    assert "vectors.npy" in seen and set(faiss.FaissIndex(tmp_path)._span) == {"0", "2", "3", "9"}
