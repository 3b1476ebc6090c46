"""Recognise the pieces of a query that are one thing, before any word of it is doubted, split or loosened.

One pass: the kinds are asked in the order of their certainty, and a piece that is taken by one is closed to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from search_api.query.spans import abbreviations, dates, figures, numbers, numerals
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed

_Recogniser = Callable[[Typed, Known], Iterable[Span]]

#: The recognisers, the most certain first, and whether they also look at a sentence or pasted text.
RECOGNISERS: tuple[tuple[_Recogniser, bool], ...] = (
    (numbers.find, True),
    (lambda typed, known: dates.find(typed), True),
    (lambda typed, known: figures.find(typed), True),
    (lambda typed, known: numerals.find(typed), False),
    (abbreviations.find, True),
)


def recognise(text: str, known: Known, as_text: Collection[str] = ()) -> tuple[Span, ...]:
    """The spans of a cleaned query, in its order; they do not overlap. No input is an error.

    A piece of `as_text` is plain words. Nothing in quotation marks is recognised except the number of a paper.
    """
    typed = Typed.of(text, as_text)
    found: list[Span] = []
    for recogniser, in_long in RECOGNISERS:
        if in_long or not typed.long:
            for span in recogniser(typed, known):
                if span.forms and typed.is_free(span.start, span.end, quoted=span.kind == "number"):
                    typed.taken.append((span.start, span.end))
                    found.append(span)
    return tuple(sorted(found, key=lambda span: span.start))
