"""Work is given up as soon as nobody waits for it, and only then."""

from __future__ import annotations

import contextvars
import threading

import pytest

from kb.cancellation import check, giving_up_on
from kb.errors import CancelledError


def test_check_does_nothing_outside_a_request() -> None:
    check()


def test_check_raises_once_the_event_is_set_and_not_after_the_block() -> None:
    left = threading.Event()
    with giving_up_on(left):
        check()
        left.set()
        with pytest.raises(CancelledError):
            check()
    check()


def test_a_thread_with_a_copy_of_the_context_sees_the_event() -> None:
    left, raised = threading.Event(), []

    def work() -> None:
        try:
            check()
        except CancelledError:
            raised.append(True)

    with giving_up_on(left):
        left.set()
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join()
    assert raised
