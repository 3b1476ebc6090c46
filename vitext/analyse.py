"""Turn text into the keys that search compares: folded, accented, and folded bigrams.

The same function serves index and query. A text has few distinct syllables, so the keys of each are made once and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from typing import NamedTuple, overload

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


class Words(Sequence[Token]):
    """The words of a text, as `tokenise` gives them; each token is made when it is asked for.

    To make the tokens is half of the work of cutting a text. `keys` has a token for every word whose keys count and whose
    places do not: use it to look for words, and take the places of those that were found.

    >>> words = Words("Mô hình mới")
    >>> [at for at, word in enumerate(words.keys) if word.folded == "moi"], words[2].start
    ([2], 8)
    """

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self.keys: list[Token] = []
        if _NOT_PLAIN.search(text):
            for match in _TOKEN.finditer(text):
                self._add(match.start(), match[0])
            return
        at, find, add_start, add_keys = 0, text.find, self._starts.append, self.keys.append
        for run in _PLAIN.findall(text):
            at = find(run, at)  # No letter or digit stands between two runs.
            words = _kept_words(run) if len(run) <= _MAX_KEPT_WORD else _make_words(run)
            if len(words) == 1:
                add_start(at)
                add_keys(words[0])
            else:
                self._add(at, run)
            at += len(run)

    def _add(self, at: int, run: str) -> None:
        words = _kept_words(run) if len(run) <= _MAX_KEPT_WORD else _make_words(run)
        self._starts += [at] * len(words)
        self.keys += words

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, at: int) -> Token: ...
    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...
    def __getitem__(self, at: int | slice) -> Token | list[Token]:
        if isinstance(at, slice):
            return list(map(_place, self._starts[at], self.keys[at]))
        return _place(self._starts[at], self.keys[at])

    def __iter__(self) -> Iterator[Token]:
        return map(_place, self._starts, self.keys)


def _place(at: int, word: Token) -> Token:
    """The word of a run that begins at a character."""
    start, end, folded, accented = word
    # As `Token(...)`, without a call in between.
    return tuple.__new__(Token, (at + start, at + end, folded, accented))


def tokenise(text: str) -> list[Token]:
    """Cut a text into words: runs of letters and digits with their marks. Returns the tokens in the order of the text.

    Use it where the places of the words matter; `analyse` gives the keys alone, faster, and `Words` the places of few.
    Apostrophes and the like inside a word are debris of a recogniser: part of the span, not of the keys. So is a sign
    such as ¢ or § that touches a letter. Other punctuation separates: "238/KH-UBND" is three words.

    >>> [(t.folded, t.accented) for t in tokenise("Đẩy m0'1 kỹ N§i")]
    [('day', 'đẩy'), ('m01', 'm01'), ('ki', 'kĩ'), ('noi', 'nội')]
    """
    return list(Words(text))


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
