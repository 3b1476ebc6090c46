"""Cut a text into the words that the reading model works on: the same cut for training and for reading.

A word is a run of letters and digits with the signs that an English recogniser puts inside Vietnamese words (¢ for ộ, @ for
đ, ¥ for ỷ, an apostrophe for a horn). Numbers, dates and addresses are one word each and are never read anew. What stands
between words is punctuation; where a sentence ends, the language model starts again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: Words of the model that are no text.
UNKNOWN, START, NUMBER = "<unk>", "<s>", "<num>"
SPECIAL = (UNKNOWN, START, NUMBER)
#: Signs that stand for letters anywhere in a word, before one, and after one.
SIGNS = "@&¥$¢§€£©°’‘'´`"
_BEFORE, _AFTER = "<{«|", r"\]}|"

_INSIDE = rf"[^\W_]|[\u0300-\u036f]|[{SIGNS}]|[?!|](?=[^\W\d_])"
#: A bracket behind a letter, or a question mark where the sentence goes on, was a letter.
_LAST = rf"(?<=[^\W\d_])(?:[{_AFTER}]+|\?(?=,? [a-z])|!(?= [A-Z]{{2}}))"
WORD = re.compile(
    # Bounded, or a line of a million dots would take a million looks at each.
    r"(?P<opaque>[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]+|(?:https?://|www\.)\S+"
    r"|\b\w[\w.-]{0,80}\.(?:vn|com|org|net|info)\b(?:/\S*)?)"
    r"|(?P<number>(?<![^\W\d_])\d{1,40}(?:[.,:/–-]\d{1,40}){0,12}(?![^\W_]|[@&¥$¢§€£©’‘'´`]))"
    rf"|(?P<word>(?:[{_BEFORE}](?=[^\W_]))?(?:{_INSIDE})+(?:{_LAST})?)"
    r"|(?P<end>[.;:!?…]+(?=\s|$|[\"”’)])|\n)",
)


class Word(NamedTuple):
    """A word's place in the text and what it is: `word`, `number` or `opaque`; `starts` when a sentence starts with it."""

    start: int
    end: int
    kind: str
    starts: bool


def find_words(text: str) -> Iterator[Word]:
    """The words of a text; a newline ends a sentence.

    >>> [text[w.start : w.end] for text in ["S6:43 /KH - LMHTX, xv ly"] for w in find_words(text)]
    ['S6', '43', 'KH', 'LMHTX', 'xv', 'ly']
    """
    starts = True
    for match in WORD.finditer(text):
        kind = match.lastgroup
        if kind == "end":
            starts = True
        else:
            yield Word(match.start(), match.end(), str(kind), starts)
            starts = False


def lm_words(text: str) -> Iterator[tuple[str, int]]:
    """The lower-case words of a clean text with their shape: 0 lower case, 1 capital first, 2 capitals or no letters.

    START stands at every start of a sentence.

    >>> list(lm_words("Xã An Hòa có 12 HTX."))
    [('<s>', 2), ('xã', 1), ('an', 1), ('hòa', 1), ('có', 0), ('<num>', 2), ('htx', 2)]
    """
    starts = True
    for match in WORD.finditer(text):
        kind = match.lastgroup
        if kind == "end":
            starts = True
            continue
        if starts:
            yield START, 2
            starts = False
        if kind == "word":
            word = match[0]
            lower = word.lower()
            yield lower, (0 if word == lower else 2 if len(word) > 1 and word.isupper() else 1)
        else:
            yield (NUMBER if kind == "number" else UNKNOWN), 2
