"""The blocks of a page that was read: paragraphs and rows, in the letters of its fonts, with the doubts of a recogniser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from indexer.readers.legacy_fonts import convert_font_text, font_encoding
from indexer.readers.pdf_file import Page
from indexer.readers.pdf_layout import Paragraph, join_lines, split_columns
from indexer.readers.pdf_lines import Line
from kb.item import Block, BlockRole
from vitext import SURE_CONFIDENCE, CorrectedWord, is_syllable
from vitext.encodings import decode_chunk

#: How many letters that only Unicode has stand against one soft hyphen in a text that is Unicode.
UNICODE_LETTERS = 3

_UNICODE_LETTER = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")
#: A word of TCVN3 with one hyphen.
_HYPHEN_WORD = re.compile(r"(?:[a-zA-Z¡-ÿ]+-[a-zA-Z¡-ÿ]*|(?<!\S)-[a-z¡-ÿ]+)(?![-\w])")
#: A dot of a list in a font of signs, and what stands for no character.
_DOT = re.compile("(?<!\\S)[\uf020-\uf0ff](?!\\S)")
_NONE = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), 0x7F, 0xFFFE, 0xFFFF), 0xFFFD)
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\uf020-\uf0ff]")
#: Signs of TCVN3 and VNI that a PDF names by their shape, and the code of the font.
_CODES_OF_SHAPES = {0x2212: 0xAD, 0x2219: 0xB7, 0x03BC: 0xB5, 0x02C9: 0xAF}


def blocks_of(page: Page) -> Iterator[Block]:
    """The blocks of a page: its text, and behind it what was put on it (signatures, stamps)."""
    unicode = _is_unicode(page.lines)
    if page.decision.layer == "beside":
        yield from _beside(page.number, page.lines)
    elif page.decision.layer != "noise":
        paragraphs = join_lines(page.lines)
        others = _other_readings(paragraphs, page.other)
        for paragraph, other in zip(paragraphs, others, strict=True):
            yield replace(_block(page.number, paragraph, unicode), other=other)
    yield from _beside(page.number, page.signatures)


def _beside(number: int, lines: Sequence[Line]) -> Iterator[Block]:
    """One block for each group of lines that stand under each other; every line stays one."""
    for column in split_columns(lines):
        text = "\n".join(line.text for line in column.lines)
        yield _block(number, Paragraph(text, column.lines), _is_unicode(lines))


def _block(number: int, paragraph: Paragraph, unicode: bool) -> Block:
    text = paragraph.text
    if _ODD.search(text):
        text = _DOT.sub("•", text.translate(_NONE))
    font = _legacy_font(paragraph.lines)
    if not font and unicode:
        # A sign that is printed: in a text that is Unicode these are a hyphen and a space, not letters of an old encoding.
        text = text.replace("\u00ad", "-").replace("\u00a0", " ")
    role: BlockRole = "table_row" if paragraph.lines[0].is_row else "paragraph"
    if paragraph.lines[0].expected_error is not None:
        return _recognised(Block(number, text, role), paragraph)
    if not font:
        return Block(number, text, role)
    repaired = _converted(text, font)
    return Block(number, text, role, repaired=repaired if repaired != text else None)


def _recognised(block: Block, paragraph: Paragraph) -> Block:
    """The block of recognised lines: words that were corrected have a second version, those in doubt are marked."""
    doubts: list[CorrectedWord] = []
    start = 0
    for line in paragraph.lines:
        for word in line.doubts:
            doubts.append(
                word._replace(
                    start=start + word.start,
                    end=start + word.end,
                    original_start=start + word.original_start,
                    original_end=start + word.original_end,
                )
            )
        start += len(line.text) + 1
    # A corrected word is as long as the word itself, so places are the same in both versions.
    letters = list(block.original)
    for word in doubts:
        letters[word.start : word.end] = word.after
    text = "".join(letters)
    words = sum(len(line.text) for line in paragraph.lines)
    wrong = sum((line.expected_error or 0.0) * len(line.text) for line in paragraph.lines)
    return replace(
        block,
        repaired=text if text != block.original else None,
        corrected=sum(word.before != word.after for word in doubts),
        doubts=tuple(word for word in doubts if word.confidence < SURE_CONFIDENCE),
        expected_error=round(wrong / max(words, 1), 4),
    )


def _other_readings(paragraphs: Sequence[Paragraph], lines: Sequence[Line]) -> list[str]:
    """For each paragraph the lines of a second reading that stand where it does; a line belongs to the nearest one."""
    texts: list[list[str]] = [[] for _ in paragraphs]
    for line in lines if paragraphs else ():
        middle = (line.top + line.base) / 2
        nearest = min(range(len(paragraphs)), key=lambda at: _distance(paragraphs[at], line.middle, middle))
        texts[nearest].append(line.text)
    return [" ".join(found) for found in texts]


def _distance(paragraph: Paragraph, x: float, y: float) -> float:
    """How far a place is from the nearest line of a paragraph, in points."""
    return min(max(line.left - x, x - line.right, 0.0) + max(line.base - y, y - line.top, 0.0) for line in paragraph.lines)


def _is_unicode(lines: Iterable[Line]) -> bool:
    """Whether the signs that are a hyphen or a space in Unicode, and letters in an old encoding, are the former here."""
    text = "\n".join(line.text for line in lines)
    if "\u00ad" not in text and "\u00a0" not in text:
        return False
    return len(_UNICODE_LETTER.findall(text)) > UNICODE_LETTERS * text.count("\u00ad")


def _legacy_font(lines: Sequence[Line]) -> str:
    """The font from before Unicode in which most lines are, "" where there is none or where encodings disagree."""
    found = [line.font for line in lines if font_encoding(line.font)]
    return found[0] if len(set(map(font_encoding, found))) == 1 and 2 * len(found) >= len(lines) else ""


def _converted(text: str, font: str) -> str:
    """The letters that an old font shows for a text."""
    codes = text.translate(_CODES_OF_SHAPES)
    if font_encoding(font) == "tcvn3" and "\u00ad" not in codes and not _UNICODE_LETTER.search(codes):
        codes = _HYPHEN_WORD.sub(_with_u_horn, codes)
    return convert_font_text(codes, font)


def _with_u_horn(match: re.Match[str]) -> str:
    """A word with the code of ư for "-" where that makes it a syllable: many programs name the code of ư a hyphen."""
    word = match[0].replace("-", "\u00ad")
    return word if is_syllable(decode_chunk(word, "tcvn3")) else match[0]
