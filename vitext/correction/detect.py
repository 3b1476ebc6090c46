"""Find the lines whose letters were destroyed, or that lost accents: all of them, or some.

Four syllables of five carry an accent in Vietnamese, and an English recogniser can emit none but é; programs that strip
accents often keep đ. So a line without any other accented letter is suspicious; whether it is damaged Vietnamese, Vietnamese
without accents or no Vietnamese at all is judged over the paragraph, and for short paragraphs over the document. Lines with
accents are judged by `lost_marks`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from vitext.correction.lost_marks import find_file_names, find_lost_marks, lacks_letters
from vitext.correction.tokens import ADDRESS
from vitext.correction.western import find_western
from vitext.damage import measure_damage
from vitext.syllables import is_skeleton

#: One accented letter in so many words does not prove a line clean; clean text has eight in ten.
WORDS_A_STRAY = 10
#: Share of words shaped like Vietnamese without which text is not taken for Vietnamese typed without accents.
MIN_UNACCENTED_SHAPE = 0.8
#: English has .29; what is shaped less often than typed Vietnamese and much more often than English was destroyed.
MIN_DAMAGED_SHAPE = 0.5
#: So many words prove damage by themselves; fewer, only together with their document.
MIN_DAMAGED_WORDS = 8
#: Paragraphs of fewer words are called after the document,
SHORT_PARAGRAPH = 12
#: if so many words of it are damaged.
MIN_DOCUMENT_WORDS = 20
#: A line of so many words, so many of the commonest words of a language among them, of which no more are shaped like
#: Vietnamese, is in that language.
MIN_FOREIGN_WORDS = 6
MIN_FUNCTION_WORDS = 2
MAX_FOREIGN_SHAPE = 0.5
#: Where less than this share of a document is suspicious, a short line without accents is left alone.
SUSPICIOUS_SHARE = 0.5
#: A paragraph of another kind than the document is a mistake of the measure when the document is so many times larger.
OUTVOTED_TIMES = 8

#: Accented letters that neither an English recogniser emits nor a program that strips accents leaves.
_ACCENTED = re.compile("[à-èê-ýăĩũơưÀ-ÈÊ-ÝĂĨŨƠƯ\u1ea0-\u1ef9]")
#: The commonest English and French words that look like no syllable, or like a rare one.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the of and shall with this that are which from for is was were be been has have not by as at on within their its "
        "les des est dans pour une sur avec par aux qui sont cette être",
    )
)
_WITHOUT_D = str.maketrans("đĐ", "dD")
_LINE = re.compile(r"[^\n]+")
_OTHER_SCRIPT = re.compile("[\u0400-\u1dff\u3040-\ud7ff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class Region:
    """Characters [start, end) of a text, whole lines of one paragraph, that are to be corrected by `channel`.

    The channel says what happened to the letters: "ocr" (an English recogniser destroyed them), "western" (a French one),
    "bare" (one that emits no accents and loses spaces) or "unaccented" (a typist left the accents out).
    """

    start: int
    end: int
    channel: str


class Placed(Protocol):
    """What stands at a place of a text."""

    @property
    def start(self) -> int:
        """Its first character."""


P = TypeVar("P", bound=Placed)


def outside(found: Iterable[P], regions: Sequence[Region]) -> list[P]:
    """What begins in none of the regions, which are given in the order of the text."""
    starts = [region.start for region in regions]
    ends = [-1, *(region.end for region in regions)]
    return [one for one in found if one.start >= ends[bisect_right(starts, one.start)]]


def is_suspicious(line: str) -> bool:
    """Whether a line with letters bears no accent but é and đ; one stray accent in ten words is let pass. What names nothing
    but a file or an address is not suspicious.

    >>> [is_suspicious(s) for s in ("Pay manh cdng tac tuyén truyén", "Đẩy mạnh công tác", "2024 - 2025", "Phu luc.doc")]
    [True, False, False, False]
    """
    accent = _ACCENTED.search(line)
    if accent:
        stray = (line.count(" ") + 1) // WORDS_A_STRAY
        while accent and stray:
            accent = _ACCENTED.search(line, accent.end())
            stray -= 1
        if accent:
            return False
    if "." in line:
        line = ADDRESS.sub(" ", line)
        for start, end in reversed(find_file_names(line)):
            line = line[:start] + line[end:]
    return has_letters(line) and not _OTHER_SCRIPT.search(line)


def has_letters(line: str) -> bool:
    """Whether there is a letter in a line."""
    return _LETTER.search(line) is not None


def find_damaged(text: str, assume: str | None = None) -> list[Region]:
    """Find the regions of a document that are to be corrected.

    With `assume`, those are the suspicious lines ("ocr", "bare"), those without a letter that only Vietnamese has
    ("western"), or all that have letters ("unaccented": words with marks stay).

    A short paragraph proves nothing by itself: it is judged by the rest of the document.
    """
    if assume == "unaccented":
        return [Region(match.start(), match.end(), assume) for match in _LINE.finditer(text) if has_letters(match[0])]
    if assume == "western":
        return [Region(a, b, assume) for a, b in find_western(text, assumed=True)]
    if assume:
        return [Region(a, b, assume) for a, b in suspicious_runs(text)]
    western = [Region(a, b, "western") for a, b in find_western(text)]
    suspicious = outside([Region(a, b, "") for a, b in suspicious_runs(text)], western)
    judged = [(a, b, _judge(text[a:b])) for a, b in ((region.start, region.end) for region in suspicious)]
    lost = outside([Region(a, b, "unaccented") for a, b in find_lost_marks(text)], sorted_by_place(suspicious, western))
    words = {"ocr": 0, "unaccented": sum(text.count(" ", region.start, region.end) for region in lost), "foreign": 0}
    for _, _, (kind, size) in judged:
        if kind in words:
            words[kind] += size
    usual = "ocr" if words["ocr"] * 4 >= words["unaccented"] else "unaccented"
    if words[usual] < MIN_DOCUMENT_WORDS or words["foreign"] > words[usual]:
        usual = ""
    alone = sum(region.end - region.start for region in [*suspicious, *lost]) < SUSPICIOUS_SHARE * len(text)
    regions = []
    for a, b, (kind, size) in judged:
        # A short paragraph shows no debris by chance, or is a heading: it is as the document is.
        few = size < 4 * SHORT_PARAGRAPH and size * OUTVOTED_TIMES < words.get(usual, 0)
        if kind == "short" or (few and (kind == "foreign" or usual == "ocr")):
            kind = usual
        if kind == "unaccented" and alone and size < SHORT_PARAGRAPH:
            continue
        if kind in ("ocr", "unaccented"):
            regions.append(Region(a, b, kind))
    return sorted_by_place(regions, lost, western)


def sorted_by_place(*regions: Sequence[Region]) -> list[Region]:
    """All the regions in the order of the text."""
    return sorted(chain(*regions), key=lambda region: region.start)


def suspicious_runs(text: str) -> list[tuple[int, int]]:
    """Runs of suspicious lines, cut where a line is empty: characters [start, end) each."""
    runs: list[tuple[int, int]] = []
    at = 0
    previous = -1
    for line in text.split("\n"):
        if is_suspicious(line) and not _is_foreign_line(line) and not ("?" in line and lacks_letters(line)):
            if runs and previous == at:
                runs[-1] = runs[-1][0], at + len(line)
            else:
                runs.append((at, at + len(line)))
            previous = at + len(line) + 1
        elif line.strip() and not has_letters(line) and previous == at:
            previous = at + len(line) + 1
        at += len(line) + 1
    return runs


def _is_foreign_line(line: str) -> bool:
    """Whether a line is English or French by itself, whatever stands around it: little of it is shaped like Vietnamese, and
    some of its words are the commonest of those languages. A line that a recogniser destroyed may have as strange shapes."""
    words = [word for word in _WORD.findall(line.lower()) if len(word) > 1]
    if len(words) < MIN_FOREIGN_WORDS or len(FUNCTION_WORDS.intersection(words)) < MIN_FUNCTION_WORDS:
        return False
    return sum(map(is_skeleton, words)) <= MAX_FOREIGN_SHAPE * len(words)


def _judge(block: str) -> tuple[str, int]:
    """What a run is, and how many words it has. A program that strips accents may have left đ: it says nothing."""
    block = block.translate(_WITHOUT_D)
    damage = measure_damage(block)
    size = damage.syllables
    if damage.kind == "unaccented" and _shaped(block) < MIN_UNACCENTED_SHAPE:
        return "ocr" if _shaped(block) > MIN_DAMAGED_SHAPE else "foreign", size
    if damage.kind == "ocr" and size < MIN_DAMAGED_WORDS:
        return "short", size
    return damage.kind, size


def _shaped(block: str) -> float:
    """The share of words shaped like syllables, without addresses, formulas and codes."""
    words = [word for word in _WORD.findall(ADDRESS.sub(" ", block)) if not (word.isupper() and not word.isalpha())]
    return sum(map(is_skeleton, words)) / max(len(words), 1)
