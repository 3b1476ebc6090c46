"""Write what the advanced form asks for as one query, in the syntax that `search_api.query.parser` parses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb import facets
from kb.papers import vocabulary
from search_api.query.operators import OPERATORS, joined
from search_api.query.parser import MAX_CHARACTERS, MAX_WORDS, NUMBER_NAMES

#: Quotation marks, and what is syntax between words: to be replaced by spaces.
_QUOTES = str.maketrans('"“”«»', "     ")
_SYNTAX = str.maketrans('"“”«»()|', " " * 8)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields of the form, as typed; anything may be empty or malformed.

    `values` has what the visitor gave for a facet, by the code of the facet: a code where a table lists the values, else
    words. Years are given as a range instead.
    """

    all_words: str = ""
    phrase: str = ""
    any_words: str = ""
    without: str = ""
    number: str = ""
    first_year: str = ""
    last_year: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def compose(wanted: Wanted) -> str:
    """The query. Empty fields and unknown codes are left out.

    >>> compose(Wanted("lúa", "hữu cơ", without="rươi", last_year="2025", values={"field": "agriculture"}))
    'lúa "hữu cơ" -rươi lĩnh vực:"Nông nghiệp" năm:2025'
    >>> compose(Wanted("ao", any_words="tôm cua", without="hợp đồng Hoa", values={"place": "Tuệ Tĩnh"}))
    'ao (tôm OR cua) -"hợp đồng" -"Hoa" địa bàn:"Tuệ Tĩnh"'
    """
    both = " ".join(part for part in (_words(wanted.all_words), _phrase(wanted.phrase)) if part)[:MAX_CHARACTERS]
    either = " OR ".join(_alternatives(wanted.any_words))
    parts = [both, f"({either})" if both and " OR " in either else either]
    parts += [f"-{word}" for word in _excluded(wanted.without)]
    parts += [f"{NUMBER_NAMES[0]}:{_value(wanted.number)}"] if wanted.number.strip() else []
    parts += [_condition(facet, wanted) for facet in facets.FACETS]
    return " ".join(part for part in parts if part)


def _condition(facet: facets.Facet, wanted: Wanted) -> str:
    """The condition for one facet, as the query writes it; "" where the form asks for nothing."""
    given = wanted.values.get(facet.code, "")
    if facet.values == "years":
        return _years(facet.name, wanted.first_year, wanted.last_year)
    if facet.is_open:
        return f'{facet.name}:"{_value(given)}"' if given.strip() else ""
    return f'{facet.name}:"{vocabulary.label(facet.code, given)}"' if given in vocabulary.codes(facet.code) else ""


def _alternatives(text: str) -> list[str]:
    """The words of which an item must hold one. With commas, what stands between them stays together."""
    kept = text[:MAX_CHARACTERS].translate(_SYNTAX)
    parts = kept.split(",") if "," in kept else kept.split()
    return [_quoted(part.split()) for part in parts if part.strip()][:MAX_WORDS]


def _excluded(text: str) -> list[str]:
    """The words that no item may hold, the syllables of one word together. Quoted, none is the beginning of a sentence."""
    groups: list[list[str]] = []
    for part in text[:MAX_CHARACTERS].translate(_SYNTAX).split(","):
        alone = True
        for word in part.split():
            if alone or not joined(None, groups[-1][-1].lower(), word.lower()):
                groups.append([])
            groups[-1].append(word)
            alone = False
    return [_quoted(group) if group[0][0].islower() else f'"{" ".join(group)}"' for group in groups]


def _quoted(words: Sequence[str]) -> str:
    """The words as one phrase, one word as it is unless it is an operator."""
    return f'"{" ".join(words)}"' if len(words) > 1 or words[0] in OPERATORS else words[0]


def _words(text: str) -> str:
    return " ".join(text.split())


def _phrase(text: str) -> str:
    inside = _value(text)
    return f'"{inside}"' if inside else ""


def _value(text: str) -> str:
    return " ".join(text.translate(_QUOTES).split())


def _years(name: str, first: str, last: str) -> str:
    """One year or a range; a range with one end only is that year."""
    known = [year.strip() for year in (first, last) if len(year.strip()) == 4 and year.strip().isdecimal()]
    return f"{name}:{'-'.join(dict.fromkeys(known))}" if known else ""
