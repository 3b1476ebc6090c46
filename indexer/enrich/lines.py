"""Lines of a paper for the rules that read its layout: their places, their columns, and fixed phrases with wrong letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.item import Evidence
from vitext import Folded, fold, fold_with_offsets

#: Characters of a line that are looked at: what a file format joined into one line may be the whole paper.
MAX_LINE_LENGTH = 2000
#: Lines that are longer are text, and are not searched for fixed phrases.
MAX_PHRASE_LINE = 300
#: Letters of a phrase with which a line may end.
MIN_PHRASE = 10

#: What stands between two columns on one line.
_GAP = re.compile(r"[^\S\n]{3,}|\t[^\S\n]*|(?:^|\s)\|\s|\|\s{2,}")
#: What a gap does not end: "Số:      /KH-UBND", "ngày     tháng     năm 2025".
_OPEN = re.compile(r"(?:^|\s)(?:so\s*[:.]?|(?:ngay|thang)(?:\s*\d{1,2})?|nam)$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line or a part of one. `start` is where it begins in the text of block `block`; `first` says that a block begins."""

    block: int
    start: int
    text: str
    first: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def folded(self) -> Folded:
        return fold_with_offsets(self.text)

    def part(self, start: int, end: int) -> Line:
        """The characters [start, end) of the line, without spaces around them."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        return Line(self.block, self.start + start, piece.strip(), self.first and not self.text[:start].strip())

    def evidence(
        self, attribute: str, value: str, rule: str, confidence: float, span: tuple[int, int] | None = None
    ) -> Evidence:
        """The evidence for a value of the line; `span` is in characters of the line, None for all of it."""
        start, end = span or (0, len(self.text))
        return Evidence(attribute, value, rule, confidence, block=self.block, start=self.start + start, end=self.start + end)


def read_lines(texts: Sequence[str], most: int) -> Iterator[Line]:
    """The lines that hold a letter or digit, in at most `most` characters; long lines are cut."""
    left = most
    for block, text in enumerate(texts):
        start, first = 0, True
        for whole in text[: max(0, left)].split("\n"):
            line = whole[:MAX_LINE_LENGTH]
            left -= len(line) + 1
            if any(c.isalnum() for c in line):
                yield Line(block, start, line, first)
                first = False
            start += len(whole) + 1
        if left <= 0:
            return


def split_columns(line: Line) -> list[Line]:
    """The parts of a line that wide gaps divide.

    >>> [part.text for part in split_columns(Line(0, 0, "BỘ NỘI VỤ        CỘNG HÒA XÃ HỘI"))]
    ['BỘ NỘI VỤ', 'CỘNG HÒA XÃ HỘI']
    """
    parts, at = [], 0
    for gap in _GAP.finditer(line.text):
        if _OPEN.search(fold(line.text[max(0, gap.start() - 20) : gap.start()])):
            continue
        parts.append(line.part(at, gap.start()))
        at = gap.end()
    parts.append(line.part(at, len(line.text)))
    return [part for part in parts if any(c.isalnum() for c in part.text)]


def letters_of(text: str) -> str:
    """The letters and digits of a text, folded: the form in which fixed phrases are compared."""
    return "".join(c for c in fold(text) if c.isalnum())


def find_phrase(line: Line, phrase: str, words: frozenset[str], share: float = 0.27) -> tuple[int, int] | None:
    """The characters of a line that are a fixed phrase, with at most that share of its letters wrong; None where it is not.

    `phrase` is in folded letters. Of its `words` the line must hold three, which spares the comparison mostly. A line may
    end inside the phrase, behind MIN_PHRASE letters of it.

    >>> line = Line(0, 0, "SỞ DU LỊCH Déc lap - Ty do - Hanh phtic")
    >>> line.text[slice(*find_phrase(line, "doclaptudohanhphuc", frozenset("doc lap tu do hanh phuc".split())))]
    'Déc lap - Ty do - Hanh phtic'
    """
    if len(line.text) > MAX_PHRASE_LINE:
        return None
    folded = line.folded
    if sum(word in words for word in re.findall(r"[^\W_]+", folded.text)) < 3:
        return None
    places = [at for at, c in enumerate(folded.text) if c.isalnum()]
    letters = "".join(folded.text[at] for at in places)
    exact = letters.find(phrase)
    if exact >= 0:
        return folded.span(places[exact], places[exact + len(phrase) - 1] + 1)
    start, end, wrong, length = _closest(phrase, letters)
    if wrong > share * length or start >= end:
        return None
    # A wrong letter at the end must not leave half a word behind the phrase.
    last = places[end - 1] + 1
    while last < len(folded.text) and folded.text[last].isalnum():
        last += 1
    return folded.span(places[start], last)


@lru_cache(maxsize=512)
def _closest(phrase: str, letters: str) -> tuple[int, int, int, int]:
    """(start, end, wrong letters, letters of the phrase) of the stretch of letters that is closest to a phrase."""
    row = [(0, at) for at in range(len(letters) + 1)]
    cut: tuple[int, int, int, int] | None = None
    for i, wanted in enumerate(phrase, 1):
        before, row[0] = row[0], (i, 0)
        for at, letter in enumerate(letters, 1):
            best = before if letter == wanted else (before[0] + 1, before[1])
            before = row[at]
            if before[0] + 1 < best[0]:
                best = (before[0] + 1, before[1])
            if row[at - 1][0] + 1 < best[0]:
                best = (row[at - 1][0] + 1, row[at - 1][1])
            row[at] = best
        if i >= MIN_PHRASE and (cut is None or row[-1][0] * cut[3] < cut[2] * i):
            cut = (row[-1][1], len(letters), row[-1][0], i)
    end = min(range(len(row)), key=lambda at: row[at][0])
    whole = (row[end][1], end, row[end][0], len(phrase))
    return cut if cut and 5 * cut[2] <= cut[3] and whole[2] > 0.27 * len(phrase) else whole
