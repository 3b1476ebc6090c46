"""The booklet as a Word document: title page, contents by field with page numbers, each record on its own page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from search_api.schema import Record
from web.exports.booklet import Booklet, key_figures
from web.exports.docx_body import (
    BOLD,
    CENTRED,
    NEW_PAGE,
    SAME_PAGE,
    bookmark,
    field,
    paragraph,
    record_body,
    run,
)
from web.exports.docx_template import word_document
from web.formats import show_date

#: Where page numbers stand in the contents: at the right edge of the text.
_LINE = (
    '<w:tabs><w:tab w:pos="9184" w:val="right" w:leader="dot"/></w:tabs>'
    '<w:ind w:left="340"/>'
)  # fmt: skip


def write_booklet(booklet: Booklet, records: Iterable[Record], out: BinaryIO) -> None:
    """The whole booklet; `records` are those of its entries, in their order. The page numbers of the contents are fields,
    which Word offers to fill when it opens the file."""
    with word_document(out, booklet.title, booklet.today, booklet=True) as body:
        body.writelines(_title_page(booklet))
        body.writelines(_contents(booklet))
        coming = iter(records)
        for chapter in booklet.chapters:
            for at, entry in enumerate(chapter.entries):
                if at == 0:
                    body.write(paragraph(run(chapter.title.upper(), BOLD), "", NEW_PAGE + CENTRED))
                heading = bookmark(entry.number, entry.bookmark) + run(f"{entry.number}. {entry.title}")
                body.write(paragraph(heading, "Heading1", NEW_PAGE if at else SAME_PAGE))
                record = next(coming)
                body.writelines(record_body(record, key_figures(record)))


def _title_page(booklet: Booklet) -> Iterator[str]:
    yield paragraph(run(booklet.issuer.upper(), BOLD) if booklet.issuer else "", "", CENTRED)
    yield paragraph(run(booklet.title.upper()), "Title", '<w:spacing w:before="4400"/>' + CENTRED)
    yield paragraph(run(f"{len(booklet.entries)} bản ghi, {len(booklet.chapters)} lĩnh vực"), "", CENTRED)
    yield paragraph(run(f"Ngày {show_date(booklet.today)}"), "", '<w:spacing w:before="5200"/>' + CENTRED)


def _contents(booklet: Booklet) -> Iterator[str]:
    yield paragraph(run("MỤC LỤC", BOLD), "", NEW_PAGE + CENTRED)
    for chapter in booklet.chapters:
        yield paragraph(run(chapter.title, BOLD))
        for entry in chapter.entries:
            number = field(f"PAGEREF {entry.bookmark} \\h", "…")
            yield paragraph(run(f"{entry.number}. {entry.title}\t") + number, "", _LINE)
