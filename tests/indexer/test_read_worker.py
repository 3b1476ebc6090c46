"""One file that takes too much, or ends its process, is told and does not stop the run."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from indexer import pipeline
from indexer.discover import FoundFile
from indexer.pipeline import index_corpus, process
from indexer.read_worker import ReadWorker
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import ExtractError
from kb.item import Item
from kb.library.library import Library
from kb.library.store import Store
from tests.waiting import until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of time and memory need fork")

TEXT = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến."


def file(name: str) -> FoundFile:
    return FoundFile(name, Path(name), {})


def hostile(found: FoundFile, data: bytes) -> Item:
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


def test_a_file_is_read_as_in_this_process() -> None:
    data = f"# Kế hoạch\n\n{TEXT}\n".encode()
    with ReadWorker(process) as worker:
        assert worker.read(file("a.md"), data) == process(file("a.md"), data)


def test_a_large_file_comes_back_whole() -> None:
    data = "\n\n".join(f"{TEXT} {number}" for number in range(3000)).encode()
    with ReadWorker(process) as worker:
        assert len(worker.read(file("a.txt"), data).blocks) == 3000


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless.txt", "hơn 0.3 giây"),
        ("held.txt", "hơn 0.3 giây"),
        ("memory.txt", "hơn 300 MB"),
        ("killed.txt", "hệ thống đã dừng"),
    ],
)
def test_what_takes_too_much_is_told_and_the_next_file_is_read(name: str, reason: str) -> None:
    with ReadWorker(hostile, cpu_seconds=0.3, memory_mb=300) as worker:
        with pytest.raises(ExtractError, match=reason) as told:
            worker.read(file(name), TEXT.encode())
        assert str(told.value).startswith(name)
        assert worker.read(file("b.txt"), TEXT.encode()).blocks[0].original == TEXT


def test_the_time_is_counted_for_each_file_anew() -> None:
    def busy(found: FoundFile, data: bytes) -> Item:
        sum(range(3_000_000))
        return process(found, data)

    with ReadWorker(busy, cpu_seconds=0.5) as worker:
        for number in range(12):
            worker.read(file(f"{number}.txt"), TEXT.encode())


def test_errors_come_back_as_what_they_are() -> None:
    with ReadWorker(hostile) as worker:
        with pytest.raises(ExtractError, match="UTF-8"):
            worker.read(file("a.txt"), b"\xff\xff\xff")
        with pytest.raises(KeyError, match="a key") as known:
            worker.read(file("error.txt"), b"x")
        assert "in hostile" in known.value.__notes__[0], "it says where"
        with pytest.raises(RuntimeError, match="Strange: of a type of its own"):
            worker.read(file("strange.txt"), b"x")


def test_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "killed.txt", "z.txt"):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        (tmp_path / "corpus" / name).write_text(TEXT, "utf-8")
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    monkeypatch.setattr(pipeline, "process", hostile)
    report = index_corpus(library, tmp_path / "corpus")
    assert (report.found, report.added, list(report.unread)) == (3, 2, ["killed.txt"])


def test_the_worker_ends_with_its_pipe() -> None:
    """So it does when this process is killed: the system closes the pipe then."""
    worker = ReadWorker(process)
    worker.read(file("a.txt"), TEXT.encode())
    assert worker._worker is not None
    running, pipe = worker._worker
    pipe.close()
    until(lambda: not running.is_alive())
    assert running.exitcode == 0


def test_the_worker_holds_none_of_our_files(tmp_path: Path) -> None:
    """Above all not the lock of the store, nor our end of the pipe."""
    with open(tmp_path / "held", "w") as held, ReadWorker(process) as worker:
        worker.read(file("a.txt"), TEXT.encode())
        assert worker._worker is not None
        folder = Path(f"/proc/{worker._worker[0].pid}/fd")
        if folder.exists():
            names = {int(name.name) for name in folder.iterdir()}
            assert held.fileno() not in names
            assert len(names) <= 4


def test_a_worker_starts_beside_threads() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with ReadWorker(process) as worker:
            assert worker.read(file("a.txt"), TEXT.encode()).blocks
    finally:
        done.set()
        thread.join()
