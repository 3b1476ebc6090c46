"""Find what the words of a query may also be written as: abbreviations, synonyms, other names of places.

The table is data (`synonyms.tsv`), read once on first use. A row is a handful of forms of one meaning; a form that
is typed gives the others. It works on words as typed, because capitals decide: "AI" is no "ai". When nothing may be guessed
(quoted words, exclusions), do not ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kb.errors import TableError
from kb.papers.vocabulary import read_table
from vitext import is_skeleton, tokenise

SYNONYMS = Path(__file__).parent / "synonyms.tsv"
KINDS = ("abbreviation", "synonym", "place")
#: Stands before a form that is written, never read.
WRITTEN_ONLY_MARK = ">"
#: Stands behind a form that is read with its accents only.
ACCENTS_NEEDED_MARK = "!"
#: A form of this many words, or one word of this many letters that is no syllable, is not met by chance when accents go.
MIN_CERTAIN_WORDS = 3
MIN_CERTAIN_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Expansion:
    """`words[start:end]` of the query may also be written as `words`, side by side; `kind` as in the table."""

    start: int
    end: int
    words: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a row's meaning: its words as the table spells them.

    `read`: a query may be read by it; `folds`: without its accents too.
    """

    words: tuple[str, ...]
    read: bool = True
    folds: bool = True

    @property
    def ambiguous(self) -> bool:
        """In capitals an abbreviation, else perhaps a word (AI, TH): two letters, or a syllable once accents are gone."""
        word = self.words[0]
        return len(self.words) == 1 and word.isupper() and (len(word) == 2 or is_skeleton(word))

    @property
    def certain(self) -> bool:
        """Too long to fold like other words by chance."""
        if len(self.words) > 1:
            return len(self.words) >= MIN_CERTAIN_WORDS
        return len(self.words[0]) >= MIN_CERTAIN_LETTERS and not is_skeleton(self.words[0])


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: `forms` of one meaning, the short one first."""

    forms: tuple[Form, ...]
    kind: str
    example: str
    counter: str


class _Word(NamedTuple):
    """A word as typed with its keys, "" where it is no single word."""

    typed: str
    folded: str
    accented: str

    @property
    def has_accents(self) -> bool:
        return self.folded != self.accented


def read_synonyms(path: Path = SYNONYMS) -> tuple[Row, ...]:
    """The rows of a table. Raises TableError: unsorted, an empty cell, an unknown kind, a form twice or without words."""
    rows = []
    last = ""
    for line, cells in read_table(path, 5):
        where = f"{path}:{line}"
        short, long, kind, example, counter = cells
        if not all(cells):
            raise TableError(f"{where}: cần đủ 5 cột")
        if short <= last:
            raise TableError(f"{where}: {short!r} trùng hoặc không đúng thứ tự sau {last!r}")
        if kind not in KINDS:
            raise TableError(f"{where}: loại {kind!r} phải là {', '.join(KINDS)}")
        forms = tuple(_form(text) for text in (short, *long.split("|")))
        keys = [tuple(_word(word).accented for word in form.words) for form in forms]
        if not all(keys) or len(set(keys)) < len(keys) or not forms[0].read:
            raise TableError(f"{where}: mỗi cách viết phải có chữ và khác nhau, cách viết ngắn phải đọc được")
        last = short
        rows.append(Row(forms, kind, example, counter))
    return tuple(rows)


def _form(text: str) -> Form:
    bare = text.removeprefix(WRITTEN_ONLY_MARK).removesuffix(ACCENTS_NEEDED_MARK)
    words = tuple(bare[token.start : token.end] for token in tokenise(bare))
    return Form(words, not text.startswith(WRITTEN_ONLY_MARK), not text.endswith(ACCENTS_NEEDED_MARK))


def _word(typed: str) -> _Word:
    tokens = tokenise(typed)
    if len(tokens) != 1:
        return _Word(typed, "", "")
    # Ð (eth) is what many keyboards write for Đ.
    return _Word(typed, tokens[0].folded, tokens[0].accented.replace("ð", "đ"))


class _Reading(NamedTuple):
    """A form that may be typed, its raw keys, and the row it belongs to."""

    form: Form
    raw: tuple[str, ...]
    row: Row


@lru_cache(maxsize=1)
def _readings() -> Mapping[tuple[str, ...], Sequence[_Reading]]:
    """Every form that may be typed, by its folded keys."""
    found: dict[tuple[str, ...], list[_Reading]] = defaultdict(list)
    for row in read_synonyms():
        for form in row.forms:
            if form.read:
                keys = [_word(word) for word in form.words]
                found[tuple(key.folded for key in keys)].append(_Reading(form, tuple(key.accented for key in keys), row))
    return dict(found)


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _readings()), default=0)


def find_expansions(words: Sequence[str]) -> list[Expansion]:
    """What spans of a query's words, as typed and in order, may also be written as; in order of the words.

    The longest spans first, none overlapping; a span with several other forms gives one Expansion each. Accents that are
    typed must agree. Words typed without any stand for accented ones where the whole query has none, or where the form is
    too long for chance; not where the table wants the accents. An ambiguous abbreviation counts in capitals, unless the
    whole query is typed in them. Never raises.

    >>> [" ".join(e.words) for e in find_expansions(("HTX", "chan", "nuoi", "lon"))]
    ['hợp tác xã', 'chăn nuôi heo']
    >>> find_expansions(("tàu", "hợp", "tác", "xa", "bờ")), find_expansions(("ai", "cũng", "làm"))
    ([], [])
    """
    query = [_word(word) for word in words]
    longest = min(_longest(), len(query))
    spans = [(start, start + size) for size in range(longest, 0, -1) for start in range(len(query) - size + 1)]
    accented = any(word.has_accents for word in query)
    shouted = _is_shouted(query)
    taken: set[int] = set()
    found: list[Expansion] = []
    for start, end in spans:
        if taken.isdisjoint(range(start, end)):
            expansions = list(_expand(query, start, end, accented, shouted))
            if expansions:
                taken.update(range(start, end))
                found += expansions
    return sorted(found, key=lambda expansion: expansion.start)


def _expand(query: Sequence[_Word], start: int, end: int, accented: bool, shouted: bool) -> Iterator[Expansion]:
    """The expansions of one span, each once, in the order of the table; none that folds like the span itself."""
    span = query[start:end]
    folded, raw = tuple(word.folded for word in span), tuple(word.accented for word in span)
    plain = not any(word.has_accents for word in span)
    seen = set()
    for form, wanted, row in _readings().get(folded, ()):
        if raw != wanted and not (plain and form.folds and (form.certain or not accented)):
            continue
        if form.ambiguous and (shouted or not span[0].typed.isupper()):
            continue
        for other in row.forms:
            keys = [_word(word) for word in other.words]
            if tuple(key.folded for key in keys) != folded and other.words not in seen:
                seen.add(other.words)
                yield Expansion(start, end, other.words, row.kind)


def _is_shouted(query: Sequence[_Word]) -> bool:
    """Whether capitals say nothing: whatever is a syllable and no ambiguous abbreviation is typed in them."""
    telling = [word for word in query if word.folded and is_skeleton(word.folded) and not _is_ambiguous(word)]
    return bool(telling) and all(word.typed.isupper() for word in telling)


def _is_ambiguous(word: _Word) -> bool:
    return any(reading.form.ambiguous for reading in _readings().get((word.folded,), ()))
