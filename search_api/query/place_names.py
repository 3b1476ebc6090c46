"""Find the places that a query names, among those that items lie in, today's names and former ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb.ports import Term
from vitext import analyse

#: Syllables of the names that are looked for: one syllable alone is too often a word.
NAME_LENGTHS = range(2, 5)
#: What may stand before a name, folded.
_LEVELS = tuple(
    tuple(level.split()) for level in ("xa", "phuong", "thi tran", "huyen", "quan", "thi xa", "thanh pho", "tinh")
)


def read_names(places: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """The names without "xã", "quận" and the like, folded, of places as items bear them.

    >>> sorted(read_names(["Xã Vĩnh Bảo, Hải Phòng"]))
    [('hai', 'phong'), ('vinh', 'bao')]
    """
    parts = {part.strip() for place in places for part in place.split(",")}
    names = {_bare(analyse(part).folded) for part in parts if part}
    return frozenset(name for name in names if len(name) in NAME_LENGTHS)


def _bare(name: tuple[str, ...]) -> tuple[str, ...]:
    level = next((level for level in _LEVELS if name[: len(level)] == level), ())
    return name[len(level) :]


def find_names(names: frozenset[tuple[str, ...]], terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where a query names one of them: [start, end) of its terms, longest first from the left, none overlapping."""
    found = []
    at = 0
    keys = tuple(term.folded for term in terms)
    while at < len(keys):
        size = next((size for size in reversed(NAME_LENGTHS) if keys[at : at + size] in names), 0)
        if size:
            found.append((at, at + size))
        at += size or 1
    return found
