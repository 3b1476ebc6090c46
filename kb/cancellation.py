"""Give up work that nobody waits for any longer: the visitor left, or the time for it is over.

A server sets the event of a request with `giving_up_on`; long loops anywhere below call `check`, once a step. A context
variable carries the event, so that it reaches worker threads (which copy the context) and no function needs a parameter
for it. Outside a request `check` does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kb.errors import CancelledError

_event: ContextVar[threading.Event | None] = ContextVar("cancelled", default=None)


@contextmanager
def giving_up_on(event: threading.Event) -> Iterator[None]:
    """Within the block, `check` raises as soon as `event` is set."""
    token = _event.set(event)
    try:
        yield
    finally:
        _event.reset(token)


def check() -> None:
    """Raises CancelledError when nobody waits for the present work any longer."""
    event = _event.get()
    if event is not None and event.is_set():
        raise CancelledError("Người gọi đã ngừng chờ.")
