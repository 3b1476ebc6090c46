"""The letter ư of TCVN3, which programs lose: its byte is that of the soft hyphen.

"®­îc" (được) is copied as "®-îc", "®−îc", or "®îc". After the other letters are converted ("đ-ợc", "đợc"), most of the
places can be told, for no Vietnamese rime is "ợc". What could be either ("mời", "mười") is decided by how common the two
are, and only in a text that lost the letter elsewhere for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from vitext.correction.language_model import default_language_model
from vitext.syllables import ONSETS, is_syllable

#: Words that prove together how a text lost its ư.
MIN_LOST = 2
#: For each ư that a text kept it must have lost so many, to count as a text that lost them.
MOST_KEPT = 4
#: How much commoner the word with ư must be (natural logarithm) where both are words.
MARGIN = 1.0
#: Letters of a word that may lack its ư, at most.
LONGEST = 6

_DASHES = "-\u00ad\u2010\u2011\u2013\u2212"
_DASHED = re.compile(f"(?<![^\\W_])([^\\W\\d_]*)[{_DASHES}]([^\\W\\d_]*)(?![^\\W_])")
_WORD = re.compile(r"[^\W\d_]+")
_HORNED_O = re.compile("[ơờớởỡợƠỜỚỞỠỢ]")
#: Rimes that orthography allows and no word has.
_RARE_RIME = re.compile("[ơờớởỡợ](?:ng|c)$")
_VOWEL = re.compile("[aeiouyăâêôơư\u1ea0-\u1ef9]", re.IGNORECASE)
#: Words that begin with ư, or end with it, and are common enough to be read from a dash alone.
_OPEN = frozenset(
    (
        "ư",
        "tư",
        "thư",
        "như",
        "sư",
        "cư",
        "dư",
        "chư",
        "ngư",
        "ưu",
        "ưa",
        "ưng",
        "ước",
        "ướt",
        "ướp",
        "ương",
        "ươm",
        "ươn",
        "ướm",
        "ức",
        "ứng",
    )
)
#: Those that nothing is left of but consonants which number no paragraph: "đầu t", "nh vậy".
_CLOSED = frozenset(("tư", "như", "thư", "chư", "ngư"))
_ONSETS = sorted((onset for onset in ONSETS if onset), key=len, reverse=True)


class Horns(NamedTuple):
    """How a text lost its ư: a dash stands for it, or nothing does. Neither: only what is certain is restored."""

    dashed: bool = False
    dropped: bool = False


#: Nothing is known of the text.
CERTAIN = Horns()


def restore_horns(chunk: str, horns: Horns) -> str:
    """A converted chunk of TCVN3 with the letters ư that it lost; the chunk itself where none is missing.

    >>> restore_horns("t-ớng", Horns()), restore_horns("đợc,", Horns()), restore_horns("đội-tổ", Horns())
    ('tướng', 'được,', 'đội-tổ')
    >>> restore_horns("ngời", Horns()), restore_horns("ngời", Horns(dropped=True)), restore_horns("t-", Horns(dashed=True))
    ('ngời', 'người', 'tư')
    """
    if any(dash in chunk for dash in _DASHES):
        chunk = _DASHED.sub(lambda match: _undash(match, horns.dashed), chunk)
    if horns.dropped or (_HORNED_O.search(chunk) and not horns.dashed):
        chunk = _WORD.sub(lambda match: _insert(match[0], horns.dropped), chunk)
    return chunk


def tell_horns(chunks: Iterable[str]) -> Horns:
    """How a text lost its ư, from its converted chunks: each way must be certain for `MIN_LOST` words.

    >>> tell_horns(["t-ớng", "n-ớc"]), tell_horns(["đợc", "nớc", "tr"]), tell_horns(["đợc", "tư", "nước"])
    (Horns(dashed=True, dropped=False), Horns(dashed=False, dropped=True), Horns(dashed=False, dropped=False))
    """
    dashed = dropped = kept = 0
    for chunk in chunks:
        if any(dash in chunk for dash in _DASHES) and restore_horns(chunk, Horns(dashed=True)) != chunk:
            dashed += _DASHED.sub(lambda match: _undash(match, False), chunk) != chunk
        elif _HORNED_O.search(chunk) and any(map(_lacks_horn, _WORD.findall(chunk))):
            dropped += 1
        kept += "ư" in chunk or "Ư" in chunk
    return Horns(dashed >= MIN_LOST and dashed > kept, dropped >= MIN_LOST and dropped > MOST_KEPT * (kept + dashed))


def _undash(match: re.Match[str], known: bool) -> str:
    """Letters around a dash as one word with ư, if they are one; `known` says that the text lost its ư so."""
    left, right = match.groups()
    made = left + ("Ư" if (left + right).isupper() else "ư") + right
    if not (left or right) or not is_syllable(made):
        return match[0]
    if left and right and left.lower() in ONSETS and (known or not right.isascii()):
        return made
    if left or right.isascii():
        return made if known and made.lower() in _OPEN else match[0]
    return made if not is_syllable(right) or (known and made.lower() in _OPEN) else match[0]


def _lacks_horn(word: str) -> bool:
    """Whether a word has ơ where Vietnamese has ươ: "đợc", "thơng"."""
    return _RARE_RIME.search(word.lower()) is not None or _insert(word, False) != word


def _insert(word: str, known: bool) -> str:
    """A word with ư behind its onset, if it has to have one; where the text is `known` to lack it, the commoner word is."""
    if len(word) > LONGEST or (word.isascii() and not known):
        return word
    lower = word.lower()
    at = _place(lower)
    if at < 0:
        return word
    made = f"{lower[:at]}ư{lower[at:]}"
    if is_syllable(lower):
        wanted = known and (lower == "u" or _RARE_RIME.search(lower) is not None or _is_commoner(made, lower))
    elif _HORNED_O.search(lower):
        wanted = True
    else:
        wanted = known and (_is_known(made) if _VOWEL.search(lower) else made in _CLOSED or made.endswith("ưng"))
    if not wanted:
        return word
    return made.upper() if word.isupper() and len(word) > 1 else made.capitalize() if word[0].isupper() else made


@lru_cache(maxsize=1 << 12)
def _place(lower: str) -> int:
    """Where ư makes a syllable of a word: behind its onset; -1 for nowhere."""
    for onset in (*_ONSETS, ""):
        if lower.startswith(onset) and is_syllable(f"{onset}ư{lower[len(onset) :]}"):
            return len(onset)
    return -1


def _is_known(made: str) -> bool:
    return default_language_model().knows(made)


@lru_cache(maxsize=1 << 12)
def _is_commoner(made: str, word: str) -> bool:
    model = default_language_model()
    return model.word_cost(made) + MARGIN < model.word_cost(word)
