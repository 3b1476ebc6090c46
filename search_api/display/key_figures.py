"""Find the key figures of a text (Con số): amounts together with what they count, as the text writes them."""

from __future__ import annotations

import re
from collections import deque

#: Figures of a text, at most.
MAX_FIGURES = 6
#: Words after a number that say what is counted, at most.
_MAX_COUNTED_WORDS = 3
#: A number with dots between thousands and a decimal comma.
_NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
#: A percent sign, or a sum of money.
_UNIT = r"\s?%|\s+(?:nghìn|ngàn|triệu|tỷ|tỉ)\s+đồng"
#: A change from one number to another: "giảm từ 21% xuống 3%".
_CHANGE = re.compile(
    rf"(?:tăng|giảm|rút|nâng|hạ)\s+(?:\w+\s+){{0,3}}?từ\s+(?:{_NUMBER})(?:{_UNIT})?[^,.;:]{{0,24}}?\s(?:xuống|lên|còn)"
    rf"\s+(?:còn\s+)?(?:{_NUMBER})(?:{_UNIT})?(?:\s+\w+)?"
)
#: A number with its unit, and a verb or adverb before it.
_AMOUNT = re.compile(rf"(?P<verb>(?:tăng|giảm|tiết kiệm|lãi|hơn|gần|trên)\s+)?(?P<number>{_NUMBER})(?P<unit>{_UNIT})?")
#: Words before a number that counts nothing: dates, ordinals, numbers of papers and ages.
_UNCOUNTED = re.compile(
    r"(?:năm|tháng|ngày|quý|khóa|thứ|số|điều|khoản|phần|chương|loại|lớp|tuổi|quốc lộ|tổ|khu|thôn|mùng|sau|lúc|vụ \w+)\s*$",
    re.IGNORECASE,
)
#: The rest of a clause, as far as the words that say what is counted may reach.
_CLAUSE = re.compile(r"[^.,;:()“”\"\n]{0,200}")
#: Words that end the words that say what is counted.
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "và của trong so mỗi một với từ theo được đã là có cho đến xuống lên tại ở thì do bằng trên dưới không chưa còn nay "
        "mà để khi sau trước nhờ cùng hay hoặc chỉ đều về vào ra nào này đó phải tự cũng đạt tham nhận làm năm",
    )
)
#: Words that say what is counted without a second word.
_COUNTED_WORDS = frozenset(
    re.findall(
        r"\w+",
        "người hộ em trẻ lượt ca vụ chiếc cây tấn tạ kg ha m km mét phút giây đồng cuộc chuyến máy khách thẻ phiếu trận mã "
        "trang lần cm độ kwh sào bài đơn điểm bộ suất",
    )
)
#: Words that make a number a time or a date.
_DATE_WORDS = frozenset(("giờ", "tháng", "năm"))


def find_figures(text: str) -> list[str]:
    """At most MAX_FIGURES different figures, in the order of the text.

    A change ("giảm từ 21% xuống 3%") is one figure; a date is none.

    >>> find_figures("Vụ đông 2024 - 2025 tiêu thụ 7.900 tấn, 82% theo hợp đồng. Tỷ lệ phá hợp đồng giảm từ 21% xuống 3%.")
    ['7.900 tấn', 'giảm từ 21% xuống 3%']
    """
    found: list[tuple[int, str]] = []
    taken: deque[tuple[int, int]] = deque()
    for match in _CHANGE.finditer(text):
        found.append((match.start(), " ".join(match[0].split())))
        taken.append(match.span())
    for match in _AMOUNT.finditer(text):
        at = match.start("number")
        while taken and taken[0][1] <= at:
            taken.popleft()
        if (taken and taken[0][0] <= at) or _counts_nothing(text, match):
            continue
        phrase = _phrase(text, match)
        if phrase:
            found.append((at, phrase))
    distinct = dict.fromkeys(phrase for _, phrase in sorted(found))
    return list(distinct)[:MAX_FIGURES]


def _counts_nothing(text: str, match: re.Match[str]) -> bool:
    """Whether the number is a date, an ordinal, a range of years, or a part of the number of a paper."""
    before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 8]
    part = before[-1:].isalnum() or before[-1:] in tuple("/-–.,:") or after[:1] in tuple("/:")
    in_range = re.search(r"\d\s?[-–]\s?$", before) or re.match(r"\s?[-–]\s?\d", after)
    return part or bool(in_range) or (not match["unit"] and bool(_UNCOUNTED.search(before)))


def _phrase(text: str, match: re.Match[str]) -> str:
    """The number with its unit and the words that say what is counted; "" where no words say it."""
    words: list[str] = []
    rest = _CLAUSE.match(text, match.end())
    for word in (rest[0] if rest else "").split():
        if word.lower() in _STOP_WORDS or not word[0].isalpha():
            break
        if len(words) == _MAX_COUNTED_WORDS:  # The text goes on: do not cut a word of two syllables in half.
            words = words[: 1 if words[0].lower() in _COUNTED_WORDS else 2]
            break
        words.append(word)
    number = f"{match['number']}{match['unit'] or ''}".strip()
    year = re.fullmatch(r"(?:19|20)\d\d", match["number"])
    if not match["unit"] and (not words or words[0] in _DATE_WORDS or year):
        return ""
    verb = (match["verb"] or "").strip()
    if (match["unit"] or "").strip() == "%" and not words and verb not in ("tăng", "giảm", "tiết kiệm"):
        return ""  # Nothing says what the share is of.
    return " ".join(part for part in (verb, number, *words) if part)
