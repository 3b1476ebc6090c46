"""Read the keys of Telex and VNI that no input method turned into letters ("chuyeern ddoori soos", "d9oi63 mo7i1").

A key is read wherever people type it: behind its letter, behind the vowels, or at the end of the syllable. Every reading is
tried, and one counts only if it is a Vietnamese syllable; whether a text was typed so is for the caller to judge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from vitext.normalise import place_tone
from vitext.syllables import TONE_MARKS, is_syllable

#: Letters and keys of a syllable, at most: seven letters ("nghieng"), four keys of letters and one of tone.
MAX_KEYED_LENGTH = 12
#: The tone keys of Telex -> the tone.
_TELEX_TONES = {"f": 1, "s": 2, "r": 3, "x": 4, "j": 5}
#: The tone keys of VNI -> the tone.
_VNI_TONES = {"2": 1, "1": 2, "3": 3, "4": 4, "5": 5}
#: The keys of VNI for letters -> the letter that each one changes -> what it becomes.
_VNI_LETTERS = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
#: The letters that "w" changes in Telex.
_HOOKED = {"a": "ă", "o": "ơ", "u": "ư"}
#: The letters that the same letter changes in Telex when it is typed again.
_DOUBLED = {"a": "â", "e": "ê", "o": "ô", "d": "đ"}
_VOWEL = re.compile("[aeiouyăâêôơư]")
_TELEX = re.compile("[a-z]+")
_VNI = re.compile("[a-z]+[1-9][a-z1-9]*")


class Keyed(NamedTuple):
    """A reading of a word as keys: the `syllable` in lower case, and how many `keys` it has besides its letters.

    >>> read_keys("truyeenf")[0]
    Keyed(syllable='truyền', keys=2)
    """

    syllable: str
    keys: int


class _State(NamedTuple):
    letters: str
    tone: int
    keys: int


def read_keys(word: str) -> tuple[Keyed, ...]:
    """Every syllable that a word may be in the keys of Telex or VNI.

    Takes one word in any case and returns its readings, those of most keys first; none for a word without keys. A word that
    means something as it stands may be one in keys too ("mama", "box").

    >>> [reading.syllable for reading in read_keys("dduwowngf")], [reading.syllable for reading in read_keys("d9oi63")]
    (['đường'], ['đổi'])
    >>> read_keys("hoa"), read_keys("machine"), read_keys("covid19")
    ((), (), ())
    """
    lower = word.lower()
    return _read(lower) if len(lower) <= MAX_KEYED_LENGTH and lower.isascii() else ()


@lru_cache(maxsize=1 << 14)
def _read(word: str) -> tuple[Keyed, ...]:
    step = _telex if _TELEX.fullmatch(word) else _vni if _VNI.fullmatch(word) else None
    if step is None:
        return ()
    states = {_State("", 0, 0)}
    for key in word:
        states = {after for state in states for after in step(state, key)}
    found: dict[str, int] = {}
    for letters, tone, keys in states:
        syllable = place_tone(_with_tone(letters, tone))
        if keys and is_syllable(syllable):
            found[syllable] = max(keys, found.get(syllable, 0))
    return tuple(sorted((Keyed(*pair) for pair in found.items()), key=lambda reading: (-reading.keys, reading.syllable)))


def _with_tone(letters: str, tone: int) -> str:
    """The letters with the tone on their last vowel; `place_tone` puts it right."""
    last = max((match.end() for match in _VOWEL.finditer(letters)), default=0)
    return unicodedata.normalize("NFC", letters[:last] + TONE_MARKS[tone] + letters[last:]) if tone and last else letters


def _telex(state: _State, key: str) -> Iterator[_State]:
    letters, tone, keys = state
    if key != "w" and key not in "fjz":
        yield _State(letters + key, tone, keys)
    if key in _TELEX_TONES and not tone and _VOWEL.search(letters):
        yield _State(letters, _TELEX_TONES[key], keys + 1)
    if key in _DOUBLED:
        at = letters.rfind(key) if key != "d" else (0 if letters[:1] == "d" else -1)
        if at >= 0:
            yield _State(letters[:at] + _DOUBLED[key] + letters[at + 1 :], tone, keys + 1)
    if key == "w":
        yield _State(letters + "ư", tone, keys + 1)
        yield from _hooked(state, _HOOKED)


def _vni(state: _State, key: str) -> Iterator[_State]:
    letters, tone, keys = state
    if key.isalpha():
        yield _State(letters + key, tone, keys)
    elif key in _VNI_TONES:
        if not tone and _VOWEL.search(letters):
            yield _State(letters, _VNI_TONES[key], keys + 1)
    else:
        yield from _hooked(state, _VNI_LETTERS[key])


def _hooked(state: _State, changes: dict[str, str]) -> Iterator[_State]:
    """The readings of a key that changes a letter before it, or "uo" as one."""
    letters, tone, keys = state
    for at, letter in enumerate(letters):
        if letter in changes and not (letter == "d" and at):
            yield _State(letters[:at] + changes[letter] + letters[at + 1 :], tone, keys + 1)
    at = max(letters.rfind("uo"), letters.rfind("ưo"))
    if at >= 0 and "u" in changes:
        yield _State(letters[:at] + "ươ" + letters[at + 2 :], tone, keys + 1)
    elif at < 0 and "u" in changes and "ươ" in letters:
        # The key was typed behind each of the two letters.
        yield _State(letters, tone, keys + 1)
