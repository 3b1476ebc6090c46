"""Read damaged letters anew, beside the letters as recognised, which stay as they are.

The blocks of an item are repaired together: a short block is judged by the others. The damage measured before stays that
of the original: it says how far the reading can be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.item import Block, Item
from kb.library.alignment import pair_words
from vitext import Repaired, repair_blocks

#: Steps that leave the words as printed ("hoà" for "hòa", a no-break space): search folds them anyway, and a clean paper is
#: shown and quoted with its own spelling. A block that saw only these has no second reading.
SPELLING_STEPS = frozenset({"compose_letters", "drop_invisible", "place_tones", "unify_lines", "unify_spaces"})


def repair(item: Item) -> Item:
    """The item with a repaired reading of every damaged block, and of a title that was taken from one."""
    results = repair_blocks([block.original for block in item.blocks])
    blocks = tuple(_with_reading(block, result) for block, result in zip(item.blocks, results, strict=True))
    title = _read_title(item.title, blocks)
    if title and title != item.title:
        item = item.with_(title=title, title_original=item.title)
    return item.with_(blocks=blocks)


def _with_reading(block: Block, result: Repaired) -> Block:
    if result.text == block.original or (not result.words and {step.name for step in result.steps} <= SPELLING_STEPS):
        repaired = None
    else:
        repaired = result.text
    return replace(block, repaired=repaired, corrected=len(result.words), doubts=result.uncertain)


def _read_title(title: str, blocks: Sequence[Block]) -> str:
    """The repaired reading of a title that is the first words of a block; "" where no repaired block begins with it.

    What somebody wrote down (a manifest, front matter) is in no damaged block, and stays.
    """
    count = len(title.split())
    for block in blocks:
        words = block.original.split()
        if count and block.repaired is not None and " ".join(words).startswith(title):
            end = len(block.original) - len(block.original.split(maxsplit=count)[-1]) if len(words) > count else None
            read = [p for p in pair_words(block.original, block.repaired) if end is None or p.original_start < end]
            return " ".join(block.repaired[: read[-1].end].split()) if read else ""
    return ""
