"""Turn an item into the document that the full-text index takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb import facets
from kb.item import Block, Item
from kb.library.alignment import pair_words
from kb.papers import vocabulary
from kb.papers.document_types import type_name
from kb.papers.places import places_of
from kb.ports import IndexDocument
from vitext import DOUBTFUL_CONFIDENCE, CorrectedWord, fold, is_skeleton, tokenise

#: A text of at least this many words, none of them with an accent, all shaped like Vietnamese syllables, is written without
#: accents. Of shorter ones ("Zalo OA", "Hoa mai") nobody can say.
MIN_BARE_WORDS = 4
#: A letter with an accent, or a detached accent.
_MARKED = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")


def describe(item: Item) -> str:
    """The attributes of an item as text, so that "cách làm hay nông nghiệp" or the name of a unit finds it."""
    document = item.document
    parts = [
        item.number.text if item.number else "",
        type_name(document.type) if document and document.type else "",
        vocabulary.label("kind", item.kind),
        item.unit,
        document.issuer if document else "",
        document.signer if document else "",
        document.date.strftime("%d/%m/%Y") if document and document.date else "",
        *dict.fromkeys((item.place, item.place_former, *places_of(item.place, item.place_former))),
        str(item.year) if item.year else "",
        *(vocabulary.label("field", code) for code in item.fields),
    ]
    return "\n".join(part for part in parts if part)


def index_document(item: Item) -> IndexDocument:
    """The item as the full-text index takes it: every version of every block is searchable."""
    attributes = describe(item)
    body = "\n".join(text for block in item.blocks for text in block.versions)
    printed = "\n".join(text for block in item.blocks for text in block.printed)
    as_printed = (item.title_original or item.title, printed, attributes)
    return IndexDocument(
        id=item.id,
        title=item.title,
        body=body,
        attributes=attributes,
        facets=facets.values_of(item),
        number=item.number_key,
        sort_date=item.sort_date,
        printed=() if as_printed == (item.title, body, attributes) else as_printed,
        open=tuple(open_runs(item)),
        internal=item.internal,
    )


def open_runs(item: Item, chosen: Iterable[int] | None = None) -> Iterator[str]:
    """The runs of words of an item, or of its title and its `chosen` blocks, that have no accents to agree with: letters
    that a machine read, and writing without accents. What a person edited (Hiệu đính) is no longer in doubt."""
    if item.title_original:
        yield from _unsettled(item.title_original, item.title, ())
    elif is_written_bare(item.title):
        yield item.title
    for block in item.blocks if chosen is None else (item.blocks[at] for at in chosen):
        if block.edited is None and (block.repaired is not None or block.doubts):
            yield from _unsettled(block.original, block.repaired or block.original, block.doubts)
            yield from _doubted(block)
        elif is_written_bare(block.best):
            yield block.best


def is_written_bare(text: str) -> bool:
    """Whether a text is Vietnamese that was typed without accents.

    >>> is_written_bare("Mo hinh trong lua huu co"), is_written_bare("Zalo OA"), is_written_bare("Mô hinh trong lua")
    (True, False, False)
    """
    if _MARKED.search(text):  # nearly every text: there is no need to cut it into words
        return False
    words = [token for token in tokenise(text) if token.folded.isalpha()]
    return len(words) >= MIN_BARE_WORDS and all(not word.has_accents and is_skeleton(word.folded) for word in words)


def _unsettled(original: str, corrected: str, doubts: Iterable[CorrectedWord]) -> Iterator[str]:
    """The runs of words as recognised whose accents are not settled. They are where the machine changed nothing and the
    word has accents, or where it is sure of what it put there."""
    doubted = [(word.original_start, word.original_end) for word in doubts]
    settled = sorted(
        (pair.original_start, pair.original_end)
        for pair in pair_words(original, corrected)
        if (
            original[pair.original_start : pair.original_end] == corrected[pair.start : pair.end]
            and fold(corrected[pair.start : pair.end]) != corrected[pair.start : pair.end].lower()
        )
        or (
            original[pair.original_start : pair.original_end] != corrected[pair.start : pair.end]
            and not any(start < pair.original_end and pair.original_start < end for start, end in doubted)
        )
    )
    run: tuple[int, int] | None = None
    at = 0
    for token in tokenise(original):
        while at < len(settled) and settled[at][1] <= token.start:
            at += 1
        if at < len(settled) and settled[at][0] <= token.start:
            if run:
                yield original[run[0] : run[1]]
            run = None
        else:
            run = (run[0] if run else token.start, token.end)
    if run:
        yield original[run[0] : run[1]]


def _doubted(block: Block) -> Iterator[str]:
    """The words of which the machine is not sure: its own reading, and the next best."""
    text = block.repaired or block.original
    for word in block.doubts:
        if word.confidence < DOUBTFUL_CONFIDENCE:
            yield text[word.start : word.end]
            yield from (alternative for alternative, _ in word.alternatives[:1])
