from __future__ import annotations

import io

import docx as python_docx
import pytest

from indexer.readers import package
from indexer.readers.docx import DocxReader
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from tests.indexer.readers.packages import docx, pack, paragraph, relations, table
from vitext import encode_legacy

READER = DocxReader()


def read(body: str, **parts: str) -> Content:
    return READER.read(Paper("a.docx", docx(body, **parts)))


def texts(content: Content) -> list[str]:
    return [block.best for block in content.blocks]


def run(inside: str) -> str:
    return f"<w:p>{inside}</w:p>"


def said(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_a_document_of_another_program_is_read_in_its_order() -> None:
    document = python_docx.Document()
    document.add_heading("Kế hoạch phát động thi đua", 1)
    document.add_paragraph("Căn cứ Luật Thi đua, khen thưởng;")
    rows = document.add_table(2, 2, style="Table Grid").rows
    for cell, text in zip([*rows[0].cells, *rows[1].cells], ["TT", "Đơn vị", "1", "Xã Vĩnh Hải"], strict=True):
        cell.text = text
    document.add_paragraph("Nơi nhận: như trên.")
    buffer = io.BytesIO()
    document.save(buffer)
    paper = Paper("khong-duoi", buffer.getvalue())
    assert READER.bid(paper) == 1.0
    blocks = READER.read(paper).blocks
    assert [(b.role, b.level, b.original) for b in blocks] == [
        ("heading", 1, "Kế hoạch phát động thi đua"),
        ("paragraph", 0, "Căn cứ Luật Thi đua, khen thưởng;"),
        ("table_row", 0, "TT | Đơn vị"),
        ("table_row", 0, "1 | Xã Vĩnh Hải"),
        ("paragraph", 0, "Nơi nhận: như trên."),
    ]
    assert {b.page for b in blocks} == {1}


def test_insertions_stay_and_deletions_go() -> None:
    body = run(
        said("Tặng ")
        + "<w:ins>" + said("Bằng khen ") + "</w:ins>"
        + "<w:del><w:r><w:delText>Giấy khen </w:delText></w:r></w:del>"
        + "<w:moveFrom>" + said("cũ ") + "</w:moveFrom>"
        + "<w:moveTo>" + said("cho tập thể") + "</w:moveTo>"
    )  # fmt: skip
    assert texts(read(body)) == ["Tặng Bằng khen cho tập thể"]


def test_a_deleted_row_goes_and_a_deleted_paragraph_end_joins() -> None:
    gone = "<w:tr><w:trPr><w:del/></w:trPr><w:tc>" + paragraph("bỏ") + "</w:tc><w:tc>" + paragraph("đi") + "</w:tc></w:tr>"
    rows = table(("a", "b"), ("c", "d")).replace("</w:tbl>", gone + "</w:tbl>")
    joined = paragraph("phong trào ", "<w:rPr><w:del/></w:rPr>") + paragraph("thi đua")
    assert texts(read(rows + joined)) == ["a | b", "c | d", "phong trào thi đua"]


def test_content_controls_and_text_boxes_are_read_once() -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('Trong khung nhập')}</w:sdtContent></w:sdt>"
    inline = run(said("Số: ") + f"<w:sdt><w:sdtContent>{said('12/QĐ-UBND')}</w:sdtContent></w:sdt>")
    inside = f"<w:txbxContent>{paragraph('SAO Y BẢN CHÍNH')}</w:txbxContent>"
    box = run(
        said("Bên cạnh khung")
        + f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{inside}</w:drawing></mc:Choice>"
        + f"<mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert texts(read(control + inline + box)) == ["Trong khung nhập", "Số: 12/QĐ-UBND", "Bên cạnh khung", "SAO Y BẢN CHÍNH"]


def test_nested_and_merged_cells_stay_in_their_row() -> None:
    merged = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
    nested = paragraph("Ngoài") + table(("trong 1", "trong 2")) + paragraph("hết")
    body = table(("1", nested, "cuối"), (merged.removeprefix("<w:tc>").removesuffix("</w:tc>"), "x", ""))
    assert texts(read(body)) == ["1 | Ngoài trong 1 trong 2 hết | cuối", "| x"]


def test_a_letterhead_without_lines_gives_its_paragraphs_cell_by_cell() -> None:
    left = paragraph("UBND TỈNH A") + paragraph("Số: 1/KH-UBND")
    right = paragraph("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") + paragraph("Độc lập - Tự do - Hạnh phúc")
    content = read(table((left, right), ruled=False) + table(("TT", "Tên"), ruled=False))
    assert [b.role for b in content.blocks] == ["paragraph"] * 4 + ["table_row"]
    assert texts(content)[:3] == ["UBND TỈNH A", "Số: 1/KH-UBND", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]


def test_signs_in_a_run() -> None:
    inside = "<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t><w:softHyphen/><w:t>e</w:t>"
    symbols = '<w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Arial" w:char="0111"/>'
    assert texts(read(run(f"<w:r>{inside}{symbols}</w:r>"))) == ["a\tb\nc-d\xadeđ"]


def test_a_field_is_its_result_and_hidden_text_is_not_printed() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def field(instruction: str, result: str) -> str:
        told = f"<w:r><w:instrText> {instruction} </w:instrText></w:r>"
        return mark("begin") + told + mark("separate") + said(result) + mark("end")

    body = run(said("ngày ") + field("DATE", "19/5") + field("PAGE", "7"))
    hidden = (
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>hiện</w:t></w:r>"
    )
    assert texts(read(body + run(hidden))) == ["ngày 19/5", "hiện"]


def test_fonts_of_a_legacy_encoding_are_converted_and_the_original_stays() -> None:
    words = "được tặng Bằng khen"
    raw = encode_legacy(words, "tcvn3")
    by_run = paragraph(raw, run='<w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/>')
    by_style = paragraph(raw, '<w:pStyle w:val="Cu"/>')
    soft = run(
        '<w:r><w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr><w:t>®</w:t><w:softHyphen/><w:t>îc</w:t></w:r>'
        '<w:r><w:t xml:space="preserve"> café</w:t></w:r>'
    )
    styles = (
        '<w:style w:type="paragraph" w:styleId="Goc"><w:rPr><w:rFonts w:hAnsi=".VnArial"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Cu"><w:basedOn w:val="Goc"/></w:style>'
    )
    blocks = read(by_run + by_style + soft, styles=styles).blocks
    assert [(b.original, b.repaired) for b in blocks] == [(raw, words), (raw, words), ("®\xadîc café", "được café")]


def test_headings_by_name_by_level_and_by_inheritance() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Muc"><w:name w:val="Mục"/><w:basedOn w:val="H2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    )
    body = "".join(
        paragraph("x", p)
        for p in ('<w:pStyle w:val="H2"/>', '<w:pStyle w:val="Muc"/>', '<w:pStyle w:val="T"/>', '<w:outlineLvl w:val="3"/>',
                  '<w:outlineLvl w:val="9"/>')
    )  # fmt: skip
    assert [(b.role, b.level) for b in read(body, styles=styles).blocks] == [
        ("heading", 2), ("heading", 2), ("heading", 1), ("heading", 4), ("paragraph", 0),
    ]  # fmt: skip


