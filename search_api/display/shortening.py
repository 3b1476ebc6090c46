"""Bound what is shown of a very long text, and say how much is left out."""

from __future__ import annotations

from collections.abc import Iterable

from search_api.display.counts import show_count

#: What a paragraph costs besides its characters: a million empty ones are not free.
PARAGRAPH_COST = 10


def shorten(paragraphs: Iterable[str], length: int) -> list[str]:
    """The first paragraphs, with at most `length` characters in all; a paragraph counts as some more than it has.

    The last line says how many paragraphs are not shown, or not to their end.

    >>> shorten(["Trồng lúa", "Nuôi cá", "Trồng cà rốt"], 22)
    ['Trồng lúa', 'Nuô', '… (còn 2 đoạn)']
    >>> shorten(["Trồng lúa", "Nuôi cá"], 60)
    ['Trồng lúa', 'Nuôi cá']
    """
    shown: list[str] = []
    left, out = length, 0
    for text in paragraphs:
        if out == 0 and len(text) <= left:
            shown.append(text)
            left -= len(text) + PARAGRAPH_COST
            continue
        if out == 0 and left > 0:
            shown.append(text[:left])
        out += 1
    return [*shown, f"… (còn {show_count(out)} đoạn)"] if out else shown
