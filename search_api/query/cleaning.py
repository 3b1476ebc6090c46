"""Clean what was typed or pasted, before anything else is done with it: signs that nobody sees, HTML, old encodings, keys.

`clean` changes only how the same letters are written. `clean_query` also reads letters that are not there yet: text in an
encoding of before Unicode ("§Èy m¹nh"), and keys of Telex or VNI that no input method turned into letters ("d9a63y").
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.entities import html5
from itertools import pairwise

import numpy as np

from kb.ports import Term
from vitext import (
    ENCODINGS,
    Keyed,
    compose,
    convert_legacy,
    default_language_model,
    fold,
    is_skeleton,
    is_syllable,
    read_keys,
    tokenise,
)

#: Characters of a query; the rest is cut, and a notice says so. 48 words (`pieces.MAX_WORDS`) have about 260 characters, and
#: every link of a page of results repeats the query.
MAX_CHARACTERS = 400
#: Words of a query up to which an old encoding need not be proved by its share of the letters: every word is looked up.
MAX_WORDS_LOOKED_UP = 4
#: Keys in one word that prove by themselves that it was typed in keys. One alone is often a foreign word ("box", "test").
MIN_KEYS = 2
#: Words in keys that prove it together. In VNI one of them must have its key inside: "co2 so2" are formulas.
MIN_KEYED_WORDS = 2
#: Spellings of a word typed without accents that are looked up beside a word in keys; the commonest ones come first.
MAX_SPELLINGS = 4
#: Cost of a word or pair that the language never saw: rarer than any that it saw (natural log units).
UNSEEN_COST = 16.0

Knows = Callable[[Term], bool]
"""Whether the undamaged text of the collection has a word, accents ignored."""

#: Invisible formatting characters. They stand inside a word or beside one, and never mean a space.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
#: Control characters: what stands around them are different words.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
#: What is no letter in any encoding.
_NOISE = re.compile("[\ue000-\uf8ff\ud800-\udfff\ufff0-\uffff]")
#: The other controls and invisible characters that no old encoding has as letters, or that cannot be sent on.
_NEVER_LETTERS = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
#: A character reference of HTML, escaped once or several times.
_ENTITY = re.compile(r"&(?:amp;)*(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
#: Controls and the soft hyphen, which are letters in VISCII and TCVN3: they are not dirt in a text of these.
_OLD_LETTER = re.compile("[\x02\x05\x06\x14\x19\x1e\x80-\x9f\u00ad]")
_OLD_CONTROL = re.compile("[\x02\x05\x06\x14\x19\x1e]")
#: The signs of a power or of degrees behind a unit or a figure, which are letters in old encodings; and other such letters.
_POWER = re.compile("(?<=[0-9m])[²³°]")
_OLD_SIGN = re.compile("[\u00a1-\u00bf]")
#: A letter of TCVN3 beside a plain one, or behind its ư.
_OLD_BESIDE = re.compile("[A-Za-z][\u00a1-\u00ac\u00ae-\u00bf]|[\u00a1-\u00ac\u00ae-\u00bf][A-Za-z]|\u00ad[\u00c0-\u00ff]")
#: What stands behind a vowel in VIQR, and seldom in a text.
_VIQR_SIGN = re.compile(r"[A-Za-z][\^`~(+]|[A-Za-z][?.'][A-Za-z]|\bdd|\bDD")
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[A-Za-z0-9]+(?![^\W_])")
#: A VNI key inside a word, or two keys at its end, or a key of letters there.
_SURE_VNI = re.compile("[a-z]+(?:[1-9][a-z1-9]|[6-9]$)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean query. `text` is what was typed, `shortened` tells that the end was cut off, and `converted` is the text that
    it was read as, "" where that is the same."""

    text: str
    shortened: bool = False
    converted: str = ""

    @property
    def read(self) -> str:
        """The text that is searched. All places in a query are characters of this text."""
        return self.converted or self.text


