"""A run reads text first, then recognises pages; nothing is recognised twice, whatever ends the run."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import zipfile
from pathlib import Path
from typing import Any

import pytest

from indexer import Report, index_corpus
from indexer import recognition as recognition_module
from indexer.ocr import tesseract
from indexer.recognition import PageResult, PageTask
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.item import Item
from kb.library.library import Library
from kb.library.page_store import PageStore
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.indexer.ocr.scans import Scan, need_tesseract
from tests.indexer.readers.pdf_files import PdfFile, PdfPage, lines

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="pages are recognised in forked processes")

TEXT = "Kế hoạch phát động phong trào thi đua yêu nước năm 2024."


def scan(*texts: str) -> PdfPage:
    size = (320.0, 330.0)
    return PdfPage([Scan(size).write(40, 50, texts, size=14).drawn()], size=size)


def library(folder: Path) -> Library:
    var = folder / "var"
    return Library(Store(var / "store.sqlite"), var / "index", memory_engines(), open_embedder())


def pages_of(folder: Path) -> PageStore:
    return PageStore(folder / "var" / "pages.sqlite3")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A text, a file of three pages of which two are scans, one that is only a scan, and one in an archive."""
    need_tesseract()
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    mixed = [PdfPage(lines([TEXT])), scan("Khen thưởng xã Vĩnh Hải"), scan("Khen thưởng xã Kiến Thụy")]
    (folder / "hon hop.pdf").write_bytes(PdfFile(mixed).data())
    (folder / "quet.pdf").write_bytes(PdfFile([scan("Khen thưởng huyện Cát Hải")]).data())
    with zipfile.ZipFile(folder / "ho so.zip", "w") as archive:
        archive.writestr("quet.pdf", PdfFile([scan("Khen thưởng huyện Tiên Lãng")]).data())
    return folder


def items(found: Library) -> dict[str, Item]:
    with found.store.snapshot() as snapshot:
        return {item.source.path: item for item in snapshot.items()}


def body(item: Item) -> str:
    return " ".join(block.original for block in item.blocks)


def is_whole(found: dict[str, Item]) -> None:
    assert set(found) == {"a.txt", "hon hop.pdf", "quet.pdf", "ho so.zip › quet.pdf"}
    assert [block.page for block in found["hon hop.pdf"].blocks] == [1, 2, 3]
    for path, words in (("hon hop.pdf", "Kiến Thụy"), ("quet.pdf", "Cát Hải"), ("ho so.zip › quet.pdf", "Tiên Lãng")):
        assert words in body(found[path])
    assert not any(item.waiting for item in found.values())


def balance(report: Report) -> int:
    taken = report.unchanged + report.added + report.changed + report.moved + report.left_out
    return report.found + report.parts - taken - len({*report.failed, *report.unread, *report.set_aside, *report.kept})


def count_calls(monkeypatch: pytest.MonkeyPatch, note: Path) -> None:
    """Note every page that is handed to Tesseract, also in forked processes."""
    run = tesseract._run

    def noted(*values: Any) -> str:
        if "tsv" in values:
            with note.open("a") as log:
                log.write("page\n")
        return run(*values)

    monkeypatch.setattr(tesseract, "_run", noted)


def calls(note: Path) -> int:
    return note.read_text().count("page") if note.exists() else 0


