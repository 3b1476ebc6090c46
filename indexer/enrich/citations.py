"""Find the papers that a text names, their dates, and the relation of the text to them.

The words that open a clause, or that stand directly before the named paper, say the relations `basis` (Căn cứ) and
`implements` (Thực hiện, Triển khai). A list with ";" keeps the relation of its first line. Every other relation is
`mentions` (theo, tại, của ...).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from kb.item import Citation, Relation
from kb.papers.document_types import document_types, near, type_of_symbol
from kb.papers.numbers import NumberSpan, find_dates, find_numbers
from vitext import Folded, fold, fold_with_offsets

#: The lowest confidence of a number that is a citation.
MIN_CONFIDENCE = 0.6
#: Blocks after which a paper's preamble is over even if no section begins.
PREAMBLE_BLOCKS = 60
#: Folded characters before a number in which the name of its type and the words of its relation are looked for.
LOOK_BEHIND = 80
#: Characters after a number in which its date is looked for.
LOOK_AHEAD = 60
#: Document numbers that are looked at in one text, from its beginning; ten times as many as any paper of the law has.
MAX_NUMBERS = 4000
#: Clauses of a block that are looked at, from its beginning; later ones have the relation of the last of them.
MAX_CLAUSES = 20_000
#: Characters below which a block may be the heading of a section.
MAX_HEADING_LENGTH = 80

# Folded, with the forms that recognisers make of them: "Thyc hién", "thue hién", "Can cur", "Cin cr". They do not match
# "thể hiện" and "cần có".
_BASIS = r"c[ai]n\s+c(?:u|ur|r|tr|ir|ut|uu|w|ir)"
_IMPLEMENTS = r"(?:tr[il1]\w{1,3}n\s+kh\w{1,2}|th[uywvi]\w{0,2}[ceo]\s+h[il1]\w{1,3}|thi\s+hanh)"
_VERB = rf"(?:(?P<basis>{_BASIS})|(?P<implements>{_IMPLEMENTS}(?:\s+{_IMPLEMENTS})?)|(?P<mentions>theo))\b"
_OPENER = re.compile(rf"\W{{0,40}}(?:(?:de|nham|nham\s+de|tiep\s+tuc|va)\s+)?{_VERB}")
_DIRECT = re.compile(rf"\b{_VERB}(?:\s+(?:noi\s+dung|tinh\s+than|cac|tot|nghiem|hieu\s+qua|co\s+hieu\s+qua)){{0,2}}\s*\W?$")
_CLAUSE = re.compile(r"(?P<stop>[.!?…])[\"”)]*\s+|;\s*|\n\s{0,40}[-–+•]\s*")
_SHORTENED = re.compile(r"\b(?:tp|tt|ts|tx|kt|tm|q|h|p|gs|pgs)$")
#: Characters before a full stop in which an abbreviation is looked for.
LONGEST_SHORTENED = 8
_SECTION = re.compile(r"\s*(?:[ivx1]{1,4}|[1-9])\s*[.:)]\s|\s*(?:dieu|muc|phan|chuong)\s+(?:[i1]|thu\s+nhat)\b")
_SECTION_OF_BASIS = re.compile(rf"\s*(?:[ivx1]{{1,4}}|[1-9])\s*[.:)]\s*(?:cac\s+)?{_BASIS}\b")
_SAYS_NUMBER = re.compile(r"\bs[o06]\s*[:.]?\s*$")
_WORD = re.compile(r"[^\s(),;:\"“”.]+")
_BEFORE_DATE = re.compile(r"[\s,(]*(?:(?:ky|ban\s+hanh)\s+)?")


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    relation: Relation | None


def find_citations(texts: Sequence[str], own_key: str, *, official: bool) -> list[Citation]:
    """The papers named in the blocks `texts`, each once, in order; `block`/`start`/`end` refer to `texts`.

    In an `official` paper only the preamble says which papers are its basis and which it implements: a task named later
    ("thực hiện Nghị quyết ...") is not a relation between papers. `own_key` is the key of the paper's own number, which it
    does not cite.

    >>> find_citations(["Thực hiện Kế hoạch số 238/KH-UBND ngày 18/10/2024 của UBND"], "", official=True)[0].relation
    'implements'
    """
    return read_citations(texts, own_key, official=official)[0]


def read_citations(texts: Sequence[str], own_key: str, *, official: bool) -> tuple[list[Citation], bool]:
    """As `find_citations`, and whether the texts may name more papers: no more than MAX_NUMBERS numbers are looked at."""
    found: dict[str, Citation] = {}
    count = 0
    for citation in _named(texts, official):
        count += 1
        key = citation.number.key
        first = found.get(key)
        if key == own_key:
            continue
        if first is None:
            found[key] = citation
            continue
        relation = citation.relation if first.relation == "mentions" else first.relation
        found[key] = replace(first, relation=relation, date=first.date or citation.date)
    return list(found.values()), count >= MAX_NUMBERS


def _named(texts: Sequence[str], official: bool) -> Iterator[Citation]:
    """The citation of every number in the texts, in order."""
    carried: Relation | None = None
    in_section: Relation | None = None
    preamble = True
    left = MAX_NUMBERS
    for index, text in enumerate(texts):
        folded = fold_with_offsets(text)
        if _SECTION.match(folded.text):
            preamble = not official
            in_section = "basis" if _SECTION_OF_BASIS.match(folded.text) and len(text) < MAX_HEADING_LENGTH else None
        preamble = preamble and (not official or index < PREAMBLE_BLOCKS)
        clauses = _clauses(folded, carried or in_section) if preamble or in_section else [_Clause(0, None)]
        starts = [clause.start for clause in clauses]
        for span in find_numbers(text) if left else ():
            if span.confidence >= MIN_CONFIDENCE and left:
                left -= 1
                start = _phrase_start(folded, _folded_place(folded, span.start))
                clause = clauses[bisect_right(starts, start) - 1]
                yield replace(_cite(folded, span, start, clause, direct=preamble), block=index)
        # "Căn cứ:" or a paragraph that ends with ";" passes its relation to the next block.
        carried = clauses[-1].relation if text.rstrip()[-1:] in (";", ":", ",") else None


def _clauses(folded: Folded, carried: Relation | None) -> list[_Clause]:
    """The clauses: where each begins, and the relation that its words say."""
    clauses = [_Clause(0, _opening(folded.text, 0) or carried)]
    for match in islice(_CLAUSE.finditer(folded.text), MAX_CLAUSES):
        relation = clauses[-1].relation
        if match["stop"]:
            at = folded.span(match.end(), match.end())[0]
            before = folded.text[max(0, match.start() - LONGEST_SHORTENED) : match.start()]
            if not folded.original[at : at + 1].isupper() or _SHORTENED.search(before):
                continue
            relation = None
        clauses.append(_Clause(match.end(), _opening(folded.text, match.end()) or relation))
    return clauses


def _opening(text: str, start: int) -> Relation | None:
    match = _OPENER.match(text, start)
    return _relation(match) if match else None


def _relation(match: re.Match[str]) -> Relation:
    return "basis" if match["basis"] else "implements" if match["implements"] else "mentions"


def _folded_place(folded: Folded, at: int) -> int:
    """Where character `at` of the original stands in the folded text."""
    return at if folded.starts is None else bisect_left(folded.starts, at)


def _cite(folded: Folded, span: NumberSpan, start: int, clause: _Clause, *, direct: bool) -> Citation:
    """The citation of one number, whose phrase begins at `start` of the folded text and stands in `clause`.

    Its text is the phrase as printed, from the type's name to the date.
    """
    text = folded.original
    said = _DIRECT.search(folded.text[max(0, start - LOOK_BEHIND) : start]) if direct else None
    relation = _relation(said) if said else clause.relation or "mentions"
    date, end = None, span.end
    near_dates = find_dates(text[span.end : span.end + LOOK_AHEAD])
    if near_dates and _BEFORE_DATE.fullmatch(fold(text[span.end : span.end + near_dates[0].start])):
        date, end = near_dates[0].date, span.end + near_dates[0].end
    end_before = _folded_place(folded, span.start)
    begin = folded.span(start, end_before)[0] if start < end_before else span.start
    return Citation(span.number, relation, " ".join(text[begin:end].split()), date, start=begin, end=end)


def _phrase_start(folded: Folded, number: int) -> int:
    """Where the phrase begins in the folded text before a number at `number`: at the name of the type, otherwise at "số"."""
    says = _SAYS_NUMBER.search(folded.text, max(0, number - LOOK_BEHIND), number)
    end = says.start() if says else number
    words = list(_WORD.finditer(folded.text, max(0, end - LOOK_BEHIND), end))
    # Up to two words may stand between the type and "số" ("Chương trình công tác số ...").
    for between in range(3):
        last = len(words) - between
        phrases: dict[int, str] = {}
        for name, count in _type_names():
            if count > last:
                continue
            if count not in phrases:
                phrases[count] = " ".join(word[0] for word in words[last - count : last])
            phrase = phrases[count]
            if phrase == name or (len(name) > 5 and abs(len(phrase) - len(name)) < 2 and near(phrase, name)):
                return words[last - count].start()
    if words:
        symbol = folded.original[slice(*folded.span(*words[-1].span()))]
        if symbol.isupper() and type_of_symbol(symbol)[0]:
            return words[-1].start()
    return end


@lru_cache(maxsize=1)
def _type_names() -> tuple[tuple[str, int], ...]:
    """Folded names of the types with their numbers of words, the longest first."""
    names = {fold(name) for row in document_types() for name in row.names}
    return tuple((name, len(name.split())) for name in sorted(names, key=len, reverse=True))
