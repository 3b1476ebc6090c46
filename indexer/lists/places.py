"""Find the place that an address or the name of a unit tells: "UBND xã Vĩnh Hải, huyện Vĩnh Bảo"."""

from __future__ import annotations

import re
from functools import lru_cache

from kb.papers import places
from kb.papers.places import Place

_LEVEL = re.compile(
    r"\b(?:xã|phường|đặc khu|thị trấn|huyện|quận|thị xã|thành phố|tỉnh|tp\.?|tx\.?|tt\.?|p\.|x\.|q\.|h\.)\s*(?=\w)",
    re.IGNORECASE,
)
#: Words of the name of a place, at most.
_MAX_WORDS = 4
#: Characters of a text in which a place is looked for.
_MAX_LENGTH = 300


def province_of(place: str) -> Place | None:
    """The province of today in which a place lies, None where the place is not known."""
    found = places.resolve(place) if place else None
    return places.today_province(found) if found else None


@lru_cache(maxsize=4096)
def find_place(text: str, province: Place | None = None, *, bare: bool = True) -> str:
    """The full name of the place that a text names for certain, "" where it names none. Without `bare` only what stands
    behind the word of its level is a place: "Hùng Vương" is a school as well.

    >>> find_place("Số 5, xã Tuệ Tĩnh, thành phố Hải Phòng"), find_place("Trường THCS"), find_place("Tuệ Tĩnh, Hải Phòng")
    ('Xã Tuệ Tĩnh, thành phố Hải Phòng', '', 'Xã Tuệ Tĩnh, thành phố Hải Phòng')
    """
    text = " ".join(text[:_MAX_LENGTH].split())
    parts = [] if not bare else [part.strip(" .;") for part in re.split(r"[,;]|\s[-–]\s", text) if part.strip(" .;")]
    for at in range(len(parts)):
        if found := _resolve(", ".join(parts[at:]), province):
            return found.name
    for match in _LEVEL.finditer(text):
        before = match.start()
        words = text[match.end() :].replace(",", " ,").split()
        names = []
        for word in words[:_MAX_WORDS]:
            if not word[:1].isupper() and not word[:1].isdigit():
                break
            names.append(word.strip(".;)"))
        for count in range(len(names), 0, -1):
            if found := _resolve(f"{text[before : match.end()].strip()} {' '.join(names[:count])}", province):
                return found.name
    return ""


def _resolve(text: str, province: Place | None) -> Place | None:
    return (places.resolve(text, province) if province else None) or places.resolve(text)
