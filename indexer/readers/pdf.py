"""Read PDF: the text layer of every page, and a word on every page that has none.

Each page is decided alone (`indexer.readers.pdf_pages`). pdfium does the reading: it keeps the order in which the paper
was written, and U+00AD, which is ư in a font of TCVN3. The reader works on the bytes in memory and writes nothing. It cannot
count what pdfium unpacks; the process that reads a file has limits of memory and time for that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from indexer.readers.legacy_fonts import convert_font_text, font_encoding
from indexer.readers.pdf_file import Page, read_pages
from indexer.readers.pdf_layout import Paragraph, join_lines, split_columns
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_scans import Recogniser, recognise_scans
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from kb.item import Block, BlockRole
from vitext import is_syllable
from vitext.encodings import decode_chunk

#: How far into a file its first line may stand: programs put other things before it.
HEADER_WITHIN = 1024
#: Stretches of pages that a note names.
MAX_NAMED = 12
#: How many letters that only Unicode has stand against one soft hyphen in a text that is Unicode.
UNICODE_LETTERS = 3

_NUMBER_LINE = re.compile(r"(?:trang\s*)?[-–—\s]*(\d{1,4})[-–—\s]*(?:/\s*\d{1,4})?", re.IGNORECASE)
_UNICODE_LETTER = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")
#: A word of TCVN3 with one hyphen.
_HYPHEN_WORD = re.compile(r"(?:[a-zA-Z¡-ÿ]+-[a-zA-Z¡-ÿ]*|(?<!\S)-[a-z¡-ÿ]+)(?![-\w])")
#: A dot of a list in a font of signs, and what stands for no character.
_DOT = re.compile("(?<!\\S)[\uf020-\uf0ff](?!\\S)")
_NONE = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), 0x7F, 0xFFFE, 0xFFFF), 0xFFFD)
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\uf020-\uf0ff]")
#: Signs of TCVN3 and VNI that a PDF names by their shape, and the code of the font.
_CODES_OF_SHAPES = {0x2212: 0xAD, 0x2219: 0xB7, 0x03BC: 0xB5, 0x02C9: 0xAF}

_SCAN = "ảnh quét, chưa nhận dạng được chữ (cần OCR)"
_READING = "ảnh quét; chữ là của lần nhận dạng có sẵn trong tệp, có thể sai (cần OCR lại)"
_SIGNATURE = "ảnh quét, chỉ lấy được phần chữ đặt trên ảnh (chữ ký số, dấu đến); chưa nhận dạng được chữ trong ảnh (cần OCR)"
_UNMAPPED = "phông chữ không cho biết mã của chữ nên chưa đọc được (cần OCR)"
_BROKEN = "trang bị hỏng, không mở được"


@dataclass(frozen=True)
class PdfReader:
    """PDF files, by their first line. With a `recogniser`, scanned pages are read by it; it takes seconds for each."""

    recogniser: Recogniser | None = None
    name: ClassVar[str] = "PDF"

    def bid(self, paper: Paper) -> float:
        """1 for a file that begins as a PDF does, .8 where something stands before it.

        >>> PdfReader().bid(Paper("a.pdf", b"%PDF-1.7")), PdfReader().bid(Paper("a.pdf", b"PK"))
        (1.0, 0.0)
        """
        at = paper.data[:HEADER_WITHIN].find(b"%PDF-")
        return 0.0 if at < 0 else 1.0 if at == 0 else 0.8

    def read(self, paper: Paper) -> Content:
        """The text of the pages. Raises ExtractError for a file that needs a password, is damaged, has no page, has too
        many, or has no page with text that could be read."""
        pages = read_pages(paper.path, paper.data)
        if self.recogniser is not None:
            pages = recognise_scans(paper.path, paper.data, pages, self.recogniser)
        pages = without_page_numbers(pages)
        blocks = tuple(block for page in pages for block in _blocks(page))
        notes = tuple(_notes(pages))
        if not blocks:
            raise ExtractError(f"{paper.path}: {_why_no_text(pages)}")
        return Content(blocks, notes=notes)


def without_page_numbers(pages: Sequence[Page]) -> list[Page]:
    """The pages without the line that only counts them ("2", "- 2 -", "Trang 2/5").

    Such a line is the first or the last of its page, and at least two pages and half of those with text have one that grows
    with the pages; elsewhere a line with a number is text.
    """
    steps: Counter[int] = Counter()
    for page in pages:
        steps.update({number - page.number for number in _printed_numbers(page)})
    if not steps:
        return list(pages)
    step, times = steps.most_common(1)[0]
    if times < 2 or 2 * times < sum(bool(page.lines) for page in pages):
        return list(pages)
    return [replace(page, lines=_without_number(page.lines, page.number + step)) for page in pages]


def _printed_numbers(page: Page) -> Iterator[int]:
    """The numbers of the first and the last line of a page, where such a line is only a number."""
    for line in page.lines[:1] + page.lines[1:][-1:]:
        if match := _NUMBER_LINE.fullmatch(line.text):
            yield int(match[1])


def _without_number(lines: tuple[Line, ...], number: int) -> tuple[Line, ...]:
    for at in (0, len(lines) - 1):
        match = _NUMBER_LINE.fullmatch(lines[at].text) if lines else None
        if match and int(match[1]) == number:
            return lines[:at] + lines[at + 1 :]
    return lines


def _blocks(page: Page) -> Iterator[Block]:
    """The blocks of a page: its text, and behind it what was put on it (signatures, stamps)."""
    unicode = _is_unicode(page.lines)
    if page.decision.layer == "beside":
        yield from _beside(page.number, page.lines)
    elif page.decision.layer != "noise":
        for paragraph in join_lines(page.lines):
            yield _block(page.number, paragraph, unicode)
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
    if not font:
        return Block(number, text, role)
    repaired = _converted(text, font)
    return Block(number, text, role, repaired=repaired if repaired != text else None)


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


def _notes(pages: Sequence[Page]) -> Iterator[str]:
    """A sentence for every kind of page that was not read as it should be, with the numbers of these pages."""
    of_kind: dict[str, list[int]] = {}
    for page in pages:
        if reason := _reason(page):
            of_kind.setdefault(f"{reason}: {page.failure}" if page.failure else reason, []).append(page.number)
    if read := [page.confidence for page in pages if page.confidence is not None]:
        numbers = [page.number for page in pages if page.confidence is not None]
        mean = sum(read) / len(read)
        yield f"trang {_stretches(numbers)}: chữ do máy nhận dạng từ ảnh, độ tin cậy trung bình {mean:.0%}"
    for reason, numbers in of_kind.items():
        yield f"trang {_stretches(numbers)}: {reason}"


def _reason(page: Page) -> str:
    match page.decision.source, page.decision.layer:
        case "scan", "beside":
            return _SIGNATURE
        case "scan", "reading":
            return _READING
        case "scan", _:
            return _SCAN
        case "unreadable", "none":
            return _BROKEN
        case "unreadable", _:
            return _UNMAPPED
    return ""


def _stretches(numbers: Sequence[int]) -> str:
    """Numbers of pages in short.

    >>> _stretches([1, 2, 3, 7])
    '1-3, 7'
    """
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1][1:] = [number]
        else:
            stretches.append([number])
    named = ", ".join("-".join(map(str, stretch)) for stretch in stretches[:MAX_NAMED])
    return named + (", ..." if len(stretches) > MAX_NAMED else "")


def _why_no_text(pages: Sequence[Page]) -> str:
    if all(page.decision.source == "blank" for page in pages):
        return "tệp PDF không có chữ nào, các trang đều trống"
    if any(page.decision.source == "scan" for page in pages):
        return f"PDF chỉ có ảnh quét ({len(pages)} trang), chưa nhận dạng được chữ; cần OCR, hoặc hãy dùng bản có chữ"
    return f"không đọc được trang nào trong {len(pages)} trang: {next(filter(None, map(_reason, pages)))}"
