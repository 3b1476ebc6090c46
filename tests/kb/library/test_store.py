"""The store between processes: opening it never waits for, or disturbs, who is writing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kb.errors import StoreBusyError
from kb.library.store import SCHEMA_VERSION, Store


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
