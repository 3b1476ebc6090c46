"""A query as recognisers see it: its words with their places, what stands in quotation marks, and what is taken already."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from kb.ports import Term
from search_api.query.spans.span import Form
from vitext import Folded, Token, fold, fold_with_offsets, is_skeleton, tokenise

#: A query of more words than this is a sentence or pasted text: only what is certain and cheap is recognised in it.
MAX_SHORT_WORDS = 12

_QUOTED = re.compile(r'["“”«][^"“”«»]*["”»]')
_QUOTE = re.compile(r'["“”«»]')
_SPACES = re.compile(r"\s+")
#: What may stand between the parts of one thing: no colon, no bracket, no minus sign that excludes the next word.
_SOFT = re.compile(r"(?:\s|[.,&/+_]|[-–—](?!\S)|(?<!\s)[-–—])*")


@dataclass(frozen=True)
class Typed:
    """A cleaned query.

    `words` are its words as typed, `plain` the same folded, and `beside` tells which of them only spaces part from the word
    before. `accented` tells that some word has accents, `shouted` that it is typed in capitals as a
    whole, so that capitals tell nothing. `taken` collects the spans that were found.
    """

    text: str
    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    plain: tuple[str, ...]
    beside: tuple[bool, ...]
    accented: bool
    shouted: bool
    quoted: tuple[tuple[int, int], ...]
    walls: tuple[int, ...]
    as_text: frozenset[str]
    taken: list[tuple[int, int]] = field(default_factory=list)
    lines: list[Folded] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, as_text: Collection[str] = ()) -> Typed:
        """The query; `as_text` are the pieces that are no spans."""
        tokens = tuple(tokenise(text))
        words = tuple(text[token.start : token.end] for token in tokens)
        telling = [word for word, token in zip(words, tokens, strict=True) if is_skeleton(token.folded)]
        return cls(
            text,
            tokens,
            words,
            tuple(map(fold, words)),
            (False, *(not text[before.end : token.start].strip() for before, token in pairwise(tokens))),
            any(token.has_accents for token in tokens),
            bool(telling) and all(word.isupper() for word in telling),
            tuple(match.span() for match in _QUOTED.finditer(text)),
            tuple(match.start() for match in _QUOTE.finditer(text)),
            frozenset(_plain(piece) for piece in as_text),
        )

    @property
    def long(self) -> bool:
        """Whether the query is a sentence or pasted text."""
        return len(self.tokens) > MAX_SHORT_WORDS

    @property
    def folded(self) -> Folded:
        """The folded text with the way back, made when it is first asked for."""
        if not self.lines:
            self.lines.append(fold_with_offsets(self.text))
        return self.lines[0]

    def is_free(self, start: int, end: int, *, quoted: bool = False) -> bool:
        """Whether characters [start, end) may be a span: nothing of it is taken, asked as words, or in quotation marks.

        A `quoted` span may stand in them as a whole.
        """
        if any(start < wall < end for wall in self.walls):
            return False
        if any(first < end and start < last for first, last in self.taken):
            return False
        if not quoted and any(first <= start and end <= last for first, last in self.quoted):
            return False
        return not self.as_text or _plain(self.text[start:end]) not in self.as_text

    def gap(self, at: int) -> str:
        """The characters between word `at - 1` and word `at`."""
        return self.text[self.tokens[at - 1].end : self.tokens[at].start]

    def is_soft(self, at: int) -> bool:
        """Whether word `at` may belong to one thing with the word before it ("thi đua, khen thưởng")."""
        return _SOFT.fullmatch(self.gap(at)) is not None

    def is_beside(self, at: int) -> bool:
        """Whether only spaces stand between word `at` and the word before it."""
        return self.beside[at]

    def is_run(self, start: int, end: int) -> bool:
        """Whether only spaces stand between words [start, end)."""
        return all(self.beside[start + 1 : end])

    def form(self, start: int, end: int) -> Form:
        """The terms of words [start, end)."""
        return tuple(Term(token.folded, token.accented) for token in self.tokens[start:end])

    def agrees(self, start: int, accented: Iterable[str]) -> bool:
        """Whether the words from `start` on have these accented keys, or none of them has accents in a query without any."""
        keys = tuple(accented)
        tokens = self.tokens[start : start + len(keys)]
        return tuple(token.accented for token in tokens) == keys or not self.accented


def _plain(piece: str) -> str:
    return _SPACES.sub(" ", fold(piece)).strip()


@lru_cache(maxsize=1 << 14)
def form_of(text: str) -> Form:
    """The terms of a text, as index and query have them."""
    return tuple(Term(token.folded, token.accented) for token in tokenise(text))


def forms_of(first: Form, texts: Iterable[str], *, most: int = 64) -> tuple[Form, ...]:
    """The form typed and the forms that other texts have: each once, at most `most`."""
    forms = dict.fromkeys((first, *(form_of(text) for text in texts)))
    return tuple(form for form in forms if form)[:most]
