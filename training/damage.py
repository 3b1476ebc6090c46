"""Damage documents as an English recogniser does, and mistype queries as people do, for `benchmarks/retrieval.py`.

Documents: every word is replaced by what Tesseract's English model made of that word on rendered pages (`damage.tsv.xz`,
made by `training/make_damage_table.py` from 3,600 pages); words that are not in the table are damaged letter by letter. All
words of a document have the same quality, which is drawn from GRADES qualities. Numbers, punctuation and lines stay
unchanged, so that letters are measured and not layout.

Queries: one word in SLIP_ONE_IN gets a slip of the kind that keyboards and Telex cause: a letter left out, doubled, swapped
with the next or replaced by its neighbour; a tone key typed as a letter; a Telex pair that was not joined.
"""

from __future__ import annotations

import lzma
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from vitext import place_tone, strip_marks

#: The table of damaged words and letters.
TABLE = Path(__file__).parent / "damage.tsv.xz"
#: Number of qualities of pages; 0 is the best.
GRADES = 4
#: One word in this many of a mistyped query has a slip, but at least one.
SLIP_ONE_IN = 4

_WORD = re.compile(r"[^\W\d_]+")
_Table = dict[str, tuple[list[str], list[float]]]
_NEIGHBOURS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        [
            "wa",
            "qes",
            "wrd",
            "etf",
            "ryg",
            "tuh",
            "yij",
            "uok",
            "ipl",
            "ol",
            "qsz",
            "awdx",
            "sefc",
            "drgv",
            "fthb",
            "gyjn",
            "hukm",
            "jil",
            "kop",
            "asx",
            "zsdc",
            "xdfv",
            "cfgb",
            "vghn",
            "bhjm",
            "njk",
        ],
        strict=True,
    )
)
_TONE_KEYS = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_LETTER_KEYS = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}


@lru_cache(maxsize=1)
def _tables() -> tuple[list[_Table], list[_Table]]:
    """(words, letters) by grade; each table maps what was printed to (recognised forms, weights)."""
    words: list[dict[str, dict[str, float]]] = [defaultdict(dict) for _ in range(GRADES)]
    letters: list[dict[str, dict[str, float]]] = [defaultdict(dict) for _ in range(GRADES)]
    with lzma.open(TABLE, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                grade, kind, printed, recognised, count = line.rstrip("\n").split("\t")
                (words if kind == "w" else letters)[int(grade)][printed][recognised] = float(count)

    def weighed(table: dict[str, dict[str, float]]) -> _Table:
        return {printed: (list(forms), list(forms.values())) for printed, forms in table.items()}

    return [weighed(t) for t in words], [weighed(t) for t in letters]


def damage_text(text: str, rng: random.Random) -> str:
    """The text as an English recogniser might recognise it. The same state of `rng` gives the same damage.

    >>> damage_text("Đẩy mạnh công tác tuyên truyền", random.Random(3)) != "Đẩy mạnh công tác tuyên truyền"
    True
    """
    words, letters = _tables()
    grade = rng.randrange(GRADES)
    word_table, letter_table = words[grade], letters[grade]

    def damaged(match: re.Match[str]) -> str:
        word = place_tone(match[0])
        known = word_table.get(word)
        if known:
            return rng.choices(*known)[0]
        out = [rng.choices(*letter_table[c])[0] if c in letter_table else strip_marks(c) for c in word]
        return "".join(out) or strip_marks(word)

    return _WORD.sub(damaged, text)


def mistype(query: str, rng: random.Random) -> str:
    """The query with a slip in one of SLIP_ONE_IN words, but at least one, in words of three or more letters.

    >>> mistype("mô hình trồng lúa hữu cơ", random.Random(1)) != "mô hình trồng lúa hữu cơ"
    True
    """
    words = query.split(" ")
    long = [at for at, word in enumerate(words) if len(_WORD.sub("", word)) == 0 and len(word) > 2]
    for at in rng.sample(long, min(len(long), max(1, round(len(words) / SLIP_ONE_IN)))):
        words[at] = rng.choices(_SLIPS, _SLIP_WEIGHTS)[0](words[at], rng)
    return " ".join(words)


def _leave_out(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _double(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def _swap(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _beside(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    near = _NEIGHBOURS.get(strip_marks(word[at]).lower())
    return word[:at] + rng.choice(near) + word[at + 1 :] if near else word


def _raw_telex(word: str, rng: random.Random) -> str:
    """The keys of a word typed in Telex whose accents were not formed: "truyền" -> "truyeenf"."""
    keys, tone = "", ""
    for c in unicodedata.normalize("NFD", word.lower()):
        if c in _TONE_KEYS:
            tone = _TONE_KEYS[c]
        else:
            keys += c
    plain = unicodedata.normalize("NFC", keys)
    typed = "".join(_LETTER_KEYS.get(c, c) for c in plain) + tone
    return typed if typed != word else _swap(word, rng)


_SLIPS: tuple[Callable[[str, random.Random], str], ...] = (_leave_out, _double, _swap, _beside, _raw_telex)
_SLIP_WEIGHTS = (0.25, 0.1, 0.2, 0.25, 0.2)
