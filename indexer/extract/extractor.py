"""Read one file into an item: choose the reader of its format, then put its attributes and its blocks together.

The text of a block is what the file holds, without markup; nothing is corrected here. Pages are counted only where the
file marks them (form feeds): a guessed page number would come into somebody's citation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any, get_args

from indexer.extract.markdown import read_front_matter, split_markdown
from indexer.extract.practice import find_practice
from indexer.extract.text import decode, split_text
from indexer.limits import check_text, has_readable_markup
from kb.errors import ExtractError
from kb.item import Block, Item, Kind, Source, Status, Subject
from kb.papers import vocabulary
from vitext import fold

#: Characters at which a title made from the text is cut.
MAX_TITLE_LENGTH = 200


def slug(text: str) -> str:
    """An ASCII identifier for URLs, at most 80 characters.

    >>> slug("43-KH-LMHTX.scan")
    '43-kh-lmhtx-scan'
    """
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in fold(text))
    return "-".join(part for part in letters.split("-") if part)[:80].strip("-") or "muc"


def extract(path: str, data: bytes, attributes: Mapping[str, Any]) -> Item:
    """An item from the bytes of the file at `path` (relative to the corpus).

    `attributes` (from the manifest) take precedence over the front matter of the file. Raises ExtractError for a file that
    is not text or does not have the digest of the manifest, and for a code that is in no table.
    """
    digest = hashlib.sha256(data).hexdigest()
    if attributes.get("sha256", digest) != digest:
        raise ExtractError(f"{path}: không đúng mã sha256 ghi trong bản kê; nếu cố ý thay tệp thì sửa cả bản kê")
    text = decode(path, data)
    check_text(path, text)
    suffix = PurePosixPath(path).suffix.lower()
    own: Mapping[str, Any] = {}
    markup = False
    if suffix == ".md":
        own, text = read_front_matter(path, text)
        markup = has_readable_markup(text)
    blocks = split_markdown(text) if markup else split_text(text)
    if not any(block.original.strip() for block in blocks):
        raise ExtractError(f"{path}: tệp không có chữ nào")
    known = {**own, **attributes}
    kind: Kind = _code(path, known, "kind", get_args(Kind), "document")
    practice = find_practice(blocks) if kind != "document" else None
    return Item(
        id=slug(_word(known, "id") or PurePosixPath(path).stem),
        kind=kind,
        title=_word(known, "title") or ("" if kind == "document" else _title(blocks)),
        source=Source(path, digest, _word(known, "origin"), _word(known, "licence")),
        blocks=tuple(blocks),
        fields=_fields(path, known),
        place=_word(known, "place"),
        place_former=_word(known, "place_former"),
        year=_year(path, known),
        unit=_word(known, "unit"),
        subject=_code(path, known, "subject", get_args(Subject), None),
        status=_code(path, known, "status", get_args(Status), None),
        sample=known.get("sample") is True,
        internal=known.get("internal") is True,
        summary=_summary(blocks) if practice else "",
        practice=practice,
        bounds=("markup",) if suffix == ".md" and not markup else (),
    )


def _word(known: Mapping[str, Any], name: str) -> str:
    value = known.get(name)
    return " ".join(str(value).split()) if value is not None else ""


def _code(path: str, known: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: Any) -> Any:
    value = known.get(name, default)
    if value is not None and value not in allowed:
        raise ExtractError(f"{path}: {name} = {value!r} không có trong bảng ({', '.join(allowed)})")
    return value


def _fields(path: str, known: Mapping[str, Any]) -> tuple[str, ...]:
    value = known.get("fields") or []
    codes = vocabulary.codes("field")
    if not isinstance(value, list) or any(code not in codes for code in value):
        raise ExtractError(f"{path}: fields = {value!r} phải là danh sách mã trong 14 lĩnh vực")
    return tuple(dict.fromkeys(value))


def _year(path: str, known: Mapping[str, Any]) -> int:
    value = known.get("year", 0)
    if not isinstance(value, int) or isinstance(value, bool) or not (value == 0 or 1900 <= value <= 2100):
        raise ExtractError(f"{path}: year = {value!r} phải là số năm, ví dụ 2024")
    return value


def _title(blocks: Sequence[Block]) -> str:
    """The first heading; without a heading the first lines that are in capitals, or the first line."""
    heading = next((block.original for block in blocks if block.role == "heading"), "")
    if not heading:
        lines = blocks[0].original.split("\n")
        capitals = list(takewhile(str.isupper, lines))
        heading = " ".join(capitals or lines[:1])
    return " ".join(heading.split())[:MAX_TITLE_LENGTH]


def _summary(blocks: Sequence[Block]) -> str:
    first = blocks[0]
    return first.original if first.role == "paragraph" else ""
