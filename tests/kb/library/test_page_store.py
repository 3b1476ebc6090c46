"""Recognised pages are kept for good, also by several processes at a time and where one is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from kb.errors import StoreError
from kb.library.page_store import KeptPage, PageStore
from kb.page_text import PageText, PageWord


def page(number: int, text: str = "Kế") -> PageText:
    return PageText(number, 595, 842, (PageWord(text, 1.0, 0.0, 0.0, 1.0, 1.0),), "recognised", "vie")


def text_of(found: PageText | None) -> str:
    return " ".join(word.text for word in found.words) if found else ""


def test_a_page_comes_back_by_digest_and_number(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "new" / "pages.sqlite3")
    assert store.get("a", 1) is None and store.reading("a", 1, "vie") is None
    store.put("a", 1, page(1), "vie", b"lines")
    again = PageStore(store.path)
    assert again.get("a", 1) == page(1)
    assert again.reading("a", 1, "vie") == KeptPage(page(1), b"lines")
    assert (again.get("a", 2), again.get("b", 1), again.reading("a", 1, "other")) == (None, None, None)


def test_the_page_that_was_read_last_is_shown(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages.sqlite3")
    store.put("a", 1, page(1, "cũ"), "vie 5.3", b"old")
    store.put("a", 1, page(1, "mới"), "vie 5.5", b"new")
    assert text_of(store.get("a", 1)) == "mới"
    store.put("a", 1, page(1, "lại"), "vie 5.3", b"again")
    assert text_of(store.get("a", 1)) == "lại"
    kept = [store.reading("a", 1, settings) for settings in ("vie 5.3", "vie 5.5")]
    assert kept == [KeptPage(page(1, "lại"), b"again"), KeptPage(page(1, "mới"), b"new")]


def test_a_page_that_could_not_be_read_is_tried_again_when_asked(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages.sqlite3")
    store.put("a", 1, page(1), "vie", failure="quá nhiễu")
    store.put("a", 2, page(2), "vie")
    failed = store.reading("a", 1, "vie")
    assert failed is not None and failed.failure == "quá nhiễu" and store.get("a", 1) is None
    store.forget_failures()
    assert store.reading("a", 1, "vie") is None and store.get("a", 2) == page(2)


def test_pages_of_papers_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages.sqlite3")
    assert store.forget_others(set()) == 0 and not store.path.exists()
    for digest in ("a", "b", "c"):
        store.put(digest, 1, page(1), "vie")
    assert store.forget_others({"b", "z"}) == 2
    assert store.get("a", 1) is None and store.get("b", 1) == page(1)


def test_a_damaged_file_is_put_aside_and_pages_are_kept_again(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages.sqlite3")
    store.path.write_bytes(b"no database" * 1000)
    assert store.get("a", 1) is None
    store.put("a", 1, page(1), "vie")
    assert store.get("a", 1) == page(1)
    assert (tmp_path / "pages.sqlite3.damaged").read_bytes().startswith(b"no database")


def test_damaged_words_are_no_page(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages.sqlite3")
    store.put("a", 1, page(1), "vie")
    with sqlite3.connect(store.path) as database:
        database.execute("UPDATE pages SET words = X'00'")
    assert store.get("a", 1) is None


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"pages\.sqlite3"):
        PageStore(tmp_path / "file" / "pages.sqlite3").put("a", 1, page(1), "vie")


def put_many(path: Path, digest: str, count: int) -> None:
    for number in range(1, count + 1):
        PageStore(path).put(digest, number, page(number), "vie")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_several_processes_keep_pages_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite3"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=put_many, args=(path, digest, 15)) for digest in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = PageStore(path)
    assert all(store.get(digest, number) == page(number) for digest in "abc" for number in range(1, 16))


def put_and_die(path: Path) -> None:
    PageStore(path).put("a", 1, page(1), "vie", b"kept")
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    database.execute("DELETE FROM pages")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_page_that_was_put_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite3"
    worker = multiprocessing.get_context("fork").Process(target=put_and_die, args=(path,))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    assert PageStore(path).reading("a", 1, "vie") == KeptPage(page(1), b"kept")
    PageStore(path).put("a", 2, page(2), "vie")
