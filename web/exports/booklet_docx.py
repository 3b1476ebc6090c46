"""The booklet as a Word document: title page, contents by field with page numbers, each record on its own page."""

from __future__ import annotations

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from web.exports.booklet import Booklet, Entry
from web.exports.columns import legal
from web.exports.docx_file import add_field, add_record, new_document, saved
from web.formats import show_date

#: Where page numbers stand in the contents: the width of the text.
_PAGE_NUMBER_STOP = Mm(162)


def write_booklet(booklet: Booklet) -> bytes:
    """The whole booklet. The page numbers of the contents are fields, which Word offers to fill when it opens the file."""
    document = new_document(booklet.title, booklet.today)
    _fill_fields_on_opening(document)
    document.sections[0].different_first_page_header_footer = True  # no number on the title page
    _title_page(document, booklet)
    _contents(document, booklet)
    for chapter in booklet.chapters:
        for at, entry in enumerate(chapter.entries):
            if at == 0:
                label = document.add_paragraph(legal(chapter.title.upper()))
                label.paragraph_format.page_break_before = True
                label.runs[0].bold = True
                label.alignment = WD_ALIGN_PARAGRAPH.CENTER
            heading = document.add_heading(level=1)
            heading.paragraph_format.page_break_before = at > 0
            _bookmark(heading, entry)
            heading.add_run(legal(f"{entry.number}. {entry.title}"))
            add_record(document, entry.record, entry.figures)
    return saved(document, booklet.today)


def _title_page(document: Document, booklet: Booklet) -> None:
    issuer = document.add_paragraph(legal(booklet.issuer.upper()))
    issuer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for run in issuer.runs:
        run.bold = True
    title = document.add_paragraph(legal(booklet.title.upper()), style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = Pt(220)
    count = document.add_paragraph(f"{len(booklet.entries)} bản ghi, {len(booklet.chapters)} lĩnh vực")
    count.alignment = WD_ALIGN_PARAGRAPH.CENTER
    day = document.add_paragraph(f"Ngày {show_date(booklet.today)}")
    day.alignment = WD_ALIGN_PARAGRAPH.CENTER
    day.paragraph_format.space_before = Pt(260)


def _contents(document: Document, booklet: Booklet) -> None:
    head = document.add_paragraph("MỤC LỤC")
    head.paragraph_format.page_break_before = True
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.runs[0].bold = True
    for chapter in booklet.chapters:
        document.add_paragraph().add_run(legal(chapter.title)).bold = True
        for entry in chapter.entries:
            line = document.add_paragraph()
            line.paragraph_format.left_indent = Mm(6)
            line.paragraph_format.tab_stops.add_tab_stop(_PAGE_NUMBER_STOP, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
            line.add_run(legal(f"{entry.number}. {entry.title}\t"))
            add_field(line, f"PAGEREF {entry.bookmark} \\h", "…")


def _bookmark(heading: Paragraph, entry: Entry) -> None:
    for tag in ("bookmarkStart", "bookmarkEnd"):
        mark = OxmlElement(f"w:{tag}")
        mark.set(qn("w:id"), str(entry.number))
        if tag == "bookmarkStart":
            mark.set(qn("w:name"), entry.bookmark)
        heading._p.append(mark)


def _fill_fields_on_opening(document: Document) -> None:
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    document.settings.element.append(update)
