"""Pages of a PDF whose text must be recognised: what a recogniser read takes the place of their layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexer.readers.pdf_file import Page
from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_pages import PageDecision
from indexer.readers.reader import Paper, Recogniser
from kb.errors import ExtractError

#: The confidence of a recogniser below which a clean reading that the file holds is kept.
MIN_CONFIDENCE = 0.5


def recognise_scans(paper: Paper, pages: Sequence[Page]) -> list[Page]:
    """The pages, those that are scans or unreadable with the lines that the paper's recogniser read, or marked as waiting.

    Visible words over a scan (a signature) are kept as what was put on the page, and the recogniser's reading of the same
    words is left out. What an earlier recogniser left in the file is kept as the other reading. A page that cannot be
    recognised stays as it is, and says why.
    """
    read = paper.recogniser
    return [_recognised(paper, page, read) if read and _needs_it(page) else page for page in pages]


def _needs_it(page: Page) -> bool:
    return page.decision.source == "scan" or (page.decision.source == "unreadable" and page.decision.layer != "none")


def _recognised(paper: Paper, page: Page, recogniser: Recogniser) -> Page:
    try:
        reading = recogniser(paper.path, paper.data, page.number)
    except ExtractError as error:
        return replace(page, failure=str(error).removeprefix(f"{paper.path}: "))
    if reading is None:
        return replace(page, waiting=True)
    if not reading.lines:
        failure = "trang có nét chữ nhưng không đọc được" if reading.unread else "không nhận ra chữ nào trong ảnh"
        return replace(page, failure=failure)
    if page.decision.layer == "reading" and reading.confidence < MIN_CONFIDENCE:
        return page
    beside = page.lines if page.decision.layer == "beside" else ()
    lines = tuple(line for line in reading.lines if not any(_covers(other, line) for other in beside))
    return replace(
        page,
        lines=lines,
        other=page.lines if page.decision.layer == "reading" else reading.other,
        signatures=(*beside, *page.signatures),
        decision=PageDecision("recognised", "text"),
        confidence=reading.confidence,
    )


def _covers(a: Line, b: Line) -> bool:
    """Whether the middle of `b` stands on `a`."""
    return a.left <= b.middle <= a.right and a.base <= (b.top + b.base) / 2 <= a.top
