"""The account of the last run: how many files the folder held, and why some of them are no items."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """`found` are the files of the folder, `parts` the files inside them; of both, `set_aside` hold no paper and `not_read`
    could not be read."""

    found: int = 0
    parts: int = 0
    set_aside: int = 0
    not_read: int = 0

    def as_text(self) -> str:
        """The account as the store keeps it; `read` takes it back.

        >>> Account.read(Account(5, 2, 1).as_text())
        Account(found=5, parts=2, set_aside=1, not_read=0)
        """
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Account:
        """The account that a store holds; all zero where there is none yet."""
        with suppress(ValueError, TypeError):
            return cls(**json.loads(text))
        return cls()


@dataclass(frozen=True, slots=True)
class Cause:
    """Files that are not read for the same reason."""

    reason: str
    paths: tuple[str, ...]


def group_by_cause(reasons: Mapping[str, str]) -> list[Cause]:
    """The files of each reason, the most frequent reason first. A reason may begin with the path of its file.

    >>> [(c.reason, len(c.paths)) for c in group_by_cause({"a.jpg": "a.jpg: ảnh", "b.jpg": "b.jpg: ảnh", "c": "tệp rỗng"})]
    [('ảnh', 2), ('tệp rỗng', 1)]
    """
    causes: dict[str, list[str]] = {}
    for path, reason in reasons.items():
        causes.setdefault(reason.removeprefix(f"{path}: "), []).append(path)
    return sorted((Cause(reason, tuple(paths)) for reason, paths in causes.items()), key=lambda c: (-len(c.paths), c.reason))
