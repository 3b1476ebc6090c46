"""Names of places, old and new: each with the names of the units that it became or was made of, if items lie there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.papers import places
from kb.papers.places import Level, Place
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed, form_of, forms_of

#: Numbers of syllables of a name that is recognised without its level, and with it, the longest first.
BARE_LENGTHS = (4, 3, 2)
FULL_LENGTHS = (4, 3, 2, 1)
#: Levels, folded, with their abbreviations. Letters alone must be capitals or have a full stop.
LEVELS: Mapping[str, str] = {
    "thanh pho": "thanh pho", "tp": "thanh pho", "tinh": "tinh", "t": "tinh", "quan": "quan", "q": "quan", "huyen": "huyen",
    "h": "huyen", "thi xa": "thi xa", "tx": "thi xa", "thi tran": "thi tran", "tt": "thi tran", "phuong": "phuong",
    "p": "phuong", "xa": "xa", "x": "xa", "dac khu": "dac khu",
}  # fmt: skip
_LETTERS = frozenset({"t", "q", "h", "tt", "p", "x"})
#: Words before a place that say that something lies there: the place may then be offered as a filter.
AT = frozenset({"ở", "tại"})
AT_PLAIN = frozenset({"o", "tai"})
#: Names of provinces and districts that are ordinary words when they are not in capitals.
WORDS = frozenset({("hòa", "bình")})
#: Other names of a place that are searched with it, at most.
MAX_RELATED = 24
#: Units whose names are known well enough to be meant in small letters.
_SIZES: tuple[Level, ...] = ("province", "former_province", "former_district", "commune", "former_commune")
_LARGE = frozenset(_SIZES[:3])


@dataclass(frozen=True, slots=True)
class _Lying:
    """Where items lie: the accented names of these places, and the other names of the units related to each (by code)."""

    values: frozenset[str]
    related: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def _lying(values: tuple[str, ...]) -> _Lying:
    related: dict[str, dict[str, None]] = defaultdict(dict)
    for value in values:
        place = places.by_name(value)
        if place is None:
            continue
        for part in places.successors(place) if place.level == "former_commune" else ():
            if part.whole:
                related[part.place.code].setdefault(place.own_name)
        for part in places.predecessors(place) if place.level == "commune" else ():
            above: Place | None = part.place
            while above is not None and above.former:
                if above.level != "former_commune" or part.whole:
                    related[above.code].setdefault(place.own_name)
                above = places.parent(above)
    return _Lying(frozenset(values), {code: tuple(names)[:MAX_RELATED] for code, names in related.items()})


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The places that a query names. Behind "ở" and "tại" a place of the collection is optional, and offered as a filter."""
    at = 0
    while at < len(typed.tokens):
        found = _with_level(typed, known, at) or _bare(typed, known, at)
        if found:
            at, span = found
            yield span
        else:
            at += 1


def begins(typed: Typed, known: Known, start: int, end: int) -> bool:
    """Whether words [start, end) are the level of a place whose name follows them."""
    level = " ".join(token.folded for token in typed.tokens[start:end])
    return level in LEVELS and _with_level(typed, known, start) is not None


def _with_level(typed: Typed, known: Known, at: int) -> tuple[int, Span] | None:
    """A place with its level before it: "xã Tuệ Tĩnh", "Q. Lê Chân"."""
    for size in (2, 1):
        level = LEVELS.get(" ".join(token.folded for token in typed.tokens[at : at + size]), "")
        start = at + size
        if not level or start >= len(typed.tokens) or typed.gap(start).strip() not in ("", "."):
            continue
        letter = typed.tokens[at].folded in _LETTERS
        if letter and not (typed.words[at].isupper() or typed.gap(start).startswith(".")):
            continue
        if level == "xa" and at > 1 and typed.tokens[at - 1].folded == "tac":
            continue  # "hợp tác xã"
        for length in FULL_LENGTHS:
            names = _named(typed, start, length, typed_level=level)
            if names and _is_free(typed, at, start + length):
                return start + length, _span(typed, known, names, at, start, start + length)
    return None


def _is_free(typed: Typed, start: int, end: int) -> bool:
    return typed.is_free(typed.tokens[start].start, typed.tokens[end - 1].end)


