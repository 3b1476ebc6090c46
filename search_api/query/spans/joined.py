"""What the language writes together or apart: "smart phone" and "smartphone", "covid19" and "COVID-19", lost and added
spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from kb.ports import Term
from search_api.query.spans.span import Known, Span
from search_api.query.spans.typed import Typed, form_of, forms_of
from search_api.query.synonyms import find_expansions
from vitext import Token, default_language_model, fold, is_skeleton, is_syllable, repair
from vitext.syllables import ONSETS

#: Words that are joined, at most ("you", "tube").
MAX_JOINED = 3
#: A joined word has at least so many letters: shorter ones are syllables and abbreviations.
MIN_LETTERS = 4
#: Syllables into which one word is split, at most.
MAX_SYLLABLES = 6
#: A word in capitals of fewer letters is an abbreviation.
MIN_SHOUTED_LETTERS = 8
#: Letters of a word that is split, at most.
MAX_SPLIT_LETTERS = 40

_FIGURE_BORDER = re.compile(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])")
_ONSET = frozenset(onset for onset in ONSETS if onset)


def find(typed: Typed, known: Known) -> Iterator[Span]:
    """The words of a query that may be written together or apart."""
    at = 0
    while at < len(typed.tokens):
        found = _spaced(typed, at) or _together(typed, known, at) or _apart(typed, known, at)
        if found:
            at, span = found
            yield span
        else:
            at += 1


def _together(typed: Typed, known: Known, at: int) -> tuple[int, Span] | None:
    """Neighbours that the collection or the table of synonyms writes as one word."""
    for size in range(MAX_JOINED, 1, -1):
        end = at + size
        if end > len(typed.tokens) or not all(_touches(typed, n) for n in range(at + 1, end)):
            continue
        words = typed.words[at:end]
        joined = "".join(words)
        if len(joined) < MIN_LETTERS or joined.isdigit() or is_skeleton(joined) or _is_common(typed, known, at, end):
            continue
        (*_, term) = form_of(joined) or (Term("", ""),)
        others = _synonyms((joined,))
        if len(form_of(joined)) == 1 and (known.knows(term) or others):
            return end, _span(typed, at, end, [joined, *others], joined)
    return None


def _touches(typed: Typed, at: int) -> bool:
    return typed.gap(at) in (" ", "-")


def _is_common(typed: Typed, known: Known, start: int, end: int) -> bool:
    """Whether the words stand beside each other in the collection as words of the language."""
    words = [word.lower() for word in typed.words[start:end]]
    return all(is_syllable(word) for word in words) and all(
        known.pair_counts([first], [second]) for first, second in pairwise(words)
    )


def _apart(typed: Typed, known: Known, at: int) -> tuple[int, Span] | None:
    """One word that is several: letters and figures, or syllables without their spaces."""
    word, token = typed.words[at], typed.tokens[at]
    parts = _FIGURE_BORDER.split(word)
    if len(parts) > 1:
        letters = max(parts, key=lambda part: (not part.isdigit(), len(part)))
        if len(parts) > 2 or len(letters) < 2 or (is_syllable(letters.lower()) and len(letters) < MIN_LETTERS):
            return None
        others = _synonyms(tuple(parts))
        if others or all(known.knows(term) for term in form_of(" ".join(parts))):
            return at + 1, _span(typed, at, at + 1, [" ".join(parts), *others], " ".join(parts))
        return None
    if not MIN_LETTERS <= len(word) <= MAX_SPLIT_LETTERS or is_skeleton(token.folded) or _is_known(known, word):
        return None
    if word.isupper() and len(word) < MIN_SHOUTED_LETTERS:
        return None
    written = [text for way in _syllables(word.lower()) if (text := _with_accents(way)) and _stands(known, text, token)]
    more = [other for text in written for other in _synonyms(tuple(text.split()))]
    return (at + 1, _span(typed, at, at + 1, [*written, *more], written[0])) if written else None


def _stands(known: Known, text: str, token: Token) -> bool:
    """Whether the syllables into which a word is split are meant: it has accents, so that they are no chance, or they stand
    side by side in the collection."""
    words = text.split()
    beside = all(known.pair_counts([first], [second]) for first, second in pairwise(words))
    spellings = default_language_model().spellings
    return beside or (token.has_accents and all(len(word) > 1 and word in spellings(fold(word)) for word in words))


def _is_known(known: Known, word: str) -> bool:
    return all(known.knows(term) for term in form_of(word)) or bool(_synonyms((word,)))


@lru_cache(maxsize=1024)
def _with_accents(way: tuple[str, ...]) -> str:
    """The syllables with the accents that they lack, where they have none."""
    text = " ".join(way)
    if any(term.has_accents for term in form_of(text)):
        return text
    repaired = repair(text, assume="unaccented").text
    return repaired if len(repaired.split()) == len(way) else text


@lru_cache(maxsize=1024)
def _syllables(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to cut a word into the fewest syllables."""
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 7), end):
            if ways[start] and (is_syllable(word[start:end]) or _is_plain_syllable(word[start:end])):
                ways[end] += [(*way, word[start:end]) for way in ways[start]]
        fewest = min(map(len, ways[end]), default=0)
        ways[end] = [way for way in ways[end] if len(way) <= fewest + 1][:32]
    whole = [way for way in ways[-1] if 1 < len(way) <= MAX_SYLLABLES]
    fewest = min(map(len, whole), default=0)
    return tuple(way for way in whole if len(way) == fewest)


def _is_plain_syllable(piece: str) -> bool:
    return piece.isascii() and is_skeleton(piece) and len(piece) > 1


def _spaced(typed: Typed, at: int) -> tuple[int, Span] | None:
    """Syllables with spaces inside them ("đ iển h ình"): consonants, then the rest of the syllable."""
    end, words = at, []
    joins = 0
    while end + 1 < len(typed.tokens) and typed.is_beside(end + 1):
        first, second = typed.words[end], typed.words[end + 1]
        if first.lower() not in _ONSET or not (second.islower() and is_syllable(first.lower() + second)):
            break
        if first.isupper() and len(first) > 1:
            break
        words.append(first + second)
        joins += 1
        end += 2
    if not joins or not typed.is_free(typed.tokens[at].start, typed.tokens[end - 1].end):
        return None
    text = " ".join(words)
    return end, _span(typed, at, end, [text, *_synonyms(tuple(text.split()))], text)


@lru_cache(maxsize=1 << 12)
def _synonyms(words: tuple[str, ...]) -> tuple[str, ...]:
    """The other forms of words that the table has as a whole."""
    return tuple(" ".join(e.words) for e in find_expansions(words) if (e.start, e.end) == (0, len(words)))


def _span(typed: Typed, start: int, end: int, written: list[str], reading: str) -> Span:
    begin = typed.tokens[start].start
    begin -= begin > 0 and typed.text[begin - 1] == "#"
    forms = forms_of(typed.form(start, end), written)
    return Span("joined", begin, typed.tokens[end - 1].end, forms, reading)
