"""The store between processes: opening it never waits for, or disturbs, who is writing."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kb.errors import NotFoundError, StoreBusyError, StoreError
from kb.item import Block, Citation, DocumentAttributes, Item, Source
from kb.library.schema import SCHEMA_VERSION
from kb.library.store import Store
from kb.papers.numbers import DocumentNumber
from tests.conftest import ROOT


def test_a_store_that_is_being_written_to_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    first = Store(path)
    with first.write() as transaction:
        transaction.set_meta(one="1")
        with Store(path).snapshot() as snapshot:
            assert "one" not in snapshot.meta
    with Store(path).snapshot() as snapshot:
        assert snapshot.meta["one"] == "1"


def test_many_open_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def open_it() -> None:
        try:
            with Store(tmp_path / "store.sqlite").snapshot() as snapshot:
                snapshot.count()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_store_of_another_version_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(path)
    with store.write() as transaction:
        transaction.set_meta(generation="1")
        transaction.enqueue(["a"])
    store._connect().execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    with Store(path).snapshot() as snapshot:
        assert snapshot.meta == {} and snapshot.queue() == []


def test_numbers_come_back_as_they_were_and_are_found_by_their_key(tmp_path: Path) -> None:
    own, party = DocumentNumber("07", "2023", "TT-BNV"), DocumentNumber("34", "", "CT/TW")
    cited = (Citation(party, "basis", "Chỉ thị 34-CT/TW"), Citation(own, "mentions", "Thông tư này"))
    paper = Item("a", "document", "A", Source("a.md", "0"), (Block(1, "Một"),))
    items = [
        paper.with_(document=DocumentAttributes(number=own, citations=cited)),
        paper.with_(id="b", document=DocumentAttributes(citations=cited[:1])),
        paper.with_(id="c"),
    ]
    store = Store(tmp_path / "store.sqlite")
    with store.write() as transaction:
        for item in items:
            transaction.put_item(item)
    with store.snapshot() as snapshot:
        assert list(snapshot.items()) == items
        assert snapshot.titles() == [("a", "A", "07/2023/TT-BNV"), ("b", "A", ""), ("c", "A", "")]
        assert snapshot.with_number("7/2023/tt-bnv") == ["a"]
        assert snapshot.citing("34-ct/tw") == ["a", "b"]
        assert snapshot.citing(own.key) == [], "a paper does not cite itself"


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "store.sqlite"), Store(tmp_path / "store.sqlite")
    with one.lock():
        with pytest.raises(StoreBusyError), two.lock(0.3):
            pass
        released = threading.Event()

        def take() -> None:
            with two.lock(10):
                released.set()

        waiting = threading.Thread(target=take)
        waiting.start()
        assert not released.wait(0.3)
    waiting.join(10)
    assert released.is_set()


@pytest.mark.parametrize("other", [False, True], ids=["the same store", "another store of the same file"])
def test_a_thread_that_has_the_lock_does_not_get_it_again(tmp_path: Path, other: bool) -> None:
    store = Store(tmp_path / "store.sqlite")
    again = Store(store.path) if other else store
    with store.lock():
        with pytest.raises(StoreBusyError), again.lock():
            pass
        with pytest.raises(StoreBusyError), again.lock(0.3):
            pass
    with again.lock():
        pass


def test_the_lock_is_free_after_an_error_and_keeps_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    with pytest.raises(ZeroDivisionError), store.lock():
        raise ZeroDivisionError
    with store.lock():
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    hold = f"""
import sys
from pathlib import Path
from kb.library.store import Store
with Store(Path({str(path)!r})).lock():
    print("held", flush=True)
    sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", hold], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    store = Store(path)
    with pytest.raises(StoreBusyError), store.lock():
        pass
    process.kill()
    process.communicate()
    with store.lock():
        pass


def test_a_store_that_is_not_made_reads_as_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "var" / "store.sqlite"
    store = Store(path, make=False)
    with store.snapshot() as snapshot:
        assert (snapshot.count(), snapshot.generation, snapshot.files(), snapshot.newest(3)) == (0, "", {}, [])
        with pytest.raises(NotFoundError):
            snapshot.item("a")
    with pytest.raises(StoreError), store.write() as transaction:
        transaction.set_meta(one="1")
    assert not path.parent.exists()


def test_a_store_that_is_there_is_opened_whether_one_may_be_made_or_not(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path).write() as transaction:
        transaction.set_meta(one="1")
    with Store(path, make=False).snapshot() as snapshot:
        assert snapshot.meta["one"] == "1"
