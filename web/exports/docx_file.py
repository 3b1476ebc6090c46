"""A dossier (Hồ sơ chọn) as a Word document in the layout of official papers (Nghị định 30/2020/NĐ-CP)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from search_api.schema import Record
from web.exports.columns import Note, legal
from web.exports.tables import same_bytes
from web.formats import show_attribute, show_card_date, show_date

#: The font that Nghị định 30/2020/NĐ-CP prescribes.
FONT = "Times New Roman"


def write_docx(records: Sequence[Record], note: Note) -> bytes:
    """The dossier: title, table of the records, then each record on its own page."""
    document = new_document(note.title, note.today)
    title = document.add_paragraph(legal(note.title), style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    said = f"{len(records)} mục, lấy từ kho tra cứu Cách Hay ngày {show_date(note.today)}. Địa chỉ: {note.address}"
    document.add_paragraph(legal(said))
    if note.left_out:
        document.add_paragraph(f"Còn {note.left_out} kết quả nữa không có trong tệp này.")
    rows = [
        (str(at), r.card.title, "; ".join(p for p in (r.card.issuer, r.card.place) if p), show_card_date(r.card))
        for at, r in enumerate(records, 1)
    ]
    add_table(document, ("STT", "Nhan đề", "Đơn vị, địa bàn", "Năm"), rows, (12, 78, 55, 17))
    for at, record in enumerate(records, 1):
        heading = document.add_heading(legal(f"{at}. {record.card.title}"), level=1)
        heading.paragraph_format.page_break_before = True
        add_record(document, record)
    return saved(document, note.today)


def new_document(title: str, today: dt.date) -> Document:
    """An empty A4 document with our styles, and with page numbers in the footer."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
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
    document.core_properties.title = legal(title)
    document.core_properties.author = "Cách Hay"
    document.core_properties.language = "vi-VN"
    moment = dt.datetime(today.year, today.month, today.day)
    document.core_properties.created = document.core_properties.modified = moment
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.add_run("Trang ")
    add_field(foot, "PAGE")
    foot.add_run(" / ")
    add_field(foot, "NUMPAGES")
    return document


def add_record(document: Document, record: Record, figures: Sequence[str] = ()) -> None:
    """A record below its heading: warning, figures, attributes, its sections or its text, the citation."""
    if record.citations.warning:
        add_boxed(document, f"Lưu ý: {record.citations.warning}")
    if figures:
        line = document.add_paragraph()
        line.add_run("Con số: ").bold = True
        line.add_run(legal("; ".join(figures)))
    add_table(document, (), [(a.label, show_attribute(a.value, a.name)) for a in record.attributes], (48, 114))
    if record.sections:
        if record.summary:
            document.add_paragraph().add_run(legal(record.summary)).italic = True
        for part in record.sections:
            if part.name == "source":
                continue
            document.add_heading(part.label, level=2)
            for at, text in enumerate(part.paragraphs, 1):
                paragraph = document.add_paragraph(legal(f"{at}. {text}" if part.ordered else text))
                paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    else:
        for text in record.paragraphs:
            document.add_paragraph(legal(text))
    source = document.add_paragraph()
    source.add_run("Trích dẫn: ").bold = True
    source.add_run(legal(record.citations.official))
    if record.origin:
        licence = f" Giấy phép: {record.licence}." if record.licence else ""
        document.add_paragraph(legal(f"Nguồn: {record.origin}.{licence}"))


def add_table(
    document: Document, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> Table | None:
    """A table with widths in millimetres, whose head is repeated on every page; None without rows."""
    if not rows:
        return None
    table: Table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for line in ([heads] if heads else []) + list(rows):
        cells = table.add_row().cells  # type: ignore[no-untyped-call]
        for cell, text, width in zip(cells, line, widths, strict=True):
            cell.width = Mm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            run = paragraph.add_run(legal(text))
            run.font.size = Pt(12)
            run.bold = line is heads or (not heads and cell is cells[0])
    if heads:
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)
    document.add_paragraph()
    return table


def add_boxed(document: Document, text: str) -> None:
    """A paragraph with a border on all sides."""
    paragraph = document.add_paragraph()
    paragraph.add_run(legal(text)).bold = True
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "4"), ("color", "7A4A00")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    paragraph._p.get_or_add_pPr().append(borders)


def add_field(paragraph: Paragraph, code: str, shown: str = "1") -> None:
    """A field that Word and LibreOffice fill ("PAGE", "PAGEREF bookmark"); `shown` stands there before."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = text
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            if kind == "begin":
                mark.set(qn("w:dirty"), "true")
            run._r.append(mark)
        else:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)


def saved(document: Document, today: dt.date) -> bytes:
    raw = io.BytesIO()
    document.save(raw)
    return same_bytes(raw.getvalue(), today)
