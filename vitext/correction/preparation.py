"""Prepare regions of a text for the decoder: their words in columns, what kind each is, and where sentences start."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from vitext.correction.detect import Region
from vitext.correction.model import DAMAGED, DIGITS, FIXED, OPAQUE, Columns, CorrectionModel
from vitext.correction.tokens import WORD
from vitext.fold import strip_marks
from vitext.normalise import place_tone
from vitext.syllables import is_skeleton, is_syllable

#: Characters in which a word's neighbours on its line are looked for; bounded, for a line may be a whole file.
NEIGHBOUR_REACH = 40
#: A line shorter than this share of the longest of its paragraph ends a sentence.
FULL_LINE_SHARE = 0.7

#: How the word before a word is written, as the decoder numbers it.
AFTER_SMALL = 0
AFTER_CAPITAL = 1
AFTER_BREAK = 2
NOT_WEIGHED = 3

#: Letters with accents but é, and those of them that no other language has.
_ACCENTED = re.compile(r"(?![éÉ])[^\W\d_\x00-\xbf]")
_ONLY_VIETNAMESE = re.compile("[ăĂđĐơƠưƯĩĨũŨ\u1ea0-\u1ef9]")
#: The number and symbol of a paper: capitals behind a number, with a slash.
_CODE = re.compile(
    r"(?<![\w/-])(?=[\w-]{1,12}(?:/[\w-]{1,12}){0,2}/)\d{1,5}(?:[/-]\d{4})?(?:[/-][A-ZĐ]{2}[A-Za-zĐđ]{0,8}){1,5}(?!\w)"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile("[AEIOUY]")
_ROMAN = re.compile("[IVX]+")
#: Roman numbers of headings, each I as the recogniser liked to see it: "I1.", "IIl.".
_HEAD = re.compile(r"(?=[1l|]{0,2}I)(?=I{0,2}[1l|])[I1l|]{2,3}(?=\.\s)")
_MARKER = re.compile(r"\s*(?:[-–+*•]|\(?[0-9IVXivx]{1,4}[.)]|[a-zđA-ZĐ][.)])\s")


@dataclass(slots=True)
class Words:
    """The words of some regions, an entry each in every list; `certain` are those that a rule corrects, by their place."""

    places: list[tuple[int, int]] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    caps: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    certain: dict[int, str] = field(default_factory=dict)

    def columns(self) -> Columns:
        """The words as the decoder takes them."""
        return Columns(
            np.array(self.places, dtype=np.int32),
            np.array(self.kinds, dtype=np.uint8),
            np.array(self.known, dtype=np.uint16),
            np.array(self.caps, dtype=np.uint8),
            np.array(self.starts, dtype=np.uint8),
        )


class Preparation:
    """Prepares text for one model: what the model knows decides what a word is."""

    def __init__(self, model: CorrectionModel) -> None:
        self._numbers = model.numbers
        self._known_plain = {strip_marks(word) for word in model.words}
        self._abbreviations = {strip_marks(word) for word in model.words if not is_syllable(word)}

    def words(self, text: str, regions: Sequence[Region], channel: str) -> Words:
        """The words of the regions, in the order of the text."""
        words = Words()
        for region in regions:
            self._add_region(words, text[region.start : region.end], region.start, channel)
        return words

    def _add_region(self, words: Words, part: str, offset: int, channel: str) -> None:
        breaks = _sentence_breaks(part)
        codes = [match.span() for match in _CODE.finditer(part)]
        weigh_case = channel == "ocr" or _has_case(part)
        before = AFTER_BREAK
        marker = ""
        for match in WORD.finditer(part):
            kind = match.lastgroup
            start, end = match.span()
            word = match[0]
            if kind == "end":
                # A newline alone ends a sentence only where the layout says so.
                if word != "\n" or start in breaks:
                    before = AFTER_BREAK
                continue
            capitals = len(word) > 1 and word.isupper()
            what, number = OPAQUE, 0
            if kind == "number":
                what = DAMAGED if channel == "ocr" and _may_be_letters(part, start, end) else DIGITS
            elif _HEAD.match(part, start) and not part[max(0, start - NEIGHBOUR_REACH) : start].rpartition("\n")[2].strip():
                words.certain[len(words.kinds)] = "I" * len(word)
            elif part[end : end + 1] == ")" and len(word) == 1:
                # In lists đ) follows d): a recogniser shows both as d), D), B) or P).
                if marker in ("d", "D") and word in "dDBP":
                    words.certain[len(words.kinds)] = "đ" if word == "d" else "Đ"
                marker = word
            elif kind == "word":
                what, number = self._known(word, channel)
                if what == DAMAGED and capitals and self._is_abbreviation(part, start, end):
                    what = OPAQUE
                at = bisect_right(codes, (start, len(part))) - 1
                if (
                    what == DAMAGED
                    and at >= 0
                    and start < codes[at][1]
                    and strip_marks(word.lower()) not in self._abbreviations
                ):
                    # "TU" in "15-CT/TU" is no "từ"; "HDND" is HĐND there as anywhere.
                    what = OPAQUE
            words.places.append((offset + start, end - start))
            words.kinds.append(what)
            words.known.append(number)
            words.starts.append(1 if before == AFTER_BREAK else 0)
            words.caps.append(NOT_WEIGHED if capitals or not weigh_case else before)
            before = AFTER_CAPITAL if word[:1].isupper() else AFTER_SMALL

    def _known(self, word: str, channel: str) -> tuple[int, int]:
        """The kind and the number of a word: a whole Vietnamese syllable with its accents stands for itself. A recogniser of
        another language writes accents too ("à", "công"): then only letters that no other language has prove a word."""
        proof = _ONLY_VIETNAMESE if channel == "western" else _ACCENTED
        if not word.isascii() and proof.search(word):
            lower = place_tone(word.lower())
            number = self._numbers.get(lower, 0)
            if number and is_syllable(lower):
                return FIXED, number
        return DAMAGED, 0

    def _is_abbreviation(self, part: str, start: int, end: int) -> bool:
        """A Roman number, or a word in capitals that the model does not know and that stands in no title in capitals."""
        word = part[start:end]
        if _ROMAN.fullmatch(word):
            # In a title in capitals "VI" may be a syllable ("ĐƠN VỊ"): the words around it tell.
            return not is_skeleton(word) or part[end : end + 1] in (*".)/:",) or _stands_alone(part, start, end)
        unknown = len(word) > 2 and word.isalpha() and strip_marks(word.lower()) not in self._known_plain
        return unknown and _stands_alone(part, start, end)


def _may_be_letters(part: str, start: int, end: int) -> bool:
    """Whether a number of one or two digits may be a destroyed word: "6" is often "ở"."""
    return end - start <= 2 and part[end : end + 1] not in (*".)%/:-–",) and part[start - 1 : start] not in (*".,/:-–(",)


def _stands_alone(part: str, start: int, end: int) -> bool:
    """Whether a word in capitals has no neighbour on its line that is one too: then it is no word of a title in capitals.

    Abbreviations have no vowels, and say nothing of their neighbours ("HTX, DN").
    """
    before = _LETTERS.findall(part[max(0, start - NEIGHBOUR_REACH) : start].rpartition("\n")[2])
    after = _LETTERS.findall(part[end : end + NEIGHBOUR_REACH].partition("\n")[0])
    if not before and not after:
        return end - start <= 4
    return not any(
        word.isupper() and len(word) > 1 and _VOWEL.search(strip_marks(word)) for word in (*before[-1:], *after[:1])
    )


def _has_case(text: str) -> bool:
    """Whether capitals are used at all: many who type without accents use none."""
    return not text.islower() and not text.isupper()


def _sentence_breaks(part: str) -> set[int]:
    """The newlines that end a sentence: behind a short line, before a list marker, between capitals and small letters."""
    lines = part.split("\n")
    longest = max(map(len, lines))
    breaks = set()
    at = 0
    for line, after in pairwise(lines):
        at += len(line)
        if (
            len(line) < FULL_LINE_SHARE * longest
            or _MARKER.match(after)
            or line.isupper() != after.isupper()
            or not after.strip()
        ):
            breaks.add(at)
        at += 1
    return breaks
