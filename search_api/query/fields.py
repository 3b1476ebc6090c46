"""Fields of a query (`năm:2024`): where a name before a colon is a field and not text, and what its value means.

A field is taken only at a border that text does not have. Values that the collection lacks are conditions that no item
meets, and a sentence says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from kb import facets
from kb.papers import places, vocabulary
from kb.papers.numbers import parse_number
from kb.ports import Filters
from search_api.query.place_names import bare_names
from vitext import fold, tokenise

#: Years that a range may span.
MAX_YEARS = 200
#: Words that the value of a field may have when it is not quoted.
MAX_VALUE_WORDS = 12
#: Words of a unit's name that may stand for it, at least, when more words follow the value: one is part of many names.
MIN_CUT_WORDS = 2
#: Words of the longest name of a place that is looked for, its level included ("thị xã Phú Thọ tỉnh Phú Thọ").
MAX_PLACE_WORDS = 7

Values = Callable[[str], Sequence[str]]
"""The values that a facet has in the collection. It is called for open facets and for years: no table lists their values."""

Joined = Callable[[str, str], bool]
"""Whether two words are parts of one word or name."""

#: The code of the field that asks for a document by its number ("số:238/KH-UBND"). It is no facet.
NUMBER = "number"
#: The names of that field in a query.
NUMBER_NAMES = ("số", "số hiệu", "số ký hiệu")
#: Words that count: "ba nơi:", "các đơn vị:" are text.
_COUNTING = frozenset(
    [
        "một",
        "hai",
        "ba",
        "bốn",
        "năm",
        "sáu",
        "bảy",
        "tám",
        "chín",
        "mười",
        "các",
        "những",
        "mỗi",
        "nhiều",
        "mấy",
        "vài",
        "từng",
    ]
)
_QUOTED = re.compile(r'["“«]([^"“”«»]*)["”»]')
#: A word of a value. It ends before what is syntax again.
_VALUE_WORD = re.compile(r'\s*(?!["“«(|]|-["“«\w]|(?:OR|HOẶC|AND|NOT)(?!\S))[^\s()|]+')
_TRAILING = re.compile(r"[\s,.;!?]+$")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Characters [`start`, `end`) of a query that ask for something besides words. `reading` is how a chip shows it.

    `unknown` is a sentence about a value that the collection lacks; no item meets the condition then.
    """

    start: int
    end: int
    filters: Filters
    reading: str
    unknown: str = ""


def field_names() -> dict[str, str]:
    """The names that may stand before a colon (folded) -> the code of the facet, or NUMBER.

    >>> field_names()["dia ban"], field_names()["so hieu"]
    ('place', 'number')
    """
    return {fold(name): NUMBER for name in NUMBER_NAMES} | {name: facet.code for name, facet in facets.by_name().items()}


def written_names() -> tuple[str, ...]:
    """The same names as they are written, with their accents."""
    return (*NUMBER_NAMES, *(name for facet in facets.FACETS for name in facet.names))


@lru_cache(maxsize=2)
def _field_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(sorted({*names, *map(fold, names)}, key=len, reverse=True))
    return re.compile(rf"({either})\s?:", re.IGNORECASE)


def take_field(text: str, at: int, before: str, values: Values, joined: Joined) -> tuple[Condition | None, str]:
    """(the condition that begins at a word of a query, None for text; a problem for the visitor, "" for none).

    `before` is the word before it, "" for none and behind another field. A name that is text gives no problem.
    """
    name = _field_pattern(written_names()).match(text, at)
    if name is None:
        return None, ""
    spaced = text[name.end() : name.end() + 1].isspace()
    if not _is_border(text, name[1], at, before, spaced, joined):
        return None, ""
    begin = name.end() + spaced
    code = field_names()[fold(name[1])]
    condition = _take_value(code, text, at, begin, values, certain=not spaced or (at == 0 and " " in name[1]))
    if condition is None:
        problem = f"Không hiểu “{text[at:begin].strip()}{' '.join(text[begin:].split()[:1])}”, đã tìm như chữ thường."
        return None, "" if at and (spaced or begin == len(text)) else problem
    if spaced and at and not _ends_words(text, condition.end):
        return None, ""
    return condition, ""


def _is_border(text: str, name: str, at: int, before: str, spaced: bool, joined: Joined) -> bool:
    """Whether a name with its colon is a field there, and not the end of other words ("Hà Nội:", "Quảng Nam:").

    It is written as the field is called, in small letters behind other words; without accents only where the query has
    none, or where no single word of a text could stand so ("linh vuc:").
    """
    small = name.lower()
    if at and name != small:
        return False
    if spaced and (before.lower() in _COUNTING or before[-1:].isdigit() or joined(before.lower(), small.split()[0])):
        return False
    if small in written_names():
        return True
    plain = fold(text) == text.lower()
    if " " in name:
        return plain or not spaced
    return plain and (not at or (not spaced and not joined(before.lower(), small)))


