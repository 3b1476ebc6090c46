"""The two columns at the foot of an official paper: recipients on the left, the signature on the right.

A reader gives them side by side on one line, with a wide gap or with none, or one below the other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from indexer.enrich.lines import MAX_LINE_LENGTH, Line, letters_of, split_columns
from kb.papers.document_types import near
from vitext import fold

#: Characters of a line that can be an office.
MAX_OFFICE_LENGTH = 90

#: For whom a person signs: KT. (for the head), TM. (on behalf of the body), TL., TUQ., Q.
_FOR = re.compile(r"\W*(?:kt|tm|tl|tuq|tu\w|q|k/t|t/m|t/l|ky\s+thay|thay\s+mat)\s*[.,:/]\s*|\W*(?:t/m|k/t|tm|kt)\s+")
#: The offices of signatories, in folded letters.
_OFFICES = tuple(
    re.findall(
        r"\w+",
        "chutich chunhiem giamdoc botruong thutruong thutuong truongban truongphong bithu hieutruong "
        "chanhvanphong chanhthanhtra thongdoc vientruong chanhan tongthuky cuctruong vutruong truongdoan "
        "chihuytruong chinhuy tulenh tongbientap totruong doitruong tramtruong truongthon ketoantruong "
        "tongkiemtoan tongthanhtra truongkhoa phoban phophong phochanhvanphong uyvienthuongtruc "
        "uyvienbochinhtri kiemtoantruong hattruong donttruong khoatruong chutoa",
    )
)


def is_office(text: str) -> bool:
    """Whether a line is the office under which a person signs, in capitals or with "KT.", "TM." before it.

    >>> is_office("KT. CHỦ TỊCH"), is_office("GIÂAM DÔC"), is_office("TM. HỘI ĐỒNG"), is_office("Lưu: VT, NC")
    (True, True, True, False)
    """
    text = text.strip()
    if not text or len(text) > MAX_OFFICE_LENGTH or text[0] in "-–+•*=" or ";" in text:
        return False
    letters = [c for c in text if c.isalpha()]
    shouted = sum(c.isupper() for c in letters) >= 0.8 * max(len(letters), 1)
    return _is_office(" ".join(fold(text).split()), shouted)


def is_small_office(text: str) -> bool:
    """Whether a line is only an office, in small letters: fonts before Unicode have capitals of their own.

    >>> is_small_office("thủ tướng chính phủ"), is_small_office("Chủ tịch xã giao cho các thôn.")
    (True, False)
    """
    text = text.strip()
    if len(text.split()) > 8 or not text[-1:].isalpha() or any(c in text for c in ",.;:"):
        return False
    letters = letters_of(text)
    return any(letters.removeprefix("pho").startswith(office) for office in _OFFICES)


@lru_cache(maxsize=4096)
def _is_office(folded: str, shouted: bool) -> bool:
    mark = _FOR.match(folded)
    letters = letters_of(folded[mark.end() :] if mark else folded)
    if mark and shouted and len(letters) > 3:
        return True
    bare = letters.removeprefix("pho").removeprefix("quyen")
    if not shouted:
        return bool(mark and any(bare.startswith(office) for office in _OFFICES)) or bare in _OFFICES
    return any(office in letters for office in _OFFICES) or (
        any(near(bare, office) or near(bare[: len(office)], office) for office in _OFFICES if len(office) > 5)
    )


def split_foot(line: Line) -> list[Line]:
    """The parts of a line of the foot, from the left: what wide gaps divide, and an office or a name behind an entry.

    >>> [part.text for part in split_foot(Line(0, 0, "- Bộ Nội vụ; KT. CHỦ TỊCH"))]
    ['- Bộ Nội vụ;', 'KT. CHỦ TỊCH']
    """
    parts: list[Line] = []
    for part in split_columns(Line(line.block, line.start, line.text[:MAX_LINE_LENGTH], line.first)):
        at = _tail(part.text)
        parts += [part.part(0, at), part.part(at, len(part.text))] if at else [part]
    return parts


def _tail(text: str) -> int:
    """Where an office or a name begins behind an entry of the recipients, 0 where none does."""
    if len(text) > MAX_OFFICE_LENGTH * 2 or is_office(text):
        return 0
    words = list(re.finditer(r"\S+", text))
    for at in range(len(words) - 1, 0, -1):
        word, before = words[at][0], words[at - 1][0]
        if not any(c.isalpha() for c in word) or not word.isupper():
            break
        if before[-1] in ";:.,)" and not _FOR.fullmatch(f"{fold(before)} ") and is_office(text[words[at].start() :]):
            return words[at].start()
    if re.match(r"\W*l\w{1,2}\b", fold(text)):
        for at in range(len(words) - 2, max(len(words) - 6, 0), -1):
            if words[at - 1][0][-1] in ".;)" and all(word[0][:1].isupper() and not word[0].isupper() for word in words[at:]):
                return words[at].start()
    return 0
