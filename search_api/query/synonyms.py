"""Find query expansions: abbreviations, synonyms and other names of places.

The table is data (`synonyms.tsv`), read once on first use. A row has a few forms of one meaning; a form in the query gives
the other forms. Words are compared as typed, because capitals decide: "AI" is not "ai". Callers do not ask for words that
must not be expanded (quoted words, exclusions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kb.errors import TableError
from kb.papers.vocabulary import read_table
from vitext import is_skeleton, tokenise

#: The table.
SYNONYMS = Path(__file__).parent / "synonyms.tsv"
#: The kinds of rows.
KINDS = ("abbreviation", "synonym", "place")
#: The mark before a form that is only written, and never recognised in a query.
WRITTEN_ONLY_MARK = ">"
#: The mark behind a form that is recognised with its accents only.
ACCENTS_NEEDED_MARK = "!"
#: The word between the parts of an abbreviation, folded.
AND = ("va",)
#: Numbers of words in which an abbreviation may be written ("LĐ - TB và XH").
PARTED = frozenset({2, 3, 4})
NONE: frozenset[int] = frozenset()
#: A form of at least this many words is unlikely to be other words without their accents.
MIN_CERTAIN_WORDS = 3
#: One word of at least this many letters that is no syllable is unlikely to be another word without its accents.
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
    """One form of the meaning of a row: its words as the table spells them.

    `recognised` tells that the form is recognised in a query, `folds` that its accents may be missing there.
    """

    words: tuple[str, ...]
    recognised: bool = True
    folds: bool = True

    @property
    def ambiguous(self) -> bool:
        """Whether the form is an abbreviation in capitals and perhaps another word in small letters (AI, TH): it has two
        letters, or it is a syllable when accents are ignored."""
        word = self.words[0]
        return len(self.words) == 1 and word.isupper() and (len(word) == 2 or is_skeleton(word))

    @property
    def certain(self) -> bool:
        """Whether the form is too long to be other words without their accents."""
        if len(self.words) > 1:
            return len(self.words) >= MIN_CERTAIN_WORDS
        return len(self.words[0]) >= MIN_CERTAIN_LETTERS and not is_skeleton(self.words[0])


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: forms of one meaning, the short one first. It expands the query `example` and must not expand the
    query `counter`."""

    forms: tuple[Form, ...]
    kind: str
    example: str
    counter: str


class _Word(NamedTuple):
    """A word as typed, with its keys; the keys are "" where it is not exactly one word."""

    typed: str
    folded: str
    accented: str

    @property
    def has_accents(self) -> bool:
        return self.folded != self.accented


def read_synonyms(path: Path = SYNONYMS) -> tuple[Row, ...]:
    """The rows of a table.

    Raises TableError where the table is not sorted, and for an empty cell, an unknown kind, and a form that stands twice or
    has no words.
    """
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
        if not all(keys) or len(set(keys)) < len(keys) or not forms[0].recognised:
            raise TableError(f"{where}: mỗi cách viết phải có chữ và khác nhau, cách viết ngắn phải đọc được")
        last = short
        rows.append(Row(forms, kind, example, counter))
    return tuple(rows)


def _form(text: str) -> Form:
    bare = text.removeprefix(WRITTEN_ONLY_MARK).removesuffix(ACCENTS_NEEDED_MARK)
    words = tuple(bare[token.start : token.end] for token in tokenise(bare))
    return Form(words, not text.startswith(WRITTEN_ONLY_MARK), not text.endswith(ACCENTS_NEEDED_MARK))


@lru_cache(maxsize=1 << 14)
def _word(typed: str) -> _Word:
    tokens = tokenise(typed)
    if len(tokens) != 1:
        return _Word(typed, "", "")
    return _Word(typed, tokens[0].folded, tokens[0].accented)


class _Recognised(NamedTuple):
    """A form that is recognised in a query, its accented keys, and its row."""

    form: Form
    accented: tuple[str, ...]
    row: Row


@lru_cache(maxsize=1)
def _recognised() -> Mapping[tuple[str, ...], Sequence[_Recognised]]:
    """The folded keys of every form that is recognised in a query -> the forms."""
    found: dict[tuple[str, ...], list[_Recognised]] = defaultdict(list)
    for row in read_synonyms():
        for form in row.forms:
            if form.recognised:
                keys = [_word(word) for word in form.words]
                accented = tuple(key.accented for key in keys)
                found[tuple(key.folded for key in keys)].append(_Recognised(form, accented, row))
    return dict(found)


