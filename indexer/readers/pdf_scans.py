"""Pages of a PDF whose text must be recognised: what a recogniser read takes the place of their layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from indexer.readers.pdf_file import Page
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_pages import PageDecision
from kb.errors import ExtractError

#: The confidence of a recogniser below which a clean reading that the file holds is kept.
MIN_CONFIDENCE = 0.5


class Reading(Protocol):
    """What a recogniser read of a page: lines in reading order, in the places of `indexer.readers.pdf_lines.Line`, and the
    mean confidence (0 to 1)."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the page."""

    @property
    def confidence(self) -> float:
        """The mean confidence of their words, 0 where there are none."""


#: Reads the page of a number (from 1) of a PDF, given its path for messages and its bytes. Raises ExtractError.
Recogniser = Callable[[str, bytes, int], Reading]


def recognise_scans(path: str, data: bytes, pages: Sequence[Page], recogniser: Recogniser) -> list[Page]:
    """The pages, those that are scans or unreadable with the lines that the recogniser read.

    Visible words over a scan (a signature) are kept as what was put on the page, and the recogniser's reading of the same
    words is left out. A page that cannot be recognised stays as it is, and says why.
    """
    return [_recognised(path, data, page, recogniser) if _needs_it(page) else page for page in pages]


def _needs_it(page: Page) -> bool:
    return page.decision.source == "scan" or (page.decision.source == "unreadable" and page.decision.layer != "none")


def _recognised(path: str, data: bytes, page: Page, recogniser: Recogniser) -> Page:
    try:
        reading = recogniser(path, data, page.number)
    except ExtractError as error:
        return replace(page, failure=str(error).removeprefix(f"{path}: "))
    if not reading.lines:
        return replace(page, failure="không nhận ra chữ nào trong ảnh")
    if page.decision.layer == "reading" and reading.confidence < MIN_CONFIDENCE:
        return page
    beside = page.lines if page.decision.layer == "beside" else ()
    lines = tuple(line for line in reading.lines if not any(_covers(other, line) for other in beside))
    return replace(
        page,
        lines=lines,
        signatures=(*beside, *page.signatures),
        decision=PageDecision("recognised", "text"),
        confidence=reading.confidence,
    )


def _covers(a: Line, b: Line) -> bool:
    """Whether the middle of `b` stands on `a`."""
    return a.left <= b.middle <= a.right and a.base <= (b.top + b.base) / 2 <= a.top
