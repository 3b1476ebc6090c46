"""Turn text into the keys that search compares: folded (`f`), raw (`r`) and folded pairs (`b`).

The same function serves index and query. A text has few distinct syllables, so the keys of each are made once and kept.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from vitext.fold import fold
from vitext.normalise import search_key

#: Raised whenever the keys of some text change: indexes made with another version are rebuilt.
ANALYSER_VERSION = 2
#: Keys are cut at this many characters.
LONGEST_KEY = 64

_MARK = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f"
_DEBRIS = "'’‘`´~^¨°"
_SIGN = "[¢§€£]"
# Digits, a sign, digits: a range or a time ("10~20", "7'30"), two tokens. With a letter in it, a damaged word ("m0'1").
_RANGE = rf"\d++(?=[{_DEBRIS}]\d++(?![^\W_]))"
_TOKEN = re.compile(
    rf"{_RANGE}|(?:[^\W_]|{_SIGN}(?=[^\W\d_]))"
    rf"(?:[^\W_]|[{_MARK}]|[{_DEBRIS}](?=[^\W_])|{_SIGN}(?=[^\W\d_])|(?<=[^\W\d_]){_SIGN})*"
)
_DROPPED = re.compile(f"[{_DEBRIS}]")
# What English recognisers write for two Vietnamese letters, seen in every scan.
_SIGN_LETTERS = str.maketrans({"¢": "ệ", "§": "ộ"})


class Token(NamedTuple):
    """A word of a text: characters [start, end) of the original, folded key `f`, raw key `r`."""

    start: int
    end: int
    folded: str
    accented: str

    @property
    def has_accents(self) -> bool:
        """Written with accents: only then may `r` count."""
        return self.folded != self.accented


class Analysis(NamedTuple):
    """The keys of a text in order; `b` has one entry fewer than `f`."""

    folded: tuple[str, ...]
    accented: tuple[str, ...]
    bigrams: tuple[str, ...]


@lru_cache(maxsize=1 << 17)
def _keys(word: str) -> tuple[str, str]:
    plain = _DROPPED.sub("", unicodedata.normalize("NFC", word)).translate(_SIGN_LETTERS)
    raw = search_key(plain[:LONGEST_KEY])
    return fold(raw), raw


def tokenise(text: str) -> list[Token]:
    """The words of a text: runs of letters and digits with their marks, in order.

    Apostrophes and the like inside a word are debris of a recogniser: part of the span, not of the keys. So is a sign
    such as ¢ or § that touches a letter. Other punctuation separates: "238/KH-UBND" is three words.

    >>> [(t.folded, t.accented) for t in tokenise("Đẩy m0'1 kỹ N§i")]
    [('day', 'đẩy'), ('m01', 'm01'), ('ki', 'kĩ'), ('noi', 'nội')]
    """
    tokens = []
    for match in _TOKEN.finditer(text):
        f, r = _keys(match[0])
        if f:
            tokens.append(Token(match.start(), match.end(), f, r))
    return tokens


def analyse(text: str) -> Analysis:
    """The keys of a text, for index and query alike.

    >>> analyse("Điển hình tiên tiến").bigrams
    ('dien_hinh', 'hinh_tien', 'tien_tien')
    """
    keys = [pair for pair in map(_keys, _TOKEN.findall(text)) if pair[0]]
    f = tuple(pair[0] for pair in keys)
    return Analysis(f, tuple(pair[1] for pair in keys), tuple(map("_".join, pairwise(f))))
