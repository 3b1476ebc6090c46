"""Words of a text as the engine sees them: separators, positions, folding, and the edit distance of typo tolerance."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

MAX_WORD_BYTES = 250
HARD_GAP = 8
HARD = {
    *"!:;?¡§¶¿…․‥※‼‽⁇⁈⁉⁏、。！，．：；？｡､",
    ". ",
    ", ",
}
_SEPARATING = {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Zs", "Zl", "Zp"}
_LETTERS = str.maketrans({"đ": "d", "ð": "d", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True)
class Token:
    """A word or a separator of a text, with its place in characters."""

    kind: str  # "word" | "stop" | "soft" | "hard"
    lemma: str
    start: int
    end: int


@cache
def _default_separators() -> frozenset[str]:
    """Punctuation and spaces of all scripts; made when a text is first read."""
    signs = {char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) in _SEPARATING}
    return frozenset(signs | set("\n\r\t\x0b\x0c") | {". ", ", "})


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """Compatibility decomposition, marks and controls dropped, lower case, a few letters spelled out."""
    out = unicodedata.normalize("NFKD", word).lower()
    out = unicodedata.normalize("NFKD", out)
    return "".join(c for c in out if unicodedata.category(c) not in {"Mn", "Cc", "Cf"}).translate(_LETTERS)


def normalize_facet(value: str) -> str:
    """The form in which string values are compared by filters: trimmed, decomposed (marks kept), lower case."""
    return unicodedata.normalize("NFKD", value.strip()).lower()


def truncate_facet(value: str, limit: int = 468) -> str:
    """The part of a normalised value that is kept: as many whole characters as fit the limit in bytes."""
    data = value.encode()
    return value if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


@lru_cache(maxsize=200_000)
def _parts(word: str) -> tuple[str, ...]:
    """A word cut where a small letter meets a capital one."""
    out, at, low = [], 0, False
    for i, char in enumerate(word):
        if low and char.isupper():
            out.append(word[at:i])
            at = i
        if unicodedata.category(char) != "Mn":
            low = char.islower()
    return (*out, word[at:]) if word else ()


class Tokenizer:
    """Splits texts with one index's separators, dictionary and stop words."""

    def __init__(
        self,
        separators: Iterable[str] = (),
        non_separators: Iterable[str] = (),
        dictionary: Iterable[str] = (),
        stop_words: Iterable[str] = (),
    ) -> None:
        tokens = (_default_separators() - set(non_separators)) | set(separators)
        single = "".join(re.escape(t) for t in sorted(tokens) if len(t) == 1)
        multi = sorted((t for t in tokens if len(t) > 1), key=lambda t: (-len(t), t))
        sep = "|".join([*(re.escape(t) for t in multi), *([f"[{single}]"] if single else [])])
        words = sorted(dictionary, key=lambda t: (-len(t), t))
        known = "|".join(re.escape(t) for t in words)
        self._scan = re.compile(f"(?P<known>{known})|(?P<sep>{sep})" if known else f"(?P<sep>{sep})")
        self._stop = {fold(w) for w in stop_words}

    def tokens(self, text: str) -> Iterator[Token]:
        """All tokens of a text, separators included, in order."""
        at = 0
        for found in self._scan.finditer(text):
            yield from self._words(text, at, found.start())
            at = found.end()
            if found.lastgroup == "sep":
                lemma = found.group()
                yield Token("hard" if lemma in HARD else "soft", lemma, found.start(), at)
            else:
                yield self._word(found.group(), found.start(), at)
        yield from self._words(text, at, len(text))

    def _words(self, text: str, start: int, end: int) -> Iterator[Token]:
        at = start
        for part in _parts(text[start:end]):
            yield self._word(part, at, at + len(part))
            at += len(part)

    def _word(self, word: str, start: int, end: int) -> Token:
        lemma = fold(word)
        return Token("stop" if lemma in self._stop else "word", lemma, start, end)

    def positions(self, text: str, offset: int) -> Iterator[tuple[int, Token]]:
        """Indexed words with their positions: one apart, or eight across a hard separator; stop words take a place."""
        gap, started = 0, False
        for token in self.tokens(text):
            if token.kind in {"soft", "hard"}:
                if started and token.kind == "hard":
                    gap = HARD_GAP
            elif token.lemma:
                offset += gap
                gap, started = 1, True
                yield offset, token


def within(word: str, other: str, limit: int, prefix: bool) -> int | None:
    """The number of edits (transposition is one) from `word` to `other`, or to a beginning of it; None beyond the limit."""
    if not prefix and abs(len(word) - len(other)) > limit:
        return None
    size = len(word)
    two: list[int] = []
    previous = list(range(size + 1))
    best = previous[size]
    for j, char in enumerate(other, 1):
        current = [j] + [0] * size
        for i in range(1, size + 1):
            cost = 0 if word[i - 1] == char else 1
            value = min(previous[i] + 1, current[i - 1] + 1, previous[i - 1] + cost)
            if cost and i > 1 and j > 1 and word[i - 1] == other[j - 2] and word[i - 2] == char:
                value = min(value, two[i - 2] + 1)
            current[i] = value
        two, previous = previous, current
        best = min(best, current[size])
        if min(current) > limit:
            break
    distance = best if prefix else (previous[size] if j == len(other) else limit + 1)
    return distance if distance <= limit else None
