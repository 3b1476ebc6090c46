"""Show the versions of an item's text: hits and doubtful words are marked, and a summary says how reliable the text is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.item import Block, Item
from search_api.display import cards
from search_api.display.hits import read
from search_api.display.item_tokens import ItemTokens, words_of_original
from search_api.display.snippets import Matcher, Run, segments, without_single
from search_api.query.interpretation import Interpretation
from search_api.schema import Alternative, CorrectionQuality, Doubt, TextBlock, TextSegment
from vitext import DOUBTFUL_CONFIDENCE, CorrectedWord, Words

#: One line with its line end, or the last line without one.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A doubtful word in one version: its characters [start, end), and its index in the block's list of doubts."""

    start: int
    end: int
    index: int


def show_blocks(meant: Interpretation | None, text: ItemTokens, first: int = 0) -> tuple[list[TextBlock], int]:
    """The full text, or a part of it whose `first` block is given, with numbered hits; and the number of hits."""
    matcher = _matcher(meant, text)
    found: list[list[Run]] = matcher.in_blocks(text) if matcher else [[] for _ in text.blocks]
    originals = _runs_of_originals(matcher, text.item)
    out, count = [], 0
    for index, block in enumerate(text.item.blocks):
        shown = list(_cut(block.best, found[index], _marks(block)))
        hits = sum(segment.hit and not segment.more for segment in shown)
        out.append(
            TextBlock(
                id=f"b{first + index}",
                page=block.page,
                role=block.role,
                level=block.level,
                marker=block.marker,
                segments=shown,
                original=list(_cut(block.original, originals[index], _marks(block, original=True)))
                if block.best != block.original
                else [],
                doubts=[_doubt(word) for word in block.doubts],
                corrected=block.corrected,
                quality=cards.coded("quality", block.quality),
                first_hit=count + 1 if hits else 0,
            )
        )
        count += hits
    return out, count


def hits_in_other(meant: Interpretation | None, text: ItemTokens) -> list[list[tuple[int, int]]]:
    """Where the query stands in the second reading of each block (`Block.other`): characters [start, end) of it.

    It is not shown as text; what it says is on the image of the page.
    """
    matcher = _matcher(meant, text)
    if matcher is None:
        return [[] for _ in text.item.blocks]
    found = without_single([matcher.runs(Words(block.other)) if block.other else [] for block in text.item.blocks])
    return [[(run.start, run.end) for run in runs] for runs in found]


def _matcher(meant: Interpretation | None, text: ItemTokens) -> Matcher | None:
    if not meant or not meant.query.terms:
        return None
    return read(meant, text, dropped=True).matcher(text)


def _runs_of_originals(matcher: Matcher | None, item: Item) -> list[list[Run]]:
    """The hits in the letters as recognised, for the blocks that also have another version."""
    if matcher is None:
        return [[] for _ in item.blocks]
    return without_single([matcher.runs(*words_of_original(b)) if b.best != b.original else [] for b in item.blocks])


def _marks(block: Block, *, original: bool = False) -> list[_Mark]:
    if block.edited is not None and not original:
        return []
    return [
        _Mark(word.original_start, word.original_end, index) if original else _Mark(word.start, word.end, index)
        for index, word in enumerate(block.doubts)
    ]


def _cut(text: str, runs: Sequence[Run], marks: Sequence[_Mark]) -> Iterator[TextSegment]:
    """The segments of a text, cut at doubtful words; hits are also cut at line ends, so that two versions can be shown line
    beside line."""
    at = next_mark = 0
    waiting = [mark for mark in marks if mark.start < mark.end]
    for segment in segments(text, runs):
        end, begun = at + len(segment.text), False
        while at < end:
            mark = waiting[next_mark] if next_mark < len(waiting) else None
            inside = mark is not None and mark.start <= at
            stop = min(end, mark.end if mark and inside else mark.start if mark else end)
            for piece in _LINE.findall(text[at:stop]) if segment.hit else (text[at:stop],):
                yield TextSegment(text=piece, hit=segment.hit, more=begun, doubt=mark.index if mark and inside else None)
                begun = segment.hit
            at = stop
            while next_mark < len(waiting) and waiting[next_mark].end <= at:
                next_mark += 1


def _doubt(word: CorrectedWord) -> Doubt:
    return Doubt(
        start=word.start,
        end=word.end,
        original_start=word.original_start,
        original_end=word.original_end,
        before=word.before,
        after=word.after,
        confidence=word.confidence,
        guess=word.confidence < DOUBTFUL_CONFIDENCE,
        alternatives=[Alternative(text=other, confidence=confidence) for other, confidence in word.alternatives],
    )


def hit_page(blocks: Sequence[TextBlock]) -> int:
    """The page of the first hit, which a citation names; 0 where there is no hit."""
    return next((block.page for block in blocks if block.first_hit), 0)


def show_correction(item: Item, syllables: int) -> CorrectionQuality | None:
    """How reliable the corrected text is; None where the machine corrected nothing."""
    if not item.machine_corrected:
        return None
    doubts = [word for block in item.blocks if block.edited is None for word in block.doubts]
    syllables = max(1, syllables)
    uncertain = len(doubts)
    return CorrectionQuality(
        syllables=syllables,
        corrected=sum(block.corrected for block in item.blocks),
        uncertain=uncertain,
        guesses=sum(word.confidence < DOUBTFUL_CONFIDENCE for word in doubts),
        share=min(1.0, uncertain / syllables),
        warning=cards.warn_of_correction(item),
    )
