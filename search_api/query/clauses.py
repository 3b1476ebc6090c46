"""Collect the clauses of a query from its units: words, phrases, spans, alternatives and exclusions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.ports import Accents, Clause, Term, Variant
from search_api.query.operators import ALTERNATIVES, NOT, Unit
from search_api.query.pieces import MAX_WORDS, Piece
from search_api.query.spans.span import Span
from search_api.schema import Chip, ChipKind
from vitext import is_skeleton, tokenise

#: Alternatives that a query with brackets may have in all: "(a OR b) (c OR d)" has four. Further brackets are text.
MAX_VARIANTS = 16
#: The clause of a word that is in an optional span.
NO_CLAUSE = -1
#: A wildcard inside a word or behind it, and no end of a sentence.
_WILDCARD = re.compile(r"(?<=[^\W\d_])(?:\*|\?(?=[^\W\d_]))")


@dataclass(frozen=True, slots=True)
class Word:
    """A word to search: characters [`start`, `end`) of the query that is read. `text` is as typed.

    `kind` tells whether it is a plain word, part of a phrase in quotation marks, or part of a span. It is in clause `clause`
    of its alternative.
    """

    text: str
    term: Term
    start: int
    end: int
    kind: str = "plain"
    clause: int = 0


def make_chip(kind: ChipKind, text: str, start: int, end: int, reading: str) -> tuple[int, Chip]:
    """A chip with its place in the query."""
    return start, Chip(kind=kind, piece=text[start:end], reading=reading)


@dataclass(frozen=True, slots=True)
class _Side:
    """The clauses of one alternative."""

    clauses: tuple[Clause, ...] = ()
    optional: tuple[Clause, ...] = ()

    def __add__(self, other: _Side) -> _Side:
        return _Side(self.clauses + other.clauses, self.optional + other.optional)


@dataclass(slots=True)
class _Level:
    """The alternatives inside a bracket, or of the whole query: those that are complete, and those being read."""

    done: list[_Side] = field(default_factory=list)
    now: list[_Side] = field(default_factory=lambda: [_Side()])

    def end(self) -> list[_Side]:
        return [side for side in self.done + self.now if side != _Side()]


@dataclass(slots=True)
class Collected:
    """Collects the clauses of a query; it stops at MAX_WORDS terms. `exact` is what an exclusion asks of accents, `every`
    tells that AND asks for all words."""

    exact: Accents
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    excluded: list[Clause] = field(default_factory=list)
    found: list[Word] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    chips: list[tuple[int, Chip]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    count: int = 0
    full: bool = False
    every: bool = False

    def take(self, unit: Unit, text: str) -> None:
        level = self.levels[-1]
        match unit.role:
            case "open":
                self.levels.append(_Level())
            case "close":
                self._close()
            case "or":
                level.done += level.now
                level.now = [_Side()]
            case "and":
                self.every = True
            case "excluded":
                self._exclude(unit, text)
            case "nothing":
                self.problems.append(f"“{unit.pieces[0].text}” không có nghĩa ở chỗ này, nên đã bỏ qua.")
            case "searched":
                self._search(unit.pieces[0])

    def _close(self) -> None:
        """End a bracket: each of its alternatives with each of those before it, unless they are too many."""
        inner = self.levels.pop().end()
        level = self.levels[-1]
        if inner and len(level.now) * len(inner) <= MAX_VARIANTS:
            level.now = [side + other for side in level.now for other in inner]
        elif inner:
            level.now = [sum(inner, start=side) for side in level.now]

    def _add(self, clause: Clause, words: Sequence[Word], kind: str, *, optional: bool = False) -> None:
        """Add a clause, and the words that it was typed as, to every alternative that is being read."""
        now = self.levels[-1].now
        at = NO_CLAUSE if optional else len(now[0].clauses)
        more = _Side((), (clause,)) if optional else _Side((clause,))
        self.levels[-1].now = [side + more for side in now]
        self.found += [Word(word.text, word.term, word.start, word.end, kind, at) for word in words]

    def _search(self, piece: Piece) -> None:
        if piece.span:
            self._search_span(piece, piece.span)
            return
        words = self._room(self._cut(piece))
        if piece.kind == "phrase" and words:
            self._add(Clause(tuple(word.term for word in words), literal=True), words, "quoted")
        elif piece.kind == "word":
            for word in words:
                self._add(Clause((word.term,)), [word], "plain")

    def _search_span(self, piece: Piece, span: Span) -> None:
        words = self._cut(piece)
        if len(self._room(words)) < len(words):
            return
        self._add(Clause(span.forms[0], others=span.forms[1:]), words, "span", optional=span.optional)
        self.spans.append(span)
        if span.offer or not span.optional:  # of words that carry no content nothing need be said
            self.chips.append((span.start, Chip(kind=span.kind, piece=piece.text, reading=span.reading)))

    def _exclude(self, unit: Unit, text: str) -> None:
        """Leave out a word, a phrase, a span, or every alternative of a bracket."""
        runs: list[list[Word] | Span] = [[]]
        for piece in unit.pieces:
            if piece.span:
                runs += [piece.span, []]
            elif piece.kind == "bar" or piece.text in ALTERNATIVES:
                runs.append([])
            elif piece.kind in ("word", "phrase") and piece.text != NOT:
                run = runs[-1]
                assert isinstance(run, list)
                run += self._cut(piece)
        shown = []
        for run in runs:
            if isinstance(run, Span):
                self.excluded.append(Clause(run.forms[0], literal=True, accents=self.exact, others=run.forms[1:]))
                shown.append(text[run.start : run.end])
            elif words := self._room(run):
                terms = tuple(word.term for word in words)
                self.excluded.append(Clause(terms, literal=True, accents=self.exact))
                shown.append(" ".join(word.text for word in words))
        if shown:
            self.chips.append(make_chip("exclusion", text, unit.start, unit.end, f"Trừ: {'; '.join(shown)}"))

    def _cut(self, piece: Piece) -> list[Word]:
        """The words of a piece."""
        if piece.kind == "word" and (sign := _WILDCARD.search(piece.text)) and not self._is_sentence(piece.text):
            self.problems.append(f"“{piece.text}”: dấu {sign[0]} không thay cho chữ nào, nên đã bỏ qua.")
            plain = _WILDCARD.sub("", piece.text)
            return [
                Word(plain[t.start : t.end], Term(t.folded, t.accented), piece.inside, piece.end) for t in tokenise(plain)
            ]
        begin = piece.inside
        return [
            Word(piece.text[t.start : t.end], Term(t.folded, t.accented), begin + t.start, begin + t.end)
            for t in tokenise(piece.text)
        ]

    @staticmethod
    def _is_sentence(text: str) -> bool:
        """Whether a question mark ends a sentence and its space is missing: whole syllables stand around it."""
        parts = text.split("?")
        return "*" not in text and all(is_skeleton(part) for part in parts)

    def _room(self, words: Sequence[Word]) -> list[Word]:
        left = MAX_WORDS - self.count
        self.full |= len(words) > left
        self.count += min(left, len(words))
        return list(words[:left])

    def variants(self) -> tuple[Variant, ...]:
        while len(self.levels) > 1:
            self._close()
        made = (Variant(s.clauses, False, s.optional) if s.clauses else Variant(s.optional) for s in self.levels[0].end())
        return tuple(dict.fromkeys(made))
