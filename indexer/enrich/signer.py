"""Find who signed (Người ký): the personal name below an office, beside the recipients or under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.enrich.confidence import CLEAN, DAMAGED, NEAR
from indexer.enrich.foot import is_office, is_small_office, split_foot
from indexer.enrich.lines import MAX_LINE_LENGTH, Line
from kb.item import Evidence
from vitext import compose, fold, is_syllable

#: Lines below an office that may hold the name; lines that only list recipients do not count.
MAX_NAME_LINES = 6
#: The same, below an office in small letters.
SMALL_NAME_LINES = 3

#: Ranks and degrees before a name, which are no part of it.
_RANK = re.compile(
    r"(?:(?:P?GS|TS|TSKH|ThS|Th\.S|BSNT|(?:BS|DS)?CK ?[12I]{1,2}|BS|DS|KS|CN|LS|KTS|NGƯT|NGND|TTƯT|TTND)\b[., ]*"
    r"|(?:Đại|Thượng|Trung|Thiếu) (?:tướng|tá|úy|uý)\b[., ]*|(?:Chuẩn|Phó) đô đốc\b *|(?:Phó g|G)iáo sư\b[, ]*"
    r"|(?:Bác sĩ|Kỹ sư|Luật sư|Tiến sĩ|Thạc sĩ|Ông|Bà|Linh mục|Thượng tọa|Hòa thượng)\b *)"
)
_PLAIN_RANK = re.compile(r"(?:Dai|Thuong|Trung|Thieu) (?:tuong|ta|uy)\b[., ]*|(?:Bac si|Tien si|Thac si|Ky su)\b *")
#: Any other degree, also with wrong letters: "BSCKTI."
_DEGREE = re.compile(r"[^\W\d_]{2,8}\.\s*(?=[^\W\d_]+\s+[^\W\d_])")
_SIGNED = re.compile(
    r"\W*(?:[(\[]\s*)?(?:da\s+ky|ky\s+ten(?:,?\s*(?:va\s+)?dong\s+dau)?|ky,\s*(?:ghi|dong)[\w ,]*|ky\s+(?:so|boi))"
    r"\b\s*[)\]]?\W*"
)
_SIGNED_BEHIND = re.compile(r"(?i)\s*[(\[]?\s*(?:đã ký|da ky)\s*[)\]]?\s*$")
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*(?:-[^\W\d_]+)?")
#: Words with which a line begins that is no name.
_NO_NAME = frozenset(
    re.findall(
        r"\w+",
        "noi nhu luu kinh so ngay phong uy ban xac da cac can theo dieu quyet nghi ke thong chuong muc phan "
        "xa tinh huyen quan thanh bo cong sao don vi nguoi ky ghi hoi",
    )
)
_SURNAMES = frozenset(
    re.findall(
        r"\w+",
        "nguyen tran le pham hoang huynh vu vo phan truong bui dang do ngo ho duong dinh trinh ly mai dao "
        "doan luong cao lam luu ta thai ha tong chau phung quach tang lo vi nong trieu ma hua be cam luc "
        "giang giap thao vang giang sung lu quang ksor ro siu y h k a ngan kpa dieu thach kim son danh to la "
        "van chu nghiem khuat khuc kieu cu bach tieu than hau mac nghia rcom rmah nay ra puih bloong kra kso "
        "rah ayun bnuyr adrong hmok nie mlo dac ung vien viet ninh phi pho thieu au on lai kha bien ong tu",
    )
)


def find_signer(texts: Sequence[str]) -> list[Evidence]:
    """The signer: the first personal name after a line that is an office (CHỦ TỊCH, KT. GIÁM ĐỐC).

    >>> [e.value for e in find_signer(["CHỦ TỊCH", "Nguyễn Văn Tùng"])]
    ['Nguyễn Văn Tùng']
    >>> [e.value for e in find_signer(["- Lưu: VT.      GIÁM ĐỐC\\n(Đã ký)\\nĐại tá Y Thanh Niê"])]
    ['Y Thanh Niê']
    """
    left, small = 0, False
    for block, text in enumerate(texts):
        at = 0
        for whole in text.split("\n"):
            line = Line(block, at, whole[:MAX_LINE_LENGTH])
            at += len(whole) + 1
            if not any(c.isalpha() for c in whole):
                continue
            parts = split_foot(line) if left or len(whole) < 400 else [line]
            if (joined := _joined(parts[-1])) and (found := _person(joined)):
                return [found]
            if any(is_office(part.text) for part in parts):
                left, small = MAX_NAME_LINES, False
                continue
            if not left and block >= len(texts) // 3 and is_small_office(parts[-1].text):
                left, small = SMALL_NAME_LINES, True
                continue
            if not left:
                continue
            people = [found for part in parts if (found := _person(part))]
            if people and not (small and people[-1].confidence <= NEAR):
                return [people[-1] if len(people) != 2 or len(parts) != 2 else _both(people)]
            if not _SIGNED.fullmatch(fold(whole)) and not _only_recipients(parts):
                left -= 1
    return []


def _only_recipients(parts: Sequence[Line]) -> bool:
    return len(parts) == 1 and parts[0].text.lstrip()[:1] in "-–+•*"


def _joined(part: Line) -> Line | None:
    """The name on one line with the office: "KT. CHỦ TỊCH PHÓ CHỦ TỊCH Lê Khắc Nam"; the file format joined the lines."""
    words = list(re.finditer(r"\S+", part.text))
    name = next((i for i, word in enumerate(words) if not word[0].isupper()), len(words))
    if not 0 < name < len(words) or len(words) - name > 8:
        return None
    while name > 1 and len(words[name - 1][0]) < 3 and words[name - 1][0].isalpha():
        name -= 1  # "GIÁM ĐỐC Y Thanh Niê"
    if not is_office(part.text[: words[name].start()]):
        return None
    return part.part(words[name].start(), len(part.text))


def _both(people: Sequence[Evidence]) -> Evidence:
    """Two people who sign side by side."""
    first, second = people
    sure = min(first.confidence, second.confidence)
    return replace(first, value=f"{first.value}, {second.value}", confidence=sure, end=second.end)


def _person(line: Line) -> Evidence | None:
    """The evidence if a line is a personal name; a rank or degree before it, and "(Đã ký)", are left out."""
    text = line.text
    signed = _SIGNED.match(fold(text)) if len(fold(text)) == len(text) else None
    at = signed.end() if signed else len(text) - len(text.lstrip(" *\t-–_|"))
    while rank := _RANK.match(text, at) or _PLAIN_RANK.match(text, at) or _DEGREE.match(text, at):
        at = rank.end()
    printed = _SIGNED_BEHIND.sub("", text[at:]).rstrip(" .*\t,;_|")
    words = compose(printed).split()
    if not 2 <= len(words) <= 6 or not all(_NAME_WORD.fullmatch(word) for word in words):
        return None
    known = fold(words[0]) in _SURNAMES
    shouted = all(word.isupper() for word in words)
    if shouted and not (known and len(words) > 2 and not is_office(printed)):
        return None
    if not shouted and not all(_is_name_word(word) for word in words):
        return None
    if (fold(words[0]) in _NO_NAME and not (known and len(words) > 2)) or is_office(printed):
        return None
    name = " ".join(word.capitalize() if shouted else word for word in words)
    sure = CLEAN if known and all(map(is_syllable, words)) else DAMAGED if known else NEAR
    start, end = at, at + len(printed)
    return line.evidence("signer", name, "office_and_name", sure, (start, end))


def _is_name_word(word: str) -> bool:
    return word[:1].isupper() and not (len(word) > 1 and word.isupper())
