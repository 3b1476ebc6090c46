"""Abbreviations, synonyms and other names of places: the rows of the table of synonyms as spans."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import cast

from search_api.query.spans import places
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed, form_of, forms_of
from search_api.query.synonyms import find_expansions
from search_api.schema import ChipKind
from vitext import fold

#: An abbreviation of at least this many letters is also written in two parts ("LĐ-TBXH", "VH và TT").
MIN_PARTED_LETTERS = 4
#: Forms that a chip names.
MAX_SHOWN = 2


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The spans of a query that the table knows; in a long one only its abbreviations."""
    apart = [at for at in range(1, len(typed.tokens)) if not typed.is_soft(at)]
    expansions = find_expansions(typed.words, apart)
    for (start, end), group in groupby(expansions, key=lambda expansion: (expansion.start, expansion.end)):
        found = list(group)
        kind = found[0].kind
        short = end - start == 1 and typed.words[start].isupper()
        if typed.long and not (kind == "abbreviation" and short):
            continue
        if places.begins(typed, known, start, end):
            continue  # "TP" of "TP. Hải Phòng"
        first = typed.form(start, end)
        others = [" ".join(expansion.words) for expansion in found]
        capitals = ["".join(word for word in typed.words[start:end] if word.isupper()), *others]
        parted = [
            way
            for short_form in dict.fromkeys(capitals)
            if short_form.isupper() and " " not in short_form
            for way in _parted(short_form)
            if all(known.knows(term) for term in form_of(way))
        ]
        reading = ", ".join(dict.fromkeys(other for other in others if fold(other) != fold(typed.words[start])))
        names = reading.split(", ")
        yield Span(
            cast(ChipKind, kind),
            typed.tokens[start].start,
            typed.tokens[end - 1].end,
            forms_of(first, [*others, *parted]),
            ", ".join(names[:MAX_SHOWN]),
        )


def _parted(short: str) -> Iterator[str]:
    """The abbreviation in two parts, each of two letters or more, with "và" between them and without it."""
    if len(short) >= MIN_PARTED_LETTERS:
        for at in range(2, len(short) - 1):
            yield f"{short[:at]} {short[at:]}"
            yield f"{short[:at]} và {short[at:]}"