def _ends_words(text: str, end: int) -> bool:
    """Whether no words follow a value, or only a field."""
    rest = text[end:].strip()
    return not rest or bool(_field_pattern(written_names()).match(rest))


def _take_value(code: str, text: str, at: int, begin: int, values: Values, *, certain: bool) -> Condition | None:
    """The condition of a field whose value begins at `begin`; a `certain` field has a value even if nobody knows it."""
    quoted = _QUOTED.match(text, begin)
    if quoted:
        of_places = code != NUMBER and facets.by_code(code).values == "places"
        span = (code, quoted[1], at, quoted.end())
        found = _condition(*span, values, whole=True) or (of_places and _condition(*span, values, whole=True, related=True))
        return found or _unknown(*span, certain=certain)
    ends: list[int] = []
    end = begin
    while len(ends) < MAX_VALUE_WORDS and (word := _VALUE_WORD.match(text, end)):
        if ends and _field_pattern(written_names()).match(text, word.start() + 1):
            break
        end = word.end()
        ends.append(end)
    if not ends:
        return None
    of_places = code != NUMBER and facets.by_code(code).values == "places"
    for related in (False, True) if of_places else (False,):
        for end in reversed(ends):
            value = _TRAILING.sub("", text[begin:end])
            found = _condition(code, value, at, begin + len(value), values, whole=end == ends[-1], related=related)
            if found and not (of_places and _named_place(text[begin : ends[-1]], len(value))):
                return found
    value = _TRAILING.sub("", text[begin : ends[-1]])
    named = _named_place(value, 0) if of_places else 0
    value = value[:named] if named else _name_at(value) if of_places else value
    return _unknown(code, value, at, begin + len(value), certain=certain or bool(named))


def _name_at(text: str) -> str:
    """The words in capitals that begin the name of a place, all words where the first is small."""
    words = text.split()
    capitals = next((at for at, word in enumerate(words) if not word[:1].isupper()), len(words))
    return " ".join(words[: capitals or len(words)])


def _named_place(text: str, beyond: int) -> int:
    """The length of the longest name of a place in the whole country that begins the text, 0 for none.

    Only names are looked for that are longer than `beyond`, where they go on with a capital."""
    if beyond and not text[beyond:].lstrip()[:1].isupper():
        return 0
    ends = [match.end() for match in islice(re.finditer(r"\S+", text), MAX_PLACE_WORDS)]
    for end in reversed(ends):
        value = _TRAILING.sub("", text[:end])
        if len(value) <= beyond:
            break
        if any(_agrees(_keys(value), _keys(places.bare_name(place))) for place in places.candidates(value)):
            return len(value)
    return 0


def _agrees(typed: tuple[Key, Key], name: tuple[Key, Key]) -> bool:
    """Whether typed words (folded, accented) end with a name, accents included unless none is typed."""
    folded, accented = typed
    size = len(name[0])
    if accented == folded:
        return folded[-size:] == name[0]
    return accented[-size:] == name[1]


def _condition(
    code: str, value: str, start: int, end: int, values: Values, *, whole: bool, related: bool = False
) -> Condition | None:
    """The condition of a value that is understood. `whole` tells that no word of the value is left out.

    `related` asks for places that have the name in another form, or had it once.
    """
    if code == NUMBER:
        number = parse_number(value)
        return Condition(start, end, Filters(numbers=(number.key,)), f"Số hiệu: {number.text}") if number else None
    facet = facets.by_code(code)
    if facet.values == "years":
        years = _match_years(" ".join(fold(value).split()))
        shown = "-".join(dict.fromkeys((years[0], years[-1]))) if years else ""
        known = tuple(values(code)) if years else ()
        lacking = bool(known) and not set(years) & set(known)
        found, unknown = years, f"Trong kho chưa có mục nào của năm {shown}." if lacking else ""
    elif facet.is_open:
        known = tuple(values(code))
        found = _related_places(value, known) if related else _match_name(facet, value, known, whole)
        shown, unknown = value, ""
    else:
        found, unknown = _match_table(code, value), ""
        shown = vocabulary.label(code, found[0]) if found else ""
    return Condition(start, end, Filters({code: found}), f"{facet.label}: {shown}", unknown) if found else None


