"""Whatever a corpus does between two runs: no run ends, everything is told, and absence removes nothing by itself."""

from __future__ import annotations

import itertools
import os
import random
import signal
from pathlib import Path

import pytest

from indexer import Report, index_corpus, pipeline
from indexer.addresses import Addresses
from indexer.discover import FoundFile
from indexer.read_worker import ReadWorker
from indexer.readers.reader import Recogniser
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import CorpusAwayError, SettingError
from kb.item import Item
from kb.library.library import Library
from kb.library.store import Store

NAMES = ("mot", "hai", "ba", "bon", "nam", "sau")
TEXT = "Tổ tự quản thôn {} họp mỗi tháng một lần để góp sức sửa kênh.\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "thon").mkdir(parents=True)
    for name in NAMES:
        (folder / "thon" / f"{name}.md").write_text(TEXT.format(name), "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", memory_engines(), open_embedder())


def stored(library: Library) -> dict[str, tuple[str, bool]]:
    """(id, internal) of every item, by the path of its file."""
    with library.store.snapshot() as snapshot:
        return {item.source.path: (item.id, item.internal) for item in snapshot.items()}


def events(library: Library, item_id: str) -> list[str]:
    with library.store.snapshot() as snapshot:
        return [event.event for event in snapshot.history(item_id)]


