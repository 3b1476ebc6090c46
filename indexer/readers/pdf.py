"""Read PDF: the text layer of every page, and a word on every page that has none.

Each page is decided alone (`indexer.readers.pdf_pages`). pdfium does the reading: it keeps the order in which the paper
was written, and U+00AD, which is ư in a font of TCVN3. The reader works on the bytes in memory and writes nothing. It cannot
count what pdfium unpacks; the process that reads a file has limits of memory and time for that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from indexer.readers.pdf_content import content_of
from indexer.readers.pdf_file import Page, read_pages
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_scans import recognise_scans
from indexer.readers.reader import Content, Paper
from indexer.readers.sniff import HEAD_BYTES, sniff

#: How far into a file its first line may stand: programs put other things before it.
HEADER_WITHIN = 1024

_NUMBER_LINE = re.compile(r"(?:trang\s*)?[-–—\s]*(\d{1,4})[-–—\s]*(?:/\s*\d{1,4})?", re.IGNORECASE)


@dataclass(frozen=True)
class PdfReader:
    """PDF files, by their first line. Scanned pages are read by the recogniser of the paper, where it has one."""

    name: ClassVar[str] = "PDF"

    def bid(self, paper: Paper) -> float:
        """1 for a file that begins as a PDF does, .8 where something stands before it.

        >>> PdfReader().bid(Paper("a.pdf", b"%PDF-1.7")), PdfReader().bid(Paper("a.pdf", b"PK"))
        (1.0, 0.0)
        """
        head = paper.data[:HEADER_WITHIN]
        if head.startswith(b"%PDF-"):
            return 1.0
        # An archive that is not packed shows the beginning of the PDF that it holds.
        return 0.8 if b"%PDF-" in head and sniff(paper.path, paper.data[:HEAD_BYTES]).code == "pdf" else 0.0

    def read(self, paper: Paper) -> Content:
        """The text of the pages. Raises ExtractError for a file that needs a password, is damaged, has no page, has too
        many, or has no page with text that could be read; WaitingError where all of its pages are to be recognised."""
        pages = recognise_scans(paper, read_pages(paper.path, paper.data))
        return content_of(paper.path, without_page_numbers(pages), "PDF")


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
