"""Read one file into an item: let the reader of its format read it, then put its attributes and its blocks together.

The text of a block is what the file holds, without markup; nothing is corrected here. Pages are counted only where the
file marks them: a guessed page number would come into somebody's citation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from indexer.declared import UNCLEAR, WHAT_TO_WRITE
from indexer.extract.practice import find_practice
from indexer.provenance import TAKEN_FROM, join_origins
from indexer.readers.front_matter import hides
from indexer.readers.reader import Content, Paper, Recogniser
from indexer.readers.registry import read
from kb.errors import ExtractError
from kb.item import PART_JOIN, Block, Evidence, Item, Kind, Source
from vitext import fold

#: The rule by which an item's evidence says what of its file was not read.
NOT_READ = "not_read"
#: Characters at which a title made from the text is cut.
MAX_TITLE_LENGTH = 200


def slug(text: str) -> str:
    """An ASCII identifier for URLs, at most 80 characters.

    >>> slug("43-KH-LMHTX.scan")
    '43-kh-lmhtx-scan'
    """
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in fold(text))
    return "-".join(part for part in letters.split("-") if part)[:80].strip("-") or "muc"


def extract(path: str, data: bytes, attributes: Mapping[str, Any], recogniser: Recogniser | None = None) -> Item:
    """An item from the bytes of the file at `path` (relative to the corpus); `recogniser` reads what is an image.

    `attributes` (from the manifest, checked) take precedence over the front matter of the file; but whichever asks to hide
    the item hides it. Raises ExtractError for a file that cannot be read or does not have the digest of the manifest, and
    for front matter that is not as it must be.
    """
    digest = hashlib.sha256(data).hexdigest()
    if attributes.get("sha256", digest) != digest:
        raise ExtractError(f"{path}: không đúng mã sha256 ghi trong bản kê; nếu cố ý thay tệp thì sửa cả bản kê")
    content = read(Paper(path, data, recogniser))
    own, blocks = content.attributes, content.blocks
    if not any(block.original.strip() for block in blocks):
        raise ExtractError(f"{path}: tệp không có chữ nào")
    known = {**own, **attributes}
    internal, unclear = _internal(own, attributes, content)
    kind: Kind = known.get("kind", "document")
    practice = find_practice(blocks) if kind != "document" else None
    return Item(
        id=slug(known.get("id") or "-".join(PurePosixPath(name).stem for name in path.split(PART_JOIN))),
        kind=kind,
        title=known.get("title") or ("" if kind == "document" else _title(blocks)),
        source=Source(
            path, digest, join_origins(known.get("origin", ""), known.get(TAKEN_FROM, "")), known.get("licence", "")
        ),
        blocks=blocks,
        fields=tuple(known.get("fields", ())),
        place=known.get("place", ""),
        place_former=known.get("place_former", ""),
        year=known.get("year", 0),
        unit=known.get("unit", ""),
        subject=known.get("subject"),
        status=known.get("status"),
        sample=known.get("sample", False),
        internal=internal,
        summary=_summary(blocks) if practice else "",
        practice=practice,
        evidence=_told(content, unclear),
        bounds=content.bounds,
        waiting=content.waiting,
    )


def _told(content: Content, unclear: str) -> tuple[Evidence, ...]:
    """What the person who keeps the collection must know: why the item is hidden, and what was not read."""
    hidden = [Evidence("internal", unclear, UNCLEAR, 1.0)] if unclear else []
    return (*hidden, *(Evidence("notes", note, NOT_READ, 1.0) for note in content.notes))


def _internal(own: Mapping[str, Any], attributes: Mapping[str, Any], content: Content) -> tuple[bool, str]:
    """(whether the item is hidden, why if nobody clearly asked for it)."""
    declared = [place for place in (attributes, own) if "internal" in place]
    opening = content.opening or "\n".join(block.repaired or block.original for block in content.blocks)
    if not declared and (line := hides(opening)):
        return True, f"dòng “{line}” ở ngoài phần đầu. {WHAT_TO_WRITE} ở phần đầu của tệp .md hoặc trong manifest.toml"
    return any(place["internal"] for place in declared), "; ".join(p[UNCLEAR] for p in declared if UNCLEAR in p)


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