def test_an_empty_corpus_keeps_everything(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    for path in list((corpus / "thon").iterdir()):
        path.unlink()
    for yes in (False, True):
        report = index_corpus(library, corpus, yes=yes)
        assert (report.items, report.removed, len(report.kept), report.empty, report.exit_code) == (6, 0, 6, True, 7)
    (corpus / "thon").rmdir()
    corpus.rmdir()
    with pytest.raises(CorpusAwayError, match="6 mục trong kho được giữ nguyên") as caught:
        index_corpus(library, corpus)
    assert caught.value.exit_code == 7 and "CACHHAY_CORPUS_DIR" in str(caught.value)


def test_an_unreadable_folder_or_file_keeps_its_items_and_comes_back_as_no_news(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "khac.md").write_text(TEXT.format("khác"), "utf-8")
    index_corpus(library, corpus)
    before = stored(library)
    real_scan, real_open = os.scandir, os.open

    def scandir(path: str | Path) -> object:
        if str(path).endswith("thon"):
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    def open_(path: str | Path, flags: int, *rest: int) -> int:
        if str(path).endswith("khac.md"):
            raise OSError(5, "Input/output error")
        return real_open(path, flags, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(os, "scandir", scandir)
        broken.setattr(os, "open", open_)
        report = index_corpus(library, corpus)
    assert stored(library) == before and (report.removed, report.exit_code) == (0, 7)
    assert set(report.kept) == set(before) and list(report.unread) == ["thon"]
    report = index_corpus(library, corpus)
    assert (report.unchanged, report.exit_code) == (7, 0) and events(library, "mot") == ["added"]
    with monkeypatch.context() as broken:
        broken.setattr(os, "open", open_)
        (corpus / "manifest.toml").write_text("[[file]]\npath = 'khac.md'\ninternal = true\n", "utf-8")
        monkeypatch.setattr("indexer.manifest.read_regular_file", lambda path, limit: path.read_bytes())
        report = index_corpus(library, corpus)
    assert "khac.md" not in stored(library), "what must be hidden and cannot be read is not left public"
    assert "khac.md" in report.unread and report.exit_code == 7


def test_a_file_of_no_bytes_is_half_copied(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "thon" / "mot.md").write_bytes(b"")
    (corpus / "moi.md").write_bytes(b"")
    report = index_corpus(library, corpus)
    assert (list(report.kept), list(report.failed), report.items, report.exit_code) == (["thon/mot.md"], ["moi.md"], 6, 7)


def test_more_than_a_fifth_waits_for_yes(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "thon" / "mot.md").unlink()
    assert index_corpus(library, corpus).removed == 1, "one of six is less than a fifth"
    for name in ("hai", "ba"):
        (corpus / "thon" / f"{name}.md").unlink()
    (corpus / "thon" / "bay.md").write_text(TEXT.format("bảy"), "utf-8")
    report = index_corpus(library, corpus)
    assert (report.added, report.removed, report.held, report.items, report.exit_code) == (1, 0, 2, 6, 8)
    assert set(report.kept) == {"thon/hai.md", "thon/ba.md"}
    report = index_corpus(library, corpus, yes=True)
    assert (report.removed, report.held, report.items, report.exit_code) == (2, 0, 4, 0)


def test_what_moves_is_neither_gone_nor_new(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    before = {path.replace("thon/", "xa/"): found for path, found in stored(library).items()}
    (corpus / "thon").rename(corpus / "xa")
    report = index_corpus(library, corpus)
    assert (report.moved, report.added, report.removed, report.held, report.exit_code) == (6, 0, 0, 0, 0)
    assert stored(library) == before and events(library, "mot") == ["added"]


def test_a_manifest_that_was_there_is_missed(library: Library, corpus: Path) -> None:
    (corpus / "manifest.toml").write_text("[[folder]]\npath = 'thon'\ninternal = true\n", "utf-8")
    index_corpus(library, corpus)
    (corpus / "manifest.toml").unlink()
    with pytest.raises(CorpusAwayError, match="bản kê"):
        index_corpus(library, corpus)
    assert all(internal for _, internal in stored(library).values())
    assert index_corpus(library, corpus, yes=True).changed == 6
    assert index_corpus(library, corpus).unchanged == 6


@pytest.mark.parametrize(
    "error",
    [RecursionError("x"), MemoryError(), OverflowError("a\ud800b"), ValueError(), KeyError("k"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x"), AssertionError(), OSError(5, "e")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_whatever_one_file_raises_is_told_and_the_run_goes_on(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    process = pipeline.process

    def failing(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
        if found.path == "thon/hai.md":
            raise error
        return process(found, data)

    monkeypatch.setattr(pipeline, "process", failing)
    report = index_corpus(library, corpus)
    assert (report.items, list(report.failed), report.exit_code) == (5, ["thon/hai.md"], 3)
    reason = report.failed["thon/hai.md"]
    assert ("bộ nhớ" if isinstance(error, MemoryError) else type(error).__name__) in reason and reason.encode()
    assert isinstance(error, MemoryError) or "Traceback" in caplog.text
    caplog.text.encode()  # raises where it holds what no output can show
    with library.store.snapshot() as snapshot:
        assert snapshot.files()["thon/hai.md"].error


def test_an_interrupt_is_no_fault_of_a_file(library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(worker: ReadWorker, found: FoundFile, data: bytes) -> Item:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReadWorker, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index_corpus(library, corpus)


def test_what_is_not_stored_as_it_is_is_not_stored(library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = pipeline.process

    def odd(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
        item = process(found, data)
        return item.with_(kind=None) if "hai" in found.path else item.with_(unit="\ud800") if "ba" in found.path else item

    monkeypatch.setattr(pipeline, "process", odd)
    assert set(index_corpus(library, corpus).failed) == {"thon/hai.md", "thon/ba.md"}
    assert len(stored(library)) == 4


def test_an_item_that_no_index_takes_is_told_and_the_others_are_published(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.library.index_document import index_document as real

    def index_document(item: Item) -> object:
        if item.id == "ba":
            raise IndexError("no such block")
        return real(item)

    monkeypatch.setattr("kb.library.library.index_document", index_document)
    monkeypatch.setattr("indexer.failures.index_document", index_document)
    report = index_corpus(library, corpus)
    assert list(report.failed) == ["thon/ba.md"] and set(stored(library)) == {f"thon/{n}.md" for n in NAMES if n != "ba"}
    assert report.items == 5 and index_corpus(library, corpus).unchanged == 5


def test_an_edit_that_may_ask_to_hide_takes_the_item_down(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    edits = {
        "mot": "---\ninternal: true\n---\n",
        "hai": "---\ninternal: true\n",
        "ba": "---\nintrenal: true\n---\n",
        "bon": "internal = 1\n",
    }
    for name, header in edits.items():
        (corpus / "thon" / f"{name}.md").write_text(header + TEXT.format(name), "utf-8")
    report = index_corpus(library, corpus)
    public = {path for path, (_, internal) in stored(library).items() if not internal}
    assert public == {"thon/nam.md", "thon/sau.md"}
    assert set(report.failed) == {"thon/hai.md", "thon/ba.md", "thon/bon.md"} and report.exit_code == 3
    with library.store.snapshot(public=True) as snapshot:
        assert {"mot", "hai", "ba", "bon"}.isdisjoint(snapshot.arrivals(50))
        assert snapshot.word_count("mot") == snapshot.word_count("hai") == 0


def test_a_hidden_reason_is_told_again_by_the_next_run(library: Library, corpus: Path) -> None:
    (corpus / "thon" / "mot.md").write_text("---\ninternal: có\n---\n" + TEXT, "utf-8")
    first, second = index_corpus(library, corpus), index_corpus(library, corpus)
    assert list(first.hidden) == ["thon/mot.md"] and first.hidden == second.hidden and second.unchanged == 6
    assert first.exit_code == 0


def test_a_folder_that_is_misspelt_in_the_manifest_ends_with_2(library: Library, corpus: Path) -> None:
    (corpus / "manifest.toml").write_text("[[folder]]\npath = 'thôn'\ninternal = true\n", "utf-8")
    report = index_corpus(library, corpus)
    assert report.exit_code == SettingError.exit_code and "“thôn”" in report.misfits[0] and "ẩn" in report.misfits[0]


def build(events: list[tuple[str, str, bool]]) -> dict[str, str]:
    """The ids after files came (path, wanted id, internal), the last word about each path counts."""
    addresses = Addresses({}, ())
    for path, wanted, internal in events:
        if wanted:
            addresses.claim(path, wanted, internal=internal)
        else:
            addresses.release(path)
        if len(path) % 2:
            addresses.settle()
    addresses.settle()
    last = {path: (wanted, internal) for path, wanted, internal in events}
    return {path: addresses.of(path) for path, (wanted, internal) in last.items() if wanted and not internal}


def test_ids_depend_on_the_public_files_alone() -> None:
    chance = random.Random(15)
    for _ in range(200):
        paths = [f"{folder}/{stem}" for folder, stem in itertools.product(("a", "bb", "c"), ("x", "yy"))]
        final = {path: (path[-1], chance.random() < 0.3) for path in paths if chance.random() < 0.8}
        noise = [(p, chance.choice(["x", "y", ""]), chance.random() < 0.5) for p in chance.choices(paths, k=8)]
        gone = [(path, "", False) for path in paths if path not in final]
        history = [*noise, *gone, *((path, *found) for path, found in final.items())]
        clean = [(path, wanted, False) for path, (wanted, internal) in sorted(final.items()) if not internal]
        ids = build(history)
        assert ids == build(clean) and len(set(ids.values())) == len(ids)


@pytest.mark.parametrize("order", [("a", "b", "kin"), ("kin", "b", "a")])
def test_an_internal_file_never_takes_the_address_of_a_public_one(
    library: Library, tmp_path: Path, order: tuple[str, ...]
) -> None:
    def write(folder: str) -> None:
        (tmp_path / "c" / folder).mkdir(parents=True)
        header = "---\ninternal: true\nid: to\n---\n" if folder == "kin" else "---\nid: to\n---\n"
        (tmp_path / "c" / folder / "to.md").write_text(header + TEXT.format(folder), "utf-8")

    for folder in order:
        write(folder)
        report: Report = index_corpus(library, tmp_path / "c")
        assert not report.failed
    ids = stored(library)
    assert ids["a/to.md"] == ("to", False) and ids["b/to.md"][0].startswith("to--")
    assert ids["kin/to.md"][1] and ids["kin/to.md"][0].startswith("to--")
    (tmp_path / "c" / "a" / "to.md").unlink()
    index_corpus(library, tmp_path / "c")
    assert stored(library)["b/to.md"] == ("to", False)
    with library.view() as view:
        assert view.vectors.item_vector("to") is not None and view.snapshot.item("to").source.path == "b/to.md"


@pytest.mark.parametrize(
    ("content", "kept"), [("Việc tốt đã sửa.", True), ("---\ninternal: true\n---\nViệc phải ẩn.", False)]
)
def test_a_reading_that_the_system_ended_says_nothing_about_the_file(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch, content: str, kept: bool
) -> None:
    index_corpus(library, corpus)
    (corpus / "thon/hai.md").write_text(content, "utf-8")
    process = pipeline.process

    def killed(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
        if found.path == "thon/hai.md":
            os.kill(os.getpid(), signal.SIGKILL)
        return process(found, data)

    monkeypatch.setattr(pipeline, "process", killed)
    report = index_corpus(library, corpus)
    assert report.exit_code == 7 and (report.items == 6) is kept
    assert ("thon/hai.md" in report.kept) is kept and ("thon/hai.md" in report.unread) is not kept
    monkeypatch.setattr(pipeline, "process", process)
    assert index_corpus(library, corpus).items == 6


def test_a_worker_that_the_system_ends_once_is_replaced(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, process = corpus.parent / "ended", pipeline.process

    def killed_once(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return process(found, data)

    monkeypatch.setattr(pipeline, "process", killed_once)
    assert index_corpus(library, corpus).exit_code == 0 and mark.exists()
