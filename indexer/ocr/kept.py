"""The form in which a recognised page is kept: its words with their places, and what else its layout needs, in few bytes."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import Any

from indexer.ocr.page_image import PageImage
from indexer.ocr.recognise import Sheet
from indexer.ocr.skew import place_before
from indexer.ocr.tesseract import Word, version
from kb.page_text import PageText, PageWord, pack, unpack

#: Part of the settings of every page. Raise it when a page is recognised differently, so that its pages are read again.
RECOGNISER_VERSION = 1
#: The most bytes of a page that are unpacked.
_MOST = 8_000_000


def settings() -> str:
    """The settings by which pages are recognised here, as the store of pages knows them."""
    return f"tesseract {version()}, vie, 200-300 dpi, {RECOGNISER_VERSION}"


def keep(sheet: Sheet, number: int) -> tuple[PageText, bytes]:
    """A page as the store of pages takes it: the words at their places, and the rest."""
    rest: dict[str, Any] = {
        "size": [sheet.size.width, sheet.size.height, sheet.size.dpi],
        "turned": sheet.turned,
        "skew": sheet.skew,
        "unread": sheet.unread,
        "model": sheet.model,
        "lines": [word.line for word in sheet.words],
        "rules": [[round(edge, 2) for edge in rule] for rule in sheet.rules],
    }
    told = json.dumps(rest, separators=(",", ":")).encode()
    other = pack(_page_text(sheet, sheet.other, number)) if sheet.other else b""
    lines = json.dumps([word.line for word in sheet.other], separators=(",", ":")).encode() if sheet.other else b""
    parts = (zlib.compress(told, 9), zlib.compress(lines, 9) if lines else b"", other)
    return _page_text(sheet, sheet.words, number), b"".join(len(part).to_bytes(4, "little") + part for part in parts)


def restore(page: PageText, rest: bytes) -> Sheet:
    """The page of `keep`. Raises ValueError for other bytes."""
    try:
        parts = list(_parts(rest))
        told = json.loads(_unpacked(parts[0]))
        width, height, dpi = told["size"]
        size = PageImage(width, height, dpi, b"")
        sheet = Sheet(
            size,
            rules=tuple(tuple(rule) for rule in told["rules"]),
            turned=told["turned"],
            skew=told["skew"],
            unread=told["unread"],
            model=told["model"],
        )
        words = _words(page, told["lines"], sheet)
        other = _words(unpack(parts[2]), json.loads(_unpacked(parts[1])), sheet) if parts[2] else ()
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"no recognised page: {error}") from error
    return replace(sheet, words=words, other=other)


def _parts(rest: bytes) -> list[bytes]:
    parts = []
    while rest:
        end = 4 + int.from_bytes(rest[:4], "little")
        parts.append(rest[4:end])
        rest = rest[end:]
    return parts


def _unpacked(part: bytes) -> bytes:
    return zlib.decompressobj().decompress(part, _MOST)


def _page_text(sheet: Sheet, words: tuple[Word, ...], number: int) -> PageText:
    """The words at their places on the page as the file shows it."""
    across, down = sheet.size.width, sheet.size.height
    placed = []
    for word in words:
        left, top, right, bottom = _leaning((word.left, word.top, word.right, word.bottom), sheet.size, sheet.skew)
        box = _turned_back((left / across, top / down, right / across, bottom / down), sheet.turned)
        placed.append(PageWord(word.text, word.confidence, *box))
    shown = (down, across) if sheet.turned in (90, 270) else (across, down)
    scale = 72 / sheet.size.dpi
    model = f"tesseract {version()} {sheet.model}"
    return PageText(number, shown[0] * scale, shown[1] * scale, tuple(placed), "recognised", model, sheet.turned)


def _words(page: PageText, lines: list[list[int]], sheet: Sheet) -> tuple[Word, ...]:
    across, down = sheet.size.width, sheet.size.height
    words = []
    for word, (block, paragraph, line) in zip(page.words, lines, strict=True):
        left, top, right, bottom = _turned_back((word.left, word.top, word.right, word.bottom), -sheet.turned % 360)
        box = _leaning((left * across, top * down, right * across, bottom * down), sheet.size, -sheet.skew)
        words.append(Word(word.text, round(word.confidence, 4), (block, paragraph, line), *map(round, box)))
    return tuple(words)


Edges = tuple[float, float, float, float]


def _leaning(box: Edges, size: PageImage, degrees: float) -> Edges:
    """The box of a word, as large as it is, where its middle was before the page was turned by a few degrees."""
    left, top, right, bottom = box
    x, y = place_before((left + right) / 2, (top + bottom) / 2, size, degrees)
    across, down = (right - left) / 2, (bottom - top) / 2
    return (x - across, y - down, x + across, y + down)


def _turned_back(box: Edges, degrees: int) -> Edges:
    """A rectangle in shares of a page that was turned clockwise, in shares of the page before that.

    >>> _turned_back((0.75, 0.0, 1.0, 0.25), 90)
    (0.0, 0.0, 0.25, 0.25)
    """
    left, top, right, bottom = box
    match degrees:
        case 90:
            return (top, 1 - right, bottom, 1 - left)
        case 180:
            return (1 - right, 1 - bottom, 1 - left, 1 - top)
        case 270:
            return (1 - bottom, left, 1 - top, right)
    return box