def test_markers_are_counted() -> None:
    def level(at: int, style: str, text: str) -> str:
        inside = f'<w:start w:val="1"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/>'
        return f'<w:lvl w:ilvl="{at}">{inside}</w:lvl>'

    levels = level(0, "upperRoman", "%1.") + level(1, "decimal", "%2)") + level(2, "lowerLetter", "%2.%3")
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "Điều %1.")}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2">{level(0, "bullet", "")}</w:abstractNum>'
        + "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(3))
    )

    def item(number: int, at: int) -> str:
        return paragraph("x", f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>')

    body = "".join(item(1, at) for at in (0, 1, 1, 2, 0, 1)) + item(2, 0) + item(2, 0) + item(3, 0)
    blocks = read(body, numbering=numbering).blocks
    assert [b.marker for b in blocks] == ["I.", "1)", "2)", "2.a", "II.", "1)", "", "", "-"]
    assert [b.original for b in blocks[6:8]] == ["Điều 1. x", "Điều 2. x"]


def test_headers_come_first_notes_and_footers_last_and_page_numbers_never() -> None:
    notes = f'<w:footnote w:type="separator" w:id="0">{paragraph("---")}</w:footnote><w:footnote w:id="2">{paragraph("Số liệu 2024.")}</w:footnote>'
    reference = run(said("Đạt 95%") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
    content = read(
        reference,
        header1=paragraph("UBND HUYỆN B"),
        header2=paragraph("UBND HUYỆN B"),
        footnotes=notes,
        footer1=paragraph("2") + paragraph("Điện thoại: 0225"),
    )
    assert texts(content) == ["UBND HUYỆN B", "Đạt 95%", "Số liệu 2024.", "Điện thoại: 0225"]


def test_strict_documents_are_read() -> None:
    made = docx(paragraph("Nghiêm"))
    members = {name: package.Package(Paper("a", made)).read(name) for name in package.list_members(made)}
    strict = {
        name: data.replace(
            b"schemas.openxmlformats.org/wordprocessingml/2006/main", b"purl.oclc.org/ooxml/wordprocessingml/main"
        )
        for name, data in members.items()
    }
    assert members != strict
    assert texts(READER.read(Paper("a.docx", pack(dict(strict))))) == ["Nghiêm"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (docx(paragraph(" ")), "không có chữ"),
        (docx(paragraph("a"))[:-300], "hỏng"),
        (pack({"word/document.xml": "<a/>"}), "hỏng"),
        (pack({"_rels/.rels": relations(("officeDocument", "word/document.xml")), "word/document.xml": "<a"}), "hỏng"),
        (
            pack(
                {
                    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
                    "word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
                }
            ),
            "DTD",
        ),
        (docx(paragraph("a" * (package.RATIO_FROM + 1))), "quá lớn"),
        (docx("<w:sdt>" * 300 + "</w:sdt>" * 300), "hỏng"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ExtractError, match=rf"xã/a\.docx: .*{reason}"):
        READER.read(Paper("xã/a.docx", data))


def test_the_sum_of_the_members_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = docx(paragraph("a" * 1000))
    length = sum(len(package.Package(Paper("a", data)).read(name)) for name in package.list_members(data))
    monkeypatch.setattr(package, "MAX_TOTAL", length)
    assert texts(READER.read(Paper("a.docx", data)))
    monkeypatch.setattr(package, "MAX_TOTAL", length - 1)
    with pytest.raises(ExtractError, match="quá lớn"):
        READER.read(Paper("a.docx", data))


def test_other_files_get_no_bid() -> None:
    for data in (b"", b"PK\x03\x04", b"{\\rtf1 a}", pack({"xl/workbook.xml": "<a/>"}), docx(paragraph("a"))[:100]):
        assert READER.bid(Paper("a.docx", data)) == 0.0
