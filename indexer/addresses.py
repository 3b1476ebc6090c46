"""Which id each file's item has, where several files want the same one.

The ids of public items depend on the public files alone, and neither on the order in which they came nor on what is
internal. Of the public files that want an id, the one whose path is the smallest has it, and each other one has it with a
suffix made of its path. An internal item always has the suffix, so that it never takes the address of a public one. "--"
joins the suffix, which no wanted id holds.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping

from kb.item import list_of

_JOIN = "--"


class Addresses:
    """The ids of the items of all files; `held` maps a path to the id that its item has, `internal` are ids of hidden items.

    >>> addresses = Addresses({}, ())
    >>> addresses.claim("b/to.md", "to", internal=False); addresses.settle()
    {'b/to.md': 'to'}
    >>> addresses.claim("a/to.md", "to", internal=False); sorted(addresses.settle().items())
    [('a/to.md', 'to'), ('b/to.md', 'to--2807b74247')]
    """

    def __init__(self, held: Mapping[str, str], internal: Collection[str]) -> None:
        self._ids = dict(held)
        self._wanted: dict[str, str] = {}
        self._claims: dict[str, set[str]] = defaultdict(set)
        self._touched: set[str] = set()
        for path, item_id in held.items():
            if item_id not in internal:
                self._claim(path, item_id.partition(_JOIN)[0])

    def _claim(self, path: str, wanted: str) -> None:
        self._wanted[path] = wanted
        self._claims[wanted].add(path)

    def claim(self, path: str, wanted: str, *, internal: bool) -> None:
        """The item of a file wants an id. It has one after `settle`, or at once if it is internal."""
        self.release(path)
        if internal:
            self._ids[path] = own_address(path, wanted)
        else:
            self._claim(path, wanted)
            self._touched.add(wanted)

    def release(self, path: str) -> None:
        """A file has no item any longer."""
        self._ids.pop(path, None)
        if wanted := self._wanted.pop(path, ""):
            self._claims[wanted].discard(path)
            self._touched.add(wanted)

    def settle(self) -> dict[str, str]:
        """Give out the ids. Returns the new id of every file whose item was given another one than it had."""
        changed = {}
        for wanted in self._touched:
            first = min(self._claims[wanted], default="")
            for path in self._claims[wanted]:
                item_id = wanted if path == first else own_address(path, wanted)
                if self._ids.get(path) != item_id:
                    changed[path] = self._ids[path] = item_id
        self._touched.clear()
        return changed

    def of(self, path: str) -> str:
        """The id of the item of a file."""
        return self._ids[path]


def own_address(path: str, wanted: str) -> str:
    """The id with the suffix of the path, which no other file can have. The rows of a list, whose ids differ, have that of
    the list: a row may move."""
    return f"{wanted}{_JOIN}{hashlib.sha256(list_of(path).encode()).hexdigest()[:10]}"
