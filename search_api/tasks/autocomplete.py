"""Suggest while somebody types: titles, places, units, numbers of papers, and values of `field:value`.

All names of the collection stand in one folded text, so that a word typed is found by one search of a string, at any size;
names that agree in accents come first. A suggestion is a query that `search_api.query.parser` reads, or the page of an item.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import FACETS, Filters, TextQuery
from search_api.query.parser import FIELD_NAMES, clean
from search_api.schema import Suggestion
from vitext import fold, normalise

#: Suggestions that are shown.
MAX_SHOWN = 8
#: Suggestions of one kind.
MAX_OF_KIND = 4
#: Matches that are looked at for them.
MAX_LOOKED_AT = 400
#: Characters of a query that suggestions are made for.
MAX_QUERY_LENGTH = 200
#: Fewer letters than this suggest nothing.
MIN_LETTERS = 2

#: What each open or listed field is called when it is written out.
FIELDS = {
    "kind": "loại", "field": "lĩnh vực", "place": "địa bàn", "year": "năm", "issuer": "cơ quan", "quality": "chất lượng",
    "subject": "đối tượng", "status": "trạng thái", "number": "số",
}  # fmt: skip
_FIELD = re.compile(rf"(?:^|\s)({'|'.join(sorted(FIELD_NAMES, key=len, reverse=True))})\s?:\s*([^:]*)$", re.ASCII)
_LAST = re.compile(r"(?:^|\s)(\S+(?:\s+\S+)?)$")


@dataclass(frozen=True, slots=True)
class Name:
    """Something that may be suggested; `id` is the item of a title, `weight` how many items a value has."""

    kind: str
    text: str
    id: str = ""
    weight: int = 0


class Names:
    """The names of one generation, to be searched."""

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
        """(name, whether it begins with the words) of names that hold every word, the last as the beginning of one."""
        if not words:
            return
        longest = max(words, key=len)
        seen, at = -1, self._all.find(f" {longest}")
        left = MAX_LOOKED_AT
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


def read_names(view: View) -> Names:
    """Every name of a view: what it does not show is not suggested."""
    titles = view.snapshot.titles()
    names = [Name("number", number, item_id) for item_id, _, number in titles if number]
    names += [Name("title", title, item_id) for item_id, title, _ in titles if title]
    for facet in ("place", "issuer"):
        counts = view.text.count_facet(TextQuery(), Filters(), facet)
        names += [Name(facet, value, weight=count) for value, count in counts.items()]
    counts = view.text.count_facet(TextQuery(), Filters(), "field")
    names += [Name("field", field.name, weight=counts.get(field.code, 0)) for field in vocabulary.fields()]
    return Names(names)


def suggest(view: View, names: Names, typed: str) -> list[Suggestion]:
    """At most MAX_SHOWN suggestions for what stands in the box, best first within each kind."""
    text, cut = clean(typed)
    if cut or len(text) > MAX_QUERY_LENGTH or len(_key(text)) < MIN_LETTERS:
        return []
    if typed[-1:].isspace():
        text += " "
    field = _FIELD.search(fold(text))
    if field:
        return _complete(view, text, field)
    found = [*_names_of_fields(text), *_found(names, text)]
    return found[:MAX_SHOWN]


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
    order = ("number", "title", "place", "issuer", "field")
    few = MAX_OF_KIND if sum(len(group) > 0 for group in by_kind.values()) < 3 else 2
    return [s for kind in order for s in by_kind.get(kind, [])[: MAX_OF_KIND if kind == "title" else few]]


def _suggestion(name: Name) -> Suggestion:
    if name.id:
        return Suggestion(kind=name.kind, text=name.text, id=name.id)
    count = f"{name.weight} mục"
    return Suggestion(kind=name.kind, text=name.text, query=_written(FIELDS[name.kind], name.text), hint=count)


def _written(field: str, value: str) -> str:
    return f'{field}:"{value}"' if " " in value or "," in value else f"{field}:{value}"


def _names_of_fields(text: str) -> list[Suggestion]:
    """ "lĩnh" may go on to `lĩnh vực:`; only at the end of the text, and what stands before stays."""
    last = _LAST.search(text)
    if not last:
        return []
    for start in (last.start(1), text.rfind(" ") + 1):
        wanted = _key(text[start:])
        hits = [name for name in FIELDS.values() if len(wanted) > 2 and _key(name).startswith(wanted)]
        if hits:
            before = text[:start]
            return [
                Suggestion(kind="syntax", text=f"{name}:", query=f"{before}{name}:", hint="lọc theo") for name in hits[:2]
            ]
    return []


def _complete(view: View, text: str, match: re.Match[str]) -> list[Suggestion]:
    """Values of the field that is being typed; the text is folded letter by letter, so that places are the same."""
    facet = FIELD_NAMES[match[1]]
    if facet not in FACETS:
        return []
    begun = _key(match[2].strip('"'))
    before = text[: match.start(1)] if len(fold(text)) == len(text) else ""
    counts = view.text.count_facet(TextQuery(), Filters(), facet)
    values = sorted(((vocabulary.label(facet, code), count) for code, count in counts.items()), key=lambda v: (-v[1], v[0]))
    if facet == "year":
        values.sort(reverse=True)
    fitting = [(label, count) for label, count in values if f" {begun}" in f" {_key(label)}"]
    fitting.sort(key=lambda value: not _key(value[0]).startswith(begun))
    name = FIELDS[facet]
    return [
        Suggestion(kind=facet, text=label, query=before + _written(name, label), hint=f"{count} mục")
        for label, count in fitting[:MAX_SHOWN]
    ]
