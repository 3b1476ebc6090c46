"""Backup, restore, verify and salvage: what was kept comes back whole, and what is damaged is never taken for whole."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.pipeline import index_corpus, rebuild_if_stale
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import SettingError, StoreError
from kb.library import backup
from kb.library.backup import STORE, back_up
from kb.library.library import Library
from kb.library.page_store import NAME, PageStore
from kb.library.restore import restore
from kb.library.salvage import salvage
from kb.library.store import Store
from kb.library.verification import verify
from kb.page_text import PageText, PageWord

NAMES = [f"việc-{number}" for number in range(30)]


def open_library(home: Path) -> Library:
    return Library(Store(home / "store.sqlite"), home / "index", memory_engines(), open_embedder())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with thirty papers; each has a line of history, one has three."""
    home = tmp_path_factory.mktemp("made")
    corpus = home / "corpus"
    (corpus / "sâu" / "hơn").mkdir(parents=True)
    for name in NAMES:
        (corpus / "sâu" / f"{name}.md").write_text(f"# {name}\n\n" + f"Đã làm {name} ở xã. " * 60 + "\n", "utf-8")
    (corpus / "sâu" / "hơn" / "manifest.toml").write_text("# không có gì\n", "utf-8")
    library = open_library(home)
    assert not index_corpus(library, corpus).failed
    paper = corpus / "sâu" / "việc-0.md"
    text = paper.read_bytes()
    for content in (text + "\nThêm.\n".encode(), text):
        paper.write_bytes(content)
        index_corpus(library, corpus)
    with sqlite3.connect(home / "store.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def archive_of(home: Path, name: str = "a.tar.gz") -> Path:
    target = home.parent / name
    back_up(Store(home / "store.sqlite"), home / "corpus", home / "models", target, {"samples": True})
    return target


def content(home: Path) -> tuple[object, ...]:
    with Store(home / "store.sqlite").snapshot() as snapshot:
        return list(snapshot.items()), {i: snapshot.history(i) for i in snapshot.ids()}, snapshot.files()


def test_recognised_pages_come_back_and_an_archive_without_them_too(home: Path) -> None:
    page = PageText(2, 595.0, 842.0, (PageWord("Kế", 1.0, 0.0, 0.0, 1.0, 1.0),), "recognised")
    PageStore(home / NAME).put("ab" * 32, 2, page, "vie", b"rest")
    restore(archive_of(home), home.parent / "new" / "var", None)
    again = PageStore(home.parent / "new" / "var" / NAME)
    assert again.get("ab" * 32, 2) == page and again.reading("ab" * 32, 2, "vie") is not None
    (home / NAME).write_bytes(b"no database" * 99)
    restore(archive_of(home), home.parent / "other" / "var", None)
    assert not (home.parent / "other" / "var" / NAME).exists() and content(home.parent / "other" / "var") == content(home)
    assert [path.name for path in home.parent.iterdir() if path.name.startswith(".")] == []


def test_an_archive_of_the_first_layout_is_restored(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "FORMAT", 1)
    old = archive_of(home)
    restore(old, home.parent / "new" / "var", None)
    assert content(home.parent / "new" / "var") == content(home)
    monkeypatch.setattr(backup, "FORMAT", 3)
    with pytest.raises(StoreError, match="do phiên bản khác"):
        restore(archive_of(home, "b.tar"), home.parent / "other" / "var", None)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_what_was_backed_up_comes_back(home: Path, name: str) -> None:
    (home / "models").mkdir()
    (home / "models" / "current.json").write_text("{}", "utf-8")
    store = Store(home / "store.sqlite")
    with store.lock(), store.write() as transaction:  # while somebody writes
        transaction.set_meta(unfinished="1")
        archive = archive_of(home, name)
    new = home.parent / "new"
    done = restore(archive, new / "var", new / "corpus")
    assert (done.items, done.papers, done.settings) == (30, 31, {"samples": True})
    library = open_library(new / "var")
    assert rebuild_if_stale(library) and not verify(library, new / "corpus").damaged
    assert content(new / "var") == content(home)
    assert (new / "var" / "models" / "current.json").read_text("utf-8") == "{}"
    with library.store.snapshot() as snapshot:
        assert "unfinished" not in snapshot.meta
    report = index_corpus(library, new / "corpus")
    assert report.unchanged == 30 and not report.rebuilt
    assert [path.name for path in home.parent.iterdir() if path.name.startswith(".")] == []


def test_a_home_that_is_not_empty_is_refused(home: Path) -> None:
    archive = archive_of(home)
    (home.parent / "papers").mkdir()
    for data, corpus in ((home, home.parent / "papers"), (home.parent / "none", home / "corpus")):
        with pytest.raises(SettingError, match="không trống"):
            restore(archive, data, corpus)
    assert not (home.parent / "none").exists() and len(content(home)) == 3


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])


