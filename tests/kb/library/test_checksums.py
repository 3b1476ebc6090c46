"""Every kind of damage to the files of a generation is found before an engine opens them, and a run heals it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.pipeline import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.errors import EngineError, IndexMissingError
from kb.library import checksums
from kb.library.guard import Guarded
from kb.library.library import VECTORS, Library
from kb.library.store import Store
from kb.ports import Filters, TextQuery


def open_library(folder: Path) -> Library:
    return Library(Store(folder / "store.sqlite"), folder / "index", embedded_engines(), open_embedder())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of two papers, published twice."""
    folder = tmp_path_factory.mktemp("made")
    corpus = folder / "corpus"
    corpus.mkdir()
    library = open_library(folder)
    for name in ("một", "hai"):
        (corpus / f"{name}.md").write_text(f"# Việc {name}\n\nLàm việc {name} ở xã cho tốt.\n", "utf-8")
        assert not index_corpus(library, corpus).failed
    return folder


def generation(folder: Path) -> Path:
    with Store(folder / "store.sqlite").snapshot() as snapshot:
        return folder / "index" / snapshot.generation


def flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int((len(data) - 1) * at)] ^= 0x10
    path.unlink()  # not in place: the file may be a link to one of another generation
    path.write_bytes(data)


def rewrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def largest(folder: Path) -> Path:
    return max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def swap(one: Path, two: Path) -> None:
    one.rename(one.with_suffix(".swap"))
    two.rename(one)
    one.with_suffix(".swap").rename(two)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a bit of the largest text file": lambda folder: flip(largest(folder / "text")),
    "the first byte of meta.json": lambda folder: flip(next(folder.rglob("meta.json")), 0),
    "vectors of no bytes": lambda folder: rewrite(folder / VECTORS / "vectors.npy", b""),
    "half of the vectors": lambda folder: rewrite(
        folder / VECTORS / "vectors.npy", (folder / VECTORS / "vectors.npy").read_bytes()[:200]
    ),
    "rubbish of the right length": lambda folder: rewrite(
        folder / VECTORS / "keys.json", b"\xff" * (folder / VECTORS / "keys.json").stat().st_size
    ),
    "a file is gone": lambda folder: (folder / VECTORS / "axes.npy").unlink(),
    "a folder is gone": lambda folder: shutil.rmtree(folder / VECTORS),
    "the generation is gone": shutil.rmtree,
    "two files are swapped": lambda folder: swap(folder / VECTORS / "axes.npy", folder / VECTORS / "vectors.npy"),
    "a file is a folder": lambda folder: replace_by_folder(folder / VECTORS / "keys.json"),
    "the checksums are gone": lambda folder: (folder / checksums.MANIFEST).unlink(),
    "a bit of the checksums": lambda folder: flip(folder / checksums.MANIFEST),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_and_the_next_run_heals_it(
    kind: str, made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "home"
    shutil.copytree(made, folder)
    DAMAGE[kind](generation(folder))
    with pytest.raises(IndexMissingError, match="cachhay index"), open_library(folder).view():
        pass
    report = index_corpus(open_library(folder), folder / "corpus")
    assert report.rebuilt and report.unchanged == 2 and "lập lại từ kho" in caplog.text
    with open_library(folder).view() as view:
        assert view.text.count(TextQuery(), Filters()) == 2
        assert all(view.vectors.item_vector(item_id) is not None for item_id in view.snapshot.ids())
    assert not index_corpus(open_library(folder), folder / "corpus").rebuilt


def test_what_is_whole_is_not_built_again(made: Path) -> None:
    before = generation(made)
    assert not index_corpus(open_library(made), made / "corpus").rebuilt and generation(made) == before


def test_a_linked_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last, new = tmp_path / "1", tmp_path / "2"
    for folder in (last, new):
        folder.mkdir()
    (last / "a").write_bytes(b"one")
    checksums.seal(last, None)
    os.link(last / "a", new / "a2")
    (new / "b").write_bytes(b"two")
    read: list[str] = []
    whole = checksums._sha256

    def counted(path: Path) -> str:
        read.append(path.name)
        return whole(path)

    monkeypatch.setattr(checksums, "_sha256", counted)
    expected = checksums.seal(new, last)
    assert read == ["b"]
    assert checksums.find_damage(new, expected) == "" and read == ["b", "a2", "b"]


def test_a_file_of_the_last_generation_that_was_damaged_does_not_become_right(tmp_path: Path) -> None:
    last, new = tmp_path / "1", tmp_path / "2"
    for folder in (last, new):
        folder.mkdir()
    (last / "a").write_bytes(b"one")
    checksums.seal(last, None)
    os.link(last / "a", new / "a")
    (last / "a").write_bytes(b"two")
    assert "a:" in checksums.find_damage(new, checksums.seal(new, last))


def test_a_panic_becomes_an_error_and_the_next_run_builds_again(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    shutil.copytree(made, folder)

    class PanicException(BaseException):
        pass

    class Broken:
        def count(self) -> int:
            raise PanicException("index out of range")

    with pytest.raises(EngineError, match="index out of range"):
        Guarded(lambda path: Broken(), generation(folder), "text").count()
    assert index_corpus(open_library(folder), folder / "corpus").rebuilt
