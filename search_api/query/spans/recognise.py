"""Recognise the pieces of a query that are one thing, before any word of it is doubted, split or loosened.

One pass: the kinds are asked in the order of their certainty, and a piece that is taken by one is closed to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from search_api.query.spans import abbreviations, dates, figures, formal, joined, names, numbers, numerals, particles, places
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed

_Recogniser = Callable[[Typed, Known], Iterable[Span]]

#: The recognisers, the most certain first, and whether they also look at a sentence or pasted text.
RECOGNISERS: tuple[tuple[_Recogniser, bool], ...] = (
    (numbers.find, True),
    (lambda typed, known: dates.find(typed), True),
    (lambda typed, known: figures.find(typed), True),
    (lambda typed, known: numerals.find(typed), False),
    (formal.find, False),
    (abbreviations.find, True),
    (names.find_certain, True),
    (places.find, True),
    (names.find, True),
    (joined.find, False),
    (lambda typed, known: particles.find(typed), False),
)


def recognise(text: str, known: Known, as_text: Collection[str] = ()) -> tuple[Span, ...]:
    """The spans of a cleaned query, in its order; they do not overlap. No input is an error.

    A piece of `as_text` is plain words. Nothing in quotation marks is recognised except the number of a paper. An item is
    never asked for optional spans alone.
    """
    typed = Typed.of(text, as_text)
    found: list[Span] = []
    for recogniser, in_long in RECOGNISERS:
        if in_long or not typed.long:
            for span in recogniser(typed, known):
                if span.forms and typed.is_free(span.start, span.end, quoted=span.kind == "number"):
                    typed.taken.append((span.start, span.end))
                    found.append(span)
    return tuple(sorted(_keep_some(typed, found), key=lambda span: span.start))


def _keep_some(typed: Typed, found: Sequence[Span]) -> Sequence[Span]:
    """The spans; where optional ones hold the whole query, its places are required, or all of them if it names none."""
    optional = [(span.start, span.end) for span in found if span.optional]
    if not optional or not all(any(start <= t.start and t.end <= end for start, end in optional) for t in typed.tokens):
        return found
    placed = any(span.kind == "place" for span in found)
    return [replace(span, optional=placed and span.kind != "place") for span in found]
