"""What one file may hold and cost. A file beyond a limit is not read, and the run tells which limit and what to do.

The limits are many times what a paper has. They keep every file under five seconds and 500 MB, from reading to showing it
(`benchmarks.mutations` measures it): a character costs about four microseconds until it can be found and read on a page, and
twenty where letters are corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import ExtractError
from kb.item import Item

#: Bytes of a text file: MAX_CHARACTERS in any encoding. Nothing longer is read into memory.
MAX_BYTES = 3_000_000
#: Bytes of a file in a format that packs text or holds pictures beside it.
MAX_BINARY_BYTES = 200_000_000
#: Characters of a file, about 250 pages.
MAX_CHARACTERS = 600_000
#: Pages of a file, which form feeds mark.
MAX_PAGES = 5_000
#: Lines of a file.
MAX_LINES = 30_000
#: Blocks of a file: a list of 20,000 rows with its title and sections. Each is a paragraph of the item's page, which has 250
#: bytes of markup for it.
MAX_BLOCKS = 21_000
#: Characters of a title: a Trích yếu has 300 at most, and a list of results shows all of it.
MAX_TITLE_LENGTH = 600
#: Characters of another attribute.
MAX_ATTRIBUTE_LENGTH = 300
#: Characters of damaged letters that are corrected in a file, from its beginning; what follows stays as printed.
MAX_CORRECTED = 100_000
#: Signs of Markdown in a file. Each costs twenty times as much as a letter; a file with more is read as plain text, in which
#: the signs stay.
MAX_SIGNS = 50_000
#: Seconds of the processor that a file may take until it is an item: several times what the costliest file within the other
#: limits takes.
CPU_SECONDS = 20
#: Megabytes of memory that reading one file may add to those that the program has.
MEMORY_MB = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file of one family of formats may hold and cost: bytes, seconds of the processor, megabytes of memory."""

    max_bytes: int
    cpu_seconds: float = CPU_SECONDS
    memory_mb: int = MEMORY_MB


#: A text, as a person types it.
TEXT = Limits(MAX_BYTES)
#: A table as text (CSV): a row is short, and there may be 20,000 of them, each of which becomes an item.
TEXT_TABLE = Limits(20_000_000, 2 * CPU_SECONDS)
#: A saved web page, which may hold its pictures.
WEB_PAGE = Limits(20_000_000, 2 * CPU_SECONDS)
#: PDF, office formats, mail, archives: the pages of a book, its pictures, and what is packed in it.
BINARY = Limits(MAX_BINARY_BYTES, 3 * CPU_SECONDS, 2 * MEMORY_MB)


def check_bytes(path: str, size: int, limits: Limits) -> None:
    """Raise ExtractError if a file has more bytes than its family may have."""
    if size > limits.max_bytes:
        raise ExtractError(f"{path}: tệp quá lớn (hơn {limits.max_bytes // 1_000_000} MB); hãy chia thành nhiều tệp")


def check_text(path: str, text: str) -> None:
    """Raise ExtractError if the text of a file has more than MAX_CHARACTERS, MAX_LINES or MAX_PAGES."""
    if len(text) > MAX_CHARACTERS:
        raise ExtractError(f"{path}: {_count(len(text))} ký tự, {_at_most(MAX_CHARACTERS)}")
    lines = text.count("\n")
    if lines > MAX_LINES:
        raise ExtractError(f"{path}: {_count(lines)} dòng, {_at_most(MAX_LINES)}")
    pages = text.count("\f") + 1
    if pages > MAX_PAGES:
        raise ExtractError(f"{path}: {_count(pages)} trang, {_at_most(MAX_PAGES)}")


def has_readable_markup(text: str) -> bool:
    """Whether a Markdown text has no more than MAX_SIGNS signs; otherwise it is read as plain text."""
    return sum(map(text.count, "[]*_`<|")) <= MAX_SIGNS


def check_item(item: Item) -> None:
    """Raise ExtractError if an item that was read from a file has too many blocks, or too long an attribute."""
    path = item.source.path
    if len(item.blocks) > MAX_BLOCKS:
        raise ExtractError(f"{path}: {_count(len(item.blocks))} đoạn, {_at_most(MAX_BLOCKS)}")
    if len(item.title) > MAX_TITLE_LENGTH:
        raise ExtractError(f"{path}: title dài {len(item.title)} ký tự, chỉ được {MAX_TITLE_LENGTH}; hãy viết ngắn lại")
    others = {"place": item.place, "place_former": item.place_former, "unit": item.unit}
    others |= {"origin": item.source.origin, "licence": item.source.licence}
    for name, value in others.items():
        if len(value) > MAX_ATTRIBUTE_LENGTH:
            raise ExtractError(f"{path}: {name} dài {len(value)} ký tự, chỉ được {MAX_ATTRIBUTE_LENGTH}; hãy viết ngắn lại")


def _at_most(limit: int) -> str:
    return f"nhiều hơn {_count(limit)} là mức cho một tệp; hãy chia thành nhiều tệp"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
