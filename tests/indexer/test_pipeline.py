"""The pipeline over small corpora: incremental, atomic, patient with bad files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer import Report, index_corpus, pipeline, rebuild_if_stale
from indexer.discover import FoundFile
from indexer.readers.reader import Recogniser
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines, memory_engines
from kb.errors import EngineError, IndexMissingError, SettingError, StoreBusyError
from kb.item import Item
from kb.library import library as library_module
from kb.library.library import Library, embed_items
from kb.library.store import Store
from kb.ports import Embedder, EngineSet, Filters, IndexDocument, TextQuery, Vector
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.conftest import CORPUS

TEXT = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước.\n\nNhân rộng điển hình tiên tiến {}."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("mot", "hai", "ba"):
        (folder / f"{name}.txt").write_text(TEXT.format(name), "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path)


def open_library(tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", memory_engines(), open_embedder())


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.removed


def found(library: Library, query: str) -> set[str]:
    answer = SearchService(library).search(SearchRequest(query, per_page=50))
    return {hit.card.id for hit in answer.hits if hit.match.code != "semantic"}


def test_only_what_changed_is_read_again(library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counts(index_corpus(library, corpus)) == (3, 0, 0, 0)
    read = corpus.parent / "read"  # A file, for files are read in a process of its own.
    process = pipeline.process

    def noted(file: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
        with read.open("a") as log:
            log.write(file.path + "\n")
        return process(file, data)

    monkeypatch.setattr(pipeline, "process", noted)
    with library.view() as view:
        before = view.generation
    assert counts(index_corpus(library, corpus)) == (0, 0, 3, 0)
    with library.view() as view:
        assert view.generation == before, "nothing changed, nothing is published"
    (corpus / "hai.txt").write_text(TEXT.format("bốn lăm"), "utf-8")
    (corpus / "ba.txt").unlink()
    (corpus / "moi.md").write_text("# Mới\n\n" + TEXT.format("mới tinh"), "utf-8")
    assert counts(index_corpus(library, corpus)) == (1, 1, 1, 1)
    assert read.read_text().split() == ["hai.txt", "moi.md"]
    assert found(library, '"tiên tiến bốn lăm"') == {"hai"}
    assert found(library, '"điển hình tiên tiến"') == {"mot", "hai", "moi"}


def test_a_renamed_file_keeps_one_item(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "sau").mkdir()
    (corpus / "mot.txt").rename(corpus / "sau" / "mot.txt")
    report = index_corpus(library, corpus)
    assert (report.moved, report.added, report.removed, report.items) == (1, 0, 0, 3)
    with library.store.snapshot() as snapshot:
        assert snapshot.item("mot").source.path == "sau/mot.txt"
        assert [event.event for event in snapshot.history("mot")] == ["added"], "moving is no news"


def test_two_files_of_one_name_are_two_items(library: Library, corpus: Path) -> None:
    (corpus / "khac").mkdir()
    shutil.copy(corpus / "mot.txt", corpus / "khac" / "mot.txt")
    assert index_corpus(library, corpus).items == 4
    assert index_corpus(library, corpus).unchanged == 4


def test_a_bad_file_is_recorded_and_never_stops_the_run(library: Library, corpus: Path) -> None:
    (corpus / "hong.txt").write_bytes(b"\xff\xfe\xfa")
    (corpus / "sai.md").write_text("---\nkind: bài thơ\n---\nx", "utf-8")
    report = index_corpus(library, corpus)
    assert (report.items, set(report.failed)) == (3, {"hong.txt", "sai.md"})
    assert "kind" in report.failed["sai.md"]
    again = index_corpus(library, corpus)
    assert set(again.failed) == {"hong.txt", "sai.md"}, "still told of, though not read again"
    (corpus / "sai.md").write_text("# Đã sửa", "utf-8")
    assert set(index_corpus(library, corpus).failed) == {"hong.txt"}


def test_a_file_that_breaks_later_leaves_the_index(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "mot.txt").write_bytes(b"\0\0\0")
    assert index_corpus(library, corpus).items == 2
    assert "mot" not in found(library, "điển hình")


def test_a_missing_corpus_removes_nothing(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    with pytest.raises(SettingError, match="CACHHAY_CORPUS_DIR"):
        index_corpus(library, corpus / "khong-co")
    assert len(found(library, "điển hình")) == 3


def test_a_failed_publish_leaves_the_old_state(library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_corpus(library, corpus)
    (corpus / "mot.txt").write_text(TEXT.format("đổi khác"), "utf-8")

    class Broken:
        def __init__(self, folder: Path) -> None:
            pass

        def apply(self, removed: Iterable[str], added: Iterable[IndexDocument]) -> None:
            raise EngineError("đĩa đầy")

    engines = library.engines
    monkeypatch.setattr(library, "engines", replace(engines, build_text=Broken))
    with pytest.raises(EngineError, match="đĩa đầy"):
        index_corpus(library, corpus)
    monkeypatch.setattr(library, "engines", engines)
    assert found(library, '"tiên tiến mot"') == {"mot"}
    assert found(library, '"đổi khác"') == set()
    assert counts(index_corpus(library, corpus)) == (0, 1, 2, 0), "the change was not forgotten"
    assert found(library, '"đổi khác"') == {"mot"}


def test_a_reader_sees_one_state(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    with library.view() as view:
        (corpus / "mot.txt").unlink()
        other = Library(Store(library.store.path), library.index_dir, library.engines, library.embedder)
        import threading

        writer = threading.Thread(target=index_corpus, args=(other, corpus))
        writer.start()
        writer.join()
        assert view.snapshot.count() == view.text.count(TextQuery(), Filters()) == 3
    with library.view() as view:
        assert view.snapshot.count() == view.text.count(TextQuery(), Filters()) == 2


def test_one_writer_at_a_time(library: Library, corpus: Path) -> None:
    with library.store.lock(), pytest.raises(StoreBusyError):
        index_corpus(library, corpus)


def test_another_model_or_version_is_never_served_and_is_rebuilt(library: Library, corpus: Path, tmp_path: Path) -> None:
    index_corpus(library, corpus)
    engines = library.engines
    newer = type(engines)(engines.open_text, engines.build_text, engines.open_vectors, engines.build_vectors, "memory-next")
    changed = Library(library.store, library.index_dir, newer, library.embedder)
    with pytest.raises(IndexMissingError), changed.view():
        pass
    assert SearchService(changed).health().status == "outdated"
    report = index_corpus(changed, corpus)
    assert report.rebuilt and report.unchanged == 3, "rebuilt from the store, files not read again"
    assert len(found(changed, "điển hình")) == 3


class Turned:
    """The shipped model with its vectors turned: another model, whose vectors fit nothing that the shipped one made."""

    name = "turned"

    def __init__(self, digest: str = "a") -> None:
        self._inner = open_embedder()
        self.digest = digest * 64
        self.dimension = self._inner.dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        return np.roll(self._inner.encode(texts, query=query), 7, axis=1)


def with_model(library: Library, embedder: Embedder) -> Library:
    return Library(library.store, library.index_dir, library.engines, embedder)


def files_of(library: Library, part: str) -> dict[str, int]:
    """The files of a part of the published generation, with what they are on the disk (a hard link is the same)."""
    with library.store.snapshot() as snapshot:
        folder = library.index_dir / snapshot.generation / part
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def vector_of(library: Library, item_id: str) -> tuple[Vector, Vector]:
    """(as it is served, as the model of this library makes it)."""
    with library.view() as view:
        served = view.vectors.item_vector(item_id)
        assert served is not None
        return served, embed_items(library.embedder, [view.snapshot.item(item_id)])[1][0]


@pytest.mark.parametrize("engines", [memory_engines, embedded_engines])
def test_another_model_makes_only_the_vectors_anew(
    engines: Callable[[], EngineSet], tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "BATCH", 2)
    first = Library(Store(tmp_path / "var" / "s.sqlite"), tmp_path / "var" / "index", engines(), open_embedder())
    index_corpus(first, corpus)
    told: list[tuple[str, int, int]] = []
    rebuild_progress = [("rebuild", 0, 3), ("rebuild", 2, 3), ("rebuild", 3, 3)]
    before = first
    for model in (Turned(), open_embedder(), Turned(), Turned("b")):
        text, vectors = files_of(before, "text"), files_of(before, "vectors")
        changed = with_model(first, model)
        with pytest.raises(IndexMissingError), changed.view():
            pass
        told.clear()
        assert rebuild_if_stale(changed, lambda *step: told.append(step)) and told == rebuild_progress
        assert files_of(changed, "text") == text, "the full-text index is the same files"
        assert not set(files_of(changed, "vectors").values()) & set(vectors.values())
        assert found(changed, "điển hình") == {"mot", "hai", "ba"}
        assert np.allclose(*vector_of(changed, "mot"), atol=1e-2), "and only vectors of this model"
        assert not rebuild_if_stale(changed)
        before = changed
    (corpus / "mot.txt").write_text(TEXT.format("đổi khác"), "utf-8")
    assert counts(index_corpus(before, corpus)) == (0, 1, 2, 0), "what was kept can be written on"
    assert found(before, '"đổi khác"') == {"mot"}


def test_text_is_kept_for_another_model_only(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    text = files_of(library, "text")
    index_corpus(library, corpus, rebuild=True)
    assert files_of(library, "text") != text, "asked for: all is made anew"
    text = files_of(library, "text")
    other = with_model(library, Turned())
    other.engines = replace(library.engines, version="memory-next")
    assert rebuild_if_stale(other) and files_of(other, "text") != text, "another engine too"


def test_progress_counts_items(library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "BATCH", 2)
    told: list[tuple[str, int, int]] = []
    index_corpus(library, corpus, progress=lambda *step: told.append(step))
    assert told == [*(("read", done, 3) for done in (1, 2, 3)), ("index", 2, 3), ("index", 3, 3)]


def test_a_model_that_fails_midway_leaves_the_old_state(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)

    class Failing(Turned):
        def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
            raise EngineError("hết bộ nhớ")

    with pytest.raises(EngineError, match="hết bộ nhớ"):
        rebuild_if_stale(with_model(library, Failing()))
    assert np.allclose(*vector_of(library, "mot"), atol=1e-2)
    assert len(list(library.index_dir.iterdir())) == 1


def test_serving_rebuilds_a_stale_index_without_reading_files(library: Library, corpus: Path) -> None:
    assert not rebuild_if_stale(library), "nothing is published yet"
    index_corpus(library, corpus)
    assert not rebuild_if_stale(library)
    shutil.rmtree(corpus)
    engines = library.engines
    newer = type(engines)(engines.open_text, engines.build_text, engines.open_vectors, engines.build_vectors, "memory-next")
    changed = Library(library.store, library.index_dir, newer, library.embedder)
    assert rebuild_if_stale(changed)
    assert len(found(changed, "điển hình")) == 3


def test_a_lost_index_folder_is_rebuilt(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    shutil.rmtree(library.index_dir)
    again = Library(library.store, library.index_dir, library.engines, library.embedder)
    assert index_corpus(again, corpus).rebuilt
    assert len(found(again, "điển hình")) == 3


def test_no_samples_leaves_the_illustrative_records_out(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    report = index_corpus(library, CORPUS, samples=False)
    assert report.items == 2 and report.left_out == report.found - len(report.set_aside) - 2
    everything = index_corpus(library, CORPUS)
    assert everything.items == everything.found - len(everything.set_aside)
    less = index_corpus(library, CORPUS, samples=False)
    assert less.items == 2 and less.removed == everything.items - 2


def test_samples_named_by_front_matter_only_come_and_go(library: Library, corpus: Path) -> None:
    (corpus / "mau.md").write_text("---\nkind: practice\nsample: true\n---\n" + TEXT.format("mẫu"), "utf-8")
    assert index_corpus(library, corpus, samples=False).items == 3
    assert index_corpus(library, corpus).items == 4
    assert index_corpus(library, corpus, samples=False).items == 3


def test_words_follow_the_items(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        # Each of the three texts and the title that was made of it.
        assert snapshot.word_count("tuyên") == 6 and snapshot.pair_count("tuyên", "truyền") == 6
    (corpus / "khac.txt").write_text("# Khác", "utf-8")
    for name in ("mot", "hai", "ba"):
        (corpus / f"{name}.txt").unlink()
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        assert snapshot.words() == [] and snapshot.pair_count("tuyên", "truyền") == 0


def test_old_generations_are_dropped(library: Library, corpus: Path) -> None:
    for number in range(4):
        (corpus / "mot.txt").write_text(TEXT.format(number), "utf-8")
        index_corpus(library, corpus)
    assert len(list(library.index_dir.iterdir())) == 2


def test_hidden_files_and_links_out_of_the_corpus_are_left_out(library: Library, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "bi-mat.txt").write_text("bí mật", "utf-8")
    (corpus / ".an.txt").write_text("ẩn", "utf-8")
    (corpus / "lien-ket.txt").symlink_to(tmp_path / "bi-mat.txt")
    assert index_corpus(library, corpus).items == 3


@pytest.mark.parametrize("text", ["[[file", "[[file]]\nname = 'x'\n", "[[file]]\npath = 'mot.txt'\nnoi_dung = 1\n"])
def test_a_wrong_manifest_stops_the_start(library: Library, corpus: Path, text: str) -> None:
    (corpus / "manifest.toml").write_text(text, "utf-8")
    with pytest.raises(SettingError, match=r"manifest\.toml"):
        index_corpus(library, corpus)
