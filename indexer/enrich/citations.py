"""Find the papers that a text names, their dates, and the relation of the text to them.

The words that open a clause, or that stand directly before the named paper, say the relations `basis` (Căn cứ) and
`implements` (Thực hiện, Triển khai). A list with ";" keeps the relation of its first line. Every other relation is
`mentions` (theo, tại, của ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

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
#: Characters below which a block may be the heading of a section.
MAX_HEADING_LENGTH = 80

# Folded, with the forms that recognisers make of them: "Thyc hién", "thue hién", "Can cur", "Cin cr". They do not match
# "thể hiện" and "cần có".
_BASIS = r"c[ai]n\s+c(?:u|ur|r|tr|ir|ut|uu|w|ir)"
_IMPLEMENTS = r"(?:tr[il1]\w{1,3}n\s+kh\w{1,2}|th[uywvi]\w{0,2}[ceo]\s+h[il1]\w{1,3}|thi\s+hanh)"
_VERB = rf"(?:(?P<basis>{_BASIS})|(?P<implements>{_IMPLEMENTS}(?:\s+{_IMPLEMENTS})?)|(?P<mentions>theo))\b"
_OPENER = re.compile(rf"\W*(?:(?:de|nham|nham\s+de|tiep\s+tuc|va)\s+)?{_VERB}")
_DIRECT = re.compile(rf"\b{_VERB}(?:\s+(?:noi\s+dung|tinh\s+than|cac|tot|nghiem|hieu\s+qua|co\s+hieu\s+qua)){{0,2}}\s*\W?$")
_CLAUSE = re.compile(r"(?P<stop>[.!?…])[\"”)]*\s+|;\s*|\n\s*[-–+•]\s*")
_SHORTENED = re.compile(r"\b(?:tp|tt|ts|tx|kt|tm|q|h|p|gs|pgs)$")
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
    found: dict[str, Citation] = {}
    for citation in _named(texts, official):
        key = citation.number.key
        first = found.get(key)
        if key == own_key:
            continue
        if first is None:
            found[key] = citation
            continue
        relation = citation.relation if first.relation == "mentions" else first.relation
        found[key] = replace(first, relation=relation, date=first.date or citation.date)
    return list(found.values())


def _named(texts: Sequence[str], official: bool) -> Iterator[Citation]:
    """The citation of every number in the texts, in order."""
    carried: Relation | None = None
    in_section: Relation | None = None
    preamble = True
    for index, text in enumerate(texts):
        folded = fold_with_offsets(text)
        if _SECTION.match(folded.text):
            preamble = not official
            in_section = "basis" if _SECTION_OF_BASIS.match(folded.text) and len(text) < MAX_HEADING_LENGTH else None
        preamble = preamble and (not official or index < PREAMBLE_BLOCKS)
        clauses = _clauses(folded, carried or in_section) if preamble or in_section else [_Clause(0, None)]
        for span in find_numbers(text):
            if span.confidence >= MIN_CONFIDENCE:
                citation = _cite(folded, span, clauses, direct=preamble)
                yield replace(citation, block=index)
        # "Căn cứ:" or a paragraph that ends with ";" passes its relation to the next block.
        carried = clauses[-1].relation if text.rstrip()[-1:] in (";", ":", ",") else None


def _clauses(folded: Folded, carried: Relation | None) -> list[_Clause]:
    """The clauses: where each begins, and the relation that its words say."""
    clauses = [_Clause(0, _opening(folded.text, 0) or carried)]
    for match in _CLAUSE.finditer(folded.text):
        relation = clauses[-1].relation
        if match["stop"]:
            after = folded.original[folded.span(match.end(), match.end())[0] :][:1]
            if not after.isupper() or _SHORTENED.search(folded.text[: match.start()]):
                continue
            relation = None
        clauses.append(_Clause(match.end(), _opening(folded.text, match.end()) or relation))
    return clauses


def _opening(text: str, start: int) -> Relation | None:
    match = _OPENER.match(text, start)
    return _relation(match) if match else None


def _relation(match: re.Match[str]) -> Relation:
    return "basis" if match["basis"] else "implements" if match["implements"] else "mentions"


def _cite(folded: Folded, span: NumberSpan, clauses: Sequence[_Clause], *, direct: bool) -> Citation:
    """The citation of one number. Its text is the phrase as printed, from the type's name to the date."""
    text = folded.original
    before = fold(text[: span.start])
    start = _phrase_start(before, text[: span.start])
    said = _DIRECT.search(before[max(0, start - LOOK_BEHIND) : start]) if direct else None
    relation = _relation(said) if said else [c.relation for c in clauses if c.start <= start][-1] or "mentions"
    date, end = None, span.end
    near_dates = find_dates(text[span.end : span.end + LOOK_AHEAD])
    if near_dates and _BEFORE_DATE.fullmatch(fold(text[span.end : span.end + near_dates[0].start])):
        date, end = near_dates[0].date, span.end + near_dates[0].end
    begin = folded.span(start, len(before))[0] if start < len(before) else span.start
    return Citation(span.number, relation, " ".join(text[begin:end].split()), date, start=begin, end=end)


def _phrase_start(before: str, printed: str) -> int:
    """Where the phrase begins in the folded text before a number: at the name of the type, otherwise at "số"."""
    says = _SAYS_NUMBER.search(before)
    end = says.start() if says else len(before)
    words = list(_WORD.finditer(before, max(0, end - LOOK_BEHIND), end))
    # Up to two words may stand between the type and "số" ("Chương trình công tác số ...").
    for between in range(3):
        last = len(words) - between
        for name in _type_names():
            first = last - len(name.split())
            if first < 0:
                continue
            phrase = " ".join(word[0] for word in words[first:last])
            if phrase == name or (len(name) > 5 and near(phrase, name)):
                return words[first].start()
    if words and len(printed) == len(before):
        symbol = printed[words[-1].start() : words[-1].end()]
        if symbol.isupper() and type_of_symbol(symbol)[0]:
            return words[-1].start()
    return says.start() if says else len(before)


@lru_cache(maxsize=1)
def _type_names() -> tuple[str, ...]:
    """Folded names of the types, the longest first."""
    names = {fold(name) for row in document_types() for name in row.names}
    return tuple(sorted(names, key=len, reverse=True))
