"""Spell values so that the server distinguishes them, and read them back.

Meilisearch compares values trimmed, decomposed (NFKD) and in lower case. Values that would become equal by that are spelt
so that they stay different; a long value is spelt as its digest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

#: Meilisearch cuts a value to filter by at 468 bytes of its decomposed form; a value longer than this becomes its digest.
MAX_BYTES = 400
_DIGEST = "=#"
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 _-.,/:;()&+%!?*@#$|~<>[]{}`")
_ESCAPE = re.compile(r"=([0-9a-f]+);|\^(.)", re.DOTALL)


def spell(value: str) -> str:
    """Spell a value so that the server distinguishes it from every other one; `unspell` gives the value back.

    >>> spell("xã An Khánh"), spell("½"), spell("lúa")
    ('xã ^an ^khánh', '=bd;', 'lúa')
    """
    if value.isalnum() and value.isascii() and value == value.lower() and len(value) <= MAX_BYTES:
        return value
    spelt = "".join(map(_spell, value))
    spelt = re.sub(r"^ +| +$", lambda spaces: "=20;" * len(spaces[0]), spelt)
    if len(unicodedata.normalize("NFKD", spelt).encode()) > MAX_BYTES:
        return _DIGEST + digest(value)
    return spelt


@lru_cache(maxsize=1 << 12)
def _spell(character: str) -> str:
    if character in _ASCII:
        return character
    lower = character.lower()
    if lower != character and len(lower) == 1 and lower.upper() == character and (_is_kept(lower) or lower in _ASCII):
        return "^" + lower
    return character if lower == character and _is_kept(character) else f"={ord(character):x};"


def _is_kept(character: str) -> bool:
    """Whether no normalisation turns the letter into another."""
    return (
        not character.isascii()
        and unicodedata.name(character, "").startswith("LATIN ")
        and unicodedata.normalize("NFC", character) == character
        and unicodedata.normalize("NFKD", character) == unicodedata.normalize("NFD", character)
    )


def unspell(spelt: str, long: Sequence[str] = ()) -> str:
    """The value that was spelt; `long` are the long values of an item that has it."""
    if spelt.startswith(_DIGEST):
        return next((value for value in long if spell(value) == spelt), spelt)
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2].upper(), spelt)


def is_long(spelt: str) -> bool:
    """Whether the value is spelt as a digest: then only an item that has the value can tell it."""
    return spelt.startswith(_DIGEST)


def digest(value: str) -> str:
    """A value as 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
