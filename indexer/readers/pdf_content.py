"""What the pages of a paper give: their blocks, and a sentence for every page that was not read as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from indexer.readers.pdf_blocks import blocks_of
from indexer.readers.pdf_file import Page
from indexer.readers.reader import Content, WaitingError
from kb.errors import ExtractError

#: Stretches of pages that a note names.
MAX_NAMED = 12
#: What every message says of a page that could be read with a recogniser: `cachhay index --retry` reads its file again.
NEEDS_RECOGNITION = "cần OCR"
#: What is told of pages that a run has not come to yet.
WAITING = "chờ nhận dạng chữ"

_SCAN = f"ảnh quét, chưa nhận dạng được chữ ({NEEDS_RECOGNITION})"
_READING = f"ảnh quét; chữ là của lần nhận dạng có sẵn trong tệp, có thể sai ({NEEDS_RECOGNITION} lại)"
_SIGNATURE = (
    "ảnh quét, chỉ lấy được phần chữ đặt trên ảnh (chữ ký số, dấu đến); chưa nhận dạng được chữ trong ảnh"
    f" ({NEEDS_RECOGNITION})"
)
_UNMAPPED = f"phông chữ không cho biết mã của chữ nên chưa đọc được ({NEEDS_RECOGNITION})"
_BROKEN = "trang bị hỏng, không mở được"


def content_of(path: str, pages: Sequence[Page], kind: str) -> Content:
    """The content of the pages of a paper; `kind` is the name of its format. Raises ExtractError where no page has text, and
    WaitingError where that is because pages are still to be recognised."""
    blocks = tuple(block for page in pages for block in blocks_of(page))
    waiting = tuple(page.number for page in pages if page.waiting)
    if not blocks and waiting:
        raise WaitingError(f"{path}: {WAITING} ({len(waiting)} trang)", waiting)
    if not blocks:
        raise ExtractError(f"{path}: {_why_no_text(pages, kind)}")
    return Content(blocks, notes=tuple(_notes(pages)), waiting=waiting)


def _notes(pages: Sequence[Page]) -> Iterator[str]:
    """A sentence for every kind of page that was not read as it should be, with the numbers of these pages."""
    of_kind: dict[str, list[int]] = {}
    for page in pages:
        if reason := _reason(page):
            of_kind.setdefault(reason, []).append(page.number)
    for reason, numbers in of_kind.items():
        yield f"trang {_stretches(numbers)}: {reason}"


def _reason(page: Page) -> str:
    if page.waiting:
        return WAITING
    reason = _reason_of_decision(page)
    return f"{reason}: {page.failure}" if reason and page.failure else reason


def _reason_of_decision(page: Page) -> str:
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


def _why_no_text(pages: Sequence[Page], kind: str) -> str:
    if all(page.decision.source == "blank" for page in pages):
        return f"tệp {kind} không có chữ nào, các trang đều trống"
    failure = next((page.failure for page in pages if page.failure), "")
    if any(page.decision.source == "scan" for page in pages):
        what = "PDF chỉ có ảnh quét" if kind == "PDF" else kind
        why = failure or "hoặc hãy dùng bản có chữ"
        return f"{what} ({len(pages)} trang), chưa nhận dạng được chữ; {NEEDS_RECOGNITION}, {why}"
    return f"không đọc được trang nào trong {len(pages)} trang: {next(filter(None, map(_reason, pages)))}"
