"""Lines that were typed while no input method was on: "Hooij ddoongf nhaan daan", "Ho65i d9o62ng nha6n da6n"."""

from __future__ import annotations

import re

from vitext.alignment import Change
from vitext.chunks import is_code, outside
from vitext.correction.language_model import default_language_model
from vitext.keystrokes import read_keys
from vitext.lost_letters import as_printed, choose_words
from vitext.syllables import is_skeleton, is_syllable

#: Words of two keys and more in a line that prove it; English has hardly one that reads as a syllable.
MIN_PROOF = 2
#: The share of the words of a line that hold keys, and of those that are Vietnamese when they are read.
MIN_KEYED_SHARE = 0.5
MIN_READ_SHARE = 0.9
#: Readings of a word that cost more (natural logarithm of their share) are no words that people write.
MAX_COST = 12.0

_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"(?<!\w)[A-Za-z][A-Za-z0-9]*(?!\w)")
# Keys that stand in nearly every such line: a doubled letter, w, or a tone at the end of a word.
_MAY_BE_KEYED = re.compile(r"[Aa][Aa]|[Oo][Oo]|[Ee][Ee]|[Dd][Dd]|[Ww]|[A-Za-z][1-9]")


def restore_keystrokes(text: str) -> list[Change]:
    """The letters that keys of Telex or VNI stand for: "Hooij ddoongf nhaan daan xax" -> "Hội đồng nhân dân xã".

    Only in a line without accents of which nearly every word is Vietnamese when it is read so, and two hold several keys.
    """
    changes: list[Change] = []
    for line in _LINE.finditer(text):
        if line[0].isascii() and len(_MAY_BE_KEYED.findall(line[0])) >= MIN_PROOF:
            changes += [(line.start() + start, line.start() + end, new) for start, end, new in _read_line(line[0])]
    return outside(text, changes, is_code)


def _read_line(line: str) -> list[Change]:
    words = list(_WORD.finditer(line))
    model = default_language_model()
    slots = []
    keyed = proof = read = 0
    for word in words:
        readings = [reading for reading in read_keys(word[0]) if model.word_cost(reading.syllable) < MAX_COST]
        plain = word[0].lower()
        keyed += bool(readings)
        proof += any(reading.keys > 1 for reading in readings) and not is_syllable(plain)
        read += bool(readings) or is_skeleton(plain)
        slots.append([reading.syllable for reading in readings] + ([plain] if is_syllable(plain) or not readings else []))
    if proof < MIN_PROOF or keyed < MIN_KEYED_SHARE * len(words) or read < MIN_READ_SHARE * len(words):
        return []
    chosen = choose_words(slots)
    return [
        (word.start(), word.end(), as_printed(new, word[0]))
        for word, new in zip(words, chosen, strict=True)
        if new != word[0].lower()
    ]
