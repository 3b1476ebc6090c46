"""The store between processes: opening it never waits for, or disturbs, who is writing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kb.errors import ExtractError, NotFoundError, StoreBusyError, StoreError
from kb.item import Block, Citation, DocumentAttributes, Item, Source
from kb.library.snapshot import FileRecord
from kb.library.store import Store
from kb.library.word_counts import count_words
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
from kb.library.snapshot import FileRecord
from kb.library.store import Store
from kb.library.word_counts import count_words
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


def damaged(path: Path, item_id: str, sql: str) -> None:
    Store(path)._connect().execute(f"UPDATE items SET {sql} WHERE id = ?", (item_id,))


@pytest.mark.parametrize(
    "sql",
    [
        "payload = '{'",
        "payload = ''",
        "payload = CAST(X'7B22FF' AS TEXT)",
        "payload = replace(payload, '\"document\"', 'null'), checksum = ''",
        "payload = replace(payload, 'Một', 'Mật')",
        "payload = '[]', checksum = ''",
        "checksum = 'x'",
    ],
)
def test_one_damaged_record_is_left_out_and_breaks_nothing(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "store.sqlite"
    paper = Item("a", "document", "A", Source("a.md", "0"), (Block(1, "Một"),), place="Xã Một")
    with Store(path).write() as transaction:
        for item_id in "abc":
            transaction.put_item(paper.with_(id=item_id, title=item_id.upper()))
            transaction.put_file(FileRecord(f"{item_id}.md", "1", "", item_id, ""))
            transaction.note(item_id, "2026-01-01T00:00:00+00:00", "1")
    damaged(path, "b", sql)
    store = Store(path)
    with store.snapshot() as snapshot:
        assert snapshot.unreadable() == ["b"] and snapshot.ids() == ["a", "b", "c"]
        assert [item.id for item in snapshot.items()] == [item.id for item in snapshot.newest(5)] == ["a", "c"]
        stand_in = snapshot.item("b")
        assert stand_in.id == "b" and "hỏng" in stand_in.title and not count_words(stand_in).words
        assert {"a", "c"} <= {row[0] for row in snapshot.titles()} and "Xã Một" in snapshot.places()
        assert list(snapshot.arrivals(5)) == ["a", "b", "c"]
    with store.write() as transaction:
        transaction.read_again(transaction.unreadable())
        assert [path for path, record in transaction.files().items() if not record.digest] == ["b.md"]
        transaction.put_item(paper.with_(id="b"))
        assert transaction.unreadable() == []


def test_an_item_that_could_not_be_read_back_is_not_stored(tmp_path: Path) -> None:
    good = Item("a", "document", "A", Source("a.md", "0"), (Block(1, "Một"),))
    bad = [good.with_(kind=None), good.with_(title="\ud800"), good.with_(year="năm nay"), good.with_(sample=None)]
    with Store(tmp_path / "store.sqlite").write() as transaction:
        for item in bad:
            with pytest.raises(ExtractError, match=r"a\.md"):
                transaction.put_item(item)
        assert transaction.ids() == []


def test_what_is_no_store_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"no database at all" * 100)
    for make in (True, False):
        with pytest.raises(StoreError, match="--salvage"):
            Store(path, make=make)


def test_a_lock_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    (tmp_path / "store.lock").mkdir()
    with pytest.raises(StoreError, match="tệp khóa"), store.lock():
        pass


def test_a_store_that_appears_later_is_read(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    reader = Store(path, make=False)
    with reader.snapshot() as snapshot:
        assert snapshot.meta == {}
    with Store(path).write() as transaction:
        transaction.set_meta(one="1")
    with reader.snapshot() as snapshot:
        assert snapshot.meta == {"one": "1"}


def test_an_index_of_the_file_that_disagrees_with_its_table_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as connection:
        Store(path)
        for n in range(9):
            connection.execute(
                "INSERT INTO history (batch, item_id, at, event, digest) VALUES (1, ?, 'x', 'added', '')", (f"muc-so-{n}",)
            )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = path.read_bytes()
    spoilt = next(
        at
        for at in range(len(whole))
        if whole.startswith(b"muc-so-5", at) and _disagrees(path, whole[:at] + b"muc-so-X" + whole[at + 8 :])
    )
    assert spoilt
    store = Store(path)
    assert not store.damage() and store.damage(full=True)
    assert store.heal() == []
    assert not store.damage(full=True) and "không khớp" in caplog.text


def _disagrees(path: Path, content: bytes) -> bool:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(content)
    store = Store(path)
    return not store.damage() and bool(store.damage(full=True))
