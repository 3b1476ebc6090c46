"""Index in the background: a process for each run, so that a server answers meanwhile and a run that dies is only told.

`cachhay watch` does nothing else. `cachhay serve` does it beside serving where the settings ask for it (the upload page, the
watched folder); the process that looks after the workers then starts the runs.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cachhay import terminal
from cachhay.reporting import CORPUS, DATA, reported
from indexer import check_corpus
from indexer.intake.background import ASKED_SECONDS, Background, Job, Result, Tell
from indexer.intake.desk import Desk
from indexer.intake.watch import FolderWatch
from kb.errors import CachHayError, StoreBusyError
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

#: Seconds that a run waits for another writer.
WAIT_SECONDS = 30.0
#: Seconds between two words about how far a run is.
_TELL_SECONDS = 0.5
#: Seconds that a run has to end when the program ends; whatever it has not published then, the next run does again.
_STOP_SECONDS = 5.0

_spawn = get_context("spawn")


def make_background(settings: Settings, stop: threading.Event, *, watched: bool) -> Background:
    """The runs of a program with these settings; `watched` says that the folder and the feeds are watched."""

    def run(job: Job, tell: Tell) -> Result:
        return run_in_process(settings, job, tell, stop)

    feeds = watched and bool(settings.feed_addresses)
    return Background(
        Desk(settings.intake_dir),
        run,
        FolderWatch(settings.corpus_dir) if watched else None,
        60.0 * settings.feed_minutes if feeds else 0.0,
        say=lambda text: click.echo(text, err=True),
    )


def keep_indexing(background: Background, stop: threading.Event) -> None:
    """Look and run until `stop`."""
    while not stop.wait(ASKED_SECONDS):
        background.step()


@contextmanager
def indexing_beside(settings: Settings) -> Iterator[None]:
    """Index beside the serving of pages, where the settings ask for it."""
    if settings.upload == "off" and not settings.watch:
        yield
        return
    stop = threading.Event()
    background = make_background(settings, stop, watched=settings.watch)
    thread = threading.Thread(target=keep_indexing, args=(background, stop), name="indexing")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@click.command()
@CORPUS
@DATA
@reported
def watch(corpus_dir: Path | None, data_dir: Path | None) -> None:
    """Theo dõi thư mục văn bản và các nguồn tin (CACHHAY_FEEDS); có gì mới thì lập chỉ mục khi việc chép đã xong."""
    settings = load_settings(corpus_dir=corpus_dir, data_dir=data_dir)
    check_corpus(settings.corpus_dir)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: stop.set())
    click.echo(f"Theo dõi {settings.corpus_dir} (Ctrl+C để dừng)", err=True)
    keep_indexing(make_background(settings, stop, watched=True), stop)


def run_in_process(settings: Settings, job: Job, tell: Tell, stop: threading.Event) -> Result:
    """One run in a process of its own. When `stop` is set, the process is ended."""
    here, there = _spawn.Pipe(duplex=False)
    process = _spawn.Process(target=_work, args=(settings, job, there), name="cachhay-index")
    process.start()
    there.close()
    result, told = Result(failure="Tiến trình lập chỉ mục dừng giữa chừng."), 0.0
    try:
        while not stop.is_set():
            if not here.poll(_TELL_SECONDS):
                continue
            message = here.recv()
            if isinstance(message, Result):
                result = message
                break
            if time.monotonic() - told >= _TELL_SECONDS:
                told = time.monotonic()
                tell(*message)
    except EOFError:
        pass  # it has ended without a result
    finally:
        here.close()
        _end(process, at_once=stop.is_set())
    return result


def _end(process: SpawnProcess, *, at_once: bool) -> None:
    if at_once:
        process.terminate()
    process.join(_STOP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()


def _work(settings: Settings, job: Job, connection: Connection) -> None:
    """What the process of a run does."""
    from cachhay.workers import end_with_parent

    terminal.write_utf8(sys.stdout, sys.stderr)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the first one ends this one
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    try:
        result = Result(_index(settings, job, connection))
    except CachHayError as error:
        result = Result(failure=str(error))
    except Exception as error:
        result = Result(failure=f"{type(error).__name__}: {error}")
    with suppress(OSError):
        connection.send(result)


def _index(settings: Settings, job: Job, connection: Connection) -> str:
    """Do the job. Returns what was done; raises as `index_corpus` does."""
    from cachhay import taking_in
    from cachhay.wiring import open_library
    from indexer import index_corpus

    def progress(stage: str, done: int, total: int) -> None:
        with suppress(OSError):
            connection.send((stage, done, total))

    fresh = False
    for outcome in taking_in.take_sources(settings, settings.feed_addresses if job.feeds else ()):
        if outcome.state != "known":
            taking_in.tell_outcome(outcome)
        fresh = fresh or outcome.state == "taken"
    if not job.index and not fresh:
        return ""
    library = open_library(settings, migrate=True)
    done: Any = index_corpus(
        library, settings.corpus_dir, samples=settings.samples, wait=WAIT_SECONDS, quiet=job.quiet, progress=progress
    )
    if library.mirror and library.mirror.server.writes:
        with suppress(StoreBusyError):  # the server's own thread sends the same changes
            library.mirror.catch_up()
    return terminal.report(done)
