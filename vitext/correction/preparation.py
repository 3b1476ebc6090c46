"""Prepare regions of a text for the decoder: their words in columns, what kind each is, and where sentences start."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from vitext.correction.detect import Region
from vitext.correction.lost_marks import find_file_names, find_lacking
from vitext.correction.model import DAMAGED, DIGITS, FIXED, OPAQUE, Columns, CorrectionModel
from vitext.correction.tokens import WORD
from vitext.correction.western import ONLY_VIETNAMESE
from vitext.fold import strip_marks
from vitext.normalise import place_tone
from vitext.syllables import is_skeleton, is_syllable

#: Characters in which a word's neighbours on its line are looked for; bounded, for a line may be a whole file.
NEIGHBOUR_REACH = 40
#: A line shorter than this share of the longest of its paragraph ends a sentence.
FULL_LINE_SHARE = 0.7

#: Stands for a letter that an encoding lacked: a letter that no Vietnamese text has.
LACKING = "ʔ"
#: Words shaped like no syllable, and their share, from which a clause of text without accents is another language.
MIN_FOREIGN_WORDS = 2
MAX_STRANGE_SHARE = 0.35
#: Share of words with a tone mark below which a text lost its tones, whatever other marks it has.
MIN_TONED_SHARE = 0.05

#: How the word before a word is written, as the decoder numbers it.
AFTER_SMALL = 0
AFTER_CAPITAL = 1
AFTER_BREAK = 2
NOT_WEIGHED = 3

#: Letters with accents but é.
_ACCENTED = re.compile(r"(?![éÉ])[^\W\d_\x00-\xbf]")
#: The number and symbol of a paper: capitals behind a number, with a slash.
_CODE = re.compile(
    r"(?<![\w/-])(?=[\w-]{1,12}(?:/[\w-]{1,12}){0,2}/)\d{1,5}(?:[/-]\d{4})?(?:[/-][A-ZĐ]{2}[A-Za-zĐđ]{0,8}){1,5}(?!\w)"
)
_LETTERS = re.compile(r"[^\W\d_]+")
#: A word with question marks in it, or one that stands for a word of one letter.
_QUESTIONED = re.compile(r"[^\W\d_]*\?[?\w]*(?<!\d)|(?<= )\?(?= [a-zà-ỹđ])")
_GOES_ON = re.compile(r",? ?[a-zà-ỹđ?]")
_CLAUSE = re.compile(r"[^.;:!?\n()“”\"]+")
#: A letter that bears a tone; é is left to what stands around it, for a recogniser writes it too.
_TONED = re.compile("[àáảãạằắẳẵặầấẩẫậèẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")
_VOWEL = re.compile("[AEIOUY]|[^\x00-\x7f]")
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
        self._loses_marks = {plain for word in model.words if (plain := strip_marks(word)) != word}
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
        kept = find_file_names(part) if "." in part else []
        if channel == "unaccented":
            part = self._with_lacking_letters(part)
            kept += self._foreign_clauses(part)
        keeps_tones = channel != "unaccented" or _keeps_tones(part)
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
            elif any(a <= start < b for a, b in kept):
                pass
            elif kind == "word":
                what, number = (
                    self._less_marked(word, keeps_tones) if channel == "unaccented" else self._known(word, channel)
                )
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
        proof = ONLY_VIETNAMESE if channel == "western" else _ACCENTED
        if not word.isascii() and proof.search(word):
            lower = place_tone(word.lower())
            number = self._numbers.get(lower, 0)
            if number and is_syllable(lower):
                return FIXED, number
        return DAMAGED, 0

    def _less_marked(self, word: str, keeps_tones: bool) -> tuple[int, int]:
        """The kind and the number of a word of text that lost marks and nothing else.

        What has a tone, or a mark where tones are kept, has all; what no syllable looks like is another language or a code,
        and stays.
        """
        if LACKING in word:
            return (DAMAGED, 0) if word.isalpha() else (OPAQUE, 0)
        lower = place_tone(word.lower())
        number = self._numbers.get(lower, 0)
        if _TONED.search(lower) or (keeps_tones and not lower.isascii() and is_syllable(lower)):
            return (FIXED, number) if number else (OPAQUE, 0)
        if lower.isalpha() and (is_skeleton(lower) or strip_marks(lower) in self._loses_marks):
            return DAMAGED, 0
        return (FIXED, number) if number else (OPAQUE, 0)

    def _with_lacking_letters(self, text: str) -> str:
        """The text with every question mark that stands for a letter as `LACKING`, where such question marks are.

        A question mark behind a whole word ends a question where a capital, a quotation mark or nothing follows.
        """
        if "?" not in text or not find_lacking(text):
            return text

        def letters(match: re.Match[str]) -> str:
            word = match[0]
            stem = word.rstrip("?")
            lower = place_tone(stem.lower())
            whole = (is_syllable(lower) and lower in self._numbers) or "?" in stem
            if whole and not _GOES_ON.match(text, match.end()):
                return stem.replace("?", LACKING) + word[len(stem) :]
            return word.replace("?", LACKING)

        return _QUESTIONED.sub(letters, text)

    def _foreign_clauses(self, part: str) -> list[tuple[int, int]]:
        """The clauses of another language: too many of their words are shaped like no syllable."""
        found = []
        for clause in _CLAUSE.finditer(part):
            words = [word for word in _LETTERS.findall(clause[0]) if not word.isupper() and len(word) > 1]
            plain = (word for word in words if word.isascii())
            strange = sum(not is_skeleton(word) and word.lower() not in self._loses_marks for word in plain)
            if strange >= MIN_FOREIGN_WORDS and strange > MAX_STRANGE_SHARE * len(words):
                found.append(clause.span())
        return found

    def _is_abbreviation(self, part: str, start: int, end: int) -> bool:
        """A Roman number, or a word in capitals that the model does not know and that stands in no title in capitals."""
        word = part[start:end]
        if LACKING in word:
            return False
        if _ROMAN.fullmatch(word):
            # In a title in capitals "VI" may be a syllable ("ĐƠN VỊ"): the words around it tell.
            return not is_skeleton(word) or part[end : end + 1] in (*".)/:",) or _stands_alone(part, start, end)
        unknown = len(word) > 2 and word.isalpha() and strip_marks(word.lower()) not in self._known_plain
        return unknown and _stands_alone(part, start, end)


def _keeps_tones(part: str) -> bool:
    """Whether words bear tones: four in ten do in clean text, none where a program took the tones away."""
    words = _LETTERS.findall(part)
    return sum(_TONED.search(word) is not None for word in words) >= MIN_TONED_SHARE * max(len(words), 1)


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
