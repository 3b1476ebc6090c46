"""Measure how badly the letters of each block are damaged, and from that the recognition quality of the whole item."""

from __future__ import annotations

from dataclasses import replace

from kb.item import Item
from vitext import combine, measure_damage


def measure(item: Item) -> Item:
    """The item with a damage measure on every block and on itself (see `vitext.damage`).

    Where a font of the file names an old encoding, the reader has converted the block, and nothing was guessed: then it is
    the converted version that is measured.
    """
    blocks = tuple(replace(block, damage=measure_damage(block.repaired or block.original)) for block in item.blocks)
    whole = combine(block.damage for block in blocks if block.damage)
    return item.with_(blocks=blocks, damage=whole)