def _bare(typed: Typed, known: Known, at: int) -> tuple[int, Span] | None:
    """A place without its level, where letters and context show that it is one."""
    for length in BARE_LENGTHS:
        names = _named(typed, at, length)
        if names and _is_meant(typed, known, names, at, at + length) and _is_free(typed, at, at + length):
            return at + length, _span(typed, known, names, at, at, at + length)
        if not names and _is_only_here(typed, known, at, at + length) and _is_free(typed, at, at + length):
            name = " ".join(typed.words[at : at + length])
            start, end = typed.tokens[at].start, typed.tokens[at + length - 1].end
            return at + length, Span("place", start, end, (typed.form(at, at + length),), f"Địa danh: {name}")
    return None


def _is_only_here(typed: Typed, known: Known, start: int, end: int) -> bool:
    """Whether words in capitals name a place of the collection that the table of places lacks."""
    tokens = typed.tokens[start:end]
    capital = all(word[:1].isupper() for word in typed.words[start:end]) and not typed.shouted
    named = capital and tuple(token.folded for token in tokens) in known.place_names
    return named and end <= len(typed.tokens) and typed.is_run(start, end)


def _named(typed: Typed, start: int, length: int, typed_level: str = "") -> tuple[Place, ...]:
    """The places that words [start, start + length) name, in accents that agree."""
    end = start + length
    if end > len(typed.tokens) or not places.is_name(" ".join(typed.plain[start:end])) or not typed.is_run(start, end):
        return ()
    name = tuple(token.accented for token in typed.tokens[start:end])
    plain = not typed.accented
    found = [
        place
        for place in places.candidates(" ".join(typed.words[start:end]))
        if len(keys := _keys(place)) == length and (plain or keys == name)
    ]
    if typed_level:
        levelled = [place for place in found if _level_of(place) == typed_level]
        # A unit whose level changed is still called by the old one; a lone syllable needs the right one.
        found = levelled or (found if length > 1 else [])
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def _keys(place: Place) -> tuple[str, ...]:
    return tuple(term.accented for term in form_of(places.bare_name(place)))


def _level_of(place: Place) -> str:
    level = place.own_name.split()[: -len(places.bare_name(place).split()) or None]
    return " ".join(term.folded for term in form_of(" ".join(level)))


def _is_meant(typed: Typed, known: Known, names: Sequence[Place], start: int, end: int) -> bool:
    """Whether words without a level mean a place, and not what its name says ("Đoàn Kết", "Tiên Tiến")."""
    capital = all(word[:1].isupper() for word in typed.words[start:end]) and not typed.shouted
    large = any(place.level in _LARGE for place in names)
    lying = _lying(known.values("place"))
    here = any(place.name in lying.values or place.code in lying.related for place in names)
    if capital:
        return large or here
    alone = start == 0 and end == len(typed.tokens)
    behind = _is_behind(typed, start)
    if tuple(token.accented for token in typed.tokens[start:end]) in WORDS:
        return False
    if typed.accented and large:
        return True
    return (here or large) and (alone or behind)


def _is_behind(typed: Typed, at: int) -> bool:
    """Whether "ở" or "tại" stands before a word."""
    return typed.beside[at] and typed.tokens[at - 1].accented in (AT if typed.accented else AT_PLAIN)


def _span(typed: Typed, known: Known, names: Sequence[Place], first: int, start: int, end: int) -> Span:
    """The span of words [first, end), of which the name without its level begins at `start`."""
    lying = _lying(known.values("place"))
    others = dict.fromkeys(name for place in names for name in lying.related.get(place.code, ()))
    bare = " ".join(typed.words[start:end])
    forms = forms_of(typed.form(first, end), [bare, *others], most=MAX_RELATED)
    # A name without its level is taken for the largest unit.
    largest = sorted(names, key=lambda place: _SIZES.index(place.level)) if start == first else names
    offered = next((place.name for place in largest if place.name in lying.values), "")
    behind = _is_behind(typed, first)
    begin = typed.tokens[first - 1 if behind and offered else first].start
    reading = f"Địa danh: {places.bare_name(names[0])}"
    if 0 < len(others) <= 2:
        reading += f" ({'nay là' if names[0].former else 'gồm cả'} {', '.join(others)})"
    return Span(
        "place",
        begin,
        typed.tokens[end - 1].end,
        forms,
        reading,
        optional=bool(behind and offered),
        offer=("place", offered) if offered else None,
    )
