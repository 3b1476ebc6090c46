"""Function words ("của", "cho", "và"): they join the words of a query, and an item need not hold them."""

from __future__ import annotations

from collections.abc import Iterator

from search_api.query.spans.span import Span
from search_api.query.spans.typed import Typed

#: The words, each with the words before which it is part of another word ("cho vay", "nhà ở xã hội" is asked for whole).
PARTICLES: dict[str, frozenset[str]] = {
    word: frozenset(but.split())
    for word, but in {
        "của": "cải",
        "cho": "vay thuê ăn con mượn phép",
        "và": "",
        "với": "",
        "để": "dành lại",
        "là": "",
        "bằng": "khen cấp",
        "được": "",
        "tại": "sao chỗ nguồn nhà chức",
        "ở": "trọ rể",
        "cũ": "",
        "trong": "sạch nước nhà",
        "từ": "thiện trường chối",
        "bởi": "",
        "do": "thái",
        "mà": "",
        "thì": "",
    }.items()
}


def find(typed: Typed) -> Iterator[Span]:
    """The function words of a query with accents; without accents they are other words too ("cua", "la")."""
    for at, token in enumerate(typed.tokens if typed.accented else ()):
        after = typed.tokens[at + 1].accented if at + 1 < len(typed.tokens) else ""
        if token.accented in PARTICLES and after not in PARTICLES[token.accented]:
            yield Span("formal", token.start, token.end, (typed.form(at, at + 1),), "từ đệm", optional=True)
