"""Cut a text into the words that the correction model works on: the same cut for training and for correcting.

A word is a run of letters and digits with the signs that an English recogniser puts inside Vietnamese words (¢ for ộ, @ for
đ, ¥ for ỷ, an apostrophe for a horn). Numbers, dates and addresses are one word each and are never corrected. What stands
between words is punctuation; where a sentence ends, the language model starts again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What stands in the model for a word that it does not know,
UNKNOWN = "<unk>"
#: for the start of a sentence,
START = "<s>"
#: and for a number.
NUMBER = "<num>"
#: The words of the model that are no text; their numbers are 0, 1 and 2.
SPECIAL = (UNKNOWN, START, NUMBER)
#: How a word is written: in small letters,
LOWER = 0
#: with a capital,
TITLE = 1
#: in capitals,
UPPER = 2
#: or as it stands in the text.
AS_IS = 3
#: Signs that stand for letters anywhere in a word.
SIGNS = "@&¥$¢§€£©°’‘'´`"
#: Signs that do so before a word, and after one.
_BEFORE = "<{«|"
_AFTER = r"\]}|"

_INSIDE = rf"[^\W_]|[\u0300-\u036f]|[{SIGNS}]|[?!|](?=[^\W\d_])"
#: A bracket behind a letter, or a question mark where the sentence goes on, was a letter.
_LAST = rf"(?<=[^\W\d_])(?:[{_AFTER}]+|\?(?=,? [a-z])|!(?= [A-Z]{{2}}))"
#: Addresses of mail and of the web. Bounded, or a line of a million dots would take a million looks at each.
_ADDRESS = (
    r"[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]+|(?:https?://|www\.)\S+"
    r"|\b\w[\w.-]{0,80}\.(?:vn|com|org|net|info)\b(?:/\S*)?"
)
ADDRESS = re.compile(_ADDRESS)
WORD = re.compile(
    rf"(?P<opaque>{_ADDRESS})"
    # 7h30 and 7g30: all 73 that a recogniser made of 2,400 rendered pages were printed so.
    r"|(?P<number>(?<![^\W\d_])\d{1,2}[hg]\d{2}(?![^\W_])|(?<![^\W\d_])\d{1,40}(?:[.,:/–-]\d{1,40}){0,12}(?![^\W_]|[@&¥$¢§€£©’‘'´`]))"
    rf"|(?P<word>(?:[{_BEFORE}](?=[^\W_]))?(?:{_INSIDE})+(?:{_LAST})?)"
    r"|(?P<end>[.;:!?…]+(?=\s|$|[\"”’)])|\n)",
)


def find_words(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand, numbers and addresses included.

    >>> text = "S6:43 /KH - LMHTX, xv ly"
    >>> [text[start:end] for start, end in find_words(text)]
    ['S6', '43', 'KH', 'LMHTX', 'xv', 'ly']
    """
    return [match.span() for match in WORD.finditer(text) if match.lastgroup != "end"]


def shape_of(word: str) -> int:
    """LOWER, TITLE or UPPER, by the letters as they are written; one capital alone is TITLE."""
    if word == word.lower():
        return LOWER
    return UPPER if len(word) > 1 and word.isupper() else TITLE


def lm_words(text: str) -> Iterator[tuple[str, int]]:
    """The lower-case words of a clean text with their shape, UPPER for what is no word.

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
            yield START, UPPER
            starts = False
        if kind == "word":
            yield match[0].lower(), shape_of(match[0])
        else:
            yield (NUMBER if kind == "number" else UNKNOWN), UPPER
