"""Find the recipients (Nơi nhận): the entries of the list at the foot, up to the one that says where the paper is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.enrich.confidence import DAMAGED, RECIPIENT
from indexer.enrich.foot import is_office, split_foot
from indexer.enrich.lines import Line
from kb.item import Evidence
from kb.papers.bodies import spell_abbreviations
from vitext import compose, fold

#: Lines below "Nơi nhận" that may list recipients.
MAX_LINES = 600
#: Recipients that are kept.
MAX_RECIPIENTS = 500
#: Characters of an entry; what is longer is text.
MAX_ENTRY = 400

_LABEL = re.compile(r"^[^\w\n]*n[o0]\w{1,2}\s+(?:nh\w{1,4}|gui)(?=\s*[:;.]|\s*$|\s{2})\s*[:;.]?")
_BULLET = re.compile(r"\s*[-–—+~*•=_]\s*(?=\S)")
_ARCHIVE = re.compile(r"\W*l\w{1,2}\b\W*v[tp]\b|\W*luu\b|\W*l[uư]\w?\s*:")
_EDGES = " \t\n-–—+~*•=:.,;‘'’_|"


#: Where the paper is kept: "Lưu", and the office of the archive (văn thư), with wrong letters.
_KEPT = re.compile(r"^L[uưoâầ]\w{0,2}\s*[:;]\s*(?=[A-ZĐ]{2})")
_ARCHIVE_OFFICE = re.compile(r"^(Lưu: )V[TEIL](?![^\W\d_])(?:\.?,? (?=[A-ZĐ]{2}))?")
#: "Như trên" with up to two letters wrong or a space lost.
_AS_ABOVE = re.compile(r"^nh\w{0,2}\W{0,2}tr\w{1,2}n$")


def find_recipients(texts: Sequence[str]) -> list[Evidence]:
    """The entries of the list "Nơi nhận", in order, from the block that begins the list and the blocks that follow.

    >>> [e.value for e in find_recipients(["Nơi nhận:\\n- Bộ Nội vụ;\\n- Lưu: VT."])]
    ['Bộ Nội vụ', 'Lưu: VT']
    """
    for block, text in enumerate(texts):
        start = 0
        for whole in text.split("\n"):
            label = _LABEL.match(fold(whole[:60]))
            if label:
                line = Line(block, start, whole)
                sure = RECIPIENT if "nơi nhận" in compose(whole[:60]).lower() else DAMAGED
                return _entries(line, label.end(), texts, sure)
            start += len(whole) + 1
    return []


def _entries(label: Line, end: int, texts: Sequence[str], sure: float) -> list[Evidence]:
    """The entries behind the label. Each is one evidence, in the block where it begins."""
    found: list[Evidence] = []
    open_entry = False
    for piece, inner in _pieces(label, end, texts):
        bullet = inner or _BULLET.match(piece.text) is not None
        words = piece.text.strip(_EDGES)
        if not any(c.isalpha() for c in words):
            continue
        if not bullet and is_office(words):
            if not found:
                continue
            break
        kept = bool(found) and _ARCHIVE.match(fold(found[-1].value)) is not None
        goes_on = not bullet and bool(found) and (open_entry or words[:1].islower())
        if kept and not goes_on:
            break
        if not goes_on and (len(piece.text) > MAX_ENTRY or (found and not bullet and _is_text(piece.text))):
            break
        at = piece.start + piece.text.index(words)
        if goes_on:
            found[-1] = _longer(found[-1], words, piece.block, at + len(words))
        else:
            found.append(
                Evidence(
                    "recipients",
                    _spelt(words),
                    "recipients",
                    sure,
                    block=piece.block,
                    start=at,
                    end=at + len(words),
                )
            )
        mark = piece.text.rstrip()[-1:]
        ended = _ARCHIVE.match(fold(found[-1].value)) is not None
        open_entry = (
            (mark == "," and not bullet)
            or mark == "-"
            or (mark not in ";.,:" and not ended and not piece.text.rstrip().endswith("./"))
        )
        if len(found) == MAX_RECIPIENTS or (ended and mark in ".;"):
            break
    return found


def _spelt(words: str) -> str:
    """An entry with the formulas that stand in every list put right, and the Đ of its abbreviations.

    >>> [_spelt(entry) for entry in ("Lux: VE HETEKT", "Nhuw'trên", "HBND xã", "Bộ Nội vụ")]
    ['Lưu: VT, HĐTĐKT', 'Như trên', 'HĐND xã', 'Bộ Nội vụ']
    """
    words = spell_abbreviations(" ".join(words.split()))
    if _AS_ABOVE.match(fold(words)):
        return "Như trên"
    words = _KEPT.sub("Lưu: ", words)
    return _ARCHIVE_OFFICE.sub(lambda found: f"{found[1]}VT" + (", " if found[0].endswith(" ") else ""), words)


def _longer(entry: Evidence, words: str, block: int, end: int) -> Evidence:
    value = f"{entry.value} {' '.join(words.split())}"
    end = end if block == entry.block else entry.end
    return Evidence("recipients", value, entry.rule, entry.confidence, block=entry.block, start=entry.start, end=end)


def _is_text(text: str) -> bool:
    """Whether a line without a mark before it is a sentence or a heading rather than an entry."""
    return (
        len(text) > 120
        or (text.rstrip().endswith(":") and len(text.split()) > 2)
        or (text.strip().isupper() and text.rstrip()[-1] not in ";,")
    )


def _pieces(label: Line, end: int, texts: Sequence[str]) -> Iterator[tuple[Line, bool]]:
    """The parts of the lines behind the label that may be entries, without the right column; whether ";" divides them."""
    left = MAX_LINES
    for block in range(label.block, len(texts)):
        start = 0
        for whole in texts[block].split("\n"):
            line = Line(block, start, whole)
            start += len(whole) + 1
            if block == label.block and line.start < label.start:
                continue
            if line.start == label.start and block == label.block:
                line = Line(block, label.start + end, whole[end:])
            yield from _left_column(line)
            left -= 1
            if not left:
                return


def _left_column(line: Line) -> Iterator[tuple[Line, bool]]:
    parts = split_foot(line)
    indented = len(line.text) - len(line.text.lstrip()) > 24
    if not parts or (len(parts) == 1 and indented and not _BULLET.match(parts[0].text)):
        return
    first = parts[0]
    if is_office(first.text) and len(parts) > 1:
        return
    at = 0
    for mark in re.finditer(r";\s*(?=[-–+•]|\S)", first.text):
        yield first.part(at, mark.start() + 1), at > 0
        at = mark.end()
    yield first.part(at, len(first.text)), at > 0
