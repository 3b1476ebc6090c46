"""What a question asks for: a figure, a time, a person, a place, a reason; and which of its words say what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vitext import Token, fold, normalise, tokenise

Sought = Literal["count", "money", "percent", "duration", "length", "figure", "when", "who", "where", "why", "what"]
"""What answers a question.

`count`: a figure beside the noun that is counted ("mấy hộ"). `money`, `percent`, `duration`, `length`: a figure with such a
unit. `figure`: any figure. `when`: a date, a year, an hour. `who`: a name or an office. `where`: a place. `why`: a reason.
`what`: nothing whose form is known."""

#: The words that ask, by what they ask for. Several are found in any question without accents; a single one only with them:
#: "ai" and "may" without accents are other words as well.
_ASKING: dict[Sought, tuple[str, ...]] = {
    "percent": ("bao nhiêu phần trăm", "mấy phần trăm"),
    "duration": ("bao lâu",),
    "length": ("bao xa",),
    "money": ("bao nhiêu tiền", "bao nhiêu đồng"),
    "figure": ("bao nhiêu", "mấy"),
    "when": (
        "khi nào", "bao giờ", "lúc nào", "ngày nào", "tháng nào", "năm nào", "thời điểm nào", "hôm nào", "ngày mấy",
    ),
    "who": ("người nào", "đơn vị nào", "cơ quan nào", "tổ chức nào", "ai"),
    "where": ("ở đâu", "nơi nào", "chỗ nào", "địa phương nào", "đâu"),
    "why": ("vì sao", "tại sao", "do đâu", "lý do gì"),
    "what": ("như thế nào", "thế nào", "ra sao", "là gì", "gì", "nào"),
}  # fmt: skip
#: Words of a question that make "bao nhiêu" ask for money.
_MONEY = re.compile(r"\b(?:giá|giá bán|kinh phí|chi phí|tiền|vốn|doanh thu|lương|lãi|học phí|thù lao|đầu tư)\b")
#: Words of a question that only several sentences together answer: extremes among what they say.
_EXTREMES = re.compile(r"\b(?:tối đa|tối thiểu|(?:cao|thấp|lớn|nhỏ|nhiều|ít) nhất|lên đến|lên tới)\b")
#: Words that say nothing about what a question is about.
_EMPTY = frozenset({
    "là", "của", "có", "bị", "được", "thì", "mà", "và", "ở", "tại", "cho", "với", "trong", "từ", "đến", "theo", "những",
    "các", "một", "đã", "đang", "sẽ", "hết", "mất", "còn", "xuống", "lên", "ra", "vào", "này", "đó", "khi", "về", "như",
    "để", "do", "vì", "bởi", "nhờ", "cái", "chiếc", "con", "người", "việc", "hay", "hoặc", "cả", "rồi", "nữa", "trên",
    "dưới", "ngoài", "sau", "trước", "không", "phải", "lúc", "gồm", "bao", "nhiêu", "mấy", "lâu", "xa", "nào", "gì", "ai",
    "đâu", "sao", "thế", "giờ", "mỗi", "mới", "chỉ", "nơi", "bằng", "qua", "tới", "nhất", "cùng", "rằng", "xong", "thuộc",
})  # fmt: skip
#: Those among them that can be counted ("mấy người", "bao nhiêu chiếc").
_COUNTABLE = frozenset({"người", "con", "chiếc", "cái", "giờ", "việc", "nơi", "lúc"})
#: Syllables of a noun that are compared.
_NOUN_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `about` are its words that say what it is about, in order, and `counted` the accented keys of the noun
    whose number is asked for. `figures` are the figures that it names itself, which answer nothing."""

    sought: Sought
    about: tuple[Token, ...]
    counted: tuple[str, ...] = ()
    figures: frozenset[str] = frozenset()


def read_question(text: str) -> Question | None:
    """What the text asks for; None where it is no question.

    >>> question = read_question("Tổ hợp tác có mấy hộ trồng lúa?")
    >>> question.sought, question.counted, [token.accented for token in question.about]
    ('count', ('hộ', 'trồng'), ['tổ', 'hợp', 'tác', 'hộ', 'trồng', 'lúa'])
    >>> read_question("kho lanh dien mat troi hoan von trong bao lau").sought
    'duration'
    >>> read_question("mô hình trồng lúa hữu cơ") is None
    True
    """
    text = normalise(text)
    if _EXTREMES.search(text.lower()):
        return None
    tokens = tokenise(text)
    # In capitals a short word is an abbreviation: "AI".
    words = [word if word.isupper() else word.lower() for word in (text[token.start : token.end] for token in tokens)]
    plain = not any(token.has_accents for token in tokens)
    found = _find_asking(words, plain)
    if found is None and not text.rstrip().endswith("?"):
        return None
    sought, start, end = found or ("what", len(words), len(words))
    counted: tuple[str, ...] = ()
    if sought == "figure":
        counted = _counted_noun(tokens[end:], words[end:])
        if counted:
            sought = "count"
        elif _MONEY.search(" ".join(words)):
            sought = "money"
    skipped = range(start, end)
    about = tuple(
        token for at, (token, word) in enumerate(zip(tokens, words, strict=True)) if at not in skipped and word not in _EMPTY
    )
    figures = frozenset(word for word in words if word.isdigit())
    return Question(sought, about, counted, figures) if about else None


def _find_asking(words: list[str], plain: bool) -> tuple[Sought, int, int] | None:
    """What the words ask for, and which of them ask. `plain`: none of them is typed with accents."""
    present = set(words)
    for sought, phrases in _ASKING.items():
        for phrase in phrases:
            parts = phrase.split()
            wanted = [fold(part) for part in parts] if plain and len(parts) > 1 else parts
            if not present.issuperset(wanted):
                continue
            for start in range(len(words) - len(parts) + 1):
                if words[start : start + len(parts)] == wanted:
                    return sought, start, start + len(parts)
    return None


def _counted_noun(tokens: Sequence[Token], words: Sequence[str]) -> tuple[str, ...]:
    """The noun that follows "bao nhiêu", as accented keys; () where none does."""
    if not words or (words[0] in _EMPTY and words[0] not in _COUNTABLE):
        return ()
    length = 1 if len(words) > 1 and words[1] in _EMPTY else _NOUN_LENGTH
    return tuple(token.accented for token in tokens[:length])
