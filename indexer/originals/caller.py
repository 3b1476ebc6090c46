"""Ask the process that opens originals, start it when it is needed, and start it again when a page ended it."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from indexer.originals.frames import ERRORS, LIMITS, read_pieces, read_told, write_answer
from indexer.sandbox import kept_variables
from kb import cancellation
from kb.errors import OriginalsBusyError, PageAwayError

#: Seconds for which a request waits for those before it.
WAIT_SECONDS = 12.0
#: Seconds after which a request is given up that neither ends nor takes time of the processor (a disk that hangs).
HANG_SECONDS = 2 * LIMITS.cpu_seconds
#: The folder in which Python finds this package.
_HOME = Path(__file__).parents[2]


class OriginalsProcess:
    """One process for all threads of a server; one request at a time. It starts when the first request comes."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._one = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, asked: dict[str, Any], take: Callable[[bytes], object]) -> dict[str, Any]:
        """What is told in answer to a request; the bytes that follow go to `take`, piece by piece.

        Raises OriginalAwayError, PageAwayError, OriginalsBusyError.
        """
        if not self._one.acquire(timeout=WAIT_SECONDS):
            raise OriginalsBusyError("quá nhiều trang bản gốc đang chờ vẽ")
        try:
            cancellation.check()
            told = self._ask_again(asked, take)
        finally:
            self._one.release()
        if "error" in told:
            raise ERRORS.get(told["error"], PageAwayError)(str(told.get("message", "")))
        return told

    def close(self) -> None:
        """End the process."""
        with self._one:
            self._end()

    def _ask_again(self, asked: dict[str, Any], take: Callable[[bytes], object]) -> dict[str, Any]:
        """Ask, and once again where the process had ended without being at fault (it ends when it is idle)."""
        for again in (True, False):
            process = self._process or self._start()
            hung = threading.Timer(HANG_SECONDS, process.kill)
            hung.daemon = True
            hung.start()
            begun = False
            try:
                write_answer(cast("IO[bytes]", process.stdin), asked)
                told = read_told(cast("IO[bytes]", process.stdout))
                for piece in read_pieces(cast("IO[bytes]", process.stdout)):
                    begun = True
                    take(piece)
                if told.get("error") == "memory":
                    self._end()
                return told
            except (EOFError, ValueError, OSError) as error:
                blameless = not hung.finished.is_set() and not begun and self._end() in (0, -signal.SIGKILL)
                if not (again and blameless):
                    self._end()
                    raise PageAwayError(f"{asked['path']}: việc vẽ trang bị dừng, trang quá nặng hoặc bị hỏng") from error
            except BaseException:
                self._end()  # the rest of the answer belongs to nobody
                raise
            finally:
                hung.cancel()
        raise AssertionError("the second time returns or raises")

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process from a thread that waits for it: on Linux it ends with the thread that started it."""
        started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

        def run() -> None:
            command = [sys.executable, "-m", "indexer.originals.child", str(self._corpus.resolve())]
            # Libraries that compute in threads would keep the process from leaving the network.
            variables = {**kept_variables(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            pipe = subprocess.PIPE
            try:
                process = subprocess.Popen(
                    command, cwd=_HOME, env=variables, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                started.put(error)
                return
            started.put(process)
            process.wait()

        threading.Thread(target=run, name="originals", daemon=True).start()
        found = started.get()
        if isinstance(found, OSError):
            raise OriginalsBusyError(f"không chạy được tiến trình vẽ trang ({found})") from found
        self._process = found
        return found

    def _end(self) -> int | None:
        """End the process if it lives. Returns how it ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        code = None
        try:
            code = process.wait(0.2)  # it may have ended by itself just now
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue
        return code