def test_scans_are_found_and_a_second_run_recognises_nothing(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note"
    count_calls(monkeypatch, note)
    stages: list[tuple[str, int, int]] = []
    found = library(tmp_path)
    report = index_corpus(found, corpus, progress=lambda *step: stages.append(step))
    is_whole(items(found))
    assert (report.added, report.changed, report.failed, report.notes, balance(report)) == (4, 0, {}, {}, 0)
    assert [step for step in stages if step[0] == "recognise"] == [("recognise", done, 4) for done in range(5)]
    last_read = max(at for at, step in enumerate(stages) if step[0] == "read")
    assert last_read < stages.index(("recognise", 0, 4)), "text comes before recognition"
    answer = SearchService(found).search(SearchRequest('"khen thưởng xã Kiến Thụy"'))
    assert [hit.card.id for hit in answer.hits] == ["hon-hop"]
    digest = items(found)["ho so.zip › quet.pdf"].source.digest
    words = pages_of(tmp_path).get(digest, 1)
    assert words is not None and "Lãng" in [word.text for word in words.words]
    before = calls(note)
    again = index_corpus(found, corpus)
    assert (again.unchanged, calls(note), balance(again)) == (4, before, 0)
    gone = items(found)["quet.pdf"].source.digest
    assert pages_of(tmp_path).get(gone, 1) is not None
    (corpus / "quet.pdf").unlink()
    assert index_corpus(found, corpus, yes=True).removed == 1
    assert pages_of(tmp_path).get(gone, 1) is None and pages_of(tmp_path).get(digest, 1) == words


def test_text_is_published_while_scans_wait(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Item]] = []
    found = library(tmp_path)

    def progress(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("recognise", 0):
            seen.append(items(found))

    index_corpus(found, corpus, progress=progress)
    (first,) = seen
    assert set(first) == {"a.txt", "hon hop.pdf"}
    assert first["hon hop.pdf"].waiting == (2, 3) and TEXT in body(first["hon hop.pdf"])
    assert [e.value for e in first["hon hop.pdf"].evidence if e.rule == "not_read"] == ["trang 2-3: chờ nhận dạng chữ"]
    is_whole(items(found))


def killed_at_page(folder: Path, corpus: Path, number: int) -> None:
    """A run that is killed as soon as so many pages are kept."""

    def progress(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("recognise", number):
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        index_corpus(library(folder), corpus, progress=progress)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_run_that_is_killed_goes_on_at_the_next_page(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    index_corpus(library(whole), corpus)
    killed_at_page(tmp_path, corpus, 2)
    kept = [
        page
        for item in items(library(whole)).values()
        for number in (1, 2, 3)
        if (page := pages_of(tmp_path).get(item.source.digest, number))
    ]
    assert len(kept) == 2
    note = tmp_path / "note"
    count_calls(monkeypatch, note)
    found = library(tmp_path)
    report = index_corpus(found, corpus)
    assert calls(note) == 2, "only the pages that were not kept"
    assert balance(report) == 0 and not report.failed
    assert items(found) == items(library(whole))


def test_without_tesseract_the_reason_is_told_and_retry_reads_just_those(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(tmp_path)
    with monkeypatch.context() as without:
        without.setattr("shutil.which", lambda name: None)
        report = index_corpus(found, corpus)
        assert set(report.failed) == {"quet.pdf", "ho so.zip › quet.pdf"} and balance(report) == 0
        assert "apt install tesseract-ocr tesseract-ocr-vie" in report.failed["quet.pdf"]
        assert "apt install tesseract-ocr" in report.notes["hon hop.pdf"]
        again = index_corpus(found, corpus, retry=True)
        assert again.failed == report.failed and balance(again) == 0
    assert index_corpus(found, corpus).failed == report.failed, "nothing is read again without being asked"
    retried = index_corpus(found, corpus, retry=True)
    assert (retried.unchanged, retried.failed, retried.notes, balance(retried)) == (1, {}, {}, 0)
    is_whole(items(found))


def test_a_page_that_ends_its_worker_is_told_and_the_others_are_read(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = recognition_module._Reader.result

    def deadly(self: Any, task: PageTask) -> PageResult:
        if task.path == "hon hop.pdf" and task.number == 3:
            os._exit(7)
        return result(self, task)

    monkeypatch.setattr(recognition_module._Reader, "result", deadly)
    found = library(tmp_path)
    report = index_corpus(found, corpus)
    assert report.notes == {
        "hon hop.pdf": "trang 3: ảnh quét, chưa nhận dạng được chữ (cần OCR): việc nhận dạng bị dừng đột ngột (mã 7)"
    }
    assert not report.failed and balance(report) == 0
    assert "Vĩnh Hải" in body(items(found)["hon hop.pdf"])
    assert json.dumps(index_corpus(found, corpus).notes) == json.dumps(report.notes)
    monkeypatch.undo()
    assert index_corpus(found, corpus, retry=True).notes == {}
    is_whole(items(found))