@lru_cache(maxsize=1)
def _lengths() -> Mapping[str, frozenset[int]]:
    """The folded first word of every form that is recognised -> the numbers of words of these forms."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for keys in _recognised():
        lengths[keys[0]].add(len(keys))
    return {first: frozenset(sizes) for first, sizes in lengths.items()}


def find_expansions(words: Sequence[str], apart: Collection[int] = ()) -> list[Expansion]:
    """The expansions of a query, in the order of its words. `words` are its words as typed; no form goes across the borders
    before the words that are `apart`.

    The longest spans of words are taken first, and spans do not overlap; a span with several other forms gives one Expansion
    for each. Accents that are typed must agree. Words without accents are taken for accented words where the whole query has
    no accents, or where the form is long enough (`Form.certain`), unless the table asks for the accents. An ambiguous
    abbreviation must be in capitals, in a query that is not in capitals as a whole. The parts of an abbreviation may stand
    apart, with "và" between them. No input is an error.

    >>> [" ".join(e.words) for e in find_expansions(("HTX", "chan", "nuoi", "lon"))]
    ['hợp tác xã', 'chăn nuôi heo']
    >>> find_expansions(("tàu", "hợp", "tác", "xa", "bờ")), find_expansions(("ai", "cũng", "làm"))
    ([], [])
    >>> find_expansions(("VH", "và", "TT"))[0].words
    ('VHTT',)
    """
    query = [_word(word) for word in words]
    spans = [
        (start, start + size)
        for start, word in enumerate(query)
        for size in _lengths().get(word.folded, NONE) | (PARTED if word.typed.isupper() else NONE)
        if start + size <= len(query)
    ]
    spans.sort(key=lambda span: (span[0] - span[1], span[0]))
    accented = any(word.has_accents for word in query)
    shouted = _is_shouted(query)
    taken: set[int] = set()
    found: list[Expansion] = []
    for start, end in spans:
        if taken.isdisjoint(range(start, end)) and not any(start < border < end for border in apart):
            expansions = list(_expand(query, start, end, accented, shouted))
            if expansions:
                taken.update(range(start, end))
                found += expansions
    return sorted(found, key=lambda expansion: expansion.start)


def _expand(query: Sequence[_Word], start: int, end: int, accented: bool, shouted: bool) -> Iterator[Expansion]:
    """The different expansions of one span, in the order of the table, without the span itself."""
    span = query[start:end]
    folded = tuple(word.folded for word in span)
    seen = {tuple(word.accented for word in span)}
    for row in _rows_typed(span, accented, shouted):
        for other in row.forms:
            keys = [_word(word) for word in other.words]
            accents = tuple(key.accented for key in keys)
            # In a query without accents the folded keys are enough.
            if accents not in seen and (accented or tuple(key.folded for key in keys) != folded):
                seen.add(accents)
                yield Expansion(start, end, other.words, row.kind)


def _rows_typed(span: Sequence[_Word], accented: bool, shouted: bool) -> Iterator[Row]:
    """The rows of the forms that the words of a span are."""
    plain = not any(word.has_accents for word in span)
    for words in (span, _join_capitals(span)):
        folded, accents = tuple(word.folded for word in words), tuple(word.accented for word in words)
        for form, wanted, row in _recognised().get(folded, ()) if folded else ():
            if accents != wanted and not (plain and form.folds and (form.certain or not accented)):
                continue
            if form.ambiguous and (shouted or not words[0].typed.isupper()):
                continue
            yield row


def _join_capitals(span: Sequence[_Word]) -> Sequence[_Word]:
    """The parts of an abbreviation as one word ("GD", "và", "ĐT": "GDĐT"), nothing where they are no such parts."""
    parts = [word for word in span if word.folded not in AND or word.typed.isupper()]
    if len(parts) < 2 or span[0] is not parts[0] or span[-1] is not parts[-1] or not all(w.typed.isupper() for w in parts):
        return ()
    return [_word("".join(word.typed for word in parts))]


def _is_shouted(query: Sequence[_Word]) -> bool:
    """Whether capitals mean nothing here: all syllables except ambiguous abbreviations are typed in capitals."""
    telling = [word for word in query if word.folded and is_skeleton(word.folded) and not _is_ambiguous(word)]
    return bool(telling) and all(word.typed.isupper() for word in telling)


def _is_ambiguous(word: _Word) -> bool:
    return any(recognised.form.ambiguous for recognised in _recognised().get((word.folded,), ()))
