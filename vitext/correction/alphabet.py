"""The alphabet of damaged text: one byte a character, the same for training and for correcting."""

from __future__ import annotations

import string
import unicodedata

from vitext.syllables import TONES

#: The signs in the order of their numbers; numbers are part of the model's format.
_SIGNS = "@&¥$¢§€£©°’‘'´`<{«|]}?!"
#: Letters that typing may keep while it loses the tone, or all marks but these: numbers 113 to 126, small ones first.
_MARKED = "ăâđêôơưĂÂĐÊÔƠƯ"
_FIRST_MARKED = 113
#: The number of every character that has none of its own.
OTHER = 127
_NUMBERS = {c: n for n, c in enumerate(string.ascii_lowercase + string.ascii_uppercase + string.digits + "éÉ" + _SIGNS, 1)}
_MARKED_NUMBERS = _NUMBERS | {c: n for n, c in enumerate(_MARKED, _FIRST_MARKED)}

#: Number -> character, OTHER as "*".
ALPHABET = {number: c for c, number in _MARKED_NUMBERS.items()} | {OTHER: "*"}


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
    ([42, 63, 127, 59, 69], [4, 15], [115, 15])
    """
    return text.translate(_MARKED_TABLE if marked else _TABLE).encode("latin-1")
