"""The sections of a practice record (Vấn đề đặt ra, Cách làm, Kết quả ...) by their headings, clean or damaged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from kb.papers import vocabulary
from kb.papers.document_types import near
from vitext import fold

#: Letters of a heading from which one of them may be wrong.
MIN_NEAR = 7
#: Characters of a line that can be a heading.
MAX_HEADING = 60

_COUNT = re.compile(r"(?:[ivx]+|\d{1,2}|[a-h])\s*[.)/-]\s*")
#: Other headings that records use.
_OTHERS = {
    "bối cảnh": "problem", "lý do": "problem", "cách thực hiện": "steps", "các bước thực hiện": "steps",
    "giải pháp": "steps", "kết quả đạt được": "results", "hiệu quả": "results", "chi phí": "cost", "nguồn lực": "cost",
    "kinh phí": "cost", "khả năng nhân rộng": "conditions", "đầu mối": "contact",
}  # fmt: skip


@lru_cache(maxsize=1)
def _headings() -> Mapping[str, str]:
    names = {_letters(vocabulary.label("section", code)): code for code in vocabulary.codes("section")}
    return {_letters(name): code for name, code in _OTHERS.items()} | names


def _letters(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def section_of(heading: str) -> str:
    """The code of the section that a heading opens, "" for any other heading; accents and case do not matter.

    >>> section_of("Vấn đề đặt ra"), section_of("II. KẾT QUẢ:"), section_of("Kế hoạch")
    ('problem', 'results', '')
    """
    folded = fold(heading).strip()
    if len(folded) > MAX_HEADING:
        return ""
    return _headings().get(_letters(_COUNT.sub("", folded, count=1) if _COUNT.match(folded) else folded), "")


def section_of_damaged(line: str) -> str:
    """The code of the section that a line opens which a recogniser read: one letter may be wrong.

    >>> section_of_damaged("Dau mi lién hé"), section_of_damaged("Diéu kién nhan réng"), section_of_damaged("Cách nấu")
    ('contact', 'conditions', '')
    """
    found = section_of(line)
    letters = _letters(_COUNT.sub("", fold(line).strip(), count=1)) if len(line) <= MAX_HEADING else ""
    if found or len(letters) < MIN_NEAR - 1:
        return found
    close = {code for name, code in _headings().items() if len(name) >= MIN_NEAR and near(letters, name)}
    return close.pop() if len(close) == 1 else ""
