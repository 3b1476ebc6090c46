"""The alphabet of damaged text: one byte a character, the same for training and for correcting."""

from __future__ import annotations

import string
import unicodedata

#: The signs in the order of their numbers; numbers are part of the model's format.
_SIGNS = "@&¥$¢§€£©°’‘'´`<{«|]}?!"
#: Letters with accents of Western languages, which a French model emits; é was there before them.
_WESTERN = "àâäçèêëîïôöùûüÿæœáí"
#: The number of the first of them; the capitals follow the small ones.
WESTERN_SMALL = 88
#: The number of every character that has none of its own.
OTHER = 127
_NUMBERS = {c: n for n, c in enumerate(string.ascii_lowercase + string.ascii_uppercase + string.digits + "éÉ" + _SIGNS, 1)}
_NUMBERS |= {c: n for n, c in enumerate(_WESTERN + _WESTERN.upper(), WESTERN_SMALL)}

#: Number -> character, OTHER as "*".
ALPHABET = {number: c for c, number in _NUMBERS.items()} | {OTHER: "*"}


class _Table(dict[int, str]):
    """Every character as the character of its number: letters with other accents as their base letters."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        base = {"đ": "d", "Đ": "D"}.get(c) or unicodedata.normalize("NFD", c)[0]
        number = _NUMBERS.get(c) or _NUMBERS.get(base, OTHER)
        self[code] = chr(number)
        return self[code]


_TABLE = _Table()


def to_bytes(text: str) -> bytes:
    """The text as numbers 1-127, one byte a character.

    >>> list(to_bytes("Pé 6¢"))
    [42, 63, 127, 59, 69]
    """
    return text.translate(_TABLE).encode("latin-1")
