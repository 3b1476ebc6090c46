"""Numbers of papers, in every form that people write: they lead to the paper, and to the items that cite it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.papers.document_types import document_types, type_name
from kb.papers.numbers import parse_number, spell_symbol
from kb.papers.typed_numbers import TypedNumber, find_typed
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed, form_of, forms_of

#: Papers of the collection whose number is written out as a form, at most: "số 1" may mean hundreds.
MAX_WRITTEN = 8
#: Ordinals below this are also printed with a zero before them ("07/KH-UBND").
PADDED_BELOW = 10

#: Issuers whose papers have a dash before their type ("34-CT/TW").
PARTY = frozenset({"TU", "TW"})

_YEAR = re.compile("(?:19|20)[0-9]{2}")


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The numbers of a query. A form covers the number alone: its date and issuer are part of the span, and not required."""
    numbers = list(find_typed(typed.text))
    damaged = parse_number(typed.text) if typed.tokens else None
    if damaged and not any(len(typed.text) == found.end - found.start for found in numbers):
        # The whole query is one number as a recogniser damaged it ("S6:43 /KH - LMHTX").
        keys = tuple(key for key in known.numbers_of(damaged.ordinal.lstrip("0")) if key == damaged.key)
        forms = forms_of(form_of(typed.text), [damaged.text])
        yield Span("number", 0, len(typed.text), forms, f"Văn bản số {damaged.text}", keys)
        return
    for found in numbers:
        keys = _keys(found, known)
        if keys or found.certain:
            # An ordinal alone says nothing without the words before it.
            core = typed.text[found.core_start if found.parts else found.start : found.core_end]
            forms = forms_of(form_of(core), _written(found, keys))
            yield Span("number", found.start, found.end, forms, _reading(found, keys), keys)


def _keys(found: TypedNumber, known: Known) -> tuple[str, ...]:
    """The numbers of the collection that may be meant: those with just the typed parts, otherwise those that have them."""
    fitting = tuple(key for key in known.numbers_of(found.bare_ordinal) if found.fits(key))
    whole = tuple(key for key in fitting if len(_parts(key)) == len(found.parts))
    return whole or fitting


def _parts(key: str) -> list[str]:
    """The abbreviations of a number key."""
    rest = re.split("[/-]", key)[1:]
    return rest[1:] if rest and _YEAR.fullmatch(rest[0]) else rest


def _written(found: TypedNumber, keys: tuple[str, ...]) -> Iterator[str]:
    """The ways in which papers print the number, as texts."""
    symbols = found.parts or tuple(
        symbol for row in document_types() if row.code == found.type_code for symbol in row.symbols[:1]
    )
    spelt = [(found.year, symbols)] if symbols else []
    for key in keys[:MAX_WRITTEN]:
        year = next(iter(re.split("[/-]", key)[1:2]), "")
        year = year if _YEAR.fullmatch(year) else ""
        spelt.append((year, tuple(spell_symbol(part) for part in _parts(key))))
    for year, parts in spelt:
        for ordinal in _ordinals(found):
            for version in dict.fromkeys((parts, tuple(_other_centre(part) for part in parts))):
                yield " ".join(part for part in (ordinal, year, *version) if part)
    if found.type_code:
        yield from (f"{type_name(found.type_code)} số {ordinal}" for ordinal in _ordinals(found))
    if not found.parts:
        yield from (f"số {ordinal}" for ordinal in _ordinals(found) if not found.type_code)


def _other_centre(part: str) -> str:
    """The abbreviation with the other way to write "trung ương": TW as TƯ."""
    return f"{part[:-1]}Ư" if part.endswith("TW") else part


def _ordinals(found: TypedNumber) -> tuple[str, ...]:
    """The ordinal as typed, without zeros before it, and with one where papers print it so."""
    bare = found.bare_ordinal
    padded = [bare.zfill(2)] if bare.isdigit() and int(bare) < PADDED_BELOW else []
    return tuple(dict.fromkeys((found.ordinal, bare, *padded)))


def _reading(found: TypedNumber, keys: tuple[str, ...]) -> str:
    """How a chip shows the number: as the paper has it, where only one can be meant."""
    if len(keys) == 1:
        pieces = re.split("([/-])", keys[0])
        return "Văn bản số " + "".join(
            piece if at == 0 or piece in "/-" or _YEAR.fullmatch(piece) else spell_symbol(piece)
            for at, piece in enumerate(pieces)
        )
    symbol = "-".join(found.parts)
    name = type_name(found.type_code) or "Văn bản"
    if found.parts[1:] and found.parts[-1] in PARTY and not found.year:
        return f"{name} số {found.bare_ordinal}-{'/'.join(found.parts)}"
    return f"{name} số {'/'.join(part for part in (found.bare_ordinal, found.year, symbol) if part)}"
