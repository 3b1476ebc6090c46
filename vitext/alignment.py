"""Follow places in a text through changes, there and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

#: start, end and the new text of one change.
Change = tuple[int, int, str]


class Alignment:
    """The places of a text before and after some changes that do not overlap, given in the order of the text.

    >>> alignment = Alignment([(0, 2, "đường"), (3, 5, "")])
    >>> alignment.forward(6, 8), alignment.back(0, 5)
    ((7, 9), (0, 2))
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self._before: list[tuple[int, int]] = []
        self._after: list[tuple[int, int]] = []
        grown = 0
        for start, end, new in changes:
            self._before.append((start, end))
            self._after.append((start + grown, start + grown + len(new)))
            grown += len(new) - (end - start)

    def forward(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the text before, in the text after; a changed stretch counts whole."""
        return _map(start, end, self._before, self._after)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the text after, in the text before; a changed stretch counts whole."""
        return _map(start, end, self._after, self._before)


def _map(start: int, end: int, here: list[tuple[int, int]], there: list[tuple[int, int]]) -> tuple[int, int]:
    first = bisect_right(here, start, key=lambda span: span[0]) - 1
    if first >= 0 and start < here[first][1]:
        new_start = there[first][0]
    else:
        new_start = start + (there[first][1] - here[first][1] if first >= 0 else 0)
    last = bisect_left(here, end, key=lambda span: span[0]) - 1
    if last >= 0 and end <= here[last][1]:
        new_end = there[last][1]
    else:
        new_end = end + (there[last][1] - here[last][1] if last >= 0 else 0)
    return new_start, max(new_start, new_end)
