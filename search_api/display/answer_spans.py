"""Find in a sentence what could answer a question: figures, dates, names, places, reasons."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search_api.query.questions import Question, Sought
from vitext import Token

_NUMERAL = "một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|mười|mươi|mốt|trăm|nghìn|ngàn|chục|rưỡi"
#: A figure in digits, or a numeral in words; and an amount: a range of them, thousands and millions.
_FIGURE = rf"(?:\d+(?:[.,]\d+)*|(?<!\w)(?:{_NUMERAL})(?:\s(?:{_NUMERAL}))*(?!\w))"
_AMOUNT = rf"{_FIGURE}(?:\s?-\s?{_FIGURE})?(?:\s(?:nghìn|ngàn|triệu|tỷ|tỉ|vạn))*"
_TIME = "giây|phút|giờ|tiếng|ngày|tuần|tháng|quý|năm"
#: The capital letters of Vietnamese, for a set of characters in a pattern.
CAPITALS = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
_CAPITAL = f"[{CAPITALS}]"
_NAME = rf"{_CAPITAL}\w*(?:\s{_CAPITAL}\w*)*"
#: Titles of persons, offices and bodies, with which their names begin.
_PERSON = "[Ôô]ng|[Bb]à|[Aa]nh|[Cc]hị|[Cc]ô|[Tt]hầy|[Bb]ác|đồng chí|em"
_OFFICE = (
    "Chủ tịch|Phó Chủ tịch|Giám đốc|Thủ tướng|Bộ trưởng|Bí thư|Trưởng ban|Hội|Ủy ban|Công an|Sở|Bộ|Tòa án|Viện|Chính phủ|"
    "Quốc hội|Đảng ủy|Trung tâm|Công ty|Ban|Cơ quan|Liên minh|Đoàn"
)
_UNIT = "xã|phường|huyện|quận|thị trấn|thành phố|tỉnh|thôn|làng|khu|đảo"
_DATES = (
    r"(?:\d{1,2} giờ(?: \d{1,2})?,? )?(?:ngày |mùng )?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}",
    r"ngày \d{1,2}(?: tháng \d{1,2}(?: năm \d{4})?|/\d{1,2})",
    r"\d{1,2} tháng \d{1,2}(?: năm \d{4})?",
    r"(?:đầu |cuối |giữa )?tháng (?:\d{1,2}|giêng|chạp)(?: năm \d{4})?",
    r"(?:quý [IV]+ )?năm \d{4}",
    r"mùng \w+|ngày \w+ âm lịch",
    r"\d{1,2} giờ(?: \d{1,2})?",
    r"[Tt]hứ (?:[Hh]ai|[Bb]a|[Tt]ư|[Nn]ăm|[Ss]áu|[Bb]ảy)|[Cc]hủ nhật",
)
_PATTERNS: dict[Sought, str] = {
    "figure": _AMOUNT,
    "money": rf"{_AMOUNT}(?:\s?(?:đồng|đ|USD|đô la)(?!\w)|(?<=triệu)|(?<=tỷ)|(?<=tỉ))",
    "percent": rf"{_FIGURE}\s?(?:%|phần trăm)",
    "duration": rf"{_FIGURE}\s(?:{_TIME})(?!\w)(?:\s(?:{_FIGURE}\s(?:{_TIME})|rưỡi)(?!\w))*",
    "length": rf"{_FIGURE}\s?(?:m|km|cm|mét|cây số|ki-lô-mét|hải lý)(?!\w)",
    "when": "|".join(_DATES),
    "who": (
        rf"(?:{_PERSON})\s{_CAPITAL}[\w.]*(?:\s{_CAPITAL}\w*)*|(?:{_OFFICE})(?:\s\w+){{0,6}}"
        r"|(?<=do )(?:các )?\w+ \w+(?= (?:tài trợ|tặng|hỗ trợ|ủng hộ|cấp|chi))"
    ),
    "where": rf"(?:tại|ở|đặt tại|thuộc|trên địa bàn)\s(?:\w+\s?){{1,4}}|(?:{_UNIT})\s{_NAME}",
    "why": r"(?:vì|do|bởi|nhờ|[Nn]guyên nhân|lý do)\s.*",
}
_COMPILED = {sought: re.compile(pattern) for sought, pattern in _PATTERNS.items()}
#: Words that are a numeral in some places and another word in others.
_DOUBTFUL = frozenset({"năm", "một", "ba", "tư"})
#: Words before them, and after "năm", with which they are no numeral.
_NO_NUMERAL_AFTER = frozenset(
    {"mỗi", "trong", "từng", "cả", "đầu", "cuối", "hằng", "hàng", "các", "những", "vào", "từ", "đến", "nhiều"}
)
_YEAR_BEFORE = frozenset({"nay", "trước", "sau", "qua", "học"})
#: How well a figure has the form of an answer when the noun that it counts does not follow at once, or is only begun.
_LOOSELY = 0.7
#: Words between a figure and the noun that it counts ("210 trong số 248 quầy").
_GAP = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a sentence, its words [first, last), and how far they have the form of an answer (to 1)."""

    start: int
    end: int
    first: int
    last: int
    strength: float


def find_spans(question: Question, text: str, words: Sequence[Token], offset: int) -> Iterator[Span]:
    """Every span of the sentence that has the form of an answer to the question. `words` have places in a longer text, in
    which the sentence begins at `offset`."""
    if question.sought == "what":
        return
    pattern = _COMPILED["figure" if question.sought == "count" else question.sought]
    starts = [word.start - offset for word in words]
    for found in pattern.finditer(text):
        start, end = found.span()
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
        if first < 0 or last <= first or _named(question, found[0]) or _is_word(found[0], words, first):
            continue
        if start == 0 and text[end : end + 1] in (".", ")"):
            continue
        strength = 1.0
        if question.sought == "count":
            strength = _counts(question, words[last : last + _GAP + 2])
            if strength == 0.0:
                continue
        yield Span(start, end, first, last, strength)


def _named(question: Question, found: str) -> bool:
    """Whether the question has the figure itself."""
    figures = re.findall(r"\d+", found)
    return bool(figures) and set(figures) <= question.figures


def _is_word(found: str, words: Sequence[Token], first: int) -> bool:
    """Whether what looks like a numeral is another word: "năm 2024", "mỗi năm"."""
    if found not in _DOUBTFUL:
        return False
    before = words[first - 1].accented if first else ""
    after = words[first + 1].accented if first + 1 < len(words) else ""
    return before in _NO_NUMERAL_AFTER or (found == "năm" and (after.isdigit() or after in _YEAR_BEFORE))


def _counts(question: Question, after: Sequence[Token]) -> float:
    """How well the words after a figure are the noun that is counted."""
    noun = question.counted
    keys = [word.accented for word in after]
    folded = [word.folded for word in after]
    for at, key in enumerate(keys[: _GAP + 1]):
        same = key == noun[0] or (not after[at].has_accents and folded[at] == noun[0])
        if same:
            whole = len(noun) == 1 or keys[at + 1 : at + 2] == [noun[1]]
            return (1.0 if at == 0 else _LOOSELY) * (1.0 if whole else _LOOSELY)
    return 0.0
