"""Waiting for a thread, a program or a server: until something is true, never for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Only what hangs takes so long: waiting ends at once when what is waited for comes.
MAX_SECONDS = 120.0


def until(true: Callable[[], bool], tell: Callable[[], object] = str, pause: float = 0.02) -> None:
    """Return when `true()` is; fail with what `tell` says when it never is."""
    end = time.monotonic() + MAX_SECONDS
    while not true():
        assert time.monotonic() < end, tell() or "it never came true"
        time.sleep(pause)
