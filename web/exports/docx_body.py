"""The body of a Word document as small pieces of XML (WordprocessingML): runs, paragraphs, tables, fields, records.

Each function returns or yields text that is ready to be written; nothing here keeps more than one record. The layout is
that of official papers (Nghị định 30/2020/NĐ-CP).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from search_api.schema import Record
from web.exports.columns import legal
from web.formats import show_attribute

#: Where a text is not plain: a tab, a line end.
_SIGNS = re.compile("[\t\n\r]")
_SIGN_ELEMENTS = {"\t": "<w:tab/>", "\n": "<w:br/>", "\r": "<w:br/>"}
#: Twentieths of a point in a millimetre, the unit of widths.
_TWIPS = 1440 / 25.4
BOLD = "<w:b/>"
ITALIC = "<w:i/>"
#: Properties of paragraphs. Word wants those of one paragraph in this order.
NEW_PAGE = "<w:pageBreakBefore/>"
SAME_PAGE = '<w:pageBreakBefore w:val="0"/>'
BOXED = (
    "<w:pBdr>"
    + "".join(f'<w:{s} w:val="single" w:sz="8" w:space="4" w:color="7A4A00"/>' for s in ("top", "left", "bottom", "right"))
    + "</w:pBdr>"
)
CENTRED = '<w:jc w:val="center"/>'
JUSTIFIED = '<w:jc w:val="both"/>'
_CELL = '<w:spacing w:after="40"/>'
_CELL_SIZE = '<w:sz w:val="24"/>'
_EMPTY = "<w:p/>"


def run(text: str, form: str = "") -> str:
    """A run of text in one form (`BOLD`, `ITALIC`). Characters that XML cannot hold become U+FFFD."""
    text = legal(text)
    pieces, at = [], 0
    for sign in _SIGNS.finditer(text):
        pieces += [_plain(text[at : sign.start()]), _SIGN_ELEMENTS[sign[0]]]
        at = sign.end()
    pieces.append(_plain(text[at:]))
    return f"<w:r>{f'<w:rPr>{form}</w:rPr>' if form else ''}{''.join(pieces)}</w:r>"


def _plain(text: str) -> str:
    if not text:
        return ""
    kept = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<w:t{kept}>{escape(text)}</w:t>"


def paragraph(runs: str, style: str = "", layout: str = "") -> str:
    """A paragraph of runs; `style` is the id of a style ("Title", "Heading1"), `layout` holds further properties."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties = f"<w:pPr>{named}{layout}</w:pPr>" if named or layout else ""
    return f"<w:p>{properties}{runs}</w:p>"


def field(code: str, shown: str = "1") -> str:
    """The runs of a field that Word and LibreOffice fill ("PAGE", "PAGEREF bookmark"); `shown` stands there before."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(shown)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def bookmark(number: int, name: str) -> str:
    """A bookmark, which `field` can refer to."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/><w:bookmarkEnd w:id="{number}"/>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """A table with widths in millimetres, whose head is repeated on every page, and an empty paragraph below it; nothing
    without rows. Without a head, the first column is bold."""
    begun = False
    for row in rows:
        if not begun:
            yield _table_start(widths)
            if heads:
                yield _row(heads, widths, [True] * len(heads), '<w:trPr><w:tblHeader w:val="true"/></w:trPr>')
            begun = True
        yield _row(row, widths, [not heads and at == 0 for at in range(len(row))])
    if begun:
        yield "</w:tbl>" + _EMPTY


def _table_start(widths: Sequence[int]) -> str:
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:type="auto" w:w="0"/><w:tblLayout w:type="fixed"/>'
        '<w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" w:lastRow="0" w:noHBand="0" w:noVBand="1" '
        f'w:val="04A0"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
    )


def _row(texts: Sequence[str], widths: Sequence[int], bold: Sequence[bool], properties: str = "") -> str:
    cells = []
    for text, width, strong in zip(texts, widths, bold, strict=True):
        words = run(text, (BOLD if strong else '<w:b w:val="0"/>') + _CELL_SIZE)
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{_twips(width)}"/></w:tcPr>{paragraph(words, "", _CELL)}</w:tc>'
        )
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def _twips(millimetres: float) -> int:
    return round(millimetres * _TWIPS)


def record_body(record: Record, figures: Sequence[str] = ()) -> Iterator[str]:
    """A record below its heading: warning, figures, attributes, its sections or its text, the citation."""
    if record.citations.warning:
        yield paragraph(run(f"Lưu ý: {record.citations.warning}", BOLD), "", BOXED)
    if figures:
        yield paragraph(run("Con số: ", BOLD) + run("; ".join(figures)))
    yield from table((), ((a.label, show_attribute(a.value, a.name)) for a in record.attributes), (48, 114))
    if record.sections:
        if record.summary:
            yield paragraph(run(record.summary, ITALIC))
        for part in record.sections:
            if part.name != "source":
                yield paragraph(run(part.label), "Heading2")
                for at, text in enumerate(part.paragraphs, 1):
                    yield paragraph(run(f"{at}. {text}" if part.ordered else text), "", JUSTIFIED)
    else:
        for text in record.paragraphs:
            yield paragraph(run(text))
    yield paragraph(run("Trích dẫn: ", BOLD) + run(record.citations.official))
    if record.origin:
        licence = f" Giấy phép: {record.licence}." if record.licence else ""
        yield paragraph(run(f"Nguồn: {record.origin}.{licence}"))
