"""Suggest while somebody types: titles, places, units, numbers of papers, and values of `field:value`.

All names of the collection stand in one folded text, so that one string search finds a typed word in a collection of any
size. Names that agree in accents come first. A suggestion is a query for `search_api.query.parser`, or the page of an item.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb import facets
from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import Filters, TextQuery
from search_api.query.fields import written_names
from search_api.query.parser import NUMBER, NUMBER_NAMES, clean, field_names
from search_api.schema import Suggestion
from vitext import fold, normalise

#: Suggestions, at most.
MAX_SHOWN = 8
#: Suggestions of one kind, at most.
MAX_OF_KIND = 4
#: Suggestions of one kind other than titles, where there are several kinds.
FEW_OF_KIND = 2
#: Kinds of suggestions from which FEW_OF_KIND holds.
MANY_KINDS = 3
#: Matching names that are compared, at most.
MAX_CANDIDATES = 400
#: Characters of a query, at most; a longer one gets no suggestions.
MAX_QUERY_LENGTH = 200
#: Letters of a query, at least; a shorter one gets no suggestions.
MIN_LETTERS = 2
#: Suggestions of names of fields, at most.
MAX_FIELD_NAMES = 2
#: Letters of the name of a field that must be typed before it is suggested.
MIN_FIELD_LETTERS = 3

#: The last one or two words of what is typed.
_LAST_WORDS = re.compile(r"(?:^|\s)(\S+(?:\s+\S+)?)$")


#: An excluded word or phrase at the end of what is typed: nothing that has it is sought.
_EXCLUDED = re.compile(r'(?:^|\s)-(?:[^\W\d_]|["“«])[^"”»]*$')


@lru_cache(maxsize=2)
def _begun_field(names: tuple[str, ...]) -> re.Pattern[str]:
    """The name of a field with its colon at the end of folded text, and the part of its value that is typed."""
    either = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"(?:^|\s)({either})\s?:\s*([^:]*)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may be suggested. `id` is the item of a title or a number, `weight` the number of items of a value."""

    kind: str
    text: str
    id: str = ""
    weight: int = 0


