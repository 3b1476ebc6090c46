"""The alphabet of damaged text: one byte a character, the same for training and for correcting."""

from __future__ import annotations

import string
import unicodedata

from vitext.syllables import TONES

#: The signs in the order of their numbers; numbers are part of the model's format.
_SIGNS = "@&¥$¢§€£©°’‘'´`<{«|]}?!"
#: Letters with accents of Western languages, which a French model emits; é was there before them.
_WESTERN = "àâäçèêëîïôöùûüÿæœáí"
#: The number of the first of them; the capitals follow the small ones.
WESTERN_SMALL = 88
#: Letters that text keeps while it loses its tones, and the letters of no Vietnamese text whose numbers they share.
_MARKED = {"ă": "ä", "â": "â", "đ": "ç", "ê": "ê", "ô": "ô", "ơ": "ö", "ư": "ü"}
#: The number of every character that has none of its own.
OTHER = 127
_NUMBERS = {c: n for n, c in enumerate(string.ascii_lowercase + string.ascii_uppercase + string.digits + "éÉ" + _SIGNS, 1)}
_PLAIN_NUMBERS = dict(_NUMBERS)
_NUMBERS |= {c: n for n, c in enumerate(_WESTERN + _WESTERN.upper(), WESTERN_SMALL)}
_MARKED_NUMBERS = _PLAIN_NUMBERS | {
    write(c): _NUMBERS[write(shared)] for c, shared in _MARKED.items() for write in (str.lower, str.upper)
}

#: Number -> character, OTHER as "*".
ALPHABET = {number: c for c, number in _NUMBERS.items()} | {OTHER: "*"}


class _Table(dict[int, str]):
    """Every character as the character of its number: letters with other accents as those without them."""

    def __init__(self, numbers: dict[str, int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, code: int) -> str:
        c = chr(code)
        toneless = unicodedata.normalize("NFC", "".join(x for x in unicodedata.normalize("NFD", c) if x not in TONES))
        base = {"đ": "d", "Đ": "D"}.get(c) or unicodedata.normalize("NFD", c)[0]
        number = next((self._numbers[x] for x in (c, toneless, base) if x in self._numbers), OTHER)
        self[code] = chr(number)
        return self[code]


_TABLE = _Table(_NUMBERS)
_MARKED_TABLE = _Table(_MARKED_NUMBERS)


def to_bytes(text: str, *, marked: bool = False) -> bytes:
    """The text as numbers 1-127, one byte a character. With `marked`, đ and the vowels with a hat, breve or horn have
    numbers of their own, as text needs that lost some of its marks; else they are as their base letters.

    >>> list(to_bytes("Pé 6¢")), list(to_bytes("đọ")), list(to_bytes("đọ", marked=True))
    ([42, 63, 127, 59, 69], [4, 15], [91, 15])
    """
    return text.translate(_MARKED_TABLE if marked else _TABLE).encode("latin-1")
