"""Work is measured in seconds of the processor: a busy machine makes a test wait longer, but the work stays the same.

No test compares with a clock on the wall (`tests/test_architecture.py` forbids it). A bound on seconds here is a safety
limit, many times what the work takes; how fast the program is, is measured in `benchmarks/`.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Input = TypeVar("Input")

#: Twice the input may be at most this many times the work: 2 when the work is linear, 4 when it is quadratic.
LINEAR = 2.3
#: Measurements that every ratio is made of.
MIN_ROUNDS = 3
#: Measurements after which a ratio that stays too large is believed. On a busy machine it takes many until one is undisturbed.
MAX_ROUNDS = 40


def cpu_seconds(run: Callable[[], object]) -> float:
    """The processor seconds that this process, with all its threads, spends while `run` runs."""
    start = time.process_time()
    run()
    return time.process_time() - start


def cpu_seconds_of_children(run: Callable[[], object]) -> float:
    """The processor seconds of the programs that `run` starts and waits for."""
    before = os.times()
    run()
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def children_of(process_id: int) -> list[int]:
    """The processes that another process has started; none where the system has no `/proc`."""
    tasks = Path(f"/proc/{process_id}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text("ascii").split()]


def cpu_seconds_of(process_id: int) -> float:
    """The processor seconds that another process and its children have spent up to now; 0 where the system has no `/proc`."""
    return _own_seconds(process_id) + sum(map(_own_seconds, children_of(process_id)))


def _own_seconds(process_id: int) -> float:
    stat = Path(f"/proc/{process_id}/stat")
    if not stat.exists():
        return 0.0
    # The name, in parentheses, may hold spaces; user and system time are the 14th and 15th field, in ticks.
    fields = stat.read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def growth(make: Callable[[int], Input], run: Callable[[Input], object], size: int) -> float:
    """How many times as much work `run` does on `make(2 * size)` as on `make(size)`; to be compared with LINEAR.

    The least of several measurements counts on both sides, because noise only ever adds. Only `run` is measured, and
    only in this thread. `size` should make it work for a few milliseconds at least.
    """
    inputs = make(size), make(2 * size)
    least = [float("inf"), float("inf")]
    for done in range(MAX_ROUNDS):
        if done >= MIN_ROUNDS and least[1] <= LINEAR * least[0]:
            break
        gc.collect()
        for at, value in enumerate(inputs):
            gc.disable()
            try:
                start = time.thread_time()
                run(value)
                least[at] = min(least[at], time.thread_time() - start)
            finally:
                gc.enable()
    return least[1] / least[0]
