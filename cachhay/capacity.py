"""What this machine, or this container, offers: processor cores, memory, open files."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

#: Worker processes at most, where the setting gives no number.
MAX_WORKERS = 8
#: Bytes of memory that are counted for each process.
PROCESS_BYTES = 500_000_000
#: Light workers for each process of heavy work.
LIGHT_TO_HEAVY = 2
#: Processes for heavy work at most.
MAX_HEAVY = 3
#: Files that a process opens besides connections: store and indexes, for each of its threads.
OWN_FILES = 128
#: Connections of one process at most.
MAX_CONNECTIONS = 2_000

_CGROUP = Path("/sys/fs/cgroup")


def count_cores(cgroup: Path = _CGROUP) -> int:
    """The cores that this process may use: its affinity, and the quota of its container, rounded up."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, min(allowed, int(-(-quota // 1)) if quota else allowed))


def _quota(cgroup: Path) -> float:
    """The cores of the quota, 0 without one."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        most, period = (cgroup / "cpu.max").read_text("ascii").split()
        return int(most) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        most, period = ((cgroup / "cpu" / name).read_text("ascii") for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
        return max(0.0, int(most) / int(period))
    return 0.0


def count_memory(cgroup: Path = _CGROUP) -> int:
    """The bytes of memory of the container, or of the machine; 0 where the system does not tell."""
    limits = []
    with suppress(OSError, ValueError, AttributeError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in (cgroup / "memory.max", cgroup / "memory" / "memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            limits.append(int(file.read_text("ascii")))
    return min(limits, default=0)


def choose_workers(wanted: int, cores: int, memory: int) -> int:
    """How many processes answer light requests: `wanted`, or for 0 as many as there are cores, as far as memory goes.

    >>> choose_workers(0, 4, 16 * 10**9), choose_workers(0, 4, 2 * 10**9), choose_workers(3, 1, 0)
    (4, 2, 3)
    """
    if wanted:
        return wanted
    # The first process and one for heavy work come with them.
    fitting = memory // PROCESS_BYTES - 2 if memory else MAX_WORKERS
    return max(1, min(cores, MAX_WORKERS, fitting))


def choose_heavy(workers: int) -> int:
    """How many processes do heavy work.

    >>> [choose_heavy(workers) for workers in (2, 4, 8)]
    [1, 2, 3]
    """
    return max(1, min(MAX_HEAVY, workers // LIGHT_TO_HEAVY))


def raise_file_limit() -> int:
    """Let this process open as many files as the system permits. Returns how many connections it may hold."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS refuses some numbers
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return max(16, min(MAX_CONNECTIONS, soft - OWN_FILES)) if soft > 0 else MAX_CONNECTIONS
