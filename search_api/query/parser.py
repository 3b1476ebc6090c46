"""Parse what a visitor typed: words, "phrases", -exclusions, OR, and field:value.

No input is an error. Whatever is not syntax is text; an unknown field or value is searched as text, and a notice says so.
Parsing never touches an index: the caller passes in the values that open facets have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from kb import facets
from kb.papers import places, vocabulary
from kb.papers.numbers import DocumentNumber, parse_number
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from vitext import fold, fold_with_offsets, tokenise

#: Characters of a query; the rest is cut, and a notice says so. MAX_WORDS words have about 260 characters, and every link of
#: a page of results repeats the query.
MAX_CHARACTERS = 400
#: Words of a query that are searched, counted from its beginning.
MAX_WORDS = 48
#: Years that a range may span.
MAX_YEARS = 200
#: Words that the value of a field may have when it is not quoted.
MAX_VALUE_WORDS = 12

Values = Callable[[str], Sequence[str]]
"""The values that a facet has in the collection. It is called for open facets, whose values no table lists."""

#: The code of the field that asks for a document by its number ("số:238/KH-UBND"). It is no facet.
NUMBER = "number"
#: The names of that field in a query.
NUMBER_NAMES = ("số", "số hiệu", "số ký hiệu")
#: A quoted phrase or a word, with a minus sign before it if it is excluded.
_PIECE = re.compile(r'(?P<minus>(?:(?<=\s)|\A)-)?(?P<open>["“”«])(?P<phrase>[^"“”«»]*)["“”»]|(?P<word>\S+)')
#: An excluded phrase, or a quotation mark.
_QUOTES = re.compile(r'((?:(?<=\s)|\A)-["“”«][^"“”«»]*["”»])|["“”«»]')
#: What stands between alternatives.
_ALTERNATIVE = re.compile(r"(?:\s|\A)(?:OR|HOẶC)(?=\s|\Z)")
#: Control and invisible formatting characters, surrogates and private use: they mean nothing in a query.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    `text` is the cleaned query as the answer repeats it. `variants` are the alternatives between OR. `free` are the terms of
    the plain words, in order, and `free_words` the same words as typed: only these may be respelt, and only these are
    embedded. `words` are all words to search, quoted or not, as typed. `number` is set where the whole query is one document
    number. `problems` are sentences for the visitor.
    """

    text: str
    variants: tuple[Variant, ...] = ()
    excluded: tuple[Clause, ...] = ()
    constraints: tuple[Filters, ...] = ()
    free: tuple[Term, ...] = ()
    free_words: tuple[str, ...] = ()
    number: DocumentNumber | None = None
    shortened: bool = False
    problems: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def text_query(self) -> TextQuery:
        """The query as typed, with its exclusions and constraints, in the form that an index takes."""
        return TextQuery(self.variants, self.excluded, None, self.constraints)

    @property
    def free_text(self) -> str:
        """The plain words as one text, which is embedded."""
        return " ".join(self.free_words)

    @property
    def whole_text(self) -> str:
        """All words to search as one text, quoted or not."""
        return " ".join(term.accented for term in self.terms)

    @property
    def literal(self) -> bool:
        """Whether some of it is quoted. Nothing is guessed then."""
        return any(clause.literal for variant in self.variants for clause in variant.clauses)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every different term to search, in order."""
        return tuple(dict.fromkeys(t for v in self.variants for c in v.clauses for t in c.terms))


def field_names() -> dict[str, str]:
    """The names that may stand before a colon (folded) -> the code of the facet, or NUMBER.

    >>> field_names()["dia ban"], field_names()["so hieu"]
    ('place', 'number')
    """
    return {fold(name): NUMBER for name in NUMBER_NAMES} | {name: facet.code for name, facet in facets.by_name().items()}


@lru_cache(maxsize=2)
def _field_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """The name of a field with its colon, at the beginning of a word of folded text."""
    either = "|".join(sorted((name.replace(" ", r"\s+") for name in names), key=len, reverse=True))
    return re.compile(rf"(?:(?<=\s)|\A)({either})\s?:\s*", re.ASCII)


def clean(text: str) -> tuple[str, bool]:
    """The query without invisible characters and double spaces, cut to MAX_CHARACTERS; and whether it was cut."""
    # A first cut comes before the cleaning, because cleaning a megabyte of spaces takes too long.
    visible = " ".join(_INVISIBLE.sub(" ", text[: 4 * MAX_CHARACTERS]).split())
    cut = len(text) > 4 * MAX_CHARACTERS or len(visible) > MAX_CHARACTERS
    return visible[:MAX_CHARACTERS].strip(), cut


def parse_query(typed: str, values: Values = lambda facet: ()) -> Query:
    """Parse a query.

    >>> query = parse_query('"mô hình" lúa -rươi năm:2024')
    >>> query.words, query.free_words
    (('mô', 'hình', 'lúa'), ('lúa',))
    >>> [c.literal for c in query.variants[0].clauses], query.excluded[0].terms[0].folded, query.constraints[0].facets
    ([True, False], 'ruoi', {'year': ('2024',)})
    """
    text, shortened = clean(typed)
    number = parse_number(text)
    if number:
        clause = Clause(_terms(number.text), literal=True)
        return Query(text, (Variant((clause,)),), number=number, shortened=shortened)
    rest, constraints, problems = _take_fields(text, values)
    state = _Words()
    for side in _ALTERNATIVE.split(rest):
        state.next_side()
        for piece in _PIECE.finditer(side):
            state.take(piece)
    return Query(
        text,
        state.variants(),
        tuple(state.excluded),
        tuple(constraints),
        tuple(state.free),
        tuple(state.free_words),
        None,
        shortened or state.full,
        tuple(problems),
        tuple(state.words),
    )


def unquote(text: str) -> str:
    """The query without its quotation marks; excluded phrases keep theirs.

    >>> unquote('"mô hình" lúa -"thi đua"')
    ' mô hình  lúa -"thi đua"'
    """
    return _QUOTES.sub(lambda match: match[1] or " ", text)


def plain_variant(terms: Sequence[Term], *, repaired: bool = False) -> Variant:
    """A variant of plain words."""
    return Variant(tuple(Clause((term,)) for term in terms), repaired=repaired)


def any_word(text: str) -> str:
    """The query that asks for any of the words; "" where there are fewer than two.

    >>> any_word("mô hình lúa")
    'mô OR hình OR lúa'
    """
    words = text.split()
    return " OR ".join(words) if len(words) > 1 else ""


@dataclass(slots=True)
class _Words:
    """Collects the clauses of a query; it stops at MAX_WORDS terms."""

    sides: list[list[Clause]] = field(default_factory=list)
    excluded: list[Clause] = field(default_factory=list)
    free: list[Term] = field(default_factory=list)
    free_words: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    count: int = 0
    full: bool = False

    def next_side(self) -> None:
        self.sides.append([])

    def take(self, piece: re.Match[str]) -> None:
        phrase, word = piece["phrase"], piece["word"]
        if phrase is not None:
            tokens = tokenise(phrase)
            terms = self._room(tuple(Term(token.folded, token.accented) for token in tokens))
            if terms:
                (self.excluded if piece["minus"] else self.sides[-1]).append(Clause(terms, literal=True))
            if not piece["minus"]:
                self.words.extend(phrase[token.start : token.end] for token in tokens[: len(terms)])
            return
        # "Su -30" is a name: an excluded word begins with a letter, or stands in quotes.
        excludes = len(word) > 1 and word[0] == "-" and word[1].isalpha()
        tokens = tokenise(word)
        terms = self._room(tuple(Term(token.folded, token.accented) for token in tokens))
        if excludes and terms:
            self.excluded.append(Clause(terms, literal=len(terms) > 1))
            return
        self.sides[-1].extend(Clause((term,)) for term in terms)
        self.free.extend(terms)
        typed = [word[token.start : token.end] for token in tokens[: len(terms)]]
        self.free_words.extend(typed)
        self.words.extend(typed)

    def _room(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        left = MAX_WORDS - self.count
        self.full |= len(terms) > left
        self.count += min(left, len(terms))
        return terms[:left]

    def variants(self) -> tuple[Variant, ...]:
        return tuple(dict.fromkeys(Variant(tuple(side)) for side in self.sides if side))


def _terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for token in tokenise(text))


def _take_fields(text: str, values: Values) -> tuple[str, list[Filters], list[str]]:
    """Take every `field:value` out of the text: (the rest, constraints, problems)."""
    constraints: list[Filters] = []
    problems: list[str] = []
    names = field_names()
    pattern = _field_pattern(tuple(names))
    while True:
        folded = fold_with_offsets(text)
        for match in pattern.finditer(folded.text):
            start, begin = folded.span(match.start(1), match.end())
            found = _take_value(names[" ".join(match[1].split())], text[begin:], values)
            if found:
                constraint, length = found
                constraints.append(constraint)
                text = f"{text[:start]} {text[begin + length :]}"
                break
            problem = f"Không hiểu “{text[start:begin].strip()}{' '.join(text[begin:].split()[:1])}”, đã tìm như chữ thường."
            if problem not in problems:
                problems.append(problem)
        else:
            return text, constraints, problems


def _take_value(code: str, rest: str, values: Values) -> tuple[Filters, int] | None:
    """The value at the beginning of `rest` as a constraint, and its length in characters."""
    quoted = re.match(r'["“«]([^"“”«»]*)["”»]', rest)
    if quoted:
        found = _match_value(code, quoted[1], values)
        return (found, quoted.end()) if found else None
    words = list(re.finditer(r"\S+", rest))[:MAX_VALUE_WORDS]
    for last in reversed(words):
        found = _match_value(code, rest[: last.end()], values)
        if found:
            return found, last.end()
    return None


def _match_value(code: str, value: str, values: Values) -> Filters | None:
    if code == NUMBER:
        number = parse_number(value)
        return Filters(numbers=(number.key,)) if number else None
    facet = facets.by_code(code)
    wanted = " ".join(fold(value).split())
    if facet.values == "years":
        found = _match_years(wanted)
    elif facet.is_open:
        found = _match_name(facet, value, values(code)) if wanted else ()
    else:
        found = _table(code).get(wanted, ())
    return Filters({code: found}) if found else None


def _match_name(facet: facets.Facet, value: str, known: Sequence[str]) -> tuple[str, ...]:
    """Every value of an open facet that has the words ("địa bàn:vĩnh bảo" means every such commune or district)."""
    words = f" {_words_of(value)} "
    matching = tuple(v for v in known if words in f" {_words_of(v)} ")
    return _related_places(value, known) if facet.values == "places" and not matching else matching


def _words_of(value: str) -> str:
    return " ".join(fold(value).replace(",", " ").split())


def _related_places(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """The places of the collection that succeeded a former unit of that name, or that preceded one of today."""
    related = {
        part.place.name
        for place in places.candidates(name)
        for part in (places.successors(place) if place.former else places.predecessors(place))
    }
    return tuple(value for value in known if value in related)


def _match_years(wanted: str) -> tuple[str, ...]:
    """One year, or a range ("2023-2025") of at most MAX_YEARS, in either order."""
    years = re.fullmatch(r"([0-9]{4})(?: ?[-–] ?([0-9]{4}))?", wanted)
    if not years:
        return ()
    first, last = sorted((int(years[1]), int(years[2] or years[1])))
    return tuple(f"{year:04d}" for year in range(first, last + 1)) if last - first < MAX_YEARS else ()


@lru_cache(maxsize=16)
def _table(facet: str) -> dict[str, tuple[str]]:
    """Folded label or code -> the code, for a facet whose values a table lists."""
    codes = vocabulary.codes(facet)
    return {code: (code,) for code in codes} | {" ".join(fold(vocabulary.label(facet, c)).split()): (c,) for c in codes}
