"""Words with letters that were lost and left a sign: "quy?t ??nh", in a text that was saved in an encoding without them.

The words that fit are looked up in the language model, and the commonest beside its neighbours is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from vitext.chunks import is_address
from vitext.correction.corrector import Correction, default_corrector
from vitext.correction.detect import Region
from vitext.correction.language_model import default_language_model
from vitext.fold import fold, strip_marks
from vitext.syllables import is_syllable

#: What it costs that two words were never seen side by side (natural logarithm).
UNSEEN = 4.0
#: What a word costs that the model does not know.
UNKNOWN_COST = 16.0
#: Words with a lost letter inside, by which a text shows that it lost them.
MIN_WORDS = 3
#: The share of the words with a sign that must be words of the model.
MIN_SHARE = 0.8
#: Words of a pattern that are weighed, the commonest first.
MAX_WORDS = 24
#: Letters of a word with lost letters, at most, and plain forms of it that are looked up.
MAX_LETTERS = 8
MAX_PLAIN = 400
#: Confidence of a guess, at least and at most: of two bases (và, về) the corrector weighs one only.
LEAST_CONFIDENCE = 0.6
MOST_CONFIDENCE = 0.95
#: Characters before a word in which the beginning of its address is looked for.
LONGEST_ADDRESS = 200
#: The letters of ASCII that bear marks in Vietnamese.
_BASES = "aeiouyd"

# Letters and signs. At the end of a word a sign is a letter behind consonants alone, and where the sentence goes on in small
# letters.
_WORD = re.compile(
    r"(?<![\w?])(?:[bcdghklmnpqrstvxBCDGHKLMNPQRSTVX]{1,3}\?(?![\w?])|(?<!\S)\?\?(?=\s)|"
    r"(?:[^\W\d_]|\?(?=\?*[^\W\d_])|(?<=[^\W\d_?])\?(?=[ ,][ ]?[a-zđ?]))+)(?![^\W_])"
)
_STARTS = re.compile(r"(?:[.!:]\s|\n\s*[-+•]?\s*)$")
_INSIDE = re.compile(r"[^\W\d_]\?+[^\W\d_]|(?<!\S)\?+[^\W\d_]")


def guess_lost_letters(text: str) -> list[Correction]:
    """The words of a text that was saved in an encoding without their letters: "Ủy ban nh?n d?n" -> "Ủy ban nhân dân".

    A sign is one letter beyond ASCII. Words with a sign inside show that the text lost letters: several must be there, and
    nearly all be words of the language model. What is commonest beside the neighbours is taken; a sign that fits none stays.
    These are guesses, so each has a confidence; the list is empty for every other text.

    >>> text = "Ủy ban nh?n d?n th?nh ph? quy?t ??nh"
    >>> [word.after for word in guess_lost_letters(text)]
    ['nhân', 'dân', 'thành', 'phố', 'quyết', 'định']
    """
    if "?" not in text or len(_INSIDE.findall(text)) < MIN_WORDS:
        return []
    words = [word for word in _WORD.finditer(text) if len(word[0]) <= MAX_LETTERS]
    fits = [fitting_words(word[0].lower()) if "?" in word[0] else () for word in words]
    marked = [fit for word, fit in zip(words, fits, strict=True) if "?" in word[0]]
    if len(marked) < MIN_WORDS or sum(map(bool, marked)) < MIN_SHARE * len(marked):
        return []
    chosen = choose_words([fit or [word[0].lower()] for word, fit in zip(words, fits, strict=True)])
    read = _read_accents(text, words, chosen)
    guesses = []
    for at, (word, fit, new) in enumerate(zip(words, fits, chosen, strict=True)):
        if not fit or is_address(_chunk_around(text, word)):
            continue
        # The corrector knows three words in a row; what it says counts where it fits the signs.
        own = read.get(word.start())
        agreed = own is not None and own.after.lower() in fit
        after, confidence = (own.after.lower(), own.confidence) if own and agreed else (new, 0.0)
        around = [words[near][0] for near in (at - 1, at + 1) if 0 <= near < len(words)]
        starts = _STARTS.search(text, max(0, word.start() - 4), word.start()) or not word.start()
        printed = as_printed(after, word[0], around, starts=bool(starts))
        sure = MOST_CONFIDENCE if len(fit) == 1 else min(MOST_CONFIDENCE, max(LEAST_CONFIDENCE, confidence))
        guesses.append(Correction(word.start(), word.end(), printed, sure, ()))
    return guesses


def _chunk_around(text: str, word: re.Match[str]) -> str:
    start = max(0, word.start() - LONGEST_ADDRESS)
    before = text[start : word.start()].split()[-1:] if word.start() and not text[word.start() - 1].isspace() else [""]
    return "".join(before) + word[0]


def _read_accents(text: str, words: Sequence[re.Match[str]], chosen: Sequence[str]) -> dict[int, Correction]:
    """What the corrector reads where the letters of the chosen words stand without their accents: place -> word."""
    plain = list(strip_marks(text))
    for word, new in zip(words, chosen, strict=True):
        plain[word.start() : word.end()] = as_printed(strip_marks(new), word[0])
    found = default_corrector().correct("".join(plain), [Region(0, len(plain), "unaccented")])
    return {correction.start: correction for correction in found}


@lru_cache(maxsize=1 << 14)
def fitting_words(pattern: str) -> tuple[str, ...]:
    """The words of the language model that a pattern fits, the commonest first: every "?" is one letter beyond ASCII.

    >>> fitting_words("qu?t")[:2]
    ('quất', 'quốc')
    """
    model = default_language_model()
    plain = [""]
    for c in pattern:
        plain = [before + base for before in plain for base in (_BASES if c == "?" else fold(c))]
        if len(plain) > MAX_PLAIN:
            return ()
    shape = re.compile("".join("[^\x00-\x7f]" if c == "?" else re.escape(c) for c in pattern))
    found = [word for base in plain for word in model.spellings(base) if shape.fullmatch(word) and is_syllable(word)]
    return tuple(sorted(found, key=model.word_cost)[:MAX_WORDS])


def choose_words(slots: Sequence[Sequence[str]]) -> list[str]:
    """The likeliest word of each slot beside its neighbours. Takes the candidates of each place, one at least, all small.

    >>> choose_words([["bỏ", "bờ"], ["biển"]]), choose_words([["từ"], ["bỏ", "bờ"]])
    (['bờ', 'biển'], ['từ', 'bỏ'])
    """
    if not slots:
        return []
    model = default_language_model()

    def own(word: str) -> float:
        return min(model.word_cost(word), UNKNOWN_COST)

    costs = [own(word) for word in slots[0]]
    backs: list[list[int]] = []
    for before, here in pairwise(slots):
        if len(before) == len(here) == 1:
            backs.append([0])
            costs = [costs[0]]
            continue
        table = model.pair_table(before, here)
        row, back = [], []
        for j, word in enumerate(here):
            alone = own(word) + UNSEEN
            cost, at = min((costs[i] + min(float(table[i, j]), alone), i) for i in range(len(before)))
            row.append(cost)
            back.append(at)
        costs = row
        backs.append(back)
    at = costs.index(min(costs))
    chosen = [slots[-1][at]]
    for slot, back in zip(reversed(slots[:-1]), reversed(backs), strict=True):
        at = back[at]
        chosen.append(slot[at])
    return chosen[::-1]


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
