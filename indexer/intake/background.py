"""Index in the background: when somebody asks, when the folder has changed and is quiet, when a feed is to be looked at.

One run at a time. A run that fails is told and tried again, after a pause that doubles; a folder that is away is waited for.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from indexer.discover import Stamp
from indexer.intake.desk import Desk, RunState
from indexer.intake.watch import FolderWatch

logger = logging.getLogger("cachhay.intake")

#: Seconds between two looks at what was asked for, and at the folder.
ASKED_SECONDS, LOOK_SECONDS = 1.0, 3.0
#: A look at the folder takes no more than one of so many seconds.
LOOK_SHARE = 20
#: The first and the longest pause, in seconds, after a run that failed.
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 900.0

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is to do: look at the feeds, index the folder, or both. After feeds that gave something, the folder is
    indexed in any case. `quiet` are the files that may be read, None for all (see `indexer.index_corpus`)."""

    feeds: bool = False
    index: bool = True
    quiet: Mapping[str, Stamp] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: `failure` says why it is to be tried again, "" where it is done; `text` is what it did."""

    text: str = ""
    failure: str = ""


@dataclass(slots=True)
class Background:
    """Decides when to run. `run` does the work, and calls what it is given with (stage, done, total).

    `watch` is None where the folder is not watched; `feed_seconds` is 0 where there are no feeds. `now` is a clock of
    seconds that never goes back, `utc` the time of day; `say` is told what each run did.
    """

    desk: Desk
    run: Callable[[Job, Tell], Result]
    watch: FolderWatch | None = None
    feed_seconds: float = 0.0
    now: Callable[[], float] = time.monotonic
    utc: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))
    say: Callable[[str], None] = logger.info
    _next_look: float = 0.0
    _next_feeds: float = 0.0
    _retry: Job | None = None
    _retry_at: float = 0.0
    _pause: float = 0.0
    _away: bool = False

    def step(self) -> None:
        """Look once at everything, and run if there is something to do. It never raises what a run may raise."""
        now = self.now()
        self._look(now)
        changed = self.watch is not None and not self._away and self.watch.due()
        if self._retry and now < self._retry_at and not self.desk.fresh():
            return
        feeds = self.feed_seconds > 0 and now >= self._next_feeds
        index = changed or self.desk.asked()
        if self._retry:
            feeds, index = feeds or self._retry.feeds, index or self._retry.index
        if feeds or index:
            self._do(feeds, index)

    def _look(self, now: float) -> None:
        if self.watch is None or now < self._next_look:
            return
        try:
            self.watch.look(now)
            self._away = False
        except OSError as error:
            if not self._away:
                logger.warning("Không mở được thư mục văn bản (%s); chờ đến khi mở được.", error.strerror or error)
            self._away = True
        self._next_look = now + max(LOOK_SECONDS, LOOK_SHARE * (self.now() - now))

    def _do(self, feeds: bool, index: bool) -> None:
        quiet = self.watch.quiet_files() if self.watch else None
        job = Job(feeds, index, quiet)
        self.desk.begin()
        self.desk.tell(RunState("running"))

        def tell(stage: str, done: int, total: int) -> None:
            self.desk.tell(RunState("running", stage, done, total))

        try:
            result = self.run(job, tell)
        except Exception as error:
            logger.exception("%s", error)
            result = Result(failure=f"{type(error).__name__}: {error}")
        if job.feeds and not result.failure:
            self._next_feeds = self.now() + self.feed_seconds
        if result.failure:
            self._fail(job, result.failure)
            return
        if result.text:
            self.say(result.text)
        self._retry, self._pause = None, 0.0
        if self.watch and quiet is not None and index:
            self.watch.indexed(quiet)
        self.desk.finish()
        self.desk.tell(RunState())

    def _fail(self, job: Job, reason: str) -> None:
        self._pause = min(LONGEST_PAUSE, 2 * self._pause) if self._pause else FIRST_PAUSE
        self._retry, self._retry_at = job, self.now() + self._pause
        again = (self.utc() + dt.timedelta(seconds=self._pause)).isoformat(timespec="seconds")
        logger.error("Lượt lập chỉ mục không xong: %s Thử lại sau %d giây.", reason, self._pause)
        self.desk.tell(RunState("failed", reason=reason, again_at=again))