def flip(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)


def leave_out(archive: Path) -> None:
    """Write the archive again without one paper."""
    with tarfile.open(archive) as old:
        members = [(member, (old.extractfile(member) or io.BytesIO()).read()) for member in old]
    with tarfile.open(archive, "w") as new:
        for member, data in members:
            if not member.name.endswith("việc-7.md"):
                new.addfile(member, io.BytesIO(data))


def end_early(archive: Path) -> None:
    """Write the archive again without its checksums."""
    with tarfile.open(archive) as old:
        members = [(member, (old.extractfile(member) or io.BytesIO()).read()) for member in old]
    with tarfile.open(archive, "w") as new:
        for member, data in members[:-1]:
            new.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize("damage", [cut, flip, leave_out, end_early, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_damaged_archive_restores_nothing(home: Path, damage: Callable[[Path], object], name: str) -> None:
    archive = archive_of(home, name)
    damage(archive)
    new = home.parent / "new"
    with pytest.raises(StoreError, match="Không khôi phục gì"):
        restore(archive, new / "var", new / "corpus")
    assert not new.exists()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "bad",
    [
        member("papers/../../out"),
        member("/papers/out"),
        member("papers//tmp/out"),
        member("papers/./out"),
        member("other/out"),
        member("papers/link", tarfile.SYMTYPE, "/etc"),
        member("papers/link", tarfile.LNKTYPE, STORE),
        member("papers/pipe", tarfile.FIFOTYPE),
        member("papers/folder", tarfile.DIRTYPE),
        member("..\\out"),
        member(STORE),
    ],
    ids=lambda info: f"{info.name} {info.type!r}",
)
def test_what_is_unsafe_in_an_archive_is_refused(bad: tarfile.TarInfo, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    empty = {STORE: b"x", "about.json": json.dumps({"format": 1}).encode()}
    with tarfile.open(archive, "w") as new:
        for name, data in empty.items():
            info = member(name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
        new.addfile(bad)
    with pytest.raises(StoreError, match="không được phép"):
        restore(archive, tmp_path / "new", tmp_path / "papers")
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar"}


def test_verify_tells_each_kind(home: Path) -> None:
    library = open_library(home)
    assert not verify(library, home / "corpus").damaged
    corpus = home / "corpus" / "sâu"
    (corpus / "việc-1.md").unlink()
    (corpus / "việc-2.md").write_text("Sửa rồi.", "utf-8")
    rotten = corpus / "việc-3.md"
    about = rotten.stat()
    rotten.write_bytes(rotten.read_bytes().replace(b"#", b"!"))
    os.utime(rotten, ns=(about.st_atime_ns, about.st_mtime_ns - 10**10))
    os.utime(corpus / "việc-2.md", (about.st_atime + 10**4, about.st_mtime + 10**4))
    with sqlite3.connect(home / "store.sqlite") as connection:
        connection.execute("UPDATE items SET payload = '{' WHERE id = 'viec-4'")
    with library.store.snapshot() as snapshot:
        (home / "index" / snapshot.generation / "text" / "memory.pickle").write_bytes(b"")
    found = verify(open_library(home), home / "corpus")
    assert (found.missing, found.changed, found.decayed) == (["sâu/việc-1.md"], ["sâu/việc-2.md"], ["sâu/việc-3.md"])
    assert found.records == ["viec-4"] and "memory.pickle" in found.index and not found.store and found.damaged


def zero(path: Path, first: float, last: float) -> None:
    """Write zeros over a part of a file, whole pages of it."""
    pages = path.stat().st_size // 4096
    with open(path, "r+b") as handle:
        handle.seek(4096 * int(pages * first))
        handle.write(bytes(4096 * max(1, int(pages * (last - first)))))


STORE_DAMAGE: dict[str, Callable[[Path], object]] = {
    "the header": lambda path: zero_bytes(path, 0, 16),
    "pages in the middle": lambda path: zero(path, 0.4, 0.6),
    "the last half is gone": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "no bytes": lambda path: path.write_bytes(b""),
    "rubbish": lambda path: path.write_bytes(b"\xfe" * path.stat().st_size),
    "gone": lambda path: path.unlink(),
}


def zero_bytes(path: Path, start: int, length: int) -> None:
    with open(path, "r+b") as handle:
        handle.seek(start)
        handle.write(bytes(length))


@pytest.mark.parametrize("kind", STORE_DAMAGE)
def test_a_damaged_store_is_kept_and_what_can_be_read_is_taken_over(kind: str, home: Path) -> None:
    path = home / "store.sqlite"
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    STORE_DAMAGE[kind](path)
    before = path.read_bytes() if path.exists() else b""
    done = salvage(path)
    assert done.kept is None if kind == "gone" else done.kept and done.kept.read_bytes() == before
    if kind == "the header":
        assert (done.items, done.events) == (30, 32)
    library = open_library(home)
    assert not index_corpus(library, home / "corpus").failed
    found = verify(library, home / "corpus")
    assert (found.items, found.damaged) == (30, False)
    with library.view() as view:
        assert len(view.snapshot.arrivals(100)) == 30 and len(view.snapshot.history("viec-1")) == 1


def test_a_salvage_that_was_killed_between_its_two_renames_is_taken_up(home: Path) -> None:
    path = home / "store.sqlite"
    path.rename(home / "store.sqlite.damaged-1")
    done = salvage(path)
    assert (done.items, done.events) == (30, 32) and done.kept == home / "store.sqlite.damaged-1"


@pytest.fixture
def read_only(home: Path) -> Iterator[Path]:
    """The home, mounted so that nothing can be written below it. Needs the right to mount."""
    done = subprocess.run(["mount", "--bind", home, home], capture_output=True)
    if done.returncode:
        pytest.skip("the right to mount file systems is missing")
    subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
    yield home
    subprocess.run(["umount", "-l", home], check=True)


@pytest.mark.parametrize("left", ["clean", "wal and shm", "wal only"])
def test_a_folder_that_is_read_only_can_be_read(left: str, home: Path, request: pytest.FixtureRequest) -> None:
    path = home / "store.sqlite"
    if left != "clean":  # what a killed run leaves
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('left', '1')")
        ends = ("-wal",) if left == "wal only" else ("-wal", "-shm")
        copies = {end: path.with_name(path.name + end).read_bytes() for end in ends}
        main = path.read_bytes()
        connection.close()
        path.write_bytes(main)
        for end, data in copies.items():
            path.with_name(path.name + end).write_bytes(data)
    request.getfixturevalue("read_only")
    library = Library(Store(path, make=False), home / "index", memory_engines(), open_embedder())
    with library.view() as view:
        assert view.snapshot.count() == 30 and view.snapshot.meta.get("left") == (None if left == "clean" else "1")
    with pytest.raises(StoreError), library.store.lock():
        pass
    with pytest.raises(StoreError, match="quyền ghi"), library.store.write() as transaction:
        transaction.set_meta(one="1")
