"""Places (Địa bàn): today's provinces and communes, and the units of before July 2025 that they were made of.

Old names lead to new ones and back. An item lies in every place that is certain: its province, its commune of today, and the
former district and commune that are named or follow from it. The table is read on first use.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kb.papers.vocabulary import TABLES, read_table
from vitext import fold, normalise

Level = Literal["province", "commune", "former_province", "former_district", "former_commune"]

_ABBREVIATIONS = {
    "tp": "thanh pho",
    "t": "tinh",
    "q": "quan",
    "h": "huyen",
    "tx": "thi xa",
    "tt": "thi tran",
    "p": "phuong",
    "x": "xa",
}
_LEVELS = ("thanh pho", "tinh", "quan", "huyen", "thi xa", "thi tran", "phuong", "xa", "dac khu")
_BARE = re.compile(rf"^(?:{'|'.join(_LEVELS)}) (?=\S)")


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative unit. `name` is unique; facets and pages show it ("Xã Tuệ Tĩnh, thành phố Hải Phòng"). `code` is
    used in addresses. `parent` is the code of the unit in which it lies, "" for a province."""

    name: str
    code: str
    level: Level
    parent: str
    own_name: str

    @property
    def former(self) -> bool:
        """Whether the unit no longer exists."""
        return self.level.startswith("former")


@dataclass(frozen=True, slots=True)
class Part:
    """A place that another one became, or was made of; `whole` says that all of the former unit lies in today's unit."""

    place: Place
    whole: bool


@dataclass(frozen=True)
class _Gazetteer:
    by_code: dict[str, Place]
    by_name: dict[str, Place]
    children: dict[str, tuple[Place, ...]]
    successors: dict[str, tuple[Part, ...]]
    predecessors: dict[str, tuple[Part, ...]]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    by_code: dict[str, Place] = {}
    went: dict[str, list[tuple[str, bool]]] = {}
    children: dict[str, list[Place]] = defaultdict(list)
    for _, (level, code, own, parent, successors) in read_table(TABLES / "places.tsv", 5):
        above = by_code.get(parent)
        # A former province lies in the one of today, but its name does not say so.
        within = "" if above is None or level == "former_province" else f", {_lower_first(above.name)}"
        place = Place(own + within, code, level, parent, own)  # type: ignore[arg-type]
        by_code[code] = place
        children[parent].append(place)
        if successors:
            went[code] = [(part.rstrip("~"), not part.endswith("~")) for part in successors.split(",")]
    forward = {code: tuple(Part(by_code[new], whole) for new, whole in parts) for code, parts in went.items()}
    back: dict[str, list[Part]] = defaultdict(list)
    for code, parts in forward.items():
        for part in parts:
            back[part.place.code].append(Part(by_code[code], part.whole))
    return _Gazetteer(
        by_code,
        {place.name: place for place in by_code.values()},
        {code: tuple(places) for code, places in children.items()},
        forward,
        {code: tuple(parts) for code, parts in back.items()},
    )


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _order(place: Place) -> tuple[bool, str, str]:
    """The sort key of a place: today's units before former ones, then by name without its level."""
    return place.former, _BARE.sub("", _key(place.own_name)), place.name


def by_code(code: str) -> Place | None:
    """The place with a code; None where there is none.

    >>> by_code("hai-phong.xa-tue-tinh").name
    'Xã Tuệ Tĩnh, thành phố Hải Phòng'
    """
    return _gazetteer().by_code.get(code)


def by_name(name: str) -> Place | None:
    """The place with exactly that name, as facets hold it; None where there is none."""
    return _gazetteer().by_name.get(name)


def provinces() -> tuple[Place, ...]:
    """The 34 provinces of today, by name."""
    return tuple(sorted(_gazetteer().children[""], key=_order))


def children(place: Place) -> tuple[Place, ...]:
    """The units that lie in a place: today's communes first, then former units."""
    return tuple(sorted(_gazetteer().children.get(place.code, ()), key=_order))


def parent(place: Place) -> Place | None:
    """The unit in which a place lies; None for a province of today."""
    return _gazetteer().by_code.get(place.parent)


def successors(place: Place) -> tuple[Part, ...]:
    """The units of today that a former unit became.

    >>> [part.place.name for part in successors(by_code("hai-duong.huyen-cam-giang.xa-duc-chinh"))]
    ['Xã Tuệ Tĩnh, thành phố Hải Phòng']
    """
    return _gazetteer().successors.get(place.code, ())


def predecessors(place: Place) -> tuple[Part, ...]:
    """The former units that a place of today was made of."""
    return tuple(sorted(_gazetteer().predecessors.get(place.code, ()), key=lambda part: _order(part.place)))


def _key(text: str) -> str:
    """The key by which a name is looked up: folded, with the abbreviation of its level written out."""
    words = re.sub(r"[^\w\s]", " ", fold(text)).split()
    if words and words[0] in _ABBREVIATIONS and len(words) > 1:
        words[0] = _ABBREVIATIONS[words[0]]
    return " ".join(words)


@lru_cache(maxsize=1)
def _by_key() -> dict[str, tuple[Place, ...]]:
    """The places by their own names, with their level and without it."""
    found: dict[str, list[Place]] = defaultdict(list)
    for place in _gazetteer().by_code.values():
        key = _key(place.own_name)
        for name in {key, _BARE.sub("", key)}:
            found[name].append(place)
    return {key: tuple(sorted(places, key=lambda place: (place.former, place.name))) for key, places in found.items()}


