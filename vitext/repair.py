"""Repair Vietnamese text: first what is certain by rule, then the letters that a recogniser or a typist destroyed.

The original is kept and every step is named. The rules (`vitext.fixers`) run over every text; the
corrector (`vitext.correction`) only over lines that bear no Vietnamese letter at all, though they are Vietnamese. What it
corrects carries a confidence and alternatives. Text found clean passes
through untouched; a false repair is worse than a missed one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vitext import layout
from vitext.alignment import Alignment, Change
from vitext.correction import Region, default_corrector, find_damaged
from vitext.damage import Damage, measure_damage
from vitext.fixers import FIXERS, Fixer, place_tones

#: Readings are accepted from here on; below, they are marked. On held-out pages 99 of 100 words above it are right.
SURE_CONFIDENCE = 0.98
#: Below this a reading is a guess: its alternatives are indexed, and nobody quotes it.
DOUBTFUL_CONFIDENCE = 0.9
#: What a caller knows of a text that is too short to be judged: a query, a title.
Assumed = Literal["ocr", "unaccented"]

_NAMES = {"ocr": "correct_letters", "unaccented": "restore_accents"}
_PASSES = 16
_READINGS = 4
#: Characters after which a stream is cut: at the next empty line, later at a line's end, at last at a space or anywhere.
_PIECE = 1 << 16
_CUTS = ((_PIECE, "\n\n"), (4 * _PIECE, "\n"), (8 * _PIECE, " "), (16 * _PIECE, ""))


class Step(NamedTuple):
    """One change: `before` at characters [start, end) of the text that the step met became `after`."""

    name: str
    start: int
    end: int
    before: str
    after: str


class CorrectedWord(NamedTuple):
    """A word that was read anew: `after` at characters [start, end) of the repaired text, `before` in the original.

    `confidence` (0..1) is the calibrated probability that `after` is what was printed. `alternatives` are the next best
    readings with theirs, the likeliest first; they may be empty. At `SURE_CONFIDENCE` and above a reading is accepted; below
    `DOUBTFUL_CONFIDENCE` it must not be quoted as the paper's words.
    """

    start: int
    end: int
    original_start: int
    original_end: int
    before: str
    after: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text that explains itself; `replay(original, steps)` gives `text` again.

    `words` are the words that were read anew, in the order of the text, those found as they should be included. `met` is the
    text that the reader met, after the rules; `damage` measures it.
    """

    original: str
    text: str
    steps: tuple[Step, ...]
    words: tuple[CorrectedWord, ...] = ()
    met: str = ""

    @property
    def damage(self) -> Damage:
        """The damage of the text before its letters were read anew; measured at every call."""
        return measure_damage(self.met)

    @property
    def uncertain(self) -> tuple[CorrectedWord, ...]:
        """The words below `SURE_CONFIDENCE`."""
        return tuple(word for word in self.words if word.confidence < SURE_CONFIDENCE)


def repair(text: str, *, assume: Assumed | None = None, keep_lines: bool = True) -> Repaired:
    """Repair a text. Clean text comes back as it is, with no steps.

    `assume` says what a text is that is too short to be judged, such as a query; lines with accents are left alone even so.
    With `keep_lines=False` the page is undone too (`vitext.layout`): page numbers, running heads, broken lines.

    >>> repaired = repair("Phát huy nội lực, hoà nháº­p")
    >>> repaired.text, [step.name for step in repaired.steps]
    ('Phát huy nội lực, hòa nhập', ['undo_mojibake', 'place_tones'])
    >>> repair("Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc").text
    'Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước'
    """
    return repair_blocks([text], assume=assume, keep_lines=keep_lines)[0]


def repair_blocks(blocks: Sequence[str], *, assume: Assumed | None = None, keep_lines: bool = True) -> list[Repaired]:
    """Repair the blocks of one document: short blocks are judged by the others, and each comes back on its own."""
    works = [_Work(block) for block in blocks]
    for work in works:
        work.fix(FIXERS)
        work.met = work.text
    for _ in range(_READINGS):
        changed = False
        for work, regions in zip(works, _judge([work.text for work in works], assume), strict=True):
            if regions and work.read(regions):
                changed = True
        if not changed:
            break
    for work in works:
        if work.words:
            # A line that was read bears accents now, and its other words are spelt as those of any line.
            work.fix((place_tones,))
        if not keep_lines:
            work.fix(layout.FIXERS)
    return [work.result() for work in works]


