"""What every Word document of ours is made around: styles, page, footer and properties, prepared by python-docx.

The text itself is not: python-docx looks through the whole body for each paragraph that it adds, so that twice the records
are four times the work. `docx_body` writes it as a stream instead (docs/decisions/0027-exports-as-streams.md).
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from web.exports.columns import legal
from web.exports.docx_body import field
from web.exports.package import Package

#: The font that Nghị định 30/2020/NĐ-CP prescribes.
FONT = "Times New Roman"
#: UTF-16 units of a property of a document at most: python-docx and Word take no more.
MAX_PROPERTY_LENGTH = 255
_BODY = "word/document.xml"


@contextmanager
def word_document(out: BinaryIO, title: str, today: dt.date, *, booklet: bool = False) -> Iterator[TextIO]:
    """Writes a Word document to `out`; what is written to the stream within the block is its body, as XML.

    A `booklet` has no number on its first page, and Word fills its page references when it opens it.
    """
    prepared = io.BytesIO()
    _template(title, today, booklet).save(prepared)
    with zipfile.ZipFile(prepared) as parts, Package(out, today) as package:
        for name in parts.namelist():
            if name != _BODY:
                package.writestr(name, parts.read(name))
                continue
            before, section, after = parts.read(name).decode().partition("<w:sectPr")
            with package.open_part(name) as body:
                body.write(before)
                yield body
                body.write(section + after)


def as_property(text: str) -> str:
    """The text as a property of a document: legal, on one line, cut where it is longer than Word allows."""
    words = " ".join(legal(text).split())
    units = words.encode("utf-16-le")
    if len(units) <= 2 * MAX_PROPERTY_LENGTH:
        return words
    return units[: 2 * (MAX_PROPERTY_LENGTH - 2)].decode("utf-16-le", "ignore").rstrip() + " …"


def _template(title: str, today: dt.date, booklet: bool) -> Document:
    """An empty A4 document with our styles, and with page numbers in the footer."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
    section.different_first_page_header_footer = booklet
    for name, size in (("Normal", 13), ("Title", 18), ("Heading 1", 15), ("Heading 2", 13.5), ("Heading 3", 13)):
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.bold = name != "Normal"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(kind), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        style.paragraph_format.space_after = Pt(6)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    document.styles["Normal"].element.get_or_add_rPr().append(language)
    properties = document.core_properties
    properties.title, properties.author, properties.language = as_property(title), "Cách Hay", "vi-VN"
    properties.created = properties.modified = dt.datetime(today.year, today.month, today.day)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.add_run("Trang ")
    for run in _parsed(field("PAGE")):
        foot._p.append(run)
    foot.add_run(" / ")
    for run in _parsed(field("NUMPAGES")):
        foot._p.append(run)
    if booklet:
        update = OxmlElement("w:updateFields")
        update.set(qn("w:val"), "true")
        document.settings.element.append(update)
    return document


def _parsed(runs: str) -> list[docx.oxml.xmlchemy.BaseOxmlElement]:
    return list(parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"))
