"""Find the sections of a practice record (Vấn đề đặt ra, Cách làm ...) whose headings no format marks: in a recognised page,
or in a plain text. Records whose format marks headings have their sections from `indexer.extract`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.item import Block, Item, PracticeAttributes
from kb.papers.sections import section_of_damaged

#: Sections that a record has at least: one line that looks like a heading may be anything.
MIN_SECTIONS = 3
#: Characters of a first paragraph that sums a record up.
MIN_SUMMARY = 60

_ENTRY = re.compile(r"\s*(?:\d{1,2}\s*[.)]|[-–+•*])\s+(?=\S)")
_LABEL = re.compile(r"[^\W\d_][^:.]{1,24}:\s")


@dataclass
class _Section:
    paragraphs: list[str] = field(default_factory=list)
    ended: bool = True

    def add(self, line: str, first: bool) -> None:
        """Take a line in: an entry begins a paragraph, and so does a block behind the end of a sentence."""
        entry = _ENTRY.match(line)
        words = " ".join(line[entry.end() if entry else 0 :].split())
        if entry or not self.paragraphs or (first and self.ended and not words[:1].islower()):
            self.paragraphs.append(words)
        else:
            self.paragraphs[-1] += f" {words}"
        self.ended = words.endswith((".", "!", "?", ":", ";"))


def with_sections(item: Item) -> Item:
    """The item with the attributes of a practice, where its lines are headings of sections and no format told them."""
    if item.kind in ("document", "article") or item.practice is not None:
        return item
    sections: dict[str, _Section] = {}
    lead = _Section()
    headings: list[int] = []
    current = ""
    for at, line, first in _lines(item.blocks):
        found = section_of_damaged(line)
        if found and (current or found not in sections):
            current = found
            sections.setdefault(found, _Section())
            if line.strip() == item.blocks[at].best.strip():
                headings.append(at)
        elif current:
            sections[current].add(line, first)
        elif not line.isupper() and not _LABEL.match(line):
            lead.add(line, first)
    if len([section for section in sections.values() if section.paragraphs]) < MIN_SECTIONS:
        return item
    blocks = tuple(
        replace(block, role="heading", level=2) if at in set(headings) else block for at, block in enumerate(item.blocks)
    )
    texts = {name: "\n".join(section.paragraphs) for name, section in sections.items() if name != "steps"}
    steps = tuple(sections["steps"].paragraphs) if "steps" in sections else ()
    summary = next((words for words in lead.paragraphs if len(words) >= MIN_SUMMARY), "")
    return item.with_(blocks=blocks, practice=PracticeAttributes(steps=steps, **texts), summary=item.summary or summary)


def _lines(blocks: Sequence[Block]) -> Iterator[tuple[int, str, bool]]:
    """(index of the block, line, whether the block begins with it)."""
    for at, block in enumerate(blocks):
        first = True
        for line in block.best.split("\n"):
            if any(c.isalnum() for c in line):
                yield at, line, first
                first = False