def is_name(folded: str) -> bool:
    """Whether folded words are the name of some place, with its level or without it.

    >>> is_name("le chan"), is_name("quan le chan"), is_name("trong lua")
    (True, True, False)
    """
    return folded in _by_key()


def candidates(text: str) -> tuple[Place, ...]:
    """Every place that a name may mean: those with the same accents first, and today's units before former ones.

    >>> [place.name for place in candidates("q. Lê Chân")]
    ['Quận Lê Chân, thành phố Hải Phòng']
    """
    return tuple(sorted(_find(text), key=lambda place: not _agrees(place, text)))


def _agrees(place: Place, text: str) -> bool:
    """Whether the text holds the name with the same accents."""
    return bare_name(place).lower() in normalise(text).lower()


def bare_name(place: Place) -> str:
    """The own name of a place without its level: "Tuệ Tĩnh"."""
    level = _BARE.match(_key(place.own_name))
    return " ".join(place.own_name.split()[len(level[0].split()) if level else 0 :])


def resolve(text: str, province: Place | None = None) -> Place | None:
    """The place that a name means; None where the name is unknown or may mean several. With `province` (of today) only
    units count that lie there, or that lay in a former province which became part of it.

    >>> resolve("xã tuệ tĩnh, TP Hải Phòng").code
    'hai-phong.xa-tue-tinh'
    """
    exact = by_name(normalise(text))
    if exact and province is None:
        return exact
    found = [place for place in _find(text) if province is None or today_province(place) == province]
    found = [place for place in found if _agrees(place, text)] or found
    if len(found) > 1 and not _BARE.match(_key(text.split(",")[0])):
        found = [place for place in found if place.level in ("province", "former_province")]
    if len(found) > 1:
        found = [place for place in found if not place.former]
    return found[0] if len(found) == 1 else None


def _find(text: str) -> list[Place]:
    """The places whose own name comes first in the text and which lie in all units named after it."""
    own, *above = [_key(part) for part in text.split(",") if part.strip()] or [""]
    wanted = [_BARE.sub("", part) for part in above]
    found = [place for place in _by_key().get(own, ()) if _lies_within(place, wanted)]
    if found or not _BARE.match(own):
        return found
    # A district whose level changed before it was dissolved: "Huyện Thủy Nguyên" was a city at the end.
    others = [place for place in _by_key().get(_BARE.sub("", own), ()) if place.level == "former_district"]
    return [place for place in others if _lies_within(place, wanted)]


def _lies_within(place: Place, wanted: list[str]) -> bool:
    """Whether the place lies in every unit of `wanted`."""
    above = {_BARE.sub("", _key(other.own_name)) for other in _chain(place)[1:]}
    return all(name in above for name in wanted)


def _chain(place: Place) -> list[Place]:
    """The place and all units in which it lies, from itself upwards."""
    chain = [place]
    while (above := parent(chain[-1])) is not None:
        chain.append(above)
    return chain


def today_province(place: Place) -> Place:
    """The province of today in which a place lies."""
    return _chain(place)[-1]


def places_of(place: str, former: str = "") -> tuple[str, ...]:
    """The names of all places in which an item certainly lies, today's first; `place` and `former` are those of a record.

    >>> places_of("Xã Tuệ Tĩnh, thành phố Hải Phòng", "Xã Đức Chính, huyện Cẩm Giàng")[:2]
    ('Thành phố Hải Phòng', 'Xã Tuệ Tĩnh, thành phố Hải Phòng')
    >>> places_of("Quận Lê Chân, thành phố Hải Phòng")
    ('Thành phố Hải Phòng', 'Quận Lê Chân, thành phố Hải Phòng')
    """
    here = resolve(place) if place else None
    before = _resolve_former(former, here) if former else None
    known = [found for found in (here, before) if found]
    for found in list(known):
        known += _follows(found)
    names = [name for name, found in ((place, here), (former, before)) if name and not found]
    if here is None and "," in place and (province := resolve(place.rsplit(",", 1)[1])):
        known.append(province)  # the unit is unknown, but its province is known
    nodes = dict.fromkeys(node for found in known for node in reversed(_chain(found)))
    ordered = sorted(nodes, key=lambda node: (node.former, len(_chain(node))))
    return tuple(dict.fromkeys([node.name for node in ordered] + names))


def _resolve_former(text: str, here: Place | None) -> Place | None:
    """The former unit of a name that is written without its province: a unit that today's place was made of, otherwise a
    unit of the same province."""
    found = [place for place in _find(text) if place.former]
    if here:
        made_of = {part.place for part in predecessors(here)}
        found = [place for place in found if place in made_of] or [
            place for place in found if today_province(place) == today_province(here)
        ]
    return found[0] if len(found) == 1 else None


def _follows(place: Place) -> list[Place]:
    """The places that follow from a place: the commune of today that took all of a former one, and the one district in
    which all of today's commune was."""
    if place.level == "former_commune":
        return [part.place for part in successors(place) if part.whole]
    if place.level == "commune":
        made_of = [part.place for part in predecessors(place) if part.place.level == "former_commune"]
        districts = {parent(commune) for commune in made_of}
        return [d for d in districts if d and d.level == "former_district"] if len(districts) == 1 else []
    return []
