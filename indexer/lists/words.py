"""The words by which lists are read, from `words.tsv`: headings of columns, sections, titles, totals, names of units.

All of them are compared folded, so that a list in capitals, without accents or with a damaged accent is read alike. Where a
heading agrees with its accents that decides first: "Nam" (a man) and "Năm" (a year) are one word without them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal

from kb.errors import TableError
from kb.papers import vocabulary
from vitext import compose, fold

#: The table.
TABLE = Path(__file__).parent / "words.tsv"
#: What the column of a list holds. Columns of `private` values (birth, telephone, identity card) are not copied into items;
#: a table with a column of `against` (signatures, pay, units of measurement) is no list of exemplars.
Role = Literal[
    "number", "person", "collective", "household", "subject", "work", "author", "post", "post_unit", "unit",
    "division", "place",
    "field", "achievement", "award", "earlier", "year", "decision", "kind", "object", "salutation", "status", "class",
    "note", "private", "against",
]  # fmt: skip
#: The columns whose cell names the subject of the row.
NAMES: tuple[Role, ...] = ("person", "collective", "household", "subject", "work")

_MORE = "…"
_SIGNS = re.compile(r"[^\w]+")
_PARENTHESIS = re.compile(r"\([^()]*\)")
#: Letters of a heading from which a damaged one is recognised by likeness, and how alike it must be.
_MIN_LETTERS = 7
_LIKENESS = 0.84
_GROUPS = frozenset(
    {
        "field",
        "heading",
        "household",
        "kind",
        "organisation",
        "salutation",
        "signature",
        "status",
        "subject",
        "title",
        "total",
    }
)


def plain(text: str) -> str:
    """The folded words of a text, without signs.

    >>> plain("Chức vụ,\\nĐơn vị công tác")
    'chuc vu don vi cong tac'
    """
    return _SIGNS.sub(" ", fold(text)).strip()


def accented(text: str) -> str:
    """The words of a text in small letters with their accents, without signs."""
    return _SIGNS.sub(" ", compose(text).lower()).strip()


def read_words(path: Path = TABLE) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Group -> code -> words. Raises TableError where the table is not sorted or has a group that is not known."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    last: tuple[str, ...] = ()
    for line, (group, code, words) in vocabulary.read_table(path, 3):
        if (group, code, words) <= last or group not in _GROUPS or not words:
            raise TableError(f"{path}:{line}: không đúng thứ tự, trùng, hoặc nhóm không có")
        last = (group, code, words)
        found[group][code].append(words)
    return {group: {code: tuple(words) for code, words in codes.items()} for group, codes in found.items()}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return read_words()


@lru_cache(maxsize=1)
def _headings() -> tuple[dict[str, tuple[Role, bool]], dict[str, tuple[Role, bool]]]:
    """Heading -> (role, whether other words may follow), by its accented and by its folded words."""
    with_accents: dict[str, tuple[Role, bool]] = {}
    folded: dict[str, tuple[Role, bool]] = {}
    for role, headings in _table()["heading"].items():
        for heading in headings:
            entry: tuple[Role, bool] = (role, heading.endswith(_MORE))  # type: ignore[assignment]
            with_accents[accented(heading)] = entry
            folded.setdefault(plain(heading), entry)
    return with_accents, folded


@lru_cache(maxsize=4096)
def role_of(heading: str, *, damaged: bool = False) -> Role | None:
    """What the column with a heading holds, None where no heading of the table is it. With `damaged` one that is almost as
    long and has almost the same letters is taken for it, which costs a thousand times as much.

    >>> role_of("HỌ VÀ TÊN (viết in hoa)"), role_of("Năm"), role_of("Xuất xứ")
    ('person', 'year', None)
    >>> role_of("Chirc vu, don vi cong tác"), role_of("Chirc vu, don vi cong tác", damaged=True)
    (None, 'post_unit')
    """
    for text in dict.fromkeys((heading, _PARENTHESIS.sub(" ", heading))):
        for table, words in zip(_headings(), (accented(text), plain(text)), strict=True):
            if role := _longest(table, words):
                return role
    letters = plain(_PARENTHESIS.sub(" ", heading)).replace(" ", "") if damaged else ""
    if len(letters) < _MIN_LETTERS:
        return None
    return next((_by_letters()[near] for near in get_close_matches(letters, _by_letters(), 1, _LIKENESS)), None)


def _longest(table: Mapping[str, tuple[Role, bool]], words: str) -> Role | None:
    """The role of the longest heading that these words are, or begin with where others may follow."""
    whole, end = words, len(words)
    while end > 0:
        role, more = table.get(whole[:end], (None, False))
        if role and (more or end == len(whole)):
            return role
        end = whole.rfind(" ", 0, end)
    return None


@lru_cache(maxsize=1)
def _by_letters() -> dict[str, Role]:
    return {heading.replace(" ", ""): role for heading, (role, _) in _headings()[1].items() if len(heading) >= _MIN_LETTERS}


@lru_cache(maxsize=32)
def _pattern(group: str, code: str) -> re.Pattern[str]:
    words = sorted(map(plain, _table()[group][code]), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def holds(group: str, code: str, text: str) -> bool:
    """Whether a text holds words of a code.

    >>> holds("title", "yes", "DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG"), holds("title", "yes", "Bảng lương tháng 5")
    (True, False)
    """
    return bool(_pattern(group, code).search(plain(text)))


@lru_cache(maxsize=4096)
def codes_in(group: str, text: str) -> tuple[str, ...]:
    """The codes whose words a text holds, in the order of the text.

    >>> codes_in("kind", "Danh sách điển hình, mô hình, cách làm hay")
    ('exemplar', 'new_model', 'practice')
    """
    words = plain(text)
    found = ((match.start(), code) for code in _table()[group] if (match := _pattern(group, code).search(words)))
    return tuple(code for _, code in sorted(found))


@lru_cache(maxsize=8)
def _starts(group: str) -> tuple[frozenset[str], int]:
    words = frozenset(map(accented, _table()[group]["starts"]))
    return words, max(word.count(" ") for word in words) + 1


@lru_cache(maxsize=8192)
def starts_as(group: str, text: str) -> int:
    """How many words of a text are, with their accents, the beginning of a group (a unit, a household, Ông/Bà); 0 for none.

    >>> starts_as("organisation", "Trường THCS An Dương"), starts_as("organisation", "Trương Văn An")
    (1, 0)
    """
    known, longest = _starts(group)
    words = accented(text).split()
    return next((count for count in range(min(longest, len(words)), 0, -1) if " ".join(words[:count]) in known), 0)
