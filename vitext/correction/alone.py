"""Judge a short text that has no document around it by what correction makes of it.

A few words show too little by themselves: "Can the man go to my house" has the shape of Vietnamese typed without accents. So
the words are corrected on trial, and the correction is believed only when the whole text becomes Vietnamese and the decoder
is certain enough of it; otherwise the text is left alone. A false repair is worse than a missed one.

The limits were chosen on pieces of 2 to 11 words: 6,000 that an English recogniser made of pages and 4,000 typed without
accents, none of which the model was trained on; and on 48,000 that must stay: English, interface texts in 33 languages,
names of people and places without accents. None of the latter is changed. Of the former those of 4 to 7 words are corrected
in one case of four, those of 8 to 11 words in three of four, with 3 wrong words in a hundred; what is left is left whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vitext.correction.corrector import Correction, default_corrector
from vitext.correction.detect import (
    FUNCTION_WORDS,
    MIN_FUNCTION_WORDS,
    Region,
    find_damaged,
    has_letters,
    is_suspicious,
    suspicious_runs,
)
from vitext.correction.lost_marks import lacks_letters, weigh_evidence
from vitext.syllables import is_skeleton, is_syllable

#: Texts of fewer words are judged by what correction makes of them; longer ones show enough by themselves.
SHORT_TEXT_WORDS = 20
#: From so many words on a text is judged as a document is; between the two, a region is left alone where the mean confidence
LONG_TEXT_WORDS = 60
#: of its words is less than this: sentences of French and Spanish have .56 to .94, two of three less.
MIN_LONGER_CONFIDENCE = 0.85
#: A line that lost marks: its evidence (`weigh_evidence`), the share of its words that may have no shape of a syllable, and
#: the mean confidence of the words that it gets. No line of 77,497 in other languages has all three; of 600 sentences typed
#: without accents 78 in a hundred have, of those with half of their words typed so 75.
MIN_EVIDENCE = 3.0
#: The same of a line without any accent, which may be another language, and the words that it must have.
MIN_EVIDENCE_OF_PLAIN = 5.0
MIN_PLAIN_WORDS = 4
MAX_STRANGE_SHARE = 0.1
MIN_RESTORED_CONFIDENCE = 0.85
#: A text that looks damaged: share of the corrected words that must be Vietnamese syllables,
MIN_SYLLABLE_SHARE = 0.9
#: and the mean confidence of its words.
MIN_MEAN_CONFIDENCE = 0.9
#: The same two limits where a word bears an é that only a recogniser can have written ("tuyén").
MIN_SYLLABLE_SHARE_WITH_ACUTE = 0.7
MIN_MEAN_CONFIDENCE_WITH_ACUTE = 0.75
#: A text that is too short to look damaged: words that it must have,
MIN_PROVED_WORDS = 4
#: the confidence of each of them,
MIN_WORD_CONFIDENCE = 0.9
#: and the words with strange letters only ("cdng") that it must have when none bears an é, a digit or a sign inside.
MIN_MISSHAPEN_WORDS = 2

_ACUTE = re.compile("[éÉ]")
_WORD = re.compile(r"[^\W\d_]+")
_SIGN_INSIDE = re.compile(r"[\d¢§€£@&¥$]|\w['’‘`´]\w")


def find_damaged_alone(text: str) -> list[Region]:
    """Find the regions of a text by itself that are to be corrected: all of them, or none where correction would guess.

    >>> [region.channel for region in find_damaged_alone("Pay manh cdng tac tuyén truyén")]
    ['ocr']
    >>> find_damaged_alone("Can the man go to my house"), find_damaged_alone("Nguyen Van Anh, Tran Thi Binh")
    ([], [])
    """
    regions = find_damaged(text)
    size = len(text.split())
    if size >= LONG_TEXT_WORDS:
        return regions
    if size >= SHORT_TEXT_WORDS:
        return [region for region in regions if _mean_confidence(text, [region]) >= MIN_LONGER_CONFIDENCE]
    if regions and _has_strange(text) and not lacks_letters(text):
        read = [replace(region, channel="ocr") for region in regions]
        if _is_credible(text, read):
            return read
    if regions and _is_credible(text, regions):
        return regions
    if not any(has_letters(line) and not is_suspicious(line) for line in text.split("\n")):
        every = [Region(start, end, "ocr") for start, end in suspicious_runs(text)]
        if every and _is_proved(text, every):
            return every
    return [region for region in _lines_of_lost_marks(text) if _lost_marks(text, region)]


def _lines_of_lost_marks(text: str) -> list[Region]:
    """The lines of a text that may have lost marks."""
    regions = []
    at = 0
    broken = False
    for line in text.split("\n"):
        plain = is_suspicious(line)
        needed = MIN_EVIDENCE_OF_PLAIN if plain else MIN_EVIDENCE
        # Behind a hyphen the first word is the rest of another ("inter-", "net") and shows nothing.
        words = line.partition(" ")[2] if broken else line
        broken = line.endswith("-")
        if weigh_evidence(words) >= needed and not (plain and _may_be_foreign(line)):
            regions.append(Region(at, at + len(line), "unaccented"))
        at += len(line) + 1
    return regions


def _may_be_foreign(line: str) -> bool:
    """Whether a line without any accent is too short to tell, or has the commonest words of another language."""
    words = _WORD.findall(line.lower())
    return len(words) < MIN_PLAIN_WORDS or len(FUNCTION_WORDS.intersection(words)) >= MIN_FUNCTION_WORDS


def _lost_marks(text: str, region: Region) -> bool:
    """Whether nearly all words of a line are shaped like syllables, and its marks can be restored with little doubt."""
    words = _WORD.findall(text[region.start : region.end])
    strange = sum(not word.isupper() and (not is_skeleton(word) or _has_false_acute(word)) for word in words)
    if strange > MAX_STRANGE_SHARE * len(words):
        return False
    changed = [c for c in default_corrector().correct(text, [region]) if text[c.start : c.end] != c.after]
    return bool(changed) and sum(c.confidence for c in changed) >= MIN_RESTORED_CONFIDENCE * len(changed)


def _mean_confidence(text: str, regions: Sequence[Region]) -> float:
    found = default_corrector().correct(text, regions)
    return sum(c.confidence for c in found) / len(found) if found else 0.0


def _has_strange(text: str) -> bool:
    """Whether a word is shaped like no syllable ("phic"; in a title in capitals "HQP"): more than its accents is wrong."""
    capitals = text.isupper()
    words = (word for word in _WORD.findall(text) if len(word) > 1 and (capitals or word.islower()))
    return not all(map(is_skeleton, words))


def _is_credible(text: str, regions: Sequence[Region]) -> bool:
    """Whether a text that looks damaged or unaccented becomes Vietnamese."""
    found = default_corrector().correct(text, regions)
    if not found:
        return False
    unaccented = all(region.channel == "unaccented" for region in regions)
    if unaccented and all(text[c.start].isupper() and is_skeleton(text[c.start : c.end]) for c in found):
        return False  # Names, of which nobody can know the accents: "Tung" may be Tùng, Tung or Tưng.
    confidence = sum(c.confidence for c in found) / len(found)
    syllables = _syllable_share(found)
    if syllables >= MIN_SYLLABLE_SHARE and confidence >= MIN_MEAN_CONFIDENCE:
        return True
    acute = any(_bears_false_acute(text[c.start : c.end], c.after) for c in found)
    return acute and syllables >= MIN_SYLLABLE_SHARE_WITH_ACUTE and confidence >= MIN_MEAN_CONFIDENCE_WITH_ACUTE


def _is_proved(text: str, regions: Sequence[Region]) -> bool:
    """Whether every word becomes a syllable that leaves little doubt, and the letters show that a recogniser was at work."""
    found = default_corrector().correct(text, regions)
    if len(found) < MIN_PROVED_WORDS or min(c.confidence for c in found) < MIN_WORD_CONFIDENCE or _syllable_share(found) < 1:
        return False
    misshapen = 0
    for correction in found:
        before, after = text[correction.start : correction.end], correction.after
        if before == after or not is_syllable(after) or before.isdigit():
            continue
        if _bears_false_acute(before, after) or _SIGN_INSIDE.search(before):
            return True
        misshapen += not is_skeleton(before)
    return misshapen >= MIN_MISSHAPEN_WORDS


def _syllable_share(found: Sequence[Correction]) -> float:
    words = [c.after for c in found if len(c.after) > 1]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


def _bears_false_acute(before: str, after: str) -> bool:
    return before != after and _has_false_acute(before)


def _has_false_acute(word: str) -> bool:
    """Whether é stands in a word shaped like a syllable in which the orthography has no é."""
    return _ACUTE.search(word) is not None and is_skeleton(word) and not is_syllable(word)
