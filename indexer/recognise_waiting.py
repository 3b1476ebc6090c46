"""The second half of a run: text is published, now the pages are recognised that a person would have to read.

A file is read again, and published, when all of its pages are known; a long one also every few minutes with what there is.
A run that is killed finds its pages in the store of pages, and goes on behind them.
"""

from __future__ import annotations

import time

from indexer.recognition import PageTask, PageWorkers
from indexer.run import Run
from kb.library.page_store import PageStore

#: Seconds after which files are published of which not all pages are known yet.
PARTIAL_SECONDS = 300.0
#: How many times as long as the last publication took there is none.
REST = 20.0


def recognise_waiting(run: Run, store: PageStore) -> None:
    """Recognise the pages for which the files of a run wait, and take the files again. Raises StoreError, EngineError."""
    waiting = dict(run.waiting)
    tasks = [
        PageTask(file.found, file.sha256, path, number)
        for file in waiting.values()
        for path, numbers in file.pages.items()
        for number in numbers
    ]
    if not tasks:
        return
    left = {file: sum(map(len, waiting[file].pages.values())) for file in waiting}
    fresh: set[str] = set()
    done, published, rest = 0, time.monotonic(), 0.0
    run.progress("recognise", 0, len(tasks))
    with PageWorkers() as workers:
        for task, result in workers.results(tasks):
            result.put(store, task)
            done += 1
            run.progress("recognise", done, len(tasks))
            left[task.found.path] -= 1
            fresh.add(task.found.path)
            since = time.monotonic() - published
            ready = {path for path in fresh if not left[path]}
            if (ready and since >= rest) or since >= PARTIAL_SECONDS:
                taken = sorted(fresh if since >= PARTIAL_SECONDS else ready)
                begun = time.monotonic()
                run.take_again([waiting[path].found for path in taken])
                fresh.difference_update(taken)
                published = time.monotonic()
                rest = REST * (published - begun)
    run.take_again([waiting[path].found for path in sorted(fresh)])
