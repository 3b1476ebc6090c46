"""The alphabet of damaged text: one byte a character, the same for training and for correcting."""

from __future__ import annotations

import string
import unicodedata

from vitext.syllables import TONES

#: The signs in the order of their numbers; numbers are part of the model's format.
_SIGNS = "@&¥$¢§€£©°’‘'´`<{«|]}?!"
#: Letters with accents that some channels tell from their base letters: numbers 88 to 106, their capitals 107 to 125.
_ACCENTED = "âêôăđơưàäçèëîïöùûüÿ"
_FIRST_ACCENTED = 88
#: Those that a recogniser of another language emits, and those that typing may keep while it loses the tone, or all other
#: marks.
_KEPT = {"western": "âêôàäçèëîïöùûüÿ", "unaccented": "âêôăđơư"}
#: The number of every character that has none of its own.
OTHER = 127
_NUMBERS = {c: n for n, c in enumerate(string.ascii_lowercase + string.ascii_uppercase + string.digits + "éÉ" + _SIGNS, 1)}
_ACCENTED_NUMBERS = {c: n for n, c in enumerate(_ACCENTED + _ACCENTED.upper(), _FIRST_ACCENTED)}

#: Number -> character, OTHER as "*".
ALPHABET = {number: c for c, number in (_NUMBERS | _ACCENTED_NUMBERS).items()} | {OTHER: "*"}


class _Table(dict[int, str]):
    """Every character as the character of its number: letters with other accents as those without them."""

    def __init__(self, kept: str) -> None:
        super().__init__()
        self._numbers = _NUMBERS | {c: _ACCENTED_NUMBERS[c] for c in kept + kept.upper()}

    def __missing__(self, code: int) -> str:
        c = chr(code)
        toneless = unicodedata.normalize("NFC", "".join(x for x in unicodedata.normalize("NFD", c) if x not in TONES))
        base = {"đ": "d", "Đ": "D"}.get(c) or unicodedata.normalize("NFD", c)[0]
        number = next((self._numbers[x] for x in (c, toneless, base) if x in self._numbers), OTHER)
        self[code] = chr(number)
        return self[code]


_TABLES = {channel: _Table(_KEPT.get(channel, "")) for channel in ("ocr", "unaccented", "western", "bare")}


def to_bytes(text: str, channel: str = "ocr") -> bytes:
    """The text as numbers 1-127, one byte a character. In "western" text the letters of French have numbers of their own, in
    "unaccented" text đ and the vowels with a hat, breve or horn; else they are as their base letters.

    >>> list(to_bytes("Pé 6¢")), list(to_bytes("đọ")), list(to_bytes("đọ", "unaccented"))
    ([42, 63, 127, 59, 69], [4, 15], [92, 15])
    """
    return text.translate(_TABLES[channel]).encode("latin-1")
