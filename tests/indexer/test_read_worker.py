"""One file that takes too much, or ends its process, is told and does not stop the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
import zipfile
from pathlib import Path

import pytest

from indexer import pipeline
from indexer.discover import FoundFile
from indexer.pipeline import index_corpus, process
from indexer.read_worker import Reading, ReadWorker
from indexer.readers.reader import Recogniser
from indexer.sandbox import leave_network
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import ExtractError, UnreadableError
from kb.item import Item
from kb.library.library import Library
from kb.library.store import Store
from tests.waiting import until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of time and memory need fork")

TEXT = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến."


def file(folder: Path, name: str, data: bytes = TEXT.encode()) -> FoundFile:
    (folder / name).write_bytes(data)
    return FoundFile(name, folder / name, {})


def ask(worker: ReadWorker, found: FoundFile) -> Reading:
    return worker.read(found, found.look().sha256)


def the_item(worker: ReadWorker, found: FoundFile) -> Item:
    """The item of a file without parts; raises what the file raised."""
    reading = ask(worker, found)
    for error in reading.errors.values():
        raise error
    return reading.items[found.path]


def hostile(found: FoundFile, data: bytes, recogniser: Recogniser | None = None) -> Item:
    """`process`, but for files whose name says what they do."""
    match found.path:
        case "endless.txt":
            list(range(0)).extend(x for x in iter(int, 1) if x)
        case "held.txt":  # One call into C, which Python cannot interrupt.
            int("9" * 4000) ** (10**9)
        case "memory.txt":
            bytearray(3_000_000_000)[::4096] = b"x" * (3_000_000_000 // 4096 + 1)
        case "killed.txt":
            os.kill(os.getpid(), signal.SIGKILL)
        case "error.txt":
            raise KeyError("a key")
        case "strange.txt":

            class Strange(Exception):
                pass

            raise Strange("of a type of its own")
    return process(found, data)


def test_a_file_is_read_as_in_this_process(tmp_path: Path) -> None:
    data = f"# Kế hoạch\n\n{TEXT}\n".encode()
    found = file(tmp_path, "a.md", data)
    with ReadWorker(process) as worker:
        assert the_item(worker, found) == process(found, data)


def test_a_large_file_comes_back_whole(tmp_path: Path) -> None:
    data = "\n\n".join(f"{TEXT} {number}" for number in range(3000)).encode()
    with ReadWorker(process) as worker:
        assert len(the_item(worker, file(tmp_path, "a.txt", data)).blocks) == 3000


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless.txt", "hơn 0.3 giây"),
        ("held.txt", "hơn 0.3 giây"),
        ("memory.txt", "hơn 300 MB"),
        ("killed.txt", "hệ thống đã dừng"),
    ],
)
def test_what_takes_too_much_is_told_and_the_next_file_is_read(tmp_path: Path, name: str, reason: str) -> None:
    with ReadWorker(hostile, cpu_seconds=0.3, memory_mb=300) as worker:
        with pytest.raises(ExtractError, match=reason) as told:
            the_item(worker, file(tmp_path, name))
        assert str(told.value).startswith(name)
        assert the_item(worker, file(tmp_path, "b.txt")).blocks[0].original == TEXT


def test_the_time_is_counted_for_each_file_anew(tmp_path: Path) -> None:
    def busy(found: FoundFile, data: bytes) -> Item:
        sum(range(3_000_000))
        return process(found, data)

    with ReadWorker(busy, cpu_seconds=0.5) as worker:
        for number in range(12):
            the_item(worker, file(tmp_path, f"{number}.txt"))


def test_errors_come_back_as_what_they_are(tmp_path: Path) -> None:
    with ReadWorker(hostile) as worker:
        with pytest.raises(ExtractError, match="không rõ là định dạng gì"):
            the_item(worker, file(tmp_path, "a.txt", b"\xff\xff\xff"))
        with pytest.raises(KeyError, match="a key") as known:
            the_item(worker, file(tmp_path, "error.txt"))
        assert "in hostile" in known.value.__notes__[0], "it says where"
        with pytest.raises(RuntimeError, match="Strange: of a type of its own"):
            the_item(worker, file(tmp_path, "strange.txt"))


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    found = file(tmp_path, "a.txt")
    with ReadWorker(process) as worker, pytest.raises(UnreadableError, match="đang được ghi"):
        worker.read(found, "0" * 64)


def test_the_worker_has_no_network_and_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loopback server sees no request, where the system can take the network away."""
    monkeypatch.setenv("CACHHAY_SECRET", "x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def curious(found: FoundFile, data: bytes) -> Item:
            assert "CACHHAY_SECRET" not in os.environ
            try:
                socket.create_connection(address, 1).close()
            except OSError:
                raise ExtractError("a.txt: no way out") from None
            raise ExtractError("a.txt: connected")

        with ReadWorker(curious) as worker, pytest.raises(ExtractError) as told:
            the_item(worker, file(tmp_path, "a.txt"))
    allowed = multiprocessing.get_context("fork").Pool(1)
    with allowed as pool:
        assert "no way out" in str(told.value) or not pool.apply(leave_network)


def archive(folder: Path, names: tuple[str, ...]) -> FoundFile:
    with zipfile.ZipFile(folder / "a.zip", "w") as made:
        for name in names:
            made.writestr(name, TEXT)
    return FoundFile("a.zip", folder / "a.zip", {})


@pytest.mark.parametrize("name", ["endless.txt", "memory.txt", "killed.txt"])
def test_a_part_that_ends_the_worker_is_told_and_the_parts_after_it_are_read(tmp_path: Path, name: str) -> None:
    def within(found: FoundFile, data: bytes) -> Item:
        hostile(FoundFile(found.path.split(" › ")[-1], found.location, {}), data)
        return process(found, data)

    with ReadWorker(within, cpu_seconds=0.3, memory_mb=300) as worker:
        reading = ask(worker, archive(tmp_path, ("b.txt", name, "c.txt", "d.txt")))
    assert list(reading.items) == ["a.zip › b.txt", "a.zip › c.txt", "a.zip › d.txt"]
    assert list(reading.errors) == [f"a.zip › {name}"] and list(reading.aside) == ["a.zip"]


def test_nothing_that_the_worker_started_lives_on(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def parent(found: FoundFile, data: bytes) -> Item:
        if not (child := os.fork()):
            time.sleep(600)
        note.write_text(str(child))
        raise ExtractError("a.txt: no")

    with ReadWorker(parent) as worker:
        assert ask(worker, file(tmp_path, "a.txt")).errors
    child = Path(f"/proc/{note.read_text()}/stat")
    if child.parent.parent.exists():
        until(lambda: not child.exists() or child.read_text().split()[2] == "Z")


def test_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "killed.txt", "z.txt"):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        (tmp_path / "corpus" / name).write_text(TEXT, "utf-8")
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    monkeypatch.setattr(pipeline, "process", hostile)
    report = index_corpus(library, tmp_path / "corpus")
    assert (report.found, report.added, list(report.unread)) == (3, 2, ["killed.txt"])


def test_the_worker_ends_with_a_run_that_is_killed_while_it_reads(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def endless(found: FoundFile, data: bytes) -> Item:
        note.write_text(str(os.getpid()))
        time.sleep(600)
        raise AssertionError

    if not (run := os.fork()):
        ask(ReadWorker(endless), file(tmp_path, "a.txt"))
    until(lambda: note.exists() and bool(note.read_text()))
    os.kill(run, signal.SIGKILL)
    os.waitpid(run, 0)
    worker = Path(f"/proc/{note.read_text()}/stat")
    if Path("/proc/self/stat").exists():
        until(lambda: not worker.exists() or worker.read_text().split()[2] == "Z")


def test_the_worker_ends_with_its_pipe(tmp_path: Path) -> None:
    """So it does when this process is killed: the system closes the pipe then."""
    worker = ReadWorker(process)
    ask(worker, file(tmp_path, "a.txt"))
    assert worker._worker is not None
    running, pipe = worker._worker
    pipe.close()
    until(lambda: not running.is_alive())
    assert running.exitcode == 0


def test_the_worker_holds_none_of_our_files(tmp_path: Path) -> None:
    """Above all not the lock of the store, nor our end of the pipe."""
    with open(tmp_path / "held", "w") as held, ReadWorker(process) as worker:
        ask(worker, file(tmp_path, "a.txt"))
        assert worker._worker is not None
        folder = Path(f"/proc/{worker._worker[0].pid}/fd")
        if folder.exists():
            names = {int(name.name) for name in folder.iterdir()}
            assert held.fileno() not in names
            assert len(names) <= 4


def test_a_worker_starts_beside_threads(tmp_path: Path) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with ReadWorker(process) as worker:
            assert the_item(worker, file(tmp_path, "a.txt")).blocks
    finally:
        done.set()
        thread.join()
