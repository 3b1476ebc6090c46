"""Correct damaged letters. The repaired version stands beside the letters as recognised, which are never changed.

The blocks of an item are repaired together: a short block is judged by the others. `damage` stays the measure of the
original version, because it says how far the correction can be trusted; where an encoding was converted and no letter was
guessed, it is that of the converted version. A block that its reader converted, because a font
of the file names its encoding, is repaired from the converted version, and no letter of it is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexer.limits import MAX_CORRECTED
from kb.item import Block, Item
from kb.library.alignment import pair_words
from vitext import Repaired, combine, measure_damage, repair_blocks, replay

#: Steps that leave the words as printed ("hoà" for "hòa", a no-break space): search folds them in any case, and a clean
#: paper is shown and quoted with its own spelling. A block that only these steps changed has no repaired version.
SPELLING_STEPS = frozenset({"compose_letters", "drop_invisible", "place_tones", "unify_lines", "unify_spaces"})


def repair(item: Item) -> Item:
    """The item with a repaired version of every damaged block, and of a title that was taken from such a block."""
    results = repair_blocks([block.repaired or block.original for block in item.blocks], max_corrected=MAX_CORRECTED)
    blocks = tuple(_with_repaired(block, result) for block, result in zip(item.blocks, results, strict=True))
    title = _repair_title(item.title, blocks)
    if title and title != item.title:
        item = item.with_(title=title, title_original=item.title)
    if any(result.uncorrected for result in results) and "correction" not in item.bounds:
        item = item.with_(bounds=(*item.bounds, "correction"))
    if any(block.damage is not before.damage for block, before in zip(blocks, item.blocks, strict=True)):
        item = item.with_(damage=combine(block.damage for block in blocks if block.damage))
    return item.with_(blocks=blocks)


def _with_repaired(block: Block, result: Repaired) -> Block:
    as_spelt = not result.words and {step.name for step in result.steps} <= SPELLING_STEPS
    if block.repaired is not None:  # places of guessed words would be those of the converted version, not of the original
        return block if result.words or as_spelt else replace(block, repaired=_keep_tones(result))
    repaired = None if result.text == block.original or as_spelt else _keep_tones(result)
    if not result.words and any(step.name == "convert_legacy" for step in result.steps):
        # Converting loses nothing: what is damaged then is damaged for another reason.
        block = replace(block, damage=measure_damage(result.text))
    return replace(block, repaired=repaired, corrected=len(result.words), doubts=result.uncertain)


def _keep_tones(result: Repaired) -> str:
    """The repaired text with the tone marks where the paper has them ("hoà"), as far as no word was guessed."""
    if result.words:
        return result.text
    try:
        return replay(result.original, [step for step in result.steps if step.name != "place_tones"])
    except ValueError:  # a later step met a word whose mark had been moved
        return result.text


def _repair_title(title: str, blocks: Sequence[Block]) -> str:
    """The repaired version of a title that is the first words of a block; "" where no repaired block begins with it.

    A title that a person wrote (in a manifest or front matter) is in no damaged block, and stays.
    """
    count = len(title.split())
    for block in blocks:
        words = block.original.split()
        if count and block.repaired is not None and " ".join(words).startswith(title):
            end = len(block.original) - len(block.original.split(maxsplit=count)[-1]) if len(words) > count else None
            pairs = [p for p in pair_words(block.original, block.repaired) if end is None or p.original_start < end]
            return " ".join(block.repaired[: pairs[-1].end].split()) if pairs else ""
    return ""
