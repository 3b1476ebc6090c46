"""What the process may do that reads files: no network where the system allows to take it away, and bounded costs.

Each bound is one that the system holds itself, so that it holds for libraries in C as well. What a system does not have
(Windows, macOS, containers without user namespaces) is left out; the limits of `indexer.limits` hold everywhere.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

from indexer.limits import Limits
from indexer.parent_death import end_with_parent

#: Variables that stay in the environment of the reading process and of programs that it starts.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TESSDATA_PREFIX")
#: The most bytes of a file that the process may write, and the most files that it may have open.
MAX_WRITTEN_BYTES = 512 << 20
MAX_OPEN_FILES = 64
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def enter_sandbox(keep: int) -> None:
    """Give up everything that reading needs not: other open files than number `keep`, the environment, the network.

    The process leads a group of its own, and ends when the process that started it ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The run that waits for us decides.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # The lock of the store and the other end of our pipe must not live on in this process.
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    with suppress(OSError):
        os.setpgid(0, 0)
    variables = kept_variables()
    os.environ.clear()
    os.environ.update(variables)
    end_with_parent()
    leave_network()
    _bound("RLIMIT_CORE", 0)
    _bound("RLIMIT_FSIZE", MAX_WRITTEN_BYTES)
    _bound("RLIMIT_NOFILE", MAX_OPEN_FILES)


def kept_variables() -> dict[str, str]:
    """The variables of the environment that stay, with their values."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


def leave_network() -> bool:
    """Move this process into a network without any way out (Linux). Returns whether the system allowed it."""
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return bool(unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _bound(name: str, most: int) -> None:
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        limit = getattr(resource, name)
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


class Meter:
    """The bounds of one paper: seconds of the processor, and memory beyond what the process had when the meter was made."""

    def __init__(self) -> None:
        self._had = _data_bytes()

    def start(self, limits: Limits) -> None:
        """Count from now on. A process that takes more time is ended; one that takes more memory gets a MemoryError."""
        signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
        if not self._had:
            return
        import resource

        # Of the address space the decoder reserves gigabytes that it never takes; the limit of data leaves these alone.
        most = self._had + limits.memory_mb * 1_000_000
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

    def stop(self) -> None:
        """Count no longer."""
        signal.setitimer(signal.ITIMER_PROF, 0)


def _data_bytes() -> int:
    """Bytes of data that this process has, 0 where the system does not tell (only Linux does)."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0
    import resource

    return int(statm.read_text("utf-8").split()[5]) * resource.getpagesize()
