"""Decide which pieces of a query are operators and exclusions, and which are text.

`lúa -hữu cơ`, `lúa NOT vịt` and `lúa or ngô` are syntax; "-Đẩy mạnh công tác", pasted with the bullet of its line, is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

import numpy as np

from search_api.query.pieces import Piece
from vitext import default_language_model, fold, is_skeleton

#: Syllables that one excluded word may have.
MAX_SYLLABLES = 4
#: How much commoner a syllable must be behind another one than elsewhere for the two to be one word: the difference of their
#: costs, in natural log units. "hữu cơ" has 3.3, "nông thôn" 5.6, "thải nhựa" 2.4; "lúa hữu" has 1.0, "cơ và" 0.4. To take
#: one syllable too many leaves out fewer items; to take one too few asks for a syllable that nobody meant.
MIN_JOINED = 2.0
#: How often two syllables must stand together in the collection to be one word there, where the language does not say that
#: they avoid each other ("tác xã" of "hợp tác xã" has 0.2).
MIN_TOGETHER = 5
#: Spellings of a syllable typed without accents that are looked up; the commonest ones come first.
MAX_SPELLINGS = 6
#: Words on each side of a single "|" that are alternatives; between more words it parts a title from the name of its site.
MAX_BAR_WORDS = 3

PairCounts = Callable[[Collection[str], Collection[str]], Mapping[tuple[str, str], int]]
"""How often any of some words stands right before any of others in the collection; pairs that never do are absent."""

Role = Literal["searched", "excluded", "or", "and", "open", "close", "nothing"]
"""What pieces do: they are searched, left out, stand between or around alternatives, or mean nothing there."""

#: Words that stand behind every other word: they are no part of a word that is left out.
_FUNCTION_WORDS = frozenset(
    ["và", "của", "ở", "có", "là", "trong", "cho", "tại", "với", "để", "về", "từ", "các", "những", "hoặc", "không", "năm"]
)
#: Words that only say what kind of thing follows ("con rươi", "cây vải"): alone they are nothing to leave out.
_CLASSIFIERS = frozenset(["con", "cây", "cái", "chiếc", "quả", "củ", "người", "việc", "sự", "nghề", "bệnh", "bánh"])
_LETTERS = re.compile(r"[^\W\d_]+")
#: What stands between alternatives in every query, and what does where the other words are Vietnamese.
_OR, _OR_SMALL = frozenset(["OR", "HOẶC"]), "or"
#: The same, inside a bracket that is excluded as a whole.
ALTERNATIVES = _OR | {_OR_SMALL}
#: What says that all words are asked for, which they are anyway.
_AND, _AND_SMALL = frozenset(["AND", "&&", "&"]), "and"
#: What excludes the next word.
NOT = "NOT"
#: Every word that may be an operator.
OPERATORS = ALTERNATIVES | _AND | {_AND_SMALL, NOT}
_STOPS = ",.;:!?"
_LINE_ENDS = (".", ";", ":")


@dataclass(frozen=True, slots=True)
class Unit:
    """Pieces that do one thing together: one piece, or the syllables of one excluded word."""

    role: Role
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end


def resolve(pieces: Sequence[Piece], text: str, pair_counts: PairCounts | None, as_text: Collection[str]) -> list[Unit]:
    """The units of a query, in order.

    Brackets without alternatives inside are text, and so are most operators without operands.
    """
    pieces = _without_bullets([piece for piece in pieces if piece.kind != "condition"], text, pair_counts)
    units: list[Unit] = []
    vietnamese, shouted = _is_vietnamese(pieces), _is_shouted(pieces)
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        last = at == len(pieces) - 1
        said = piece.text if piece.kind in ("word", "bar") and piece.text not in as_text else ""
        if not last and _is_or(pieces, at, said, vietnamese, shouted):
            units.append(Unit("or", (piece,)))
        elif said and (said in _AND or (said == _AND_SMALL and vietnamese)) and at and not last:
            units.append(Unit("and", (piece,)))
        elif said in ("OR", "AND") and not shouted:
            units.append(Unit("nothing", (piece,)))
        elif piece.minus or (said == NOT and not last and not shouted and _may_be_excluded(pieces[at + 1])):
            first = at + (not piece.minus)
            after = first + _length(pieces, first, text, pair_counts)
            units += _excluded(pieces[at:after], text, as_text)
            at = after - 1
        elif piece.kind == "open" or piece.kind == "close":
            units.append(Unit(piece.kind, (piece,)))
        elif piece.kind != "bar":
            units.append(Unit("searched", (piece,)))
        at += 1
    return _grouped(units)


def _excluded(pieces: Sequence[Piece], text: str, as_text: Collection[str]) -> list[Unit]:
    unit = Unit("excluded", tuple(pieces))
    return [Unit("searched", (piece,)) for piece in pieces] if text[unit.start : unit.end] in as_text else [unit]


def _may_be_excluded(piece: Piece) -> bool:
    return piece.kind in ("phrase", "span", "open") or (piece.kind == "word" and piece.text[0].isalpha())


def _without_bullets(pieces: Sequence[Piece], text: str, pair_counts: PairCounts | None) -> Sequence[Piece]:
    """The pieces without the minus signs that begin the lines of a pasted list.

    A line begins behind a stop, a semicolon or a colon. The first one begins the query, which then goes on in plain words;
    if nothing else is asked for but phrases, it is no list.
    """
    pieces = [
        replace(piece, minus=False) if piece.minus and before and before.text[-1:] in _LINE_ENDS else piece
        for before, piece in zip([None, *pieces], pieces, strict=False)
    ]
    if not pieces or not pieces[0].minus or pieces[0].start:
        return pieces
    first = pieces[0]
    rest = pieces[_length(pieces, 0, text, pair_counts) :]
    begins_sentence = first.kind == "word" and first.text[:1].isupper() and not first.text.isupper()
    if not begins_sentence and all(piece.minus or piece.kind == "phrase" for piece in rest):
        return pieces
    return [replace(piece, minus=False) for piece in pieces]


def _length(pieces: Sequence[Piece], at: int, text: str, pair_counts: PairCounts | None) -> int:
    """How many pieces are left out together: a bracket up to its end, or the syllables of one word."""
    if pieces[at].kind == "open":
        depth = 0
        for end in range(at, len(pieces)):
            depth += (pieces[end].kind == "open") - (pieces[end].kind == "close")
            if not depth:
                return end - at + 1
        return len(pieces) - at
    if pieces[at].kind != "word":
        return 1
    count = 1
    while count < MAX_SYLLABLES and at + count < len(pieces):
        before, piece = pieces[at + count - 1], pieces[at + count]
        plain = piece.kind == "word" and not piece.minus and before.text.isalpha() and _LETTERS.match(piece.text)
        if not plain or piece.glued or piece.text in OPERATORS:
            break
        # A capital behind a small letter begins a name.
        if before.text.islower() and piece.text[0].isupper():
            break
        first, second = before.text.lower(), piece.text.rstrip(_STOPS).lower()
        if not (count == 1 and first in _CLASSIFIERS and _spellings(second)) and not joined(pair_counts, first, second):
            break
        count += 1
    return count


def _is_or(pieces: Sequence[Piece], at: int, said: str, vietnamese: bool, shouted: bool) -> bool:
    """Whether a piece stands between alternatives."""
    if not said or not at:
        return False
    if said == "|":
        return pieces[at].glued or max(_words_before(pieces, at), _words_after(pieces, at)) <= MAX_BAR_WORDS
    if said == "HOẶC" and shouted:
        return False
    return said in _OR or said == "||" or (said == _OR_SMALL and vietnamese)


def _words_before(pieces: Sequence[Piece], at: int) -> int:
    return sum(1 for _ in takewhile(lambda piece: piece.kind not in ("bar", "open"), reversed(pieces[:at])))


def _words_after(pieces: Sequence[Piece], at: int) -> int:
    return sum(1 for _ in takewhile(lambda piece: piece.kind not in ("bar", "close"), pieces[at + 1 :]))


def _is_vietnamese(pieces: Sequence[Piece]) -> bool:
    """Whether the words besides small operators are Vietnamese syllables, accents or not."""
    words = [word for piece in pieces if piece.kind == "word" for word in _LETTERS.findall(piece.text)]
    return all(word in OPERATORS or is_skeleton(word) for word in words)


def _is_shouted(pieces: Sequence[Piece]) -> bool:
    """Whether every word is in capitals, so that an operator in capitals may be one of them."""
    words = [piece.text for piece in pieces if piece.kind == "word" and piece.text not in OPERATORS]
    return bool(words) and not any(letter.islower() for word in words for letter in word)


def _grouped(units: Sequence[Unit]) -> list[Unit]:
    """The units without brackets that have no alternatives inside, or were not opened."""
    opened: list[int] = []
    dropped = {at for at, unit in enumerate(units) if unit.role in ("open", "close")}
    with_or: set[int] = set()
    for at, unit in enumerate(units):
        if unit.role == "open":
            opened.append(at)
        elif unit.role == "or" and opened:
            with_or.add(opened[-1])
        elif unit.role == "close" and opened:
            begin = opened.pop()
            if begin in with_or:
                dropped -= {begin, at}
    # A bracket that is not closed ends with the query.
    dropped -= with_or & set(opened)
    return [unit for at, unit in enumerate(units) if at not in dropped]


def joined(pair_counts: PairCounts | None, first: str, second: str) -> bool:
    """Whether two neighbouring syllables, in small letters, are parts of one word, in the language or in the collection.

    >>> joined(None, "hữu", "cơ"), joined(None, "quang", "nam"), joined(None, "lúa", "hữu")
    (True, True, False)
    """
    language = default_language_model()
    firsts, seconds = _spellings(first, anywhere=True), _spellings(second)
    if not firsts or not seconds:
        return False
    alone = np.array([language.word_cost(word) for word in seconds])
    together = np.array([language.pair_costs(word, seconds) for word in firsts])
    seen = np.isfinite(together)
    closest = float((alone[None, :] - np.where(seen, together, np.inf)).max()) if seen.any() else -np.inf
    if closest >= MIN_JOINED:
        return True
    return closest > 0 and pair_counts is not None and sum(pair_counts(firsts, seconds).values()) >= MIN_TOGETHER


def _spellings(word: str, *, anywhere: bool = False) -> list[str]:
    """The words that a syllable may be, without those that stand behind every other word unless `anywhere`."""
    language = default_language_model()
    words = [word] if fold(word) != word else language.spellings(word)[:MAX_SPELLINGS]
    return [spelt for spelt in words if (anywhere or spelt not in _FUNCTION_WORDS) and language.knows(spelt)]
