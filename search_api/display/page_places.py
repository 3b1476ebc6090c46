"""Where the letters of an item's blocks stand on the image of their page.

Blocks and page hold the same words, but not always in the same order: lines of a page are joined to paragraphs, rows of a
table are read by their cells, columns are put one behind the other, and a line that only counts pages is left out. So words
are followed in the order of the blocks, and where they leave the order of the page, the longest stretch that goes on there
is looked for. Nothing is stored for this.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.item import Block
from kb.library.alignment import original_span
from kb.originals import OriginalPage, Rectangle
from kb.page_text import PageText, PageWord
from vitext import fold

#: Words of a page that are looked at, at most; a page of a newspaper has 3,000.
MAX_WORDS = 20_000
#: Places of one word that are compared when the order is lost, and how many words behind each.
MAX_CANDIDATES = 64
MAX_STRETCH = 8
#: The gap between two words of one rectangle, in heights of the line.
MAX_GAP = 1.5
#: How much of their height two words of one line share at least.
SAME_LINE = 0.5

_WORD = re.compile(r"\S+")
#: Signs that a reader of files writes otherwise than the page has them.
_SIGNS = str.maketrans({"\u00ad": "-", "\u2010": "-", "\u2011": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a block: characters [start, end) of `Block.original`."""

    block: int
    start: int
    end: int
    key: str


class PagePlaces:
    """The places of the words of some blocks, all of one page."""

    def __init__(self, blocks: Sequence[Block], page: OriginalPage) -> None:
        self._blocks = blocks
        self._shape = (max(page.width, 1.0), max(page.height, 1.0))
        self._sideways = _lies_on_its_side(page)
        self._tokens = list(_tokens(blocks))[:MAX_WORDS]
        self._first = [bisect_left(self._tokens, at, key=lambda token: token.block) for at in range(len(blocks) + 1)]
        self._words: dict[int, PageWord] = {}
        for reading in page.readings:
            left = [at for at in range(len(self._tokens)) if at not in self._words]
            if left:
                self._words |= _match(self._tokens, left, reading)

    @property
    def share(self) -> float:
        """The share of the words (0 to 1) whose place was found; 1 where there are none."""
        return len(self._words) / len(self._tokens) if self._tokens else 1.0

    def of_best(self, block: int, start: int, end: int) -> list[Rectangle]:
        """The rectangles of characters [start, end) of `Block.best`, one for each line that they stand on."""
        here = self._blocks[block]
        shown = here if here.edited is None else replace(here, repaired=here.edited)
        return self.of_original(block, *original_span(shown, start, end))

    def of_original(self, block: int, start: int, end: int) -> list[Rectangle]:
        """The rectangles of characters [start, end) of `Block.original`."""
        own = self._tokens[self._first[block] : self._first[block + 1]]
        at = bisect_right(own, start, key=lambda token: token.end)
        found: list[Rectangle] = []
        while at < len(own) and own[at].start < end:
            word = self._words.get(self._first[block] + at)
            if word is not None:
                self._add(found, self._piece(word, own[at], start, end))
            at += 1
        return found

    def _piece(self, word: PageWord, token: _Token, start: int, end: int) -> Rectangle:
        """The part of a word's rectangle on which characters [start, end) stand, by their share of its letters."""
        length = token.end - token.start
        first, last = max(start - token.start, 0) / length, min(end - token.start, length) / length
        if self._sideways:  # which end of the word is its first letter is not known
            return Rectangle(word.left, word.top, word.right, word.bottom)
        across = word.right - word.left
        return Rectangle(word.left + first * across, word.top, word.left + last * across, word.bottom)

    def _add(self, found: list[Rectangle], piece: Rectangle) -> None:
        """Join a rectangle to the one before it on the same line, or begin a new one."""
        if found and _on_one_line(found[-1], piece, self._shape, self._sideways):
            last = found[-1]
            left, right = min(last.left, piece.left), max(last.right, piece.right)
            found[-1] = Rectangle(left, min(last.top, piece.top), right, max(last.bottom, piece.bottom))
        else:
            found.append(piece)


def _tokens(blocks: Sequence[Block]) -> Iterator[_Token]:
    for at, block in enumerate(blocks):
        for match in _WORD.finditer(block.original):
            if match[0] != "|":  # between the cells of a row
                yield _Token(at, match.start(), match.end(), _key(match[0]))


def _key(word: str) -> str:
    return word.translate(_SIGNS)


def _match(tokens: Sequence[_Token], left: Sequence[int], reading: PageText) -> dict[int, PageWord]:
    """The word of a reading for each of the tokens `left` (indexes, in order) that has one there."""
    words = reading.words[:MAX_WORDS]
    walk = _Walk([tokens[at].key for at in left], [_key(word.text) for word in words])
    return {left[own]: words[other] for own, other in walk.pairs().items()}


