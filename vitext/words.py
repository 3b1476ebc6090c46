"""Cut a run of characters without spaces into words: most runs are one, and some are several or hide one.

What hides borders: invisible characters, a hyphen at the end of a line, lost spaces, a figure glued to its unit.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from vitext.letters import clean_letters
from vitext.syllables import is_skeleton, is_syllable

#: Characters that nobody sees: soft hyphen, zero-width spaces and joiners, the mark of byte order.
HIDDEN = "\u00ad\u200b-\u200d\u2060\ufeff"
#: Signs inside a word that a recogniser made of dirt.
DEBRIS = "'’‘`´~^¨°"
#: Units that are glued to their figure; "%" and "°" are no letters.
UNITS = frozenset(
    {"ha", "km", "m", "cm", "mm", "km2", "m2", "m3", "kg", "ml", "kw", "kwh", "mw", "kv", "đ", "tr", "vnd", "vnđ", "usd"}
)
#: Letters of a run of words whose spaces were lost, at least and at most.
LOST_SPACES = range(5, 41)
#: Letters of a syllable, at most.
MAX_SYLLABLE_LETTERS = 7
#: A way to cut is certain when it costs so much less than the next one (natural log units).
MARGIN = 4.0

_BREAK = re.compile(rf"[{HIDDEN}]+|-\s{{1,3}}")
_DROPPED = re.compile(f"[{DEBRIS} \ufe00-\ufe0f]")
# What English recognisers write for two Vietnamese letters, seen in every scan.
_SIGN_LETTERS = str.maketrans({"¢": "ệ", "§": "ộ"})
_MARK = re.compile("[\u0300-\u036f]")
_FIGURE = re.compile(r"(\d+)([^\W\d_]+[23]?)")


class Word(NamedTuple):
    """A word of a run: characters [`start`, `end`) of the run, and its letters as keys are made of them."""

    start: int
    end: int
    letters: str


def cut_run(run: str) -> list[Word]:
    """The words of a run of letters and digits, as `vitext.analyse` finds them in a text. Takes it, returns its words.

    >>> [word.letters for word in cut_run("Nghệnhân")], [word.letters for word in cut_run("18ha")]
    (['Nghệ', 'nhân'], ['18', 'ha'])
    >>> [word.letters for word in cut_run("tru\u00adyền")], [word.letters for word in cut_run("dư-\\nỡng")]
    (['truyền'], ['dưỡng'])
    """
    if run.isascii() and run.isalpha():
        return [Word(0, len(run), run)]
    words = [Word(0, len(run), _letters(run))] if not _BREAK.search(run) else _mend(run)
    found: list[Word] = []
    for word in words:
        borders = _borders(word.letters)
        found += _parted(run, word, borders) if borders else [word]
    return found


def _letters(piece: str) -> str:
    return clean_letters(_DROPPED.sub("", piece).translate(_SIGN_LETTERS))


def _mend(run: str) -> list[Word]:
    """The words of a run with hidden characters or a hyphen and a line end in it. They vanish inside a syllable and separate
    two syllables."""
    words: list[Word] = []
    at = 0
    hyphen = False
    for match in [*_BREAK.finditer(run), None]:
        end = match.start() if match else len(run)
        letters = _letters(run[at:end])
        last = words[-1] if words else None
        if last and letters and _is_one(last.letters, letters, hyphen):
            words[-1] = Word(last.start, end, clean_letters(last.letters + letters))
        elif letters:
            words.append(Word(at, end, letters))
        if match:
            at, hyphen = match.end(), match[0][0] == "-"
    if words and not hyphen:
        words[-1] = words[-1]._replace(end=len(run))
    return words


def _is_one(first: str, second: str, hyphen: bool) -> bool:
    """Whether two pieces are one word. A hyphen is only passed inside a syllable."""
    if _is_whole(clean_letters(first + second)):
        return not hyphen or second[0].islower() or first.isupper()
    return not hyphen and not (_is_whole(first) and _is_whole(second))


def _is_whole(piece: str) -> bool:
    return is_syllable(piece) or (piece.isascii() and is_skeleton(piece))


def _borders(letters: str) -> tuple[int, ...]:
    """Where a word without spaces falls into several: the first letter of each but the first."""
    if letters[:1].isdigit():
        return _unit_border(letters)
    if letters.isascii() or len(letters) not in LOST_SPACES or not letters.isalpha() or is_syllable(letters):
        return ()
    return _lost_spaces(letters.lower())


def _unit_border(letters: str) -> tuple[int, ...]:
    """The border between a figure and its unit ("18ha", "5000m2", "20người")."""
    match = _FIGURE.fullmatch(letters)
    if not match:
        return ()
    figure, unit = match[1], match[2].lower()
    # One digit and a syllable may be a damaged word ("1ại"); "4G" is no weight.
    glued = len(figure) > 1 and not unit.isascii() and is_syllable(unit)
    return (len(figure),) if unit in UNITS or glued else ()


@lru_cache(maxsize=1 << 14)
def _lost_spaces(letters: str) -> tuple[int, ...]:
    """The borders between the syllables of several words, where there is one sensible way to cut them: the language has all
    these words, and each beside the next."""
    # The language model is a part of the corrector, which reads texts by `vitext.analyse`.
    from vitext.correction.language_model import default_language_model

    model = default_language_model()
    size = len(letters)
    # (cost, borders, last word) of the ways to cut the first letters, the cheapest first.
    ways: list[list[tuple[float, tuple[int, ...], str]]] = [[] for _ in range(size + 1)]
    for end in range(1, size + 1):
        for start in range(max(0, end - MAX_SYLLABLE_LETTERS), end):
            word = letters[start:end]
            # One plain letter is a slip of the key before it ("ngàyy"), not a word.
            plain = len(word) == 1 and word.isascii()
            if plain or (start and not ways[start]) or not (model.knows(word) and is_syllable(word)):
                continue
            if not start:
                ways[end].append((model.word_cost(word), (), word))
                continue
            for cost, borders, last in ways[start]:
                beside = float(model.pair_costs(last, [word])[0])
                if beside != float("inf"):
                    ways[end].append((cost + beside, (*borders, start), word))
        ways[end] = sorted(ways[end])[:4]
    best = ways[size]
    if not best or (len(best) > 1 and best[1][0] - best[0][0] < MARGIN):
        return ()
    return best[0][1]


def _parted(run: str, word: Word, borders: tuple[int, ...]) -> list[Word]:
    """A word cut at borders of its letters, with the places of the pieces in the run."""
    places = [word.start, *(_place(run, word, border) for border in borders), word.end]
    cuts = (0, *borders, len(word.letters))
    return [Word(places[at], places[at + 1], word.letters[cuts[at] : cuts[at + 1]]) for at in range(len(cuts) - 1)]


def _place(run: str, word: Word, border: int) -> int:
    """Where the letter at `border` of a word begins in the run."""
    if word.end - word.start == len(word.letters):
        return word.start + border
    wanted = word.letters[:border]
    for at in range(word.start + border, word.end):
        if _letters(run[word.start : at]) == wanted and not _MARK.match(run, at):
            return at
    return word.start + border