def _unknown(code: str, value: str, start: int, end: int, *, certain: bool) -> Condition | None:
    """A condition that no item meets, for a name that the collection lacks."""
    if not certain or not value or code == NUMBER or not facets.by_code(code).is_open:
        return None
    facet = facets.by_code(code)
    where = "ở" if facet.values == "places" else "của"
    sentence = f"Trong kho chưa có mục nào {where} {facet.name} “{value}”."
    return Condition(start, end, Filters({code: (value,)}), f"{facet.label}: {value}", sentence)


def _keys(text: str) -> tuple[Key, Key]:
    tokens = tokenise(text)
    return tuple(token.folded for token in tokens), tuple(token.accented for token in tokens)


def _match_name(facet: facets.Facet, value: str, known: tuple[str, ...], whole: bool) -> tuple[str, ...]:
    """Every value of an open facet that a name means ("địa bàn:vĩnh bảo" means every such commune or district)."""
    parts = [_keys(part) for part in value.split(",") if part.strip()]
    parts = [part for part in parts if part[0]]
    if not parts:
        return ()
    index = _index(known, facet.values == "places")
    accented = any(folded != spelt for folded, spelt in parts)
    if facet.values != "places" and not whole and sum(len(folded) for folded, _ in parts) < MIN_CUT_WORDS:
        parts = []
    found = [_holders(index, part, accented) for part in parts] or [{}]
    return tuple(name for name in found[0] if all(name in others for others in found[1:]))


def _holders(index: dict[Key, list[tuple[str, Key]]], part: tuple[Key, Key], accented: bool) -> dict[str, None]:
    """The values that have a part of a name: with its accents, else with those of its syllables that have some."""
    folded, spelt = part
    hits = index.get(folded, [])
    exact = {value: None for value, name in hits if not accented or name == spelt}
    marked = [at for at in range(len(folded)) if folded[at] != spelt[at]]
    return exact or {value: None for value, name in hits if all(name[at] == spelt[at] for at in marked)}


@lru_cache(maxsize=8)
def _index(known: tuple[str, ...], of_places: bool) -> dict[Key, list[tuple[str, Key]]]:
    """What may be typed for each of the names, folded -> (the name, what is typed with accents).

    A place is named by a part between commas, with its level or without; a unit by any run of its words.
    """
    index: dict[Key, list[tuple[str, Key]]] = defaultdict(list)
    for value in known:
        runs = set()
        for part in value.split(",") if of_places else [value]:
            folded, spelt = _keys(part)
            size = len(folded)
            if of_places:
                bare = next(iter(bare_names([part])), folded)
                runs |= {(folded, spelt), (bare, spelt[size - len(bare) :])}
            else:
                places_of_runs = [(a, b) for a in range(size) for b in range(a + 1, min(size, a + MAX_VALUE_WORDS) + 1)]
                runs |= {(folded[a:b], spelt[a:b]) for a, b in places_of_runs}
        for typed, name in runs:
            index[typed].append((value, name))
    return dict(index)


def _related_places(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """The places of the collection that a name means in another form ("q. Lê Chân"), that succeeded a former unit of that
    name, or that preceded one of today."""
    meant = [
        place for place in places.candidates(name) if _agrees(_keys(name.split(",")[0]), _keys(places.bare_name(place)))
    ]
    own = tuple(value for value in known if value in {place.name for place in meant})
    related = {
        part.place.name
        for place in meant
        for part in (places.successors(place) if place.former else places.predecessors(place))
    }
    return own or tuple(value for value in known if value in related)


def _match_years(wanted: str) -> tuple[str, ...]:
    """One year, or a range ("2023-2025") of at most MAX_YEARS, in either order."""
    years = re.fullmatch(r"([0-9]{4})(?: ?[-–] ?([0-9]{4}))?", wanted)
    if not years:
        return ()
    first, last = sorted((int(years[1]), int(years[2] or years[1])))
    return tuple(f"{year:04d}" for year in range(first, last + 1)) if last - first < MAX_YEARS else ()


def _match_table(code: str, value: str) -> tuple[str, ...]:
    """The code of a value of a facet whose values a table lists, by its label or code."""
    folded, accented = _keys(value)
    return next((found for name, found in _table(code).get(folded, ()) if accented in (folded, name)), ())


@lru_cache(maxsize=16)
def _table(facet: str) -> dict[Key, list[tuple[Key, tuple[str]]]]:
    """Folded label or code -> (the same with accents, the code), for a facet whose values a table lists."""
    table: dict[Key, list[tuple[Key, tuple[str]]]] = defaultdict(list)
    for code in vocabulary.codes(facet):
        for name in (code, vocabulary.label(facet, code)):
            folded, accented = _keys(name)
            table[folded].append((accented, (code,)))
    return dict(table)
