"""A store of every released schema comes forward whole: items, history, files. Nothing is lost, and reading changes nothing.

Each SQL file in `tests/kb/library/stores` is a store that the program of that time wrote: four small papers and one that could not be read; one
paper left and came back, one changed.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from indexer.pipeline import rebuild_if_stale
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import StoreError
from kb.library import migrations
from kb.library.library import Library
from kb.library.schema import SCHEMA_VERSION
from kb.library.store import Store
from kb.ports import Filters, TextQuery

STORES = Path(__file__).parent / "stores"
VERSIONS = range(1, SCHEMA_VERSION)
IDS = ["cach-lam", "chu-hong", "ke-hoach", "noi-bo"]


def old_store(folder: Path, version: int) -> Path:
    path = folder / "store.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript((STORES / f"schema-{version}.sql").read_text("utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return path


def test_there_is_a_store_of_every_released_schema() -> None:
    assert {path.name for path in STORES.glob("*.sql")} >= {f"schema-{version}.sql" for version in VERSIONS}
    assert sorted(migrations.STEPS) == list(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_comes_forward(version: int, tmp_path: Path) -> None:
    path = old_store(tmp_path, version)
    store = Store(path, migrate=True)
    with store.snapshot() as snapshot:
        assert snapshot.ids() == IDS and snapshot.unreadable() == []
        paper, damaged, practice = (snapshot.item(item_id) for item_id in ("ke-hoach", "chu-hong", "cach-lam"))
        assert paper.number and paper.number.text == "911/KH-UBND" and paper.sort_date == 20240312
        assert snapshot.with_number("911/kh-ubnd") == ["ke-hoach"] and snapshot.citing("77/2019/nd-cp") == ["ke-hoach"]
        assert damaged.blocks[-1].original.startswith("Cdng tac tuyén truyén") and damaged.quality == "poor"
        if version > 1:  # the first program corrected no letters
            assert damaged.machine_corrected and damaged.blocks[-1].repaired and "môi trường" in damaged.blocks[-1].best
            assert damaged.blocks[-1].doubts[0].before in ("phong", "trong")
        assert practice.practice and practice.practice.results.startswith("Sau bảy tháng") and practice.status == "reviewed"
        assert snapshot.word_count("kênh") > 5 and snapshot.pair_count("bờ", "kênh") > 2
        files = snapshot.files()
        assert "subject" in files["sai.md"].error and files["ke-hoach.txt"].item_id == "ke-hoach"
        read_again = {path for path, record in files.items() if record.item_id and not record.digest}
        assert len(read_again) == (4 if version < 4 else 0), "what an older program could not know is read again"
        assert set(snapshot.arrivals(10)) == set(IDS)
        events = [event.event for event in snapshot.history("ke-hoach")]
        assert events == (["added", "removed", "added"] if version >= 5 else ["added"])
        assert store.damage() == store.damage(full=True) == ""
        assert snapshot.hidden() == ({"noi-bo"} if version >= 4 else set())
    library = Library(store, tmp_path / "index", memory_engines(), open_embedder())
    assert rebuild_if_stale(library)
    with library.view() as view:
        assert view.text.count(TextQuery(), Filters()) == 4, "items are searchable though no paper is there"


@pytest.mark.parametrize("version", VERSIONS)
def test_reading_an_older_store_changes_nothing_and_says_what_to_run(version: int, tmp_path: Path) -> None:
    path = old_store(tmp_path, version)
    before = path.read_bytes()
    for make in (True, False):
        with pytest.raises(StoreError, match="cachhay index"):
            Store(path, make=make)
    assert path.read_bytes() == before


def test_a_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(path)
    with store.write() as transaction:
        transaction.set_meta(one="1")
    store._connect().execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for migrate in (True, False):
        with pytest.raises(StoreError, match="mới hơn"):
            Store(path, migrate=migrate)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT value FROM meta").fetchall() == [("1",)]


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old_store(tmp_path, 4)

    def fail(connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no such luck")

    monkeypatch.setitem(migrations.STEPS, 6, fail)
    with pytest.raises(StoreError):
        Store(path, migrate=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
        assert "n" in {row[1] for row in connection.execute("PRAGMA table_info(words)")}


def test_a_record_that_no_step_can_read_is_kept_and_read_again(tmp_path: Path) -> None:
    path = old_store(tmp_path, 2)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE items SET payload = replace(payload, '\"exemplar\"', 'null') WHERE id = 'noi-bo'")
        connection.execute("UPDATE items SET payload = '{' WHERE id = 'cach-lam'")
    with Store(path, migrate=True).snapshot() as snapshot:
        assert snapshot.ids() == IDS and snapshot.unreadable() == ["cach-lam", "noi-bo"]
        assert not snapshot.files()["noi-bo.md"].digest and not snapshot.files()["cach-lam.md"].digest
        assert [item.id for item in snapshot.items()] == ["chu-hong", "ke-hoach"]
