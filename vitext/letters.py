"""The letters of a word as Vietnamese writes them: look-alikes of other alphabets and old code pages become what they mean.

Two texts that look the same must have the same keys. Only keys are made of these letters; a text stays as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from vitext.compose import compose
from vitext.syllables import MAX_SYLLABLE_LENGTH, is_syllable

# Other letters that are printed for ours: eth for đ, and the Latin letter oi for ư (both from old code pages).
_SAME = str.maketrans({"ð": "đ", "Ð": "Đ", "Ɖ": "Đ", "ɖ": "đ", "ƣ": "ư", "Ƣ": "Ư"})
# Letters of other alphabets that look like Latin ones.
_LOOK_ALIKE = dict(
    zip(
        "аеорсхуіѕјһԁԛԝАВЕКМНОРСТХУІЅЈԚԜ" + "οανιΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcxyisjhdqwABEKMHOPCTXYISJQW" + "oaviABEZHIKMNOPTYX",
        strict=True,
    )
)
_ENYE = str.maketrans("ñÑ", "đĐ")
_ALL_ALIKE = str.maketrans(_LOOK_ALIKE)


def clean_letters(word: str) -> str:
    """Write the letters of one word as Vietnamese writes them. Takes a word, returns it composed (NFC), with its case.

    Compatibility forms ("ﬁ", "ａ", "𝐚") are resolved. A look-alike of another alphabet counts only in a word that is Latin
    otherwise, and ñ is đ only in a word that is a syllable when read so.

    >>> [clean_letters(word) for word in ("Ðảng", "trƣờng", "ñến", "señor", "cа", "мир")]
    ['Đảng', 'trường', 'đến', 'señor', 'ca', 'мир']
    """
    if word.isascii():
        return word
    composed = compose(word)
    resolved = composed if unicodedata.is_normalized("NFKC", composed) else unicodedata.normalize("NFKC", composed)
    letters = resolved.translate(_SAME)
    if ("ñ" in letters or "Ñ" in letters) and len(letters) <= MAX_SYLLABLE_LENGTH:
        read = letters.translate(_ENYE)
        letters = read if is_syllable(read) else letters
    if any(c in _LOOK_ALIKE for c in letters):
        bases = [c for c in unicodedata.normalize("NFD", letters) if c.isalpha()]
        foreign = [c for c in bases if not _is_latin(c)]
        if len(foreign) < len(bases) and all(c in _LOOK_ALIKE for c in foreign):
            letters = compose(unicodedata.normalize("NFD", letters).translate(_ALL_ALIKE))
    return letters


def _is_latin(c: str) -> bool:
    return c.isascii() or unicodedata.name(c, "").startswith("LATIN")


def as_printed(word: str, printed: str, around: Sequence[str] = (), *, starts: bool = False) -> str:
    """A word in the case of what is printed; where no letter tells, as the words `around` it or as what `starts` a sentence.

    >>> as_printed("quyết", "QUY?T"), as_printed("định", "?i"), as_printed("ủy", "Uy"), as_printed("đề", "??", ["NGHỊ"])
    ('QUYẾT', 'định', 'Ủy', 'ĐỀ')
    """
    letters = [c for c in printed if c.isalpha()]
    capitals = all(map(str.isupper, letters))
    if capitals and (len(letters) > 1 or any(len(near) > 2 and near.isupper() for near in around)):
        return word.upper()
    return word.capitalize() if printed[:1].isupper() or (starts and printed[0] == "?") else word