class Names:
    """The names of one generation, ready for searching."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.names = tuple(names)
        self._starts: list[int] = []
        parts: list[str] = []
        at = 0
        for name in self.names:
            key = f" {_key(name.text)} \n"
            self._starts.append(at)
            parts.append(key)
            at += len(key)
        self._all = "".join(parts)

    def find(self, words: Sequence[str]) -> Iterator[tuple[Name, bool]]:
        """(name, whether it begins with the words) of the names in which each of the words begins some word."""
        if not words:
            return
        longest = max(words, key=len)
        seen, at = -1, self._all.find(f" {longest}")
        left = MAX_CANDIDATES
        while at >= 0 and left:
            index = bisect_right(self._starts, at) - 1
            if index != seen:
                seen = index
                start = self._starts[index]
                end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._all)
                key = self._all[start:end]
                if all(f" {word}" in key for word in words):
                    left -= 1
                    yield self.names[index], key.startswith(" " + " ".join(words))
                at = end - 1
            at = self._all.find(f" {longest}", at + 1)


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def collect_names(view: View) -> Names:
    """Every name of a view. What the view does not show (internal items) is not suggested."""
    titles = view.snapshot.titles()
    names = [Name("number", number, item_id) for item_id, _, number in titles if number]
    names += [Name("title", title, item_id) for item_id, title, _ in titles if title]
    for facet in _suggested():
        counts = view.text.count_facets(TextQuery(), Filters(), (facet.code,))[facet.code]
        values = vocabulary.codes(facet.code) if facet.values == "table" else counts
        names += [Name(facet.code, vocabulary.label(facet.code, v), weight=counts.get(v, 0)) for v in values]
    return Names(names)


def _suggested() -> list[facets.Facet]:
    """The facets whose values are suggested although no field is typed; open facets come first."""
    return sorted((facet for facet in facets.FACETS if facet.suggested), key=lambda facet: not facet.is_open)


def suggest(view: View, names: Names, typed: str) -> list[Suggestion]:
    """At most MAX_SHOWN suggestions for the text in the search box, the best first within each kind."""
    text, cut = clean(typed)
    if cut or len(text) > MAX_QUERY_LENGTH or len(_key(text)) < MIN_LETTERS:
        return []
    if typed[-1:].isspace():
        text += " "
    if _EXCLUDED.search(text):
        return []
    field = _begun_field(tuple(field_names())).search(fold(text))
    if field and _is_field(text, field):
        return _complete(view, text, field)
    found = [*_names_of_fields(text), *_found(names, text)]
    return found[:MAX_SHOWN]


def _is_field(text: str, match: re.Match[str]) -> bool:
    """Whether a name with its colon is a field, and not the end of other words ("Hà Nội:", "Quảng Nam:"): it is written as
    the field is called, behind other words in small letters, and without accents only in a text that has none."""
    if len(fold(text)) != len(text):
        return False
    name, before = text[match.start(1) : match.end(1)], text[: match.start(1)].strip()
    if before and name != name.lower():
        return False
    spaced = text[match.end(1) :].lstrip()[1:2].isspace()
    plain = fold(text) == text.lower() and not (before and spaced)
    return plain or " ".join(name.lower().split()) in written_names()


def _found(names: Names, text: str) -> list[Suggestion]:
    words = _key(text).split()
    spelt = normalise(text).lower().split()

    def rank(pair: tuple[Name, bool]) -> tuple[int, int, int, int]:
        name, begins = pair
        shown = normalise(name.text).lower()
        agrees = sum(word in shown for word in spelt)
        return -agrees, not begins, -name.weight, len(name.text)

    by_kind: dict[str, list[Suggestion]] = {}
    for name, _ in sorted(names.find(words), key=rank):
        group = by_kind.setdefault(name.kind, [])
        if len(group) < MAX_OF_KIND and all(name.text != other.text for other in group):
            group.append(_suggestion(name))
    order = ("number", "title", *(facet.code for facet in _suggested()))
    few = MAX_OF_KIND if len(by_kind) < MANY_KINDS else FEW_OF_KIND
    return [s for kind in order for s in by_kind.get(kind, [])[: MAX_OF_KIND if kind == "title" else few]]


def _suggestion(name: Name) -> Suggestion:
    if name.id:
        return Suggestion(kind=name.kind, text=name.text, id=name.id)
    count = f"{name.weight} mục"
    return Suggestion(kind=name.kind, text=name.text, query=_written(facets.by_code(name.kind).name, name.text), hint=count)


def _written(field: str, value: str) -> str:
    return f'{field}:"{value}"' if " " in value or "," in value else f"{field}:{value}"


def _names_of_fields(text: str) -> list[Suggestion]:
    """The names of fields that the end of the text begins ("lĩnh" gives `lĩnh vực:`); the text before it stays."""
    last = _LAST_WORDS.search(text)
    if not last:
        return []
    written = (*(facet.name for facet in facets.FACETS), NUMBER_NAMES[0])
    for start in (last.start(1), text.rfind(" ") + 1):
        wanted = _key(text[start:])
        hits = [name for name in written if len(wanted) >= MIN_FIELD_LETTERS and _key(name).startswith(wanted)]
        if hits:
            before = text[:start]
            shown = hits[:MAX_FIELD_NAMES]
            return [Suggestion(kind="syntax", text=f"{name}:", query=f"{before}{name}:", hint="lọc theo") for name in shown]
    return []


def _complete(view: View, text: str, match: re.Match[str]) -> list[Suggestion]:
    """Values of the field that is being typed. The text before the field stays."""
    code = field_names()[match[1]]
    if code == NUMBER:
        return []
    facet = facets.by_code(code)
    begun = _key(match[2].strip('"'))
    before = text[: match.start(1)]
    counts = view.text.count_facets(TextQuery(), Filters(), (code,))[code]
    values = sorted(((vocabulary.label(code, value), n) for value, n in counts.items()), key=lambda v: (-v[1], v[0]))
    if facet.order == "newest":
        values.sort(reverse=True)
    fitting = [(label, count) for label, count in values if f" {begun}" in f" {_key(label)}"]
    fitting.sort(key=lambda value: not _key(value[0]).startswith(begun))
    return [
        Suggestion(kind=code, text=label, query=before + _written(facet.name, label), hint=f"{count} mục")
        for label, count in fitting[:MAX_SHOWN]
    ]
