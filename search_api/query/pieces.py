"""Cut a clean query into pieces: words, phrases in quotation marks, spans, fields, brackets.

A span is one piece, and nothing is looked for inside it. What a piece means beside others is decided in
`search_api.query.parser`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from search_api.query.fields import Condition, Joined, Values, take_field
from search_api.query.spans.span import Span

#: Words of a query that are searched, counted from its beginning.
MAX_WORDS = 48

_PHRASE = re.compile(r'["“”«]([^"“”«»]*)["“”»]')
_WORD = re.compile(r"[^\s()|]+")

Kind = Literal["word", "phrase", "span", "condition", "open", "close", "bar"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters [`start`, `end`) of a query, a minus sign before it included (`minus`).

    `text` are the words inside, which begin at character `inside`. A `glued` piece has no space before it.
    """

    kind: Kind
    start: int
    end: int
    text: str
    inside: int
    minus: bool = False
    glued: bool = False
    span: Span | None = None
    condition: Condition | None = None


@dataclass(slots=True)
class Pieces:
    """The pieces of a query in order, and the problems met."""

    pieces: list[Piece] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def fitting(spans: Sequence[Span], text: str, as_text: Collection[str]) -> list[Span]:
    """The spans that are characters of the text, in order; of two that overlap the first, and none that is plain text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        after = kept[-1].end if kept else 0
        if after <= span.start < span.end <= len(text) and span.forms and text[span.start : span.end] not in as_text:
            kept.append(span)
    return kept


def cut(text: str, spans: Sequence[Span], values: Values, joined: Joined, as_text: Collection[str]) -> Pieces:
    """The pieces of a clean query; `spans` are `fitting`."""
    found = Pieces()
    waiting = list(reversed(spans))
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        while waiting and waiting[-1].start < at:
            waiting.pop()
        limit = waiting[-1].start if waiting else len(text)
        piece = _span(text, at, waiting[-1]) if at == limit else None
        piece = piece or _field(found, text, at, limit, values, joined, as_text) or _next(text, at, limit, waiting)
        found.pieces.append(piece)
        at = piece.end
    return found


def _spaced(text: str, at: int) -> bool:
    return at == 0 or text[at - 1].isspace()


def _span(text: str, at: int, span: Span) -> Piece:
    return Piece("span", at, span.end, text[at : span.end], at, glued=not _spaced(text, at), span=span)


def _field(
    found: Pieces, text: str, at: int, limit: int, values: Values, joined: Joined, as_text: Collection[str]
) -> Piece | None:
    """The field that begins at a word. Its value may hold spans; its name may not."""
    if ":" not in text or not _spaced(text, at):
        return None
    last = found.pieces[-1] if found.pieces else None
    before = last.text if last and last.kind != "condition" else ""
    condition, problem = take_field(text, at, before, values, joined)
    if problem and problem not in found.problems and text[at:limit]:
        found.problems.append(problem)
    colon = text.find(":", at)
    if condition is None or colon >= limit or text[condition.start : condition.end] in as_text:
        return None
    return Piece("condition", at, condition.end, text[at : condition.end], at, condition=condition)


def _next(text: str, at: int, limit: int, waiting: Sequence[Span]) -> Piece:
    """The bracket, phrase or word that begins there, with its minus sign."""
    spaced = _spaced(text, at)
    if text[at] == "|":
        end = at + 2 if text.startswith("||", at) and at + 2 <= limit else at + 1
        return Piece("bar", at, end, text[at:end], at, glued=not spaced)
    if text[at] in "()":
        return Piece("open" if text[at] == "(" else "close", at, at + 1, text[at], at, glued=not spaced)
    opened = at > 0 and text[at - 1] == "("
    if text[at] == "-" and (spaced or opened) and (excluded := _excluded(text, at, limit, waiting)):
        return excluded
    phrase = _PHRASE.match(text, at) if spaced or opened else None
    if phrase:
        return Piece("phrase", at, phrase.end(), phrase[1], at + 1)
    word = _WORD.match(text, at, limit)
    assert word is not None
    return Piece("word", at, word.end(), word[0], at, glued=not spaced)


def _excluded(text: str, at: int, limit: int, waiting: Sequence[Span]) -> Piece | None:
    """What stands right behind a minus sign, if it can be excluded: "Su -30" is a name, so a word begins with a letter."""
    after = at + 1
    if after >= len(text) or (after == limit and not text[after].isalpha()):
        return None
    if after == limit:
        return replace(_span(text, after, waiting[-1]), start=at, minus=True, glued=False)
    phrase = _PHRASE.match(text, after)
    if phrase:
        return Piece("phrase", at, phrase.end(), phrase[1], after + 1, minus=True)
    if text[after] == "(":
        return Piece("open", at, after + 1, "(", after, minus=True)
    word = _WORD.match(text, after, limit)
    if word and word[0][0].isalpha():
        return Piece("word", at, word.end(), word[0], after, minus=True)
    return None
