"""Runs of non-spaces that no rule may respell: addresses of the web and of mail, numbers and codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from vitext.alignment import Change

_CHUNK = re.compile(r"\S+")


@lru_cache(maxsize=2)
def different_chunks(text: str) -> frozenset[str]:
    """The different runs of a text, far fewer than its runs: rules look at those first.

    >>> sorted(different_chunks("có công, có của"))
    ['có', 'công,', 'của']
    """
    return frozenset(text.split())


def is_address(chunk: str) -> bool:
    """Whether a run is an address of the web or of mail.

    >>> is_address("https://x.vn/a"), is_address("ban@x.vn"), is_address("238/KH-UBND")
    (True, True, False)
    """
    return "@" in chunk or "://" in chunk or chunk.lower().startswith("www.")


def is_code(chunk: str) -> bool:
    """Whether a run is an address, or a number with a slash.

    >>> is_code("238/KH-UBND"), is_code("và/hoặc")
    (True, False)
    """
    return is_address(chunk) or ("/" in chunk and any(map(str.isdigit, chunk)))


def outside(text: str, changes: list[Change], kept: Callable[[str], bool]) -> list[Change]:
    """The changes that touch no run of non-spaces that is to be kept."""
    if not changes:
        return changes
    inside = bytearray(len(text))
    for chunk in _CHUNK.finditer(text):
        if kept(chunk[0]):
            inside[chunk.start() : chunk.end()] = b"\1" * len(chunk[0])
    return [change for change in changes if not any(inside[change[0] : change[1]])]
