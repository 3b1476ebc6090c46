"""A title for a text that names none: its first heading, its first line where that stands apart, or its first sentence.

Lists, citations and suggestions show a title; the name of a file is none. The evidence tells which rule made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from kb.item import Block, Evidence
from kb.papers.document_types import document_types
from vitext import fold

#: What stands behind a sentence that was shortened.
ELLIPSIS = "…"
#: Characters of a heading or a first line that can be a title, and of a sentence that is shown as one.
MAX_LINE, MAX_SENTENCE = 220, 120
#: Blocks from the beginning in which a title is looked for.
MAX_BLOCKS = 30
#: How sure each rule is.
CONFIDENCE = {"first_heading": 0.8, "first_line": 0.7, "first_sentence": 0.6}

_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Lines of a letterhead, of a form, of a mail and of a page's own counting, without accents.
_NO_TITLE = re.compile(
    r".*cong hoa xa hoi chu nghia|.*doc lap\b.{0,9}tu do|dang cong san viet nam$|(?:so|no)\s*(?:[:.]|\d)|.*\bmau (?:so )?\d"
    r"|phu luc\b|(?:.{0,40},\s*)?ngay\b.{0,12}thang\b|trang \d|(?:tu|den|gui|ngay|nguoi gui|nguoi nhan)\s*:"
    r"|[\W_\d]*$|https?:"
)
#: The name of a body or a place, alone on its line.
_BODY = re.compile(
    r"(?:ubnd|uy ban|hoi dong|thanh pho|tinh|chinh phu|quoc hoi|bo|so|tong cuc|lien doan|lien minh)\b(?:\s+\w+){0,5}$"
)
_SENTENCE_END = re.compile(r"(?<=[^\W\d]{2}[.!?…])\s")
_NO_LINE_END = (".", ";", ",", "!")


def find_made_title(blocks: Sequence[Block], texts: Sequence[str], *, is_paper: bool = False) -> Evidence | None:
    """The evidence of a title, of the first rule that finds one; `texts` are the versions that rules work on.

    A paper (`is_paper`: its type or number is known) is named by these rather than by a sentence.

    >>> texts = ["Tổ thu gom rác làng Hạ", "Từ năm 2021 tổ đã có 12 thành viên. Họ đi mỗi sáng."]
    >>> found = find_made_title([Block(1, text) for text in texts], texts)
    >>> found.value, found.rule
    ('Tổ thu gom rác làng Hạ', 'first_line')
    """
    for at, block in enumerate(blocks[:MAX_BLOCKS]):
        for start, end in _lines(texts[at]):
            if block.role == "heading":
                return _evidence("first_heading", blocks, texts, at, start, end)
            if block.role == "table_row" and " | " in texts[at]:
                continue
            if _stands_apart(texts, at, start, end):
                return _evidence("first_line", blocks, texts, at, start, end)
            return None if is_paper else _first_sentence(blocks, texts, at, start)
    return None


@lru_cache(maxsize=1)
def _type_names() -> frozenset[str]:
    """The names of types of papers, which alone name no paper."""
    return frozenset(fold(name) for row in document_types() for name in row.names)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines of a text that could be a title."""
    for line in _LINE.finditer(text):
        shown = line[0].strip()
        folded = fold(shown)
        if folded in _type_names():
            continue
        if len(_WORD.findall(shown)) >= 2 and not _NO_TITLE.match(folded) and not _BODY.match(folded):
            start = line.start() + line[0].index(shown)
            yield start, start + len(shown)


def _stands_apart(texts: Sequence[str], at: int, start: int, end: int) -> bool:
    """Whether a line is not the beginning of its paragraph: the block ends with it, or it is no sentence and short."""
    line, behind = texts[at][start:end], texts[at][end:].strip()
    if len(line) > MAX_LINE or line.endswith(_NO_LINE_END):
        return False
    return (not behind and at + 1 < len(texts)) or (bool(behind) and (line.isupper() or behind[0].isupper()))


def _first_sentence(blocks: Sequence[Block], texts: Sequence[str], at: int, start: int) -> Evidence:
    text = texts[at]
    stop = _SENTENCE_END.search(text, start)
    end = stop.start() if stop else len(text.rstrip())
    if end - start > MAX_SENTENCE:
        end = max(text.rfind(" ", start, start + MAX_SENTENCE), text.rfind("\n", start, start + MAX_SENTENCE))
        end = end if end > start else start + MAX_SENTENCE
        return _evidence("first_sentence", blocks, texts, at, start, end, ELLIPSIS)
    return _evidence("first_sentence", blocks, texts, at, start, end)


def _evidence(
    rule: str, blocks: Sequence[Block], texts: Sequence[str], at: int, start: int, end: int, behind: str = ""
) -> Evidence:
    value = " ".join(texts[at][start : min(end, start + MAX_LINE)].split())
    return Evidence("title", value + behind, rule, CONFIDENCE[rule], blocks[at].page, at, start, min(end, start + MAX_LINE))
