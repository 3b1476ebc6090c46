"""What a person declares about a file, in its front matter or in the manifest: the accepted keys and what each may hold.

Both places use the same keys, so both are checked here, before anything is stored. `internal` fails closed: whatever is not
a clear no hides the item, and the reason is told. Everything else that is not as written here is an error that says what to
write.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from kb.item import Kind, Status, Subject
from kb.papers import vocabulary
from vitext import fold

#: The accepted keys, each with an example of what to write after it.
EXAMPLES = {
    "kind": "kind: practice",
    "title": 'title: "Tổ tự quản môi trường"',
    "fields": "fields: [agriculture, social_life]",
    "place": 'place: "Xã Vĩnh Hải, thành phố Hải Phòng"',
    "place_former": 'place_former: "Huyện Vĩnh Bảo, thành phố Hải Phòng"',
    "year": "year: 2024",
    "unit": 'unit: "Chi bộ thôn Đông"',
    "subject": "subject: collective",
    "status": "status: reviewed",
    "sample": "sample: true",
    "internal": "internal: true",
    "id": "id: to-tu-quan",
    "origin": 'origin: "Báo Hải Phòng"',
    "licence": 'licence: "CC BY 4.0"',
}
KEYS = tuple(EXAMPLES)
#: Keys of the manifest besides these.
MANIFEST_KEYS = ("path", "sha256")
#: The words after `internal` that are a clear no, besides the boolean.
CLEAR_NO = frozenset({"false", "no", "không", "khong"})
#: Where the reason stands, among declared attributes, why an item is hidden that nobody clearly asked to hide.
UNCLEAR = "internal_unclear"
#: The most characters of a title, a place, a unit, ...
MAX_WORDS = 2000

_CODES = {"kind": get_args(Kind), "subject": get_args(Subject), "status": get_args(Status)}
#: What people write for a key, folded and without gaps, where the letters alone do not lead to it.
_MEANT = {
    "date": "year", "ngay": "year", "nam": "year", "ngaybanhanh": "year", "tieude": "title", "ten": "title",
    "loai": "kind", "linhvuc": "fields", "field": "fields", "diaban": "place", "donvi": "unit", "doituong": "subject",
    "trangthai": "status", "nguon": "origin", "giayphep": "licence", "license": "licence", "mau": "sample",
}  # fmt: skip
#: Keys that an item may lack: an empty text in quotes says so, as programs that fill in forms write it.
_TEXTS = frozenset({"place", "place_former", "unit", "origin", "licence"})
_INTERNAL_KEYS = frozenset({"internal", "noibo"})
_COMPUTER_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([Tt ]\S+)?", re.ASCII)
_PAPER_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class DeclarationError(ValueError):
    """A key or value that is not accepted; the message is Vietnamese, names the key and says what to write."""


def letters_of(key: str) -> str:
    """A key without accents, case, gaps and signs, as keys are compared.

    >>> letters_of("Nội bộ"), letters_of("place_former")
    ('noibo', 'placeformer')
    """
    return "".join(c for c in fold(key) if c.isalnum())


def means_internal(key: str) -> bool:
    """Whether a key is `internal` or "nội bộ" in any spelling.

    >>> means_internal("INTERNAL"), means_internal("nội_bộ"), means_internal("internl")
    (True, True, False)
    """
    return letters_of(key) in _INTERNAL_KEYS


def nearest_key(key: str, accepted: Iterable[str] = KEYS) -> str:
    """The accepted key that was probably meant, "" where none is near.

    >>> nearest_key("satus"), nearest_key("Ngày"), nearest_key("internl"), nearest_key("xyz")
    ('status', 'year', 'internal', '')
    """
    letters = letters_of(key)
    by_letters = {letters_of(name): name for name in accepted}
    if letters in by_letters:
        return by_letters[letters]
    if letters in _INTERNAL_KEYS:
        return "internal"
    return _MEANT.get(letters) or next((by_letters[m] for m in get_close_matches(letters, by_letters, 1, 0.7)), "")


def check_declared(declared: Mapping[str, object], *, manifest: bool = False) -> dict[str, Any]:
    """The declared attributes, each of its type. `internal` is a boolean; `UNCLEAR` holds the reason if it was not clear.

    Raises DeclarationError.
    """
    accepted = (*KEYS, *MANIFEST_KEYS) if manifest else KEYS
    meant = [key for key in declared if means_internal(key)]
    if len(meant) > 1:
        raise DeclarationError(f"{_shown(', '.join(meant))}: nói hai lần về `internal`; chỉ giữ một dòng internal: true")
    checked: dict[str, Any] = {}
    for key, value in declared.items():
        if means_internal(key):
            checked |= _internal(key, value)
        elif key not in accepted:
            near = nearest_key(key, accepted)
            hint = f"; có lẽ là “{near}”, ví dụ {EXAMPLES.get(near, near)}" if near else ""
            raise DeclarationError(f"không có khóa “{_shown(key)}”{hint}. Các khóa dùng được: {', '.join(accepted)}")
        elif not (value == "" and key in _TEXTS):
            checked[key] = _check(key, value)
    return checked


def _internal(key: str, value: object) -> dict[str, Any]:
    """Hidden, unless the key is spelt as it must be and the value is a clear no."""
    spelt = key == "internal"
    if spelt and (value is False or (isinstance(value, str) and _plain(value) in CLEAR_NO)):
        return {"internal": False}
    if spelt and value is True:
        return {"internal": True}
    text = "(để trống)" if value is None else f'"{_shown(value)}"' if isinstance(value, str) else _shown(value).lower()
    written = f"{_shown(key)}: {text}"
    return {"internal": True, UNCLEAR: f"“{written}” không rõ là có hay không. {WHAT_TO_WRITE}"}


#: How to say clearly whether an item is internal.
WHAT_TO_WRITE = "Muốn ẩn thì viết internal: true, muốn công khai thì viết internal: false"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _check(key: str, value: object) -> Any:
    if value is None or value == "":  # "" where a code, a number or a list is asked for
        raise DeclarationError(f"{key} không có giá trị; hãy viết, ví dụ, {EXAMPLES.get(key, key)}, hoặc bỏ dòng này")
    if key == "sample":
        if not isinstance(value, bool):
            raise DeclarationError(f"sample = {_shown(value)} phải là true hoặc false")
        return value
    if key == "year":
        if not isinstance(value, int) or isinstance(value, bool) or not (value == 0 or 1900 <= value <= 2100):
            raise DeclarationError(f"year = {_shown(value)} phải là số năm, ví dụ year: 2024")
        return value
    if key == "fields":
        return _fields(value)
    if key in _CODES:
        if value not in _CODES[key]:
            raise DeclarationError(f"{key} = {_shown(value)} không có trong bảng ({', '.join(_CODES[key])})")
        return value
    words = _words(key, value)
    if key == "sha256" and not _SHA256.fullmatch(words):
        raise DeclarationError("sha256 phải gồm 64 chữ số thập lục phân")
    if key != "id" and not _exists(words):
        raise DeclarationError(f"{key} = {words} là ngày giờ không có trong lịch; ngày viết dd/mm/yyyy hoặc yyyy-mm-dd")
    return words.lower() if key == "sha256" else words


def _exists(words: str) -> bool:
    """Whether words that are a date, as papers or computers write it, are a day and time that exist.

    >>> _exists("Ngày hội"), _exists("31/12/2024"), _exists("2024-02-30"), _exists("2024-01-01T24:00:00Z")
    (True, True, False, False)
    """
    try:
        if match := _COMPUTER_DATE.fullmatch(words):
            dt.date(*map(int, match.groups()[:3]))
            if match[4]:
                dt.time.fromisoformat(match[4].lstrip("Tt ").replace("z", "Z"))
        elif match := _PAPER_DATE.fullmatch(words):
            dt.date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return False
    return True


def _fields(value: object) -> list[str]:
    codes = vocabulary.codes("field")
    if not isinstance(value, list) or any(code not in codes for code in value):
        example = f"ví dụ {EXAMPLES['fields']} ({', '.join(codes)})"
        raise DeclarationError(f"fields = {_shown(value)} phải là danh sách mã trong 14 lĩnh vực, {example}")
    return list(dict.fromkeys(value))


def _words(key: str, value: object) -> str:
    """The words of a text on one line. A text holds no letter that could not be stored or shown."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DeclarationError(
            f"{key} = {_shown(value)} phải là chữ; hãy viết trong ngoặc kép, ví dụ {EXAMPLES.get(key, key)}"
        )
    words = " ".join(str(value).split())
    if not words:
        raise DeclarationError(f"{key} chỉ có khoảng trắng; hãy viết, ví dụ, {EXAMPLES.get(key, key)}, hoặc bỏ dòng này")
    if len(words) > MAX_WORDS:
        raise DeclarationError(f"{key} dài {len(words)} ký tự, nhiều hơn {MAX_WORDS}; hãy rút ngắn")
    if bad := next((c for c in words if unicodedata.category(c) in ("Cc", "Cs")), ""):
        raise DeclarationError(f"{key} có ký tự không dùng được (U+{ord(bad):04X}); hãy gõ lại giá trị này")
    return words


def _shown(value: object) -> str:
    """What was written, short and printable, for a message."""
    text = value if isinstance(value, str) else repr(value) if isinstance(value, int | bool | None) else str(value)
    text = text if len(text) <= 60 else text[:57] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
