"""Cut an item into passages, and lay it out for the full-text index.

A passage is a run of blocks of about 110 syllables, the length the shipped embedding model was trained on. The first passage
opens with the title, so that a short record is also found by it.
"""

from __future__ import annotations

import re

from kb.item import Item, Passage
from kb.papers import vocabulary
from kb.papers.document_types import type_name
from kb.papers.places import places_of
from kb.ports import IndexDocument

#: Syllables (white-space words) a passage aims at; chunks of 110 were best in the model's training.
PASSAGE_SYLLABLES = 110
_SENTENCE_END = re.compile(r"\n+|(?<=[.;!?])\s+")


def split_passages(item: Item) -> list[Passage]:
    """The item's passages in order, at least one; ordinals count from 1. Texts are the best reading.

    Blocks longer than twice the aim are cut, at the end of a line or a sentence where there is one.
    """
    passages: list[Passage] = []
    lines: list[str] = [item.title]
    first, count = 0, len(item.title.split())

    def close(last: int) -> None:
        ordinal = len(passages) + 1
        page = item.blocks[first].page
        passages.append(Passage(item.id, ordinal, page, first, last, "\n".join(lines)))
        lines.clear()

    for index, block in enumerate(item.blocks):
        for piece in cut_text(block.best):
            if not lines:
                first, count = index, 0
            lines.append(piece)
            count += len(piece.split())
            if count >= PASSAGE_SYLLABLES:
                close(index)
    if lines and item.blocks:
        close(len(item.blocks) - 1)
    return passages or [Passage(item.id, 1, 1, 0, 0, item.title)]


def cut_text(text: str) -> list[str]:
    """A long text in pieces of about PASSAGE_SYLLABLES, whole lines or sentences where they are short enough.

    >>> [len(piece.split()) for piece in cut_text("Một hai ba bốn. " * 100)]
    [112, 112, 112, 64]
    """
    if len(text.split()) <= 2 * PASSAGE_SYLLABLES:
        return [text]
    pieces: list[str] = []
    words: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        parts = sentence.split()
        for start in range(0, len(parts), PASSAGE_SYLLABLES):
            words += parts[start : start + PASSAGE_SYLLABLES]
            if len(words) >= PASSAGE_SYLLABLES:
                pieces.append(" ".join(words))
                words = []
    return [*pieces, " ".join(words)] if words else pieces


def describe(item: Item) -> str:
    """The attributes of an item as words: what "cách làm hay nông nghiệp" or a unit's name must find."""
    document = item.document
    parts = [
        item.number.text if item.number else "",
        type_name(document.type) if document and document.type else "",
        vocabulary.label("kind", item.kind),
        item.unit,
        document.issuer if document else "",
        document.signer if document else "",
        *dict.fromkeys((item.place, item.place_former, *places_of(item.place, item.place_former))),
        str(item.year) if item.year else "",
        *(vocabulary.label("field", code) for code in item.fields),
    ]
    return "\n".join(part for part in parts if part)


def facet_values(item: Item) -> dict[str, tuple[str, ...]]:
    """The item's value(s) of every facet of `kb.ports.FACETS`; a facet without a value is empty."""
    single = {
        "kind": item.kind,
        "year": str(item.year) if item.year else "",
        "issuer": item.issuer,
        "subject": item.subject or "",
        "quality": item.quality,
        "status": item.status or "",
    }
    values = {name: (value,) if value else () for name, value in single.items()}
    return values | {"field": item.fields, "place": places_of(item.place, item.place_former)}


def index_document(item: Item) -> IndexDocument:
    """The item as the full-text index takes it: every reading of every block is searchable."""
    attributes = describe(item)
    body = "\n".join(reading for block in item.blocks for reading in block.versions)
    printed = "\n".join(reading for block in item.blocks for reading in block.printed)
    as_printed = (item.title_original or item.title, printed, attributes)
    return IndexDocument(
        id=item.id,
        title=item.title,
        body=body,
        attributes=attributes,
        facets=facet_values(item),
        number=item.number_key,
        sort_date=item.sort_date,
        printed=() if as_printed == (item.title, body, attributes) else as_printed,
        internal=item.internal,
    )
