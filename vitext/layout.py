"""Undo the page: page numbers, running heads, words and sentences broken at the end of a line.

Only on request (`repair(text, keep_lines=False)`), and only where the evidence is strong: a page number must stand alone
beside a page's end or in a rising row, a running head must come back beside page ends, a line is joined to the next only
when it is full and its sentence goes on. What is uncertain stays: a lost line is worse than a broken one.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from vitext.alignment import Change
from vitext.syllables import is_syllable

_NUMBER = re.compile(r"^[ \t]*(?:[-–—] ?(\d{1,4}) ?[-–—]|[Tt]rang (\d{1,4})(?:/\d{1,4})?|(\d{1,4}))[ \t]*$")
_HYPHEN = re.compile(r"(?<![^\W\d_])([^\W\d_]+)-\n[ \t]*([^\W\d_]+)")
_MARKER = re.compile(r"\s*(?:[-–+*•~]|\(?\d{1,3}[.)]|[IVX]{1,4}\.|[a-zđ]\))\s")
#: A running head must come back so often.
MIN_HEADS = 3
#: A row of page numbers must be so long where no form feeds mark pages.
MIN_ROW = 3
#: A line shorter than this share of the longest of its paragraph ends one.
FULL_LINE_SHARE = 0.7
#: Longer lines are no running heads.
MAX_HEAD_LENGTH = 120


def drop_page_numbers(text: str) -> list[Change]:
    """Lines that are only a page number: beside a form feed, or in a rising row by ones."""
    found: list[tuple[int, int, int]] = []
    sure: set[int] = set()
    for start, end, line in _lines(text):
        if match := _NUMBER.match(line.strip("\f")):
            found.append((start, end, int(next(filter(None, match.groups())))))
            if "\f" in text[max(0, start - 2) : end + 2]:
                sure.add(start)
    row = [found[0]] if found else []
    for here in found[1:]:
        if here[2] != row[-1][2] + 1:
            row = []
        row.append(here)
        if len(row) >= MIN_ROW:
            sure.update(start for start, _, _ in row)
    return [_without(text, start, end) for start, end, _ in found if start in sure]


def drop_running_heads(text: str) -> list[Change]:
    """Lines that come back at the top or the foot of pages, the same but for numbers. Pages end at form feeds."""
    if text.count("\f") < MIN_HEADS - 1:
        return []
    edges: list[tuple[int, int, str]] = []
    at = 0
    for page in text.split("\f"):
        lines = [(at + start, at + end, line) for start, end, line in _lines(page) if line.strip()]
        edges += lines[:1] + (lines[-1:] if len(lines) > 1 else [])
        at += len(page) + 1
    count = Counter(_shape(line) for _, _, line in edges)
    # The first is the title, or the head's own first place: it stays.
    seen: set[str] = set()
    changes = []
    for start, end, line in edges:
        shape = _shape(line)
        if count[shape] >= MIN_HEADS and len(line) <= MAX_HEAD_LENGTH and shape in seen:
            changes.append(_without(text, start, end))
        seen.add(shape)
    return changes


def join_hyphens(text: str) -> list[Change]:
    """Words broken at a line's end: "inter-|national" is joined, "kinh tế-|xã hội" and "CTr-|LMHTX" keep their hyphen."""
    changes = []
    for match in _HYPHEN.finditer(text):
        whole = is_syllable(match[1]) and is_syllable(match[2])
        broken = match[1].islower() and match[2].islower() and not whole
        changes.append((match.end(1), match.start(2), "" if broken else "-"))
    return changes


def join_lines(text: str) -> list[Change]:
    """Newlines inside a sentence become spaces: the line is full, no sentence ends, and no list item or heading begins."""
    changes: list[Change] = []
    paragraph: list[tuple[int, int, str]] = []
    for line in [*_lines(text), (0, 0, "")]:
        if line[2].strip(" \t") and "\f" not in line[2]:
            paragraph.append(line)
            continue
        longest = max((len(text) for _, _, text in paragraph), default=0)
        for (_, end, before), (start, _, after) in pairwise(paragraph):
            goes_on = after.lstrip()[:1].islower() or before.rstrip()[-1:] == ","
            ended = before.rstrip()[-1:] in ".:;!?"
            if len(before) >= FULL_LINE_SHARE * longest and goes_on and not ended and not _MARKER.match(after):
                left, right = len(before) - len(before.rstrip()), len(after) - len(after.lstrip())
                changes.append((end - left, start + right, " "))
        paragraph = []
    return changes


FIXERS = (drop_page_numbers, drop_running_heads, join_hyphens, join_lines)


def _lines(text: str) -> list[tuple[int, int, str]]:
    found = []
    at = 0
    for line in text.split("\n"):
        found.append((at, at + len(line), line))
        at += len(line) + 1
    return found


def _without(text: str, start: int, end: int) -> Change:
    """The line goes with its newline; a form feed on it stays."""
    kept = "\f" if "\f" in text[start:end] else ""
    return start, min(end + (not kept), len(text)), kept


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()).lower())
