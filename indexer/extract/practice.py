"""Find the sections of a practice record by its headings (Vấn đề đặt ra, Cách làm, Kết quả ...)."""

from __future__ import annotations

from collections.abc import Sequence

from kb.item import Block, PracticeAttributes
from kb.papers.sections import section_of


def find_practice(blocks: Sequence[Block]) -> PracticeAttributes | None:
    """The attributes of a practice, which are the texts below known headings; None where there is no such heading."""
    parts: dict[str, list[str]] = {}
    current = ""
    for block in blocks:
        if block.role == "heading":
            current = section_of(block.original)
            if current:
                parts.setdefault(current, [])
        elif current:
            parts[current].append(block.original)
    if not parts:
        return None
    steps = tuple(parts.pop("steps", ()))
    return PracticeAttributes(steps=steps, **{name: "\n".join(lines) for name, lines in parts.items()})
