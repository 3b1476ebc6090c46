"""Read files in a process of its own, which may take only so much time of the processor and so much memory for a file.

Some costs cannot be foreseen, and a loop in C cannot be interrupted from outside: so the steps of a file run in a worker
that the system ends. The file is recorded as failed, the next one gets a new worker, and the run goes on. The worker is
forked: it has the tables and models of this process, and lives as long as the run. Where there is no fork (Windows), files
are read in this process, and only the limits of `indexer.limits` hold.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

from indexer.discover import FoundFile
from indexer.limits import CPU_SECONDS, MEMORY_MB
from kb.errors import ExtractError, UnreadableError
from kb.item import Item
from vitext import correction_version

Process = Callable[[FoundFile, bytes], Item]


class ReadWorker:
    """Reads files by `process` in a worker. Use it as a context; it starts its worker when the first file comes."""

    def __init__(self, process: Process, *, cpu_seconds: float = CPU_SECONDS, memory_mb: int = MEMORY_MB) -> None:
        self._process = process
        self._cpu_seconds = cpu_seconds
        self._memory_mb = memory_mb
        self._worker: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> ReadWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def read(self, found: FoundFile, data: bytes) -> Item:
        """The item of a file, as `process` returns it, and what `process` raises.

        Raises ExtractError for a file that takes too much time or memory, or that ends the worker; UnreadableError if the
        system ended two workers one after the other, which says nothing about the file.
        """
        if not hasattr(os, "fork"):
            return self._process(found, data)
        try:
            return self._ask(found, data)
        except UnreadableError:
            return self._ask(found, data)

    def _ask(self, found: FoundFile, data: bytes) -> Item:
        worker, pipe = self._worker or self._start()
        try:
            pipe.send((found, data))
            item, error = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            self._stop()
            reason = f"{found.path}: {self._reason(worker.exitcode)}"
            if worker.exitcode == -signal.SIGKILL:
                raise UnreadableError(f"{reason}; lượt sau sẽ đọc lại") from None
            raise ExtractError(f"{reason}; hãy chia hoặc bỏ tệp này") from None
        except BaseException:  # Ctrl-C: the answer that is still to come belongs to no file.
            self._stop()
            raise
        if isinstance(error, MemoryError):
            self._stop()
            raise ExtractError(f"{found.path}: cần hơn {self._memory_mb} MB bộ nhớ; hãy chia hoặc bỏ tệp này")
        if error is not None:
            raise error
        read: Item = item
        return read

    def _start(self) -> tuple[BaseProcess, Connection]:
        correction_version()  # Opens the model here: what is compiled with threads cannot be compiled in a forked process.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        limits = (self._cpu_seconds, self._memory_mb)
        worker = context.Process(target=_serve, args=(theirs, self._process, *limits), name="read-worker", daemon=True)
        worker.start()
        theirs.close()
        self._worker = (worker, ours)
        return self._worker

    def _stop(self) -> None:
        if self._worker:
            worker, pipe = self._worker
            self._worker = None
            pipe.close()
            worker.join(0.5)
            if worker.is_alive():
                worker.kill()
                worker.join()

    def _reason(self, exit_code: int | None) -> str:
        if exit_code == -signal.SIGPROF:
            return f"đọc mất hơn {self._cpu_seconds:g} giây xử lý"
        if exit_code == -signal.SIGKILL:
            return "hệ thống đã dừng việc đọc, có thể vì thiếu bộ nhớ"
        return f"việc đọc bị dừng đột ngột (mã {exit_code})"


def _serve(pipe: Connection, process: Process, cpu_seconds: float, memory_mb: int) -> None:
    """Read the files that come through the pipe, until it is closed: then the run has ended, in whatever way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The run that waits for us decides.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # The lock of the store and our own other end of the pipe must not live on in this process.
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    _limit_memory(memory_mb)
    while True:
        try:
            found, data = pipe.recv()
        except (EOFError, OSError):
            return
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        answer = _answer(process, found, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            pipe.send_bytes(answer)
        except OSError:
            return


def _answer(process: Process, found: FoundFile, data: bytes) -> bytes:
    """(item, None) or (None, error), pickled."""
    try:
        return pickle.dumps((process(found, data), None))
    except MemoryError:
        return pickle.dumps((None, MemoryError()))
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        return pickle.dumps((None, _as_sendable(error)))


def _as_sendable(error: Exception) -> Exception:
    """The error itself if it survives the way through a pipe, else one that describes it."""
    try:
        again: Any = pickle.loads(pickle.dumps(error))
    except Exception:
        again = None
    return error if type(again) is type(error) else RuntimeError(f"{type(error).__name__}: {error}")


def _limit_memory(memory_mb: int) -> None:
    """Let this process take so much more memory than it has. Only where the system tells how much that is (Linux)."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return
    import resource

    # Of the address space the decoder reserves gigabytes that it never takes; the limit of data leaves these alone.
    data_pages = int(statm.read_text("utf-8").split()[5])
    most = data_pages * resource.getpagesize() + memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
