from __future__ import annotations

import pytest

from indexer.readers.pptx import PptxReader
from indexer.readers.reader import Paper
from kb.errors import ExtractError
from tests.indexer.readers.packages import OFFICE, pack, relations
from vitext import encode_legacy

READER = PptxReader()
_SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{OFFICE}"'
)


def shape(text: str, kind: str = "", properties: str = "", font: str = "") -> str:
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    latin = f'<a:latin typeface="{font}"/>' if font else ""
    run = f"<a:r><a:rPr>{latin}</a:rPr><a:t>{text}</a:t></a:r>"
    return f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr><p:txBody><a:p><a:pPr>{properties}</a:pPr>{run}</a:p></p:txBody></p:sp>"


def pptx(*slides: str, notes: str = "", hidden: int = -1) -> bytes:
    count = len(slides)
    ids = "".join(f'<p:sldId id="{at}" r:id="r{at}"/>' for at in range(count, 0, -1))
    members: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {_SPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        # The files are numbered against the order of the presentation.
        "ppt/_rels/presentation.xml.rels": relations(*(("slide", f"slides/slide{count - at}.xml") for at in range(count))),
    }
    for at, slide in enumerate(slides):
        show = ' show="0"' if at == hidden else ""
        number = at + 1
        members[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {_SPACES}{show}><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"
        )
    if notes:
        members["ppt/slides/_rels/slide1.xml.rels"] = relations(("notesSlide", "../notesSlides/notesSlide1.xml"))
        members["ppt/notesSlides/notesSlide1.xml"] = (
            f"<p:notes {_SPACES}><p:cSld><p:spTree>{notes}</p:spTree></p:cSld></p:notes>"
        )
    return pack(members)


def test_slides_in_order_with_titles_lists_tables_and_notes() -> None:
    rows = (
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:txBody></a:tc>" for t in "xy")
        + "</a:tr>"
    )
    table = f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    first = shape("Mô hình mới", "title") + shape("Họp dân", "body", '<a:buChar char="•"/>') + shape("1", "sldNum")
    second = f"<p:grpSp>{shape('Trong nhóm')}</p:grpSp>" + table
    paper = Paper("a.pptx", pptx(first, second, notes=shape("Nói chậm", "body") + shape("7", "sldNum")))
    assert READER.bid(paper) == 1.0
    assert [(b.page, b.role, b.marker, b.original) for b in READER.read(paper).blocks] == [
        (1, "heading", "", "Mô hình mới"),
        (1, "list_item", "-", "Họp dân"),
        (1, "paragraph", "", "Nói chậm"),
        (2, "paragraph", "", "Trong nhóm"),
        (2, "table_row", "", "x | y"),
    ]


def test_a_hidden_slide_is_not_shown_and_keeps_its_number() -> None:
    content = READER.read(Paper("a.pptx", pptx(shape("một"), shape("hai"), shape("ba"), hidden=1)))
    assert [(b.page, b.original) for b in content.blocks] == [(1, "một"), (3, "ba")]


def test_fonts_of_a_legacy_encoding_are_converted() -> None:
    raw = encode_legacy("Đại hội", "tcvn3")
    (block,) = READER.read(Paper("a.pptx", pptx(shape(raw, font=".VnTime")))).blocks
    assert (block.original, block.repaired) == (raw, "Đại hội")


def test_what_cannot_be_read_says_why() -> None:
    with pytest.raises(ExtractError, match=r"a\.pptx: không có chữ"):
        READER.read(Paper("a.pptx", pptx(shape(" "))))
    with pytest.raises(ExtractError, match=r"a\.pptx: tệp hỏng"):
        READER.read(Paper("a.pptx", pptx(shape("a"))[:-20]))
    assert READER.bid(Paper("a.pptx", pack({"word/document.xml": "<a/>"}))) == 0.0
