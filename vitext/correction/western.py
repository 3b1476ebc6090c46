"""Find lines that a recogniser of another Western language destroyed: it writes accents, but those of that language.

A French model emits ä, ç, û and ï where Vietnamese has other letters, and none of those that only Vietnamese has. So a run
of lines without the latter, of whose words some bear the former, and that are shaped like Vietnamese, is such a text.
Text in an encoding before Unicode has such letters too, but signs of the upper half of Latin-1 or pairs of vowels beside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vitext.syllables import is_skeleton

#: Words that a run must have, and the share of them that must bear a letter that Vietnamese has not: pages of a French model
#: have .15, clean text and pages of an English model none.
MIN_RUN_WORDS = 6
MIN_WESTERN_SHARE = 0.04
#: The share that must be shaped like Vietnamese; French has .3.
MIN_SHAPED_SHARE = 0.5
#: The share of signs that a run may have: pages of a French model have .0001, text in TCVN3 .10 and in VISCII .07.
MAX_SIGN_SHARE = 0.01
#: The share of words with a mark written behind its vowel, as in VNI ("ñaïi hoïc").
MAX_PAIR_SHARE = 0.05
#: One Vietnamese letter in so many words is let pass.
WORDS_A_STRAY = 10
#: Words of such runs from which the shorter ones of a document are the same.
MIN_DOCUMENT_WORDS = 20

#: A letter that no other language of Western Europe has.
ONLY_VIETNAMESE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")
_WESTERN = re.compile("[äåæçëîïñöøûüÿœÄÅÆÇËÎÏÑÖØÛÜŸŒ]")
_SIGN = re.compile("[\x80-\xbf×÷]")
_PAIR = re.compile("[aeoyôö][ùøûïõåäëúü]|[aeo][âê]|u[ùøûïõ]|öô|\\bñ", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def find_western(text: str, *, assumed: bool = False) -> list[tuple[int, int]]:
    """The runs of lines that a recogniser of another language destroyed, characters [start, end) each, in their order.

    With `assumed` every run without letters that only Vietnamese has is one.

    >>> find_western("Cän cü Luât Tô chüc chinh quyên dia phuong ngày 16 thäng 6 näm 2025")
    [(0, 67)]
    >>> find_western("La façon dont les élèves français ont été reçus"), find_western("Hà Nam và các xã lân cận")
    ([], [])
    """
    if not assumed and not _WESTERN.search(text):
        return []
    runs: list[tuple[int, int]] = []
    at, previous = 0, -1
    for line in text.split("\n"):
        if _may_be_western(line):
            if previous == at:
                runs[-1] = runs[-1][0], at + len(line)
            else:
                runs.append((at, at + len(line)))
            previous = at + len(line) + 1
        at += len(line) + 1
    if assumed:
        return runs
    sizes = [_words_of_western(text[start:end]) for start, end in runs]
    enough = sum(sizes) >= MIN_DOCUMENT_WORDS
    return [
        (start, end)
        for (start, end), size in zip(runs, sizes, strict=True)
        if size or (enough and _is_short(text[start:end]) and not ONLY_VIETNAMESE.search(text, start, end))
    ]


def is_western(blocks: Sequence[str]) -> bool:
    """Whether most of a document, given as its blocks, was destroyed by a recogniser of another language."""
    text = "\n\n".join(blocks)
    return sum(end - start for start, end in find_western(text)) > len(text) / 2


def _may_be_western(line: str) -> bool:
    strays = len(ONLY_VIETNAMESE.findall(line))
    return strays <= (line.count(" ") + 1) // WORDS_A_STRAY and _WORD.search(line) is not None


def _words_of_western(run: str) -> int:
    """The words of a run that proves to be such a text, 0 for any other."""
    words = _WORD.findall(run)
    western = sum(_WESTERN.search(word) is not None for word in words)
    shaped = sum(map(is_skeleton, words))
    pairs = sum(_PAIR.search(word) is not None for word in words)
    if len(_SIGN.findall(run)) > MAX_SIGN_SHARE * len(run) or pairs > MAX_PAIR_SHARE * len(words):
        return 0
    enough = len(words) >= MIN_RUN_WORDS and western >= MIN_WESTERN_SHARE * len(words)
    return len(words) if enough and western and shaped >= MIN_SHAPED_SHARE * len(words) else 0


def _is_short(run: str) -> bool:
    """Whether a run has too few words to be judged by itself, but is shaped like Vietnamese."""
    words = _WORD.findall(run)
    return 0 < len(words) < MIN_RUN_WORDS * 2 and sum(map(is_skeleton, words)) >= MIN_SHAPED_SHARE * len(words)
