"""The names of the places in which items lie, today's and former ones, as queries give them."""

from __future__ import annotations

from collections.abc import Iterable

from vitext import analyse

#: Numbers of syllables of the names that are looked for. A name of one syllable is too often an ordinary word.
NAME_LENGTHS = range(2, 5)
#: The level that may stand before a name, folded.
_LEVELS = tuple(
    tuple(level.split()) for level in ("xa", "phuong", "thi tran", "huyen", "quan", "thi xa", "thanh pho", "tinh")
)


def bare_names(places: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """The folded names without their level ("xã", "quận" ...). `places` are written as in `Item.place`.

    >>> sorted(bare_names(["Xã Vĩnh Bảo, Hải Phòng"]))
    [('hai', 'phong'), ('vinh', 'bao')]
    """
    parts = {part.strip() for place in places for part in place.split(",")}
    names = {_without_level(analyse(part).folded) for part in parts if part}
    return frozenset(name for name in names if len(name) in NAME_LENGTHS)


def _without_level(name: tuple[str, ...]) -> tuple[str, ...]:
    level = next((level for level in _LEVELS if name[: len(level)] == level), ())
    return name[len(level) :]