def clean(text: str) -> tuple[str, bool]:
    """The query without invisible characters, HTML references and double spaces, composed, cut to MAX_CHARACTERS.

    The second value tells whether it was cut. Cleaning twice is cleaning once.

    >>> clean("  Hải&nbsp;Phòng tru\u200byền ")
    ('Hải Phòng truyền', False)
    """
    # A first cut comes before the cleaning, because cleaning a megabyte of spaces takes too long.
    kept = text[: 4 * MAX_CHARACTERS]
    cut = len(text) > len(kept)
    while (resolved := _ENTITY.sub(_resolve, kept)) != kept:
        kept = resolved
    kept = _NOISE.sub(" ", compose(kept))
    old = bool(_OLD_LETTER.search(kept)) and bool(_OLD_BESIDE.search(kept) or convert_legacy(kept))
    if old and _OLD_CONTROL.search(kept):
        # These letters cannot be sent on: the text is converted here, and not shown as it was typed.
        kept, old = _convert(kept), False
    kept = _NEVER_LETTERS.sub(" ", kept) if old else _CONTROLS.sub(" ", _take_out_invisible(kept))
    visible = " ".join(compose(kept).split())
    if len(visible) <= MAX_CHARACTERS:
        return visible, cut
    shorter = visible[:MAX_CHARACTERS].strip()
    # What is left may no longer prove an old encoding.
    return clean(shorter)[0] if old else shorter, True


def clean_query(typed: str, knows: Knows = lambda term: False) -> Cleaned:
    """The clean query, read as Vietnamese where it is in an old encoding or in keys.

    `knows` tells the words of the collection, which are never taken for keys.

    >>> clean_query("§Èy m¹nh c«ng t¸c").converted, clean_query("chuyeern ddoori soos").converted
    ('Đẩy mạnh công tác', 'chuyển đổi số')
    >>> clean_query("Zalo cho test").converted
    ''
    """
    text, shortened = clean(typed)
    read = clean(_convert_old(text, knows) or _read_typed_keys(text, knows))[0]
    return Cleaned(text, shortened, "" if read == text else read)


def _resolve(entity: re.Match[str]) -> str:
    name = entity[1]
    if name[0] == "#" or f"{name};" in html5:
        return html.unescape(f"&{name};")
    return entity[0]


def _take_out_invisible(text: str) -> str:
    """The text without invisible characters; a space stays where one stood between two syllables that are none together."""

    def between(gap: re.Match[str]) -> str:
        before, after = _LETTERS.findall(text[: gap.start()][-12:]), _LETTERS.match(text, gap.end())
        if not before or not after or not text[gap.start() - 1].isalpha():
            return ""
        first, second = compose(before[-1]), compose(after[0])
        return " " if is_syllable(first) and is_syllable(second) and not is_syllable(first + second) else ""

    return _INVISIBLE.sub(between, text)


def _convert(text: str) -> str:
    """The text in Unicode, where it proves that it is in an old encoding."""
    return _apply(text, convert_legacy(text))


