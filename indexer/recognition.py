"""Recognise the pages of a run that are still images, in as many processes as there are processors.

Each page is a task of its own and is kept as soon as it is read, so that a run that is killed at any page loses that page
only. A worker is a process as the one that reads files (`indexer.sandbox`): it opens the file itself, has bounded costs and
no network, and ends when the run ends; Tesseract ends with it. A page that ends its worker is told as one that cannot be
recognised.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from indexer.discover import FoundFile
from indexer.extract import unpack
from indexer.limits import BINARY
from indexer.ocr import keep, recognise_page, settings
from indexer.sandbox import Meter, enter_sandbox
from kb.errors import ExtractError, UnreadableError
from kb.library.page_store import PageStore
from kb.page_text import PageText

#: Pages that a worker is given at a time, so that it need not wait while others are kept or published.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class PageTask:
    """Page `number` (from 1) of the paper at `path`, which lies in a found file of this SHA-256 (hex)."""

    found: FoundFile
    sha256: str
    path: str
    number: int


@dataclass(frozen=True, slots=True)
class PageResult:
    """What a page gave, by the digest of its paper: its words and what else is kept, or why it was not read. `lost`: the
    file is another one by now, or cannot be read at this moment: then nothing is kept."""

    digest: str = ""
    page: PageText | None = None
    rest: bytes = b""
    failure: str = ""
    lost: bool = False

    def put(self, store: PageStore, task: PageTask) -> None:
        """Keep the page. Raises StoreError."""
        if not self.lost and self.digest:
            page = self.page or PageText(task.number, 0, 0, (), "recognised")
            store.put(self.digest, task.number, page, settings(), self.rest, self.failure)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    tasks: deque[PageTask] = field(default_factory=deque)


class PageWorkers:
    """Recognises pages in `count` processes, one for each processor where it is not given. Use it as a context."""

    def __init__(self, count: int = 0) -> None:
        self._count = count or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
        self._workers: dict[Connection, _Worker] = {}
        self._ended: set[PageTask] = set()

    def __enter__(self) -> PageWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in list(self._workers):
            self._stop(pipe)

    def results(self, tasks: Iterable[PageTask]) -> Iterator[tuple[PageTask, PageResult]]:
        """The pages as they are done, about in the order of the tasks."""
        if not hasattr(os, "fork"):
            for task in tasks:
                yield task, _Reader().result(task)
            return
        queue = deque(tasks)
        while queue or any(worker.tasks for worker in self._workers.values()):
            self._hand_out(queue)
            for pipe in wait([pipe for pipe, worker in self._workers.items() if worker.tasks]):
                assert isinstance(pipe, Connection)
                try:
                    result = pickle.loads(pipe.recv_bytes())
                except (EOFError, OSError):
                    yield from self._after_end(pipe, queue)
                    continue
                yield self._workers[pipe].tasks.popleft(), result

    def _hand_out(self, queue: deque[PageTask]) -> None:
        while queue and len(self._workers) < min(self._count, len(queue) + len(self._workers)):
            self._start()
        for _ in range(AHEAD):  # one for each worker before any gets a second
            for pipe, worker in self._workers.items():
                if queue and len(worker.tasks) < AHEAD:
                    worker.tasks.append(queue.popleft())
                    with suppress(OSError):  # a worker that has ended is met when it is waited for
                        pipe.send(worker.tasks[-1])

    def _after_end(self, pipe: Connection, queue: deque[PageTask]) -> Iterator[tuple[PageTask, PageResult]]:
        """A worker has ended at its first page. If the system ended it, that says nothing about the page the first time."""
        worker = self._workers[pipe]
        self._stop(pipe)
        task, rest = worker.tasks[0], list(worker.tasks)[1:]
        queue.extendleft(reversed(rest))
        code = worker.process.exitcode
        if code == -signal.SIGKILL and task not in self._ended:
            self._ended.add(task)
            queue.appendleft(task)
            return
        reason = (
            "mất quá nhiều thời gian xử lý" if code == -signal.SIGPROF else f"việc nhận dạng bị dừng đột ngột (mã {code})"
        )
        yield task, PageResult(failure=reason, digest=_digest_of(task))

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="page-worker", daemon=True)
        process.start()
        theirs.close()
        self._workers[ours] = _Worker(process)

    def _stop(self, pipe: Connection) -> None:
        process = self._workers.pop(pipe).process
        pipe.close()
        if process.pid:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)  # also the recogniser that it started
        process.join(0.5)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(pipe: Connection) -> None:
    """Recognise the pages that are asked for through the pipe, until it is closed."""
    enter_sandbox(pipe.fileno())
    meter, reader = Meter(), _Reader()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        meter.start(BINARY)
        result = reader.result(task)
        meter.stop()
        try:
            pipe.send_bytes(pickle.dumps(result))
        except OSError:
            return


class _Reader:
    """Recognises pages one after another; it keeps the paper of the last one."""

    def __init__(self) -> None:
        self._key = ("", "")
        self._data = b""
        self._digest = ""

    def result(self, task: PageTask) -> PageResult:
        """What a page gives, whatever happens."""
        try:
            self._open(task)
        except Exception:
            return PageResult(lost=True)
        try:
            page, rest = keep(recognise_page(task.path, self._data, task.number), task.number)
            return PageResult(self._digest, page, rest)
        except ExtractError as error:
            return PageResult(self._digest, failure=str(error).removeprefix(f"{task.path}: "))
        except Exception as error:  # a page must not end the run, and MemoryError is one of them
            return PageResult(self._digest, failure=f"lỗi bất ngờ khi nhận dạng ({type(error).__name__}: {error})"[:300])

    def _open(self, task: PageTask) -> None:
        if self._key != (task.sha256, task.path):
            self._data = _paper(task)
            self._digest = hashlib.sha256(self._data).hexdigest()
            self._key = (task.sha256, task.path)


def _paper(task: PageTask) -> bytes:
    """The bytes of the paper of a task. Raises UnreadableError where they are not there as they were."""
    data = task.found.read()
    if hashlib.sha256(data).hexdigest() != task.sha256:
        raise UnreadableError(f"{task.found.path}: tệp đang được ghi; lượt sau sẽ đọc lại")
    if task.path == task.found.path:
        return data
    for leaf in unpack(task.found.path, data):
        if leaf.path == task.path:
            return leaf.data
    raise UnreadableError(f"{task.path}: không còn trong tệp; lượt sau sẽ đọc lại")


def _digest_of(task: PageTask) -> str:
    """The digest of the paper of a task whose worker has ended, "" where it has to be unpacked for that."""
    return task.sha256 if task.path == task.found.path else ""
