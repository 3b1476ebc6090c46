"""Repair Vietnamese text: first what is certain by rule, then the letters that a recogniser or a typist destroyed.

The original is kept and every step is named. The rules (`vitext.fixers`) run over every text; the corrector
(`vitext.correction`) only over lines that bear no Vietnamese letter at all, though they are Vietnamese. What it corrects
carries a confidence and alternatives. Text found clean passes through untouched; a false repair is worse than a missed one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from vitext import layout
from vitext.alignment import Alignment, Change
from vitext.correction import Region, default_corrector, find_damaged, find_damaged_alone
from vitext.encodings import ENCODINGS
from vitext.fixers import FIXERS, Fixer, place_tones
from vitext.legacy import convert_blocks, convert_legacy
from vitext.mojibake import resolve_entities, undo_mojibake
from vitext.repaired import CorrectedWord, Repaired, Step, apply_steps

#: What a caller knows of a text: one of `ASSUMPTIONS`.
Assumption = Literal["clean", "ocr", "unaccented", "western", "bare", "tcvn3", "vni", "viscii", "viqr", "cp1258"]
#: What `repair` can be told of a text: its letters are whole ("clean"), an English recogniser destroyed them ("ocr"), or one
#: of another language with accents ("western") or without any ("bare"), it was typed without accents ("unaccented"), or
#: it is in one of the legacy encodings (`ENCODINGS`).
ASSUMPTIONS: tuple[Assumption, ...] = ("clean", "ocr", "unaccented", "western", "bare", *ENCODINGS)

#: How a change by each channel is named.
_STEP_NAMES = {
    "ocr": "correct_letters",
    "western": "correct_letters",
    "bare": "correct_letters",
    "unaccented": "restore_accents",
}
#: How often the rules are run over a text until none changes it.
_RULE_ROUNDS = 16
#: How often a text is corrected until nothing changes: corrected lines help to judge those around them.
_CORRECTION_ROUNDS = 4
#: Characters after which a stream is cut: at the next empty line, later at a line's end, at last at a space or anywhere.
_PIECE = 1 << 16
_CUTS = ((_PIECE, "\n\n"), (4 * _PIECE, "\n"), (8 * _PIECE, " "), (16 * _PIECE, ""))


def repair(text: str, *, assume: Assumption | None = None, keep_lines: bool = True) -> Repaired:
    """Repair a text that is a whole by itself: a page, a title, a line. Returns a `Repaired`; clean text has no steps.

    A short text is judged by what correction makes of it, and left alone where that would be a guess. With `assume` the
    caller says what it is (see `ASSUMPTIONS`): `"ocr"` and `"unaccented"` correct every line without accents, `"clean"`
    corrects no letters, the name of a legacy encoding converts the text from it whether or not it proves to be in it.
    With `keep_lines=False` the page is undone too: page numbers, running heads, words and sentences broken at line ends.
    Raises ValueError for any other `assume`.

    >>> repaired = repair("Phát huy nội lực, hoà nháº­p")
    >>> repaired.text, [step.name for step in repaired.steps]
    ('Phát huy nội lực, hòa nhập', ['undo_mojibake', 'place_tones'])
    >>> repair("Pay manh cdng tac tuyén truyén").text
    'Đẩy mạnh công tác tuyên truyền'
    >>> repair("Can the man go to my house").text, repair("Ha Noi").text
    ('Can the man go to my house', 'Ha Noi')
    >>> repair("hop tac xa", assume="unaccented").text, repair("Hµ Néi", assume="tcvn3").text
    ('hợp tác xã', 'Hà Nội')
    """
    return _repair([text], assume, keep_lines, find_damaged_alone)[0]


def repair_blocks(
    blocks: Sequence[str],
    *,
    assume: Assumption | None = None,
    keep_lines: bool = True,
    max_corrected: int | None = None,
) -> list[Repaired]:
    """Repair the blocks (paragraphs, headings, cells) of one document. Returns a `Repaired` for each, in their order.

    A short block is judged by the others, so that a heading of a damaged document is corrected and the same words in a
    clean one are not. `assume` and `keep_lines` are those of `repair`. `max_corrected` is how many characters of damaged
    lines are corrected, from the beginning, None for all: correction takes many times as long as everything else. What lies
    beyond keeps its letters, and `Repaired.uncorrected` tells how much that is.

    >>> damaged = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc, guong dién hinh tién tién, cac mé hinh mdi"
    >>> clean = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước"
    >>> [repair_blocks(["KE HOACH", page])[0].text for page in (damaged, clean)]
    ['KẾ HOẠCH', 'KE HOACH']
    """
    return _repair(blocks, assume, keep_lines, find_damaged, max_corrected)


def repair_stream(pieces: Iterable[str], *, assume: Assumption | None = None) -> Iterator[Repaired]:
    """Repair a text that comes in pieces, in bounded memory: cut at empty lines, about 64,000 characters at a time.

    Text without empty lines is cut at the ends of lines, and without those at spaces, so that no more than a million
    characters wait. Returns an iterator: the `text` of the results one after the other is the repaired text, their
    `original` the one given.

    >>> "".join(r.text for r in repair_stream(["Phát huy n", "ội lực, hoà nhập"]))
    'Phát huy nội lực, hòa nhập'
    """
    rest = ""
    cuts = 0
    for piece in pieces:
        rest += piece
        while (cut := _find_cut(rest)) > 0:
            yield repair_blocks([rest[:cut]], assume=assume)[0]
            rest = rest[cut:]
            cuts += 1
    if rest:
        # What is left of a longer text is no whole by itself.
        yield repair_blocks([rest], assume=assume)[0] if cuts else repair(rest, assume=assume)


def _find_cut(text: str) -> int:
    """Where a stream may be cut, 0 for nowhere yet."""
    for least, sign in _CUTS:
        if len(text) > least and (at := text.find(sign, _PIECE)) >= 0:
            return at + len(sign)
    return 0


def _repair(
    blocks: Sequence[str],
    assume: Assumption | None,
    keep_lines: bool,
    find: Callable[[str], list[Region]],
    max_corrected: int | None = None,
) -> list[Repaired]:
    if assume is not None and assume not in ASSUMPTIONS:
        raise ValueError(f"assume={assume!r} is none of {', '.join(ASSUMPTIONS)}")
    encoding = next((name for name in ENCODINGS if name == assume), None)
    works = [_Work(block) for block in blocks]
    for work in works:
        work.fix((resolve_entities, undo_mojibake))
    # What encoding a text is in, its blocks tell together.
    known = None if encoding is None else [convert_legacy(work.text, encoding) for work in works]
    for work, changes in zip(works, known or convert_blocks([work.text for work in works]), strict=True):
        work.convert(changes)
        work.fix(FIXERS)
        work.before_correction = work.text
    if assume in _STEP_NAMES:
        find = _assuming(assume)
    left = max_corrected
    for _ in range(0 if assume == "clean" else _CORRECTION_ROUNDS):
        changed = False
        for work, regions in zip(works, _find_over([work.text for work in works], find), strict=True):
            if left is not None:
                regions, left = work.cut(regions, left)
            if regions and work.correct(regions):
                changed = True
        if not changed:
            break
    for work in works:
        if work.words:
            # A line that was corrected bears accents now, and its other words are spelt as those of any line.
            work.fix((place_tones,))
        if not keep_lines:
            work.fix(layout.FIXERS)
    return [work.result() for work in works]


def _assuming(channel: str) -> Callable[[str], list[Region]]:
    return lambda text: find_damaged(text, channel)


def _find_over(texts: list[str], find: Callable[[str], list[Region]]) -> list[list[Region]]:
    """The damaged regions of each text, judged over all of them together."""
    whole = "\n\n".join(texts)
    found: list[list[Region]] = [[] for _ in texts]
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 2)
    for region in find(whole):
        at = bisect_right(starts, region.start) - 1
        found[at].append(Region(region.start - starts[at], region.end - starts[at], region.channel))
    return found


@dataclass(slots=True)
class _Work:
    """A text under repair. Every run of changes is kept, so that places can be followed back to the original."""

    original: str
    text: str = ""
    before_correction: str = ""
    steps: list[Step] = field(default_factory=list)
    runs: list[Alignment] = field(default_factory=list)
    words: list[CorrectedWord] = field(default_factory=list)
    uncorrected: int = 0

    def __post_init__(self) -> None:
        self.text = self.original

    def convert(self, changes: list[Change]) -> None:
        """Make the changes that convert the text from its encoding."""
        self._change([("convert_legacy", change) for change in changes])

    def fix(self, fixers: Iterable[Fixer]) -> None:
        """Run every rule, until none changes the text."""
        for _ in range(_RULE_ROUNDS):
            before = self.text
            for fixer in fixers:
                self._change([(fixer.__name__, change) for change in fixer(self.text)])
            if self.text == before:
                break

    def cut(self, regions: list[Region], left: int) -> tuple[list[Region], int]:
        """The regions as far as `left` characters reach, and how many are left then. What is cut off is counted."""
        kept = []
        missed = 0
        for region in regions:
            end = region.end
            if end - region.start > left:
                end = max(region.start, self.text.rfind(" ", region.start, region.start + left))
                missed += region.end - end
                left = end - region.start
            left -= end - region.start
            if end > region.start:
                kept.append(Region(region.start, end, region.channel))
        self.uncorrected = max(self.uncorrected, missed)
        return kept, left

    def correct(self, regions: list[Region]) -> bool:
        """Correct the words of the regions; whether that changed anything."""
        starts = [region.start for region in regions]
        runs = self.runs[::-1]
        words: list[CorrectedWord] = []
        changes: list[tuple[str, Change]] = []
        grown = 0
        found = default_corrector().correct(self.text, regions)
        for start, end, after, confidence, alternatives in found:
            first, last = start, end
            for run in runs:
                first, last = run.back(first, last)
            shift = grown
            if self.text[start:end] != after:
                name = _STEP_NAMES[regions[bisect_right(starts, start) - 1].channel]
                changes.append((name, (start, end, after)))
                grown += len(after) - (end - start)
            before = self.original[first:last]
            place = start + shift
            words.append(CorrectedWord(place, place + len(after), first, last, before, after, confidence, alternatives))
        # What is weighed again is told anew.
        again = {start for start, *_ in found}
        self.words = [word for word in self.words if word.start not in again]
        self._change(changes)
        self.words = sorted(self.words + words, key=lambda word: word.start)
        return bool(changes)

    def _change(self, named: list[tuple[str, Change]]) -> None:
        """Make changes that are given in the order of the text."""
        if not named:
            return
        # Last first, so that the places of earlier changes stay true.
        made = [Step(name, a, b, self.text[a:b], new) for name, (a, b, new) in reversed(named)]
        self.text = apply_steps(self.text, made)
        self.steps += made
        run = Alignment([change for _, change in named])
        self.runs.append(run)
        moved = (run.forward(word.start, word.end) for word in self.words)
        # What goes with a running head is gone.
        self.words = [word._replace(start=a, end=b) for word, (a, b) in zip(self.words, moved, strict=True) if a < b]

    def result(self) -> Repaired:
        return Repaired(
            self.original, self.text, tuple(self.steps), tuple(self.words), self.before_correction, self.uncorrected
        )