def _apply(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def _convert_old(text: str, knows: Knows) -> str:
    """The text in Unicode, where it is in an old encoding; "" where it is in none.

    A long text proves its encoding by its letters. Of a few words each must become one that is known. Where several
    encodings are possible, the language decides.
    """
    if _POWER.search(text) and not _OLD_SIGN.search(_POWER.sub("", text)):
        return ""  # "5.000m²"
    words = text.split()
    proved = bool(convert_legacy(text))
    if not proved and (
        len(words) > MAX_WORDS_LOOKED_UP or (text.isascii() and not _VIQR_SIGN.search(text)) or _is_plain(words, knows)
    ):
        return ""
    found = [(_cost(_convert(text)), _convert(text))] if proved else []
    for encoding in ENCODINGS:
        changes = convert_legacy(text, encoding)
        new = _apply(text, changes)
        read = _LETTERS.findall(new)
        strange = any(not is_syllable(text[start:end]) for start, end, _ in changes)
        if strange and len(read) == len(words) and all(is_syllable(w) and is_known(w, knows) for w in read):
            found.append((_cost(new), new))
    return min(found, default=(0.0, ""))[1]


def _is_plain(words: list[str], knows: Knows) -> bool:
    return all(word.isalnum() and is_known(word, knows) for word in words)


def _cost(text: str) -> float:
    """How unlikely the words of a text are, one after the other."""
    language = default_language_model()
    words = [word.lower() for word in _LETTERS.findall(text)]
    single = [min(language.word_cost(word), UNSEEN_COST) for word in words]
    pairs = (float(language.pair_costs(first, [second])[0]) for first, second in pairwise(words))
    return sum(min(pair, UNSEEN_COST + alone) for pair, alone in zip(pairs, single[1:], strict=True)) + sum(single[:1])


def is_known(word: str, knows: Knows) -> bool:
    """Whether a word is one of the collection or of the language."""
    return default_language_model().knows(word.lower()) or any(knows(Term(t.folded, t.accented)) for t in tokenise(word))


def _read_typed_keys(text: str, knows: Knows) -> str:
    """The text with the words that were typed in keys as what they mean; "" where they prove nothing."""
    found = list(_WORD.finditer(text))
    shouted = text.isupper()
    keyed: dict[int, Keyed] = {}
    proofs: dict[int, Keyed] = {}
    foreign = 0
    for at, match in enumerate(found):
        word = match[0]
        # An abbreviation (HTX) or a code is not in keys; "DD" is one capital.
        rest = word[2 if word[:1] == word[1:2] else 1 :]
        reading = _likeliest(word) if shouted or rest == rest.lower() else None
        strange = not is_known(word, knows) and not is_skeleton(word)
        if reading:
            keyed[at] = reading
            if strange:
                proofs[at] = reading
        elif strange and word.isalpha() and word.islower():
            foreign += 1
    words = [match[0] for match in found]
    # Who types without accents has no keys in most words: one that looks like keys is a slip there ("hanh chinhs").
    bare = sum(at not in keyed and word.isalpha() and is_skeleton(fold(word)) for at, word in enumerate(words))
    if (
        not proofs
        or foreign >= len(proofs)
        or not (_is_proved(words, proofs) or (bare <= len(proofs) and _makes_sense(words, keyed, proofs)))
    ):
        return ""
    language = default_language_model()
    for at, reading in sorted(keyed.items(), reverse=True):
        match = found[at]
        if at in proofs or language.word_cost(reading.syllable) < language.word_cost(match[0].lower()):
            text = text[: match.start()] + _like(match[0], reading.syllable) + text[match.end() :]
    return text


def _is_proved(words: Sequence[str], proofs: Mapping[int, Keyed]) -> bool:
    """Whether the number of keys proves that the words at `proofs` were typed in keys."""
    typed = [words[at].lower() for at in proofs]
    sure = all(word.isalpha() for word in typed) or any(map(_SURE_VNI.match, typed))
    return sure and (len(typed) >= MIN_KEYED_WORDS or next(iter(proofs.values())).keys >= MIN_KEYS)


def _makes_sense(words: Sequence[str], keyed: Mapping[int, Keyed], proofs: Mapping[int, Keyed]) -> bool:
    """Whether a word at `proofs`, read in keys, stands beside its neighbour in the language."""
    language = default_language_model()

    def meant(at: int) -> Sequence[str]:
        return (keyed[at].syllable,) if at in keyed else language.spellings(words[at].lower())[:MAX_SPELLINGS]

    pairs = ((at, at + 1) for at in range(len(words) - 1) if at in proofs or at + 1 in proofs)
    return any(np.isfinite(language.pair_costs(first, meant(right))).any() for left, right in pairs for first in meant(left))


def _likeliest(word: str) -> Keyed | None:
    """The commonest word that the keys may mean; None for no word of the language."""
    language = default_language_model()
    readings = [(language.word_cost(reading.syllable), reading) for reading in read_keys(word)]
    cost, reading = min(readings, default=(math.inf, Keyed("", 0)))
    return reading if cost < math.inf else None


def _like(typed: str, syllable: str) -> str:
    """The syllable in the case in which its keys were typed."""
    if typed.isupper() and len(typed) > 1:
        return syllable.upper()
    return syllable[:1].upper() + syllable[1:] if typed[:1].isupper() and typed != "W" else syllable
