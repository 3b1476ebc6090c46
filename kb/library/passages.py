"""Cut an item into passages, the texts that are embedded.

A passage is a run of blocks of about 110 syllables, the length that the shipped embedding model was trained on. The first
passage begins with the title, so that a short record is also found by its title.
"""

from __future__ import annotations

import re

from kb.item import Item, Passage

#: How many syllables (words between white space) a passage should have; chunks of 110 were best in the model's training.
PASSAGE_SYLLABLES = 110
#: Characters of a piece of text without spaces; embedding one of 300,000 took 400 MB.
MAX_PIECE_LENGTH = 5000
#: So many characters count as one syllable at least: no text with spaces has such long words.
LONGEST_SYLLABLE = 40
_SENTENCE_END = re.compile(r"\n+|(?<=[.;!?])\s+")


def split_passages(item: Item) -> list[Passage]:
    """The item's passages in order, at least one; ordinals count from 1. The texts are the best version of each block.

    A block longer than twice PASSAGE_SYLLABLES is cut, at the end of a line or a sentence where there is one.
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
            count += max(len(piece.split()), len(piece) // LONGEST_SYLLABLE)
            if count >= PASSAGE_SYLLABLES:
                close(index)
    if lines and item.blocks:
        close(len(item.blocks) - 1)
    return passages or [Passage(item.id, 1, 1, 0, 0, item.title)]


def cut_text(text: str) -> list[str]:
    """Cut a long text into pieces of about PASSAGE_SYLLABLES, of whole lines or sentences where these are short enough.

    >>> [len(piece.split()) for piece in cut_text("Một hai ba bốn. " * 100)]
    [112, 112, 112, 64]
    """
    if len(text) > MAX_PIECE_LENGTH:
        cut = (text[at : at + MAX_PIECE_LENGTH] for at in range(0, len(text), MAX_PIECE_LENGTH))
        if max(map(len, text.split()), default=0) > MAX_PIECE_LENGTH // 2:
            return list(cut)
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
