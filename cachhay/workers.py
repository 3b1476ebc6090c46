"""The worker processes: as many as there are cores answer light requests, a few others do the heavy work.

The first process binds the sockets, starts the workers, looks after them, and runs the thread that keeps a search server up
to date. uvicorn has a supervisor of its own; it knows one kind of process only, and starts one that ends at once again and
again without a pause (decision 0025).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from types import FrameType
from typing import Any

from cachhay.capacity import choose_heavy, raise_file_limit
from cachhay.protocol import BACKLOG, STOP_SECONDS, WorkerServer
from kb.errors import CachHayError
from kb.settings import Settings
from web.app import create_app
from web.backstage import Backstage
from web.health import KeptHealth
from web.load import Load
from web.logs import set_up_logs
from web.metrics import Forget, shared_between_workers
from web.rate import RateLimit, make_rate_limit

#: Requests that the system holds for a process of heavy work while it starts.
HEAVY_BACKLOG = 16
#: How much lower the priority of heavy work is (nice): beside busy light workers it gets a third of the share of each.
NICE = 5
#: Seconds between two looks at the workers.
LOOK_SECONDS = 0.5
#: A worker whose loop did not turn for so many seconds is ended and started again. It may take as long to start.
HUNG_SECONDS = 60.0
#: A worker that lived shorter is started again after a pause, which doubles up to the longest one.
SHORT_LIFE_SECONDS, FIRST_PAUSE, LONGEST_PAUSE = 10.0, 1.0, 60.0

logger = logging.getLogger("cachhay.server")
_spawn = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is started with. `heavy` are the sockets of the processes for heavy work; `is_heavy` says that it is
    one of these. `beats` holds the moment at which the loop of each worker turned last, that of this one at `at`."""

    settings: Settings
    listener: socket.socket
    heavy: Sequence[str]
    rate: RateLimit | None
    beats: Any
    at: int
    is_heavy: bool = False


class Worker:
    """One worker process, and when it may be started again."""

    def __init__(self, job: Job, forget: Forget | None = None) -> None:
        self.job = job
        self._forget = forget
        self._pause = FIRST_PAUSE
        self._start_at = 0.0
        self.start()

    def start(self) -> None:
        self._began = time.monotonic()
        self.job.beats[self.job.at] = self._began
        self.process = _spawn.Process(target=_work, args=(self.job,), name=f"cachhay-{self.job.at}", daemon=True)
        self.process.start()

    def look(self) -> None:
        """End the process when it hangs; start it again when it ended, after a pause when it lived shortly."""
        now = time.monotonic()
        if self.process.is_alive():
            if now - self.job.beats[self.job.at] > HUNG_SECONDS:
                logger.error("Tiến trình %s không còn trả lời; khởi động lại.", self.process.pid)
                self.process.kill()
            return
        if not self._start_at:
            lived = now - self._began
            if self._forget and self.process.pid:
                self._forget(self.process.pid)
            self._pause = FIRST_PAUSE if lived > SHORT_LIFE_SECONDS else min(LONGEST_PAUSE, 2 * self._pause)
            self._start_at = now + (self._pause if lived <= SHORT_LIFE_SECONDS else 0.0)
            logger.error("Tiến trình %s đã dừng (mã %s); khởi động lại.", self.process.pid, self.process.exitcode)
        elif now >= self._start_at:
            self._start_at = 0.0
            self.start()

    def stop(self, end: float) -> None:
        """Wait for the process until `end`, then kill it."""
        self.process.join(max(0.0, end - time.monotonic()))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def serve_with_workers(settings: Settings, listener: socket.socket, count: int) -> None:
    """Serve with `count` workers for light requests until a signal asks to stop."""
    stop = threading.Event()
    with (
        _stopping(stop.set),
        _heavy_sockets(choose_heavy(count)) as heavy,
        shared_between_workers() if settings.metrics != "off" else nullcontext(None) as forget,
    ):
        rate = make_rate_limit(settings.rate_per_minute)
        beats = _spawn.RawArray("d", count + len(heavy))
        paths = tuple(heavy)
        workers = [Worker(Job(settings, listener, paths, rate, beats, at), forget) for at in range(count)]
        workers += [
            Worker(Job(settings, own, (), None, beats, count + at, is_heavy=True)) for at, own in enumerate(heavy.values())
        ]
        if not heavy:
            logger.warning("Không có ổ cắm Unix: việc lớn chạy ngay trong các tiến trình phục vụ.")
        try:
            while not stop.wait(LOOK_SECONDS):
                for worker in workers:
                    worker.look()
        finally:
            listener.close()
            for worker in workers:
                worker.process.terminate()
            end = time.monotonic() + STOP_SECONDS + 2
            for worker in workers:
                worker.stop(end)


@contextmanager
def _stopping(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` when a signal asks the program to end."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heavy_sockets(count: int) -> Iterator[dict[str, socket.socket]]:
    """A listening Unix socket for each process of heavy work, in a folder that only this user can open; none where the
    system has none."""
    if sys.platform == "win32":
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="cachhay-") as folder:
        sockets: dict[str, socket.socket] = {}
        with suppress(OSError):  # a path that is too long for a socket
            for at in range(count):
                path = str(Path(folder) / f"{at}")
                own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                own.bind(path)
                own.listen(HEAVY_BACKLOG)
                sockets[path] = own
        try:
            yield sockets
        finally:
            for own in sockets.values():
                own.close()


def _work(job: Job) -> None:
    """What a worker process runs."""
    from cachhay.terminal import write_utf8
    from cachhay.wiring import open_service

    write_utf8(sys.stdout, sys.stderr)
    set_up_logs(job.settings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the first one ends the others
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    connections = raise_file_limit()
    if job.is_heavy and sys.platform != "win32":
        os.nice(NICE)
    try:
        service = open_service(job.settings)
    except CachHayError as error:
        logger.error("%s", error)
        sys.exit(error.exit_code)
    health = KeptHealth(service)
    load = Load(backstage=Backstage(job.heavy) if job.heavy else None, rate=job.rate, health=health, behind=job.is_heavy)

    async def beat() -> None:
        while True:
            job.beats[job.at] = time.monotonic()
            await asyncio.sleep(1)

    app = create_app(service, job.settings, load)
    backlog = HEAVY_BACKLOG if job.is_heavy else BACKLOG
    WorkerServer(app, connections, health.keep, beat, backlog=backlog).run(sockets=[job.listener])


def end_with_parent() -> None:
    """For a thread: end this process when the first one is gone, however it went."""
    parent = parent_process()
    if parent:
        connection.wait([parent.sentinel])
        signal.raise_signal(signal.SIGTERM)
