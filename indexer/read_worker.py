"""Read files in a process of its own, which may take only so much time of the processor and so much memory for a file.

Some costs cannot be foreseen, and a loop in C cannot be interrupted from outside: so the steps of a file run in a worker
that the system ends. The paper in work is told as failed, a new worker goes on behind it (in the same archive, if it was
inside one), and the run goes on. The worker is forked: it has the tables and models of this process, and lives as long as
the run. It opens the file itself, so large files do not go through a pipe. Where there is no fork (Windows), files are read
in this process, and only the limits of `indexer.limits` hold.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Literal

from indexer.discover import FoundFile
from indexer.extract import Leaf, unpack
from indexer.limits import BINARY, Limits
from indexer.readers.reader import WaitingError
from indexer.readers.sniff import HEAD_BYTES, sniff
from indexer.sandbox import Meter, enter_sandbox
from kb.errors import ExtractError, UnreadableError
from kb.item import PART_JOIN, Item
from vitext import correction_version

Process = Callable[[FoundFile, bytes], Item]
#: The item of a paper and, behind it, those of the rows of the lists in it.
Divide = Callable[[Item, bytes], tuple[Item, ...]]
Make = Callable[[FoundFile, bytes], tuple[Item, ...]]
#: What the worker says: it begins a paper, has made an item, met an error, sets a paper aside, is done with the file.
Message = tuple[Literal["begin", "item", "error", "aside", "end"], str, Any]

#: Workers that papers of one file may end. After so many the rest of the file is not read.
MAX_ENDINGS = 20


@dataclass(slots=True)
class Reading:
    """What a file gave, by path (its own, or those of the files inside it): items, errors, and why papers are set aside."""

    items: dict[str, Item] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    #: Papers that are done with, and the one in work with whether others come after it.
    done: int = 0
    current: str = ""
    more: bool = True
    limits: Limits = BINARY

    @property
    def hidden(self) -> set[str]:
        return {path for path, item in self.items.items() if item.internal}

    @property
    def waiting(self) -> dict[str, tuple[int, ...]]:
        """The pages that are still to be recognised, by the path of their paper."""
        found = {path: item.waiting for path, item in self.items.items()}
        found |= {path: error.pages for path, error in self.errors.items() if isinstance(error, WaitingError)}
        return {path: pages for path, pages in found.items() if pages}

    @property
    def paths(self) -> list[str]:
        return [*self.items, *self.errors, *self.aside]

    def take(self, message: Message) -> None:
        kind, path, value = message
        if kind == "begin":
            self.current, (self.more, self.limits) = path, value
            return
        if kind == "item":
            whole, *rows = value
            self.items |= {path: whole, **{row.source.path: row for row in rows}}
        elif kind == "error":
            self.errors[path] = value
        elif kind == "aside":
            self.aside[path] = value
        if kind != "end":
            self.done += 1
            self.current = ""


class _EndedError(Exception):
    """The worker has ended; the error says why."""

    def __init__(self, error: ExtractError) -> None:
        super().__init__(str(error))
        self.error = error


class ReadWorker:
    """Reads files by `process` in a worker, and divides lists. Use it as a context; it starts its worker when the first file
    comes.

    `cpu_seconds` and `memory_mb` replace the limits that each format has.
    """

    def __init__(
        self,
        process: Process,
        divide: Divide = lambda item, data: (item,),
        *,
        cpu_seconds: float | None = None,
        memory_mb: int | None = None,
    ) -> None:
        self._make: Make = lambda found, data: divide(process(found, data), data)
        self._cpu_seconds = cpu_seconds
        self._memory_mb = memory_mb
        self._worker: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> ReadWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def read(self, found: FoundFile, sha256: str) -> Reading:
        """What the file gives whose bytes have this SHA-256 (hex). What one paper raises is among the errors of the reading.

        Raises ExtractError for a file that takes too much time or memory, or that ends the worker, before a paper of it
        could be begun; UnreadableError if the file is another one by now.
        """
        reading = Reading()
        if not hasattr(os, "fork"):
            for message in _messages(self._make, found, found.read(), 0, set(), self._limits_of):
                reading.take(message)
            return reading
        endings = killed = 0
        while True:
            try:
                self._ask(found, sha256, reading)
                return reading
            except _EndedError as ended:
                endings += 1
                # The system ended it: that says nothing about the paper the first time.
                killed = killed + 1 if isinstance(ended.error, UnreadableError) else 0
                if killed == 1:
                    continue
                if not reading.current:
                    raise ended.error from None
                reading.take(("error", reading.current, ended.error))
                killed = 0
                if not reading.more:
                    return reading
                if endings >= MAX_ENDINGS:
                    reason = f"{found.path}: {endings} tệp bên trong làm dừng việc đọc; phần còn lại chưa đọc, hãy giải nén"
                    reading.take(("error", found.path, ExtractError(reason)))
                    return reading

    def _limits_of(self, limits: Limits) -> Limits:
        seconds, memory = self._cpu_seconds, self._memory_mb
        return replace(limits, cpu_seconds=seconds or limits.cpu_seconds, memory_mb=memory or limits.memory_mb)

    def _ask(self, found: FoundFile, sha256: str, reading: Reading) -> None:
        worker, pipe = self._worker or self._start()
        message: Message = ("begin", "", None)
        try:
            pipe.send((found, sha256, reading.done, reading.hidden))
            while message[0] != "end":
                message = pickle.loads(pipe.recv_bytes())
                if message[0] == "error" and isinstance(message[2], MemoryError):
                    self._stop()
                    reason = f"cần hơn {reading.limits.memory_mb} MB bộ nhớ; hãy chia hoặc bỏ tệp này"
                    raise _EndedError(ExtractError(f"{message[1]}: {reason}"))
                reading.take(message)
        except (EOFError, OSError):
            self._stop()
            reason = f"{reading.current or found.path}: {_reason(worker.exitcode, reading.limits)}"
            if worker.exitcode == -signal.SIGKILL:
                raise _EndedError(UnreadableError(f"{reason}; lượt sau sẽ đọc lại")) from None
            raise _EndedError(ExtractError(f"{reason}; hãy chia hoặc bỏ tệp này")) from None
        except _EndedError:
            raise
        except BaseException:  # Ctrl-C: the answer that is still to come belongs to no file.
            self._stop()
            raise
        if message[2] is not None:
            raise message[2]

    def _start(self) -> tuple[BaseProcess, Connection]:
        correction_version()  # Opens the model here: what is compiled with threads cannot be compiled in a forked process.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        arguments = (theirs, self._make, self._limits_of)
        worker = context.Process(target=_serve, args=arguments, name="read-worker", daemon=True)
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
            if worker.pid:
                _kill_group(worker.pid)  # also programs that it started, which may outlive it
            if worker.is_alive():
                worker.kill()
                worker.join()


def _reason(exit_code: int | None, limits: Limits) -> str:
    if exit_code == -signal.SIGPROF:
        return f"đọc mất hơn {limits.cpu_seconds:g} giây xử lý"
    if exit_code == -signal.SIGKILL:
        return "hệ thống đã dừng việc đọc, có thể vì thiếu bộ nhớ"
    return f"việc đọc bị dừng đột ngột (mã {exit_code})"


def _kill_group(pid: int) -> None:
    """End every process of the group that a worker leads or led; its number is not given out again while one lives."""
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _serve(pipe: Connection, make: Make, limits_of: Callable[[Limits], Limits]) -> None:
    """Read the files that are asked for through the pipe, until it is closed: then the run has ended, in whatever way."""
    enter_sandbox(pipe.fileno())
    meter = Meter()

    def start(limits: Limits) -> Limits:
        limits = limits_of(limits)
        meter.start(limits)
        return limits

    while True:
        try:
            found, sha256, done, hidden = pipe.recv()
        except (EOFError, OSError):
            return
        error: Exception | None = None
        try:
            data = found.read()
            if hashlib.sha256(data).hexdigest() != sha256:
                raise UnreadableError(f"{found.path}: tệp đang được ghi; lượt sau sẽ đọc lại")
            for message in _messages(make, found, data, done, hidden, start):
                pipe.send_bytes(pickle.dumps(message))
        except (EOFError, BrokenPipeError):
            return
        except Exception as raised:
            error = _as_sendable(raised)
        meter.stop()
        try:
            pipe.send_bytes(pickle.dumps(("end", found.path, error)))
        except OSError:
            return


def _messages(
    make: Make, found: FoundFile, data: bytes, done: int, hidden: set[str], start: Callable[[Limits], Limits]
) -> Iterator[Message]:
    """What is to be said of a file, without the first `done` papers; what lies inside a `hidden` paper is hidden.

    `start` begins to meter a paper by its limits, and returns those that hold.
    """
    whole = sniff(found.path, data[:HEAD_BYTES]).limits
    own = dict(found.attributes)
    inherited = {key: value for key, value in own.items() if key not in ("id", "title", "sha256")}
    start(whole)
    for number, leaf in enumerate(unpack(found.path, data)):
        if number < done:
            continue
        limits = start(sniff(leaf.path, leaf.data[:HEAD_BYTES]).limits if leaf.data else whole)
        yield "begin", leaf.path, (leaf.more, limits)
        attributes = own if leaf.path == found.path else inherited
        if any(leaf.path.startswith(f"{path}{PART_JOIN}") for path in hidden):
            attributes = {**attributes, "internal": True}
        message = _answer(make, replace(found, path=leaf.path, attributes=attributes), leaf)
        if message[0] == "item" and message[2][0].internal:
            hidden.add(leaf.path)
        yield message
        start(whole)


def _answer(make: Make, found: FoundFile, leaf: Leaf) -> Message:
    if leaf.aside:
        return "aside", leaf.path, leaf.aside
    if leaf.refused:
        return "error", leaf.path, ExtractError(leaf.refused)
    try:
        return "item", leaf.path, make(found, leaf.data)
    except MemoryError:
        return "error", leaf.path, MemoryError()
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        return "error", leaf.path, _as_sendable(error)


def _as_sendable(error: Exception) -> Exception:
    """The error itself if it survives the way through a pipe, else one that describes it."""
    try:
        again: Any = pickle.loads(pickle.dumps(error))
    except Exception:
        again = None
    return error if type(again) is type(error) else RuntimeError(f"{type(error).__name__}: {error}")
