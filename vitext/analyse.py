"""Turn text into the keys that search compares: folded, accented, and folded bigrams.

The same function serves index and query. A text has few distinct syllables, so the keys of each are made once and kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from typing import NamedTuple

from vitext.fold import fold
from vitext.normalise import search_key
from vitext.words import DEBRIS, HIDDEN, cut_run

#: The version of the keys that `analyse` and `tokenise` make. It is raised whenever the keys of some text change; keep it
#: beside an index, and rebuild the index when it is another.
ANALYSER_VERSION = 3
#: Keys are cut at this many characters.
MAX_KEY_LENGTH = 64
#: The keys of longer words are made each time: no person writes them, and a kept word holds memory.
_MAX_KEPT_WORD = 64

_MARK = f"\u0300-\u036f\ufe00-\ufe0f{HIDDEN}"
_SIGN = "[¢§€£]"
# Digits, a sign, digits: a range or a time ("10~20", "7'30"), two tokens. With a letter in it, a damaged word ("m0'1").
_RANGE = rf"\d++(?=[{DEBRIS}]\d++(?![^\W_]))"
# The sign of a share behind its figure is a word: "30%" is not every 30.
_PERCENT = r"%(?:(?<=[0-9]%)|(?<=[0-9] %))"
# Behind a letter also: a space before a mark that belongs to it, and a hyphen at the end of a line.
_TOKEN = re.compile(
    rf"{_RANGE}|{_PERCENT}|(?:[^\W_]|{_SIGN}(?=[^\W\d_]))"
    rf"(?:[^\W_]|[{_MARK}]|[{DEBRIS}](?=[^\W_])|{_SIGN}(?=[^\W\d_])|(?<=[^\W\d_]){_SIGN}"
    rf"| (?=[\u0300-\u036f])|(?<=[^\W\d_])-\s{{1,3}}(?=[^\W\d_]))*+"
)


# Most texts have no marks, debris or signs beside their letters: then words are letters and digits side by side, which are
# found in a third of the time.
_PLAIN = re.compile(r"[^\W_]+")
_NOT_PLAIN = re.compile(rf"[{_MARK}{DEBRIS}%]|{_SIGN}|(?<=[^\W\d_])-\s")

_FOLDED, _ACCENTED = itemgetter(2), itemgetter(3)


class Token(NamedTuple):
    """A word of a text: characters [`start`, `end`) of the original, with its two keys.

    `folded` is the key without accents, by which everything can be found. `accented` is the key with them: lower case, one
    place for the tone mark, i and y one letter where Vietnamese writes both. `has_accents` says whether the two differ.

    >>> token = tokenise("Kỹ thuật")[0]
    >>> token
    Token(start=0, end=2, folded='ki', accented='kĩ')
    >>> token.has_accents
    True
    """

    start: int
    end: int
    folded: str
    accented: str

    @property
    def has_accents(self) -> bool:
        """Whether the word is written with accents: only then may the accented key count."""
        return self.folded != self.accented


class Analysis(NamedTuple):
    """The keys of a text in the order of its words.

    `folded` and `accented` have one entry for each word (see `Token`), `bigrams` one for each two neighbours: their folded
    keys joined by "_".

    >>> analyse("Điển hình mới")
    Analysis(folded=('dien', 'hinh', 'moi'), accented=('điển', 'hình', 'mới'), bigrams=('dien_hinh', 'hinh_moi'))
    """

    folded: tuple[str, ...]
    accented: tuple[str, ...]
    bigrams: tuple[str, ...]


def _make_words(run: str) -> tuple[Token, ...]:
    """The words of a run of characters without spaces, with their places in it."""
    words = []
    for word in cut_run(run):
        accented = search_key(word.letters[:MAX_KEY_LENGTH])
        if folded := fold(accented):
            words.append(Token(word.start, word.end, folded, accented))
    return tuple(words)


_kept_words = lru_cache(maxsize=1 << 17)(_make_words)


def tokenise(text: str) -> list[Token]:
    """Cut a text into words: runs of letters and digits with their marks. Returns the tokens in the order of the text.

    Use it where the places of the words matter (to mark hits in a text); `analyse` gives the keys alone, faster.
    Apostrophes and the like inside a word are debris of a recogniser: part of the span, not of the keys. So is a sign
    such as ¢ or § that touches a letter. Other punctuation separates: "238/KH-UBND" is three words.

    >>> [(t.folded, t.accented) for t in tokenise("Đẩy m0'1 kỹ N§i")]
    [('day', 'đẩy'), ('m01', 'm01'), ('ki', 'kĩ'), ('noi', 'nội')]
    """
    # Tokens are made without the call `Token(...)`, and both loops are written out: calls would be a third of the time.
    tokens: list[Token] = []
    make, add = tuple.__new__, tokens.append
    if _NOT_PLAIN.search(text):
        for match in _TOKEN.finditer(text):
            at, run = match.start(), match[0]
            for start, end, folded, accented in _kept_words(run) if len(run) <= _MAX_KEPT_WORD else _make_words(run):
                add(make(Token, (at + start, at + end, folded, accented)))
        return tokens
    at, find = 0, text.find
    for run in _PLAIN.findall(text):
        at = find(run, at)  # No letter or digit stands between two runs.
        for start, end, folded, accented in _kept_words(run) if len(run) <= _MAX_KEPT_WORD else _make_words(run):
            add(make(Token, (at + start, at + end, folded, accented)))
        at += len(run)
    return tokens


def analyse(text: str) -> Analysis:
    """Make the keys of a text, for an index and for a query alike. Takes any text, returns its `Analysis`.

    A query matches a text when their folded keys do, with or without accents; the accented keys tell a better match from
    a worse one, and the bigrams find words side by side.

    >>> analyse("Kỹ thuật mới").folded == analyse("ki thuat moi").folded
    True
    >>> analyse("hoà bình").accented == analyse("Hòa bình").accented
    True
    """
    found = (_TOKEN if _NOT_PLAIN.search(text) else _PLAIN).findall(text)
    runs = [_kept_words(run) if len(run) <= _MAX_KEPT_WORD else _make_words(run) for run in found]
    words = list(chain.from_iterable(runs))
    folded = tuple(map(_FOLDED, words))
    return Analysis(folded, tuple(map(_ACCENTED, words)), tuple(map("_".join, pairwise(folded))))
