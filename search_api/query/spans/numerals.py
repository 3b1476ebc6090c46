"""Numerals: digits, words and Roman figures that say the same ("4 sao" and "bốn sao", "khóa XV" and "khóa 15")."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from search_api.query.spans.span import Span
from search_api.query.spans.typed import Typed, form_of, forms_of
from vitext import fold

#: Nouns that a numeral directly before them counts, with accents. "năm" is not among them: it is also the numeral 5, and
#: "2024" before or behind it is a year.
COUNTED = frozenset(
    {"sao", "hộ", "người", "em", "cháu", "chiếc", "căn", "thôn", "tổ", "lớp", "suất", "lần", "bước", "tiêu chí", "nhất"}
    | {"không", "sạch", "giỏi", "tốt", "cùng", "tại chỗ"}
)
#: Of these also in a query without accents: the numeral there can hardly be another word.
COUNTED_PLAIN = frozenset({"sao"})
#: Words before which a numeral is an ordinal: one or two words, with accents.
RANKED = frozenset(("thứ", "khóa", "quý", "hạng", "bậc", "chương", "đại hội", "kỳ họp", "nhiệm kỳ", "thế kỷ", "lần thứ"))
#: The ordinals that have words of their own.
ORDINALS = {1: ("nhất",), 2: ("nhì", "hai"), 4: ("tư", "bốn")}
#: The largest numeral that is written in words.
LARGEST = 99
#: Numerals in Roman figures up to this; one letter is a figure only behind a word that ranks.
LARGEST_ROMAN = 39
#: Words that are numerals, and too often other words, where they stand before a counted noun.
DOUBTFUL = frozenset({"một", "năm", "tư", "không"})

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def words_of(value: int) -> tuple[str, ...]:
    """A number from 1 to 99 in words, in every usual way.

    >>> words_of(4), words_of(15), words_of(21), words_of(24)
    (('bốn',), ('mười lăm',), ('hai mươi mốt', 'hai mốt'), ('hai mươi tư', 'hai mươi bốn', 'hai tư', 'hai bốn'))
    """
    tens, ones = divmod(value, 10)
    if not tens:
        return (_DIGITS[ones],)
    if tens == 1:
        return (f"mười {'lăm' if ones == 5 else _DIGITS[ones]}" if ones else "mười",)
    if not ones:
        return (f"{_DIGITS[tens]} mươi",)
    last = {1: ("mốt",), 4: ("tư", "bốn"), 5: ("lăm",)}.get(ones, (_DIGITS[ones],))
    return (*(f"{_DIGITS[tens]} mươi {one}" for one in last), *(f"{_DIGITS[tens]} {one}" for one in last))


def roman(value: int) -> str:
    """A number below 40 in Roman figures.

    >>> roman(15), roman(4), roman(39)
    ('XV', 'IV', 'XXXIX')
    """
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (value // 10) + ones[value % 10]


@lru_cache(maxsize=1)
def _values() -> dict[tuple[str, ...], int]:
    """Accented words of a numeral -> its value."""
    return {tuple(words.split()): value for value in range(LARGEST, 0, -1) for words in words_of(value)}


@lru_cache(maxsize=1)
def _plain_values() -> dict[tuple[str, ...], int]:
    return {tuple(fold(word) for word in words): value for words, value in _values().items()}


@lru_cache(maxsize=1)
def _romans() -> dict[str, int]:
    return {roman(value): value for value in range(1, LARGEST_ROMAN + 1)}


def find(typed: Typed) -> Iterator[Span]:
    """The numerals of a query that a noun or a ranking word beside them tells; each span holds that word too."""
    end = 0
    for at in range(len(typed.tokens)):
        if at >= end:
            found = _ranked(typed, at) or _counted(typed, at)
            if found:
                end, span = found
                yield span


def _counted(typed: Typed, at: int) -> tuple[int, Span] | None:
    """A numeral and the noun that it counts ("4 sao")."""
    read = _cardinal(typed, at)
    if not read:
        return None
    value, end = read
    if end >= len(typed.tokens) or not typed.is_beside(end):
        return None
    nouns = [" ".join(token.accented for token in typed.tokens[end : end + size]) for size in (2, 1)]
    noun = next((noun for noun in nouns if noun in COUNTED), nouns[-1])
    size = len(noun.split())
    spelt = noun in COUNTED if typed.accented or typed.words[at].isdigit() else noun in COUNTED_PLAIN
    if not spelt or typed.tokens[at].accented in DOUBTFUL:
        return None
    shown = " ".join(typed.words[end : end + size]).lower()
    written = [f"{number} {noun}" for number in (str(value), f"{value:02d}", *words_of(value))]
    return end + size, _span(typed, at, end + size, written, f"{value} {shown}")


def _ranked(typed: Typed, at: int) -> tuple[int, Span] | None:
    """A ranking word and its ordinal ("khóa XV", "thứ tư")."""
    for size in (2, 1):
        last = at + size
        if last >= len(typed.tokens) or not typed.is_run(at, last + 1):
            continue
        before = " ".join(token.accented for token in typed.tokens[at:last])
        if before not in _ranked_keys():
            continue
        read = _ordinal(typed, last)
        if read:
            value, end = read
            numbers = (
                str(value),
                roman(value) if value <= LARGEST_ROMAN else "",
                *words_of(value),
                *ORDINALS.get(value, ()),
            )
            written = [f"{before} {number}" for number in numbers if number]
            shown = " ".join(typed.words[at:last]).lower()
            return end, _span(typed, at, end, written, f"{shown} {value}")
    return None


@lru_cache(maxsize=1)
def _ranked_keys() -> frozenset[str]:
    return frozenset(" ".join(term.accented for term in form_of(text)) for text in RANKED)


def _cardinal(typed: Typed, at: int) -> tuple[int, int] | None:
    """(value, end) of the numeral that begins at a word: digits, or words with accents."""
    word = typed.words[at]
    if word.isdigit() and word.isascii():
        value = int(word)
        apart = at == 0 or not typed.gap(at) or typed.gap(at)[-1].isspace()
        return (value, at + 1) if 0 < value <= LARGEST and apart and len(word) <= 2 else None
    for size in (3, 2, 1):
        if at + size <= len(typed.tokens) and typed.is_run(at, at + size):
            tokens = typed.tokens[at : at + size]
            accented = _values().get(tuple(token.accented for token in tokens))
            plain = None if typed.accented else _plain_values().get(tuple(token.folded for token in tokens))
            if accented or plain:
                return accented or plain or 0, at + size
    return None


def _ordinal(typed: Typed, at: int) -> tuple[int, int] | None:
    """(value, end) of the ordinal that begins at a word, behind a ranking word."""
    word = typed.words[at]
    if word in _romans():
        return _romans()[word], at + 1
    for value, names in ORDINALS.items():
        if typed.tokens[at].accented in names:
            return value, at + 1
    read = _cardinal(typed, at)
    return read if read and (read[1] == len(typed.tokens) or not typed.tokens[read[1]].folded.isdigit()) else None


def _span(typed: Typed, start: int, end: int, written: list[str], reading: str) -> Span:
    first = typed.form(start, end)
    return Span("numeral", typed.tokens[start].start, typed.tokens[end - 1].end, forms_of(first, written), reading)