class _Walk:
    """Pairs two sequences of words that are mostly equal, in stretches that may have changed their places."""

    def __init__(self, own: Sequence[str], other: Sequence[str]) -> None:
        self._own, self._other = own, other
        self._free = [True] * len(other)
        self._places: dict[str, list[int]] = defaultdict(list)
        for at, key in enumerate(other):
            self._places[key].append(at)
        self._found: dict[int, int] = {}

    def pairs(self) -> dict[int, int]:
        """The index of the other word for each own word that has one."""
        self._follow()
        self._take_single()
        self._take_between()
        return self._found

    def _take(self, at: int, place: int) -> None:
        self._found[at] = place
        self._free[place] = False

    def _follow(self) -> None:
        """Stretches of at least two words, and words that stand once on the page."""
        expected = 0
        for at, key in enumerate(self._own):
            place = expected
            if not (place < len(self._other) and self._other[place] == key and self._free[place]):
                place = self._best(at, key, expected)
            if place >= 0:
                self._take(at, place)
                expected = place + 1

    def _best(self, at: int, key: str, expected: int) -> int:
        """Where the longest stretch goes on that begins with an own word; of equal ones the nearest. -1 where it is alone
        and may be any of several."""
        best, best_rank = -1, (1, 0)
        places = self._near(key, expected)
        for place in places:
            rank = (self._stretch(at, place), -abs(place - expected))
            if rank[0] > best_rank[0] or (rank[0] == best_rank[0] > 1 and rank > best_rank):
                best, best_rank = place, rank
        return places[0] if best < 0 and len(self._places[key]) == 1 and places else best

    def _near(self, key: str, expected: int) -> list[int]:
        places = self._places.get(key, [])
        middle = bisect_left(places, expected)
        near = places[max(0, middle - MAX_CANDIDATES // 2) : middle + MAX_CANDIDATES // 2]
        return [place for place in near if self._free[place]]

    def _stretch(self, at: int, place: int) -> int:
        length = 0
        while (
            length < MAX_STRETCH
            and at + length < len(self._own)
            and place + length < len(self._other)
            and self._free[place + length]
            and self._own[at + length] == self._other[place + length]
        ):
            length += 1
        return length

    def _take_single(self) -> None:
        """Words alone: the nearest equal word behind the one before them."""
        before = -1
        for at, key in enumerate(self._own):
            if at not in self._found:
                places = self._near(key, before + 1)
                if not places:
                    continue
                self._take(at, min(places, key=lambda place: abs(place - before - 1)))
            before = self._found[at]

    def _take_between(self) -> None:
        """Words that are written otherwise, between two neighbours that are as far apart on the page."""
        at = 0
        while at < len(self._own):
            if at in self._found:
                at += 1
                continue
            end = at
            while end < len(self._own) and end not in self._found:
                end += 1
            begin = self._found[at - 1] + 1 if at else 0
            stop = self._found[end] if end < len(self._own) else len(self._other)
            if stop - begin == end - at and all(self._free[begin:stop]):
                for step in range(end - at):
                    self._take(at + step, begin + step)
            elif end - at == 1:
                self._take_alike(at, begin, stop)
            at = end

    def _take_alike(self, at: int, begin: int, stop: int) -> None:
        """A single word whose letters without accents stand between its neighbours."""
        wanted = fold(self._own[at])
        for place in range(begin, min(stop, begin + MAX_STRETCH)):
            if self._free[place] and fold(self._other[place]) == wanted:
                self._take(at, place)
                return


def _on_one_line(a: Rectangle, b: Rectangle, shape: tuple[float, float], sideways: bool) -> bool:
    """Whether two rectangles stand beside each other on one line; on a page that lies on its side a line goes up or down."""
    along, across = (shape[1], shape[0]) if sideways else shape
    first, second = ((a.top, a.bottom), (b.top, b.bottom)) if sideways else ((a.left, a.right), (b.left, b.right))
    over, under = ((a.left, a.right), (b.left, b.right)) if sideways else ((a.top, a.bottom), (b.top, b.bottom))
    height = min(over[1] - over[0], under[1] - under[0])
    shared = min(over[1], under[1]) - max(over[0], under[0])
    gap = max(second[0] - first[1], first[0] - second[1]) if sideways else second[0] - first[1]
    return shared > SAME_LINE * height and -height * across < gap * along < MAX_GAP * height * across


def _lies_on_its_side(page: OriginalPage) -> bool:
    """Whether most words of several letters are higher than they are wide."""
    words = [word for reading in page.readings[:1] for word in reading.words[:MAX_WORDS] if len(word.text) > 3]
    high = sum((w.bottom - w.top) * page.height > (w.right - w.left) * page.width for w in words)
    return 2 * high > len(words)
