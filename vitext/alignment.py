"""Follow places in a text through changes, there and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

#: start, end and the new text of one change.
Change = tuple[int, int, str]


class Alignment:
    """The places of a text before and after some changes that do not overlap, given in the order of the text.

    >>> alignment = Alignment([(0, 2, "đường"), (3, 5, "")])
    >>> alignment.forward(6, 8), alignment.back(0, 5)
    ((7, 9), (0, 2))
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        before, after = _Side([], []), _Side([], [])
        grown = 0
        for start, end, new in changes:
            before.starts.append(start)
            before.ends.append(end)
            after.starts.append(start + grown)
            after.ends.append(start + grown + len(new))
            grown += len(new) - (end - start)
        self._before, self._after = before, after

    def forward(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the text before, in the text after; a changed stretch counts whole."""
        return _map(start, end, self._before, self._after)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the text after, in the text before; a changed stretch counts whole."""
        return _map(start, end, self._after, self._before)


class _Side(NamedTuple):
    """The changed stretches of a text, in order."""

    starts: list[int]
    ends: list[int]


def _map(start: int, end: int, here: _Side, there: _Side) -> tuple[int, int]:
    first = bisect_right(here.starts, start) - 1
    if first < 0:
        new_start = start
    elif start < here.ends[first]:
        new_start = there.starts[first]
    else:
        new_start = start + there.ends[first] - here.ends[first]
    last = bisect_left(here.starts, end) - 1
    if last < 0:
        new_end = end
    elif end <= here.ends[last]:
        new_end = there.ends[last]
    else:
        new_end = end + there.ends[last] - here.ends[last]
    return new_start, max(new_start, new_end)
