"""Which syllables Vietnamese has: onset, rime and tone, and the rules that bind them.

A valid syllable is one that the orthography allows, whether or not a dictionary lists it: "nghiêng" is, "ngiêng" is
not. Names and loan words ("Pleiku", "xeton") are not syllables in this sense; do not use validity to reject words.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vitext.fold import fold, strip_marks
from vitext.tables import read_table

_HERE = Path(__file__).parent
#: Combining marks that carry the tone: tones 1 huyền, 2 sắc, 3 hỏi, 4 ngã, 5 nặng; 0 is no mark.
TONES = {"\u0300": 1, "\u0301": 2, "\u0309": 3, "\u0303": 4, "\u0323": 5}
#: The combining mark of every tone.
TONE_MARKS = {tone: mark for mark, tone in TONES.items()}
_STOPS = ("c", "ch", "p", "t")
_VOWELS = "aăâeêioôơuưy"
#: Characters of a syllable, at most: seven letters and their marks in any Unicode form.
MAX_SYLLABLE_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable taken apart, in lower case and NFC.

    `onset` are the consonants before the vowels ("" for none), `rime` the rest without its tone but with its quality marks,
    and `tone` is 0 for no mark, 1 huyền, 2 sắc, 3 hỏi, 4 ngã, 5 nặng. `vowels` are the vowel letters of the rime.

    >>> syllable = split_syllable("Nghiêng")
    >>> syllable, syllable.vowels
    (Syllable(onset='ngh', rime='iêng', tone=0), 'iê')
    """

    onset: str
    rime: str
    tone: int

    @property
    def vowels(self) -> str:
        """The vowel letters of the rime."""
        return "".join(c for c in self.rime if c in _VOWELS)


#: Every onset -> the letters that a rime behind it may begin with; "*" for any.
ONSETS = {"" if onset == "-" else onset: before for _, (onset, before) in read_table(_HERE / "onsets.tsv", 2)}
#: Every rime, without its tone.
RIMES = frozenset(rime for _, (_, rimes) in read_table(_HERE / "rimes.tsv", 2) for rime in rimes.split())
_ONSETS_BY_LENGTH = sorted(ONSETS, key=len, reverse=True)


def split_syllable(s: str) -> Syllable | None:
    """Take a syllable apart. Takes one in any case, Unicode form or tone placement, and returns its parts.

    Returns None when the orthography has no such syllable: a foreign word, a damaged one, a misspelling.

    >>> split_syllable("Nghiêng")
    Syllable(onset='ngh', rime='iêng', tone=0)
    >>> split_syllable("hoà") == split_syllable("hòa")
    True
    >>> split_syllable("ngiêng") is None
    True
    """
    # Longer words are none, and must not be kept.
    return _split(s) if 0 < len(s) <= MAX_SYLLABLE_LENGTH else None


@lru_cache(maxsize=1 << 16)
def _split(s: str) -> Syllable | None:
    tones = []
    letters = []
    for c in unicodedata.normalize("NFD", s.lower()):
        if c in TONES:
            tones.append(TONES[c])
        else:
            letters.append(c)
    if len(tones) > 1:
        return None
    plain = unicodedata.normalize("NFC", "".join(letters))
    tone = tones[0] if tones else 0
    for onset in _ONSETS_BY_LENGTH:
        if plain.startswith(onset):
            rime = _rime_after(onset, plain[len(onset) :])
            if rime and (tone in (2, 5) or not rime.endswith(_STOPS)):
                return Syllable(onset, rime, tone)
    return None


def _rime_after(onset: str, rest: str) -> str:
    """The rime that `rest` spells after an onset, "" for none."""
    if onset == "gi" and (not rest or rest in ("n", "p", "t", "m", "nh", "ch")):
        rest = "i" + rest
    if rest not in RIMES:
        return ""
    before = ONSETS[onset]
    return rest if before == "*" or rest[0] in before else ""


def without_tone(s: str) -> str:
    """Take the tone mark off a word and leave its other marks. Takes a word in any Unicode form, returns it in NFC.

    >>> without_tone("người"), without_tone("hộ")
    ('ngươi', 'hô')
    """
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", s) if c not in TONES))


def is_syllable(s: str) -> bool:
    """Tell whether the orthography allows a syllable, tone rules included. Takes one word, returns True or False.

    No dictionary is asked: a syllable may be valid and mean nothing.

    >>> [is_syllable(s) for s in ("đẩy", "mạnh", "quýt", "cach", "cách", "kách", "tuyén")]
    [True, True, True, False, True, False, False]
    """
    return split_syllable(s) is not None


@lru_cache(maxsize=1)
def _skeletons() -> frozenset[str]:
    found = set()
    for onset in ONSETS:
        for rime in RIMES:
            if _rime_after(onset, rime):
                found.add(strip_marks(onset + rime))
    return frozenset(found | {"gi", "gin", "gip", "git", "gim", "ginh", "gich"})


def is_skeleton(s: str) -> bool:
    """Tell whether some valid syllable looks like this once all marks are gone. Takes one word, returns True or False.

    It tells Vietnamese typed without accents from other languages and from letters that a recogniser destroyed.

    >>> [is_skeleton(s) for s in ("duong", "nghieng", "thtr", "manh", "cdng")]
    [True, True, False, True, False]
    """
    return fold(s) in _skeletons()
