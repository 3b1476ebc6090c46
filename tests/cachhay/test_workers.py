"""`cachhay serve` with several processes: what is started, what is started again, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CORPUS, ROOT
from tests.e2e.conftest import free_port, wait_until_served
from tests.waiting import until
from tests.work import children_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at the processes in /proc"),
]
#: Two for light requests, one for heavy work.
WORKERS = 3


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server with two workers over one paper, and its address."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "238-KH-UBND.md").write_bytes((CORPUS / "documents/238-KH-UBND.md").read_bytes())
    port = free_port()
    command = [sys.executable, "-m", "cachhay", "serve", "--index", "--port", str(port), "--data", str(tmp_path / "var")]
    environment = {**os.environ, "CACHHAY_WORKERS": "2", "CACHHAY_CORPUS_DIR": str(corpus)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until_served(process, f"http://127.0.0.1:{port}")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def workers_of(process: subprocess.Popen[str]) -> set[int]:
    """The worker processes, without the one that Python keeps for their shared memory."""
    return {pid for pid in children_of(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def alive(pid: int) -> bool:
    """Whether a process is at work; one that ended and was not waited for is not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def status(address: str, path: str) -> int:
    try:
        with urllib.request.urlopen(address + path, timeout=60) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_workers_that_die_are_replaced_and_the_end_leaves_none(serving: tuple[subprocess.Popen[str], str]) -> None:
    process, address = serving
    first = workers_of(process)
    assert len(first) == WORKERS
    nice = {pid: os.getpriority(os.PRIO_PROCESS, pid) for pid in first}
    assert sorted(value - min(nice.values()) for value in nice.values())[-1] >= 5, "heavy work gives way"
    assert status(address, "/tim/xuat.csv") == 200 and status(address, "/tim/xuat.none") == 404
    with urllib.request.urlopen(urllib.request.Request(f"{address}/tim/xuat.csv", method="HEAD"), timeout=60) as head:
        assert head.read() == b"" and len(head.headers.get_all("date")) == 1 and head.headers["content-security-policy"]
    names = urllib.parse.urlencode({"danh_sach": "Ấn phẩm điển hình\nKhông ai biết"}).encode()
    with urllib.request.urlopen(f"{address}/tim-theo-danh-sach", names, timeout=60) as page:
        assert "Không ai biết" in page.read().decode()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(workers_of(process) - first) == WORKERS)
    until(lambda: [status(address, path) for path in ("/healthz", "/tim?q=thi+dua", "/tim/xuat.csv")] == [200] * 3)
    last = workers_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert not [pid for pid in last if alive(pid)]
    told = process.stderr.read() if process.stderr else ""
    assert told.count("Cách Hay: http://") == 1 and told.count("khởi động lại") == WORKERS and "Traceback" not in told


def test_workers_end_when_the_first_process_is_killed(serving: tuple[subprocess.Popen[str], str]) -> None:
    process, address = serving
    workers = workers_of(process)
    assert status(address, "/tim") == 200 and len(workers) == WORKERS
    process.kill()
    until(lambda: not [pid for pid in workers if alive(pid)])