def repair_stream(pieces: Iterable[str], *, assume: Assumed | None = None) -> Iterator[Repaired]:
    """Repair a text that comes in pieces, in bounded memory: cut at empty lines, about 64,000 characters at a time.

    Text without empty lines is cut at the ends of lines, and without those at spaces, so that no more than a million
    characters wait.

    The results' `text` one after the other are the repaired text.

    >>> "".join(r.text for r in repair_stream(["Phát huy n", "ội lực, hoà nhập"]))
    'Phát huy nội lực, hòa nhập'
    """
    rest = ""
    for piece in pieces:
        rest += piece
        while (cut := _find_cut(rest)) > 0:
            yield repair(rest[:cut], assume=assume)
            rest = rest[cut:]
    if rest:
        yield repair(rest, assume=assume)


def _find_cut(text: str) -> int:
    """Where a stream may be cut, 0 for nowhere yet."""
    for least, sign in _CUTS:
        if len(text) > least and (at := text.find(sign, _PIECE)) >= 0:
            return at + len(sign)
    return 0


def replay(original: str, steps: Iterable[Step]) -> str:
    """Apply the steps again. Raises ValueError when the text is not the one they were made for.

    >>> replay("hoà", repair("hoà").steps)
    'hòa'
    """
    text = original
    run: list[Step] = []
    for step in steps:
        if run and step.end > run[-1].start:
            text, run = _apply(text, run), []
        run.append(step)
    return _apply(text, run)


def _judge(texts: list[str], assume: str | None) -> list[list[Region]]:
    """The damaged regions of each text, judged over all of them together."""
    whole = "\n\n".join(texts)
    found: list[list[Region]] = [[] for _ in texts]
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 2)
    for region in find_damaged(whole, assume):
        at = bisect_right(starts, region.start) - 1
        found[at].append(Region(region.start - starts[at], region.end - starts[at], region.channel))
    return found


@dataclass(slots=True)
class _Work:
    """A text under repair. Every run of changes is kept, so that places can be followed back to the original."""

    original: str
    text: str = ""
    met: str = ""
    steps: list[Step] = field(default_factory=list)
    runs: list[Alignment] = field(default_factory=list)
    words: list[CorrectedWord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.original

    def fix(self, fixers: Iterable[Fixer]) -> None:
        """Every rule, to a fixed point."""
        for _ in range(_PASSES):
            before = self.text
            for fixer in fixers:
                self._change([(fixer.__name__, change) for change in fixer(self.text)])
            if self.text == before:
                break

    def read(self, regions: list[Region]) -> bool:
        """Read the regions anew; whether that changed anything."""
        readings = default_corrector().read(self.text, regions)
        starts = [region.start for region in regions]
        runs = self.runs[::-1]
        words: list[CorrectedWord] = []
        changes: list[tuple[str, Change]] = []
        grown = 0
        for start, end, after, confidence, alternatives in readings:
            first, last = start, end
            for run in runs:
                first, last = run.back(first, last)
            shift = grown
            if self.text[start:end] != after:
                name = _NAMES[regions[bisect_right(starts, start) - 1].channel]
                changes.append((name, (start, end, after)))
                grown += len(after) - (end - start)
            before = self.original[first:last]
            place = start + shift
            words.append(CorrectedWord(place, place + len(after), first, last, before, after, confidence, alternatives))
        # Whole lines are read again: what was read there before is void.
        self.words = [word for word in self.words if not any(r.start <= word.start < r.end for r in regions)]
        self._change(changes)
        self.words = sorted(self.words + words, key=lambda word: word.start)
        return bool(changes)

    def _change(self, named: list[tuple[str, Change]]) -> None:
        """Make changes that are given in the order of the text."""
        if not named:
            return
        # Last first, so that the places of earlier changes stay true.
        made = [Step(name, a, b, self.text[a:b], new) for name, (a, b, new) in reversed(named)]
        self.text = _apply(self.text, made)
        self.steps += made
        run = Alignment([change for _, change in named])
        self.runs.append(run)
        moved = (run.forward(word.start, word.end) for word in self.words)
        # What goes with a running head is gone.
        self.words = [word._replace(start=a, end=b) for word, (a, b) in zip(self.words, moved, strict=True) if a < b]

    def result(self) -> Repaired:
        return Repaired(self.original, self.text, tuple(self.steps), tuple(self.words), self.met)


def _apply(text: str, steps: list[Step]) -> str:
    """Make changes that stand last first and do not overlap: all at once, so that time grows with the text only."""
    pieces = []
    rest = len(text)
    for step in steps:
        if text[step.start : step.end] != step.before:
            raise ValueError(f"step {step.name} expects {step.before!r} at {step.start}")
        pieces += [text[step.end : rest], step.after]
        rest = step.start
    pieces.append(text[:rest])
    return "".join(reversed(pieces))
