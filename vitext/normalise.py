"""One way to write what can be written in several: Unicode form, place of the tone mark, spaces, punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from vitext.compose import compose
from vitext.syllables import _VOWELS, MAX_SYLLABLE_LENGTH, TONE_MARKS, TONES, Syllable, split_syllable

_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
# Joiners hold emoji and Indic clusters together; between Latin letters they are dirt.
LATIN = "A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff"
_JOINERS = re.compile(f"(?<=[{LATIN}])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]+(?=[{LATIN}])")
_QUALITY = "ăâêôơư"
# Typographic variants that mean the same; dashes longer than a hyphen become the en dash.
_PUNCTUATION = str.maketrans(
    {c: '"' for c in "“”„‟«»〝〞"}
    | {c: "'" for c in "‘’‚‛"}
    | {"…": "...", "—": "–", "―": "–", "‒": "–", "−": "–", "‐": "-", "‑": "-"}
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff")
)


def normalise(text: str) -> str:
    """Write a text in one way: NFC, tone marks in one place, one kind of spaces and quotes; lines stay lines.

    Takes any text and returns a text; normalising twice is normalising once. For comparing and storing what was typed;
    not for display of a scan, whose original form is evidence. i and y stay as typed: they are unified in search keys
    only. Every kind of line end becomes a newline; lines are trimmed.

    >>> normalise("Hoà  bình – “thuỷ lợi”")
    'Hòa bình – "thủy lợi"'
    """
    # Signs first: what they leave side by side may compose, and may be one syllable.
    text = _LINE_ENDS.sub("\n", _JOINERS.sub("", text.translate(_PUNCTUATION)))
    text = _LETTERS.sub(lambda match: place_tone(match[0]), compose(text))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))


def place_tone(syllable: str) -> str:
    """Put the tone mark of a syllable in its old-style place (hòa, thủy). Takes one word, returns it in NFC with its case.

    What is no Vietnamese syllable comes back unchanged but for NFC.

    >>> [place_tone(s) for s in ("hoà", "HOÀN", "qủa", "thuỷ", "gìau", "covid")]
    ['hòa', 'HOÀN', 'quả', 'thủy', 'giàu', 'covid']
    """
    if len(syllable) <= MAX_SYLLABLE_LENGTH:
        return _place_tone(syllable)
    composed = compose(syllable)
    # A longer word is no syllable, and must not be kept.
    return _place_tone(composed) if len(composed) <= MAX_SYLLABLE_LENGTH else composed


@lru_cache(maxsize=1 << 16)
def _place_tone(syllable: str) -> str:
    composed = unicodedata.normalize("NFC", syllable)
    parts = split_syllable(composed)
    if parts is None or not parts.tone:
        return composed
    plain = "".join(c for c in unicodedata.normalize("NFD", composed) if c not in TONES)
    letters = list(unicodedata.normalize("NFC", plain))
    # The onset "gi" shares its i with a rime that begins with i (gì, gìn).
    at = len(letters) - len(parts.rime) + _tone_position(parts)
    letters[at] = unicodedata.normalize("NFC", letters[at] + TONE_MARKS[parts.tone])
    return "".join(letters)


def _tone_position(parts: Syllable) -> int:
    """Index in the rime of the letter that bears the tone."""
    rime = parts.rime
    marked = [i for i, c in enumerate(rime) if c in _QUALITY]
    if marked:
        return marked[-1]
    vowels = sum(1 for c in rime if c in _VOWELS)
    if vowels < len(rime):
        return vowels - 1
    return 0 if vowels <= 2 else 1


@lru_cache(maxsize=1 << 16)
def search_key(syllable: str) -> str:
    """Make the accented key of one word: lower case, NFC, tone placed, i and y one letter where both are written.

    Takes one word, returns the key by which words are compared that are spelt in two ways (kỹ and kĩ, quý and quí).
    Only where the whole rime is that letter: "ý", "tay" and "thúy" keep theirs, and so does "quýt", whose key must fold
    to that of the same word typed "quyt". A key is for comparing, not for display.

    >>> [search_key(s) for s in ("Kỹ", "kĩ", "LÝ", "quý", "ý", "thúy", "hoà")]
    ['kĩ', 'kĩ', 'lí', 'quí', 'ý', 'thúy', 'hòa']
    """
    placed = place_tone(compose(syllable).lower())
    parts = split_syllable(placed)
    if parts is None or not parts.onset or parts.rime != "y":
        return placed
    decomposed = unicodedata.normalize("NFD", placed)
    at = decomposed.rindex("y")
    return unicodedata.normalize("NFC", decomposed[:at] + "i" + decomposed[at + 1 :])
