"""Names of people: a full name stands together, and its initials are read as the collection writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from kb.papers.vocabulary import read_table
from search_api.query.spans import places
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed, form_of, forms_of
from vitext import fold, is_syllable, place_tone

#: The table of family names and middle names.
TABLE = Path(__file__).parent / "names.tsv"
#: Family names that hardly any other word is: they begin a name in small letters too, before a middle name.
CERTAIN_FAMILIES = frozenset(
    {"nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "ngô"}
)
#: Initials of more than one letter.
_INITIAL = re.compile(r"(?:[A-ZĐÁÂĂÊÔƠƯÝÚÍÓ]|Ng|Th|Tr|Ph|Kh|Nh|Ch|Gi|Qu|NG|TH|TR|PH)")
#: Syllables of a full name.
LENGTHS = (4, 3)
#: Readings of a name with initials.
MAX_READINGS = 16


@lru_cache(maxsize=1)
def parts() -> Mapping[str, tuple[str, ...]]:
    """The family names and the middle names of the table, by "family" and "middle"."""
    return {part: tuple(names.split("|")) for _, (part, names) in read_table(TABLE, 2)}


@lru_cache(maxsize=1)
def _families() -> tuple[frozenset[str], frozenset[str]]:
    """The accented keys of family names, and their folded keys."""
    terms = [term for name in parts()["family"] for term in form_of(name)]
    return frozenset(term.accented for term in terms), frozenset(term.folded for term in terms)


def find_certain(typed: Typed, known: Known) -> Iterator[Span]:
    """The names that can be no place: a family name, then "thị" or "văn"."""
    at = 0
    while at + 2 < len(typed.tokens):
        end = _full(typed, at) if _is_certain(typed, at) else 0
        if end == at + LENGTHS[0] and places.bare_begins(typed, known, end - 1):
            end -= 1  # "Nguyễn Thị Hoa Hải Phòng"
        if end:
            yield _span(typed, known, at, end)
        at = end or at + 1


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The names of people in a query."""
    at = 0
    while at < len(typed.tokens):
        end = _initials(typed, at) or _full(typed, at)
        if end:
            yield _span(typed, known, at, end)
        at = end or at + 1


def _full(typed: Typed, at: int) -> int:
    """Where the full name ends that begins at a word; 0 for none."""
    if not _is_family(typed, at):
        return 0
    for length in LENGTHS:
        end = at + length
        if end > len(typed.tokens) or not typed.is_run(at, end):
            continue
        words = typed.words[at:end]
        capital = not typed.shouted and all(word[:1].isupper() and word[1:].islower() for word in words)
        if not all(is_syllable(word) or not typed.accented for word in words):
            continue
        if capital or (length == 3 and _is_certain(typed, at)):
            return end if typed.is_free(typed.tokens[at].start, typed.tokens[end - 1].end) else 0
    return 0


def _is_family(typed: Typed, at: int) -> bool:
    accented, folded = _families()
    token = typed.tokens[at]
    return token.accented in accented if typed.accented else token.folded in folded


def _is_certain(typed: Typed, at: int) -> bool:
    """Whether a name in any letters begins here: a common family name, then "thị" or "văn"."""
    family, middle = typed.tokens[at].accented, typed.tokens[at + 1].accented
    return family in CERTAIN_FAMILIES and middle in ("thị", "văn")


def _initials(typed: Typed, at: int) -> int:
    """Where the name with initials ends that begins at a word; 0 for none. Its last word is written out."""
    if typed.shouted or not (_is_initial(typed, at) or (typed.words[at][:1].isupper() and _is_family(typed, at))):
        return 0
    end, initials = at, 0
    while end < len(typed.tokens) and end - at < 4 and (end == at or _goes_on(typed, end)):
        word = typed.words[end]
        if _is_initial(typed, end):
            initials += 1
        elif not (word[:1].isupper() and word[1:].islower() and is_syllable(word)):
            break
        end += 1
    while end > at and _is_initial(typed, end - 1):
        end -= 1
    initials = sum(_is_initial(typed, n) for n in range(at, end))
    begins = _is_initial(typed, at) or _is_family(typed, at)
    dotted = any("." in typed.gap(n) for n in range(at + 1, end))
    enough = end - at >= 2 and initials and begins and (dotted or (initials == 1 and _is_family(typed, at)))
    return end if enough and typed.is_free(typed.tokens[at].start, typed.tokens[end - 1].end) else 0


def _goes_on(typed: Typed, at: int) -> bool:
    gap = typed.gap(at).replace(" ", "")
    return gap == "" if not _is_initial(typed, at - 1) else gap in ("", ".")


def _is_initial(typed: Typed, at: int) -> bool:
    word = typed.words[at]
    if not _INITIAL.fullmatch(word):
        return False
    follows = typed.text[typed.tokens[at].end : typed.tokens[at].end + 1]
    return len(word) == 1 or follows == "."


def _span(typed: Typed, known: Known, start: int, end: int) -> Span:
    first, last = typed.tokens[start].start, typed.tokens[end - 1].end
    readings = list(_readings(typed, known, start, end))
    forms = forms_of(typed.form(start, end), readings, most=MAX_READINGS + 1)
    shown = readings[0].title() if len(readings) == 1 else typed.text[first:last]
    return Span("name", first, last, forms, f"Tên người: {shown}")


def _readings(typed: Typed, known: Known, start: int, end: int) -> Iterator[str]:
    """The name with its initials written out, as pairs of words that stand side by side in the collection."""
    if not any(_is_initial(typed, at) for at in range(start, end)):
        return
    columns = [_meant(typed, at, parts()["family" if at == start else "middle"]) for at in range(start, end)]
    if end - start == 2:  # "T. Hoa": the initial may be that of the middle name
        columns[0] = list(dict.fromkeys((*columns[0], *_meant(typed, start, parts()["middle"]))))
    paths: list[tuple[str, ...]] = [(first,) for first in columns[0]]
    for before, column in pairwise(columns):
        pairs = known.pair_counts(before, column)
        paths = [(*path, word) for path in paths for word in column if (path[-1], word) in pairs][: MAX_READINGS * 4]
    yield from (" ".join(path) for path in paths[:MAX_READINGS])


def _meant(typed: Typed, at: int, names: Sequence[str]) -> list[str]:
    """The words that a part of a name may be."""
    word = typed.words[at].lower()
    if not _is_initial(typed, at):
        return [place_tone(word)]
    if typed.accented or "đ" in word:
        return [name for name in names if name.startswith(word) or (len(word) == 1 and fold(name[0]) == word != "d")]
    return [name for name in names if fold(name).startswith(word)]
