from __future__ import annotations

import io
import zipfile

import pytest

from indexer.readers.odf import OdfReader
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from tests.indexer.readers.packages import pack
from vitext import encode_legacy

READER = OdfReader()
_NAMES = ("office", "style", "text", "table", "presentation")
_SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in _NAMES) + (
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
)


def odf(body: str, kind: str = "text", styles: str = "", other: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
    content = (
        f"<office:document-content {_SPACES}>{styles}<office:body><office:{kind}>{body}</office:{kind}></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
        if other:
            archive.writestr("styles.xml", f"<office:document-styles {_SPACES}>{other}</office:document-styles>")
    return buffer.getvalue()


def read(body: str, kind: str = "text", styles: str = "", other: str = "") -> Content:
    paper = Paper("a.odt", odf(body, kind, styles, other))
    assert READER.bid(paper) == 1.0
    return READER.read(paper)


def texts(content: Content) -> list[str]:
    return [block.best for block in content.blocks]


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def test_headings_paragraphs_and_signs() -> None:
    body = (
        '<text:h text:outline-level="2">Mục đích</text:h>'
        + p("một<text:s text:c='3'/>hai\n   ba<text:tab/>bốn<text:line-break/>năm <text:span>sáu</text:span> bảy")
        + "<text:section>" + p("trong mục") + "</text:section>"
        + "<text:tracked-changes><text:changed-region>" + p("đã xóa") + "</text:changed-region></text:tracked-changes>"
        + p("có <office:annotation>" + p("ghi chú riêng") + "</office:annotation>chữ")
    )  # fmt: skip
    content = read(body)
    assert [(b.role, b.level) for b in content.blocks] == [("heading", 2), *[("paragraph", 0)] * 3]
    assert texts(content) == ["Mục đích", "một   hai ba\tbốn\nnăm sáu bảy", "trong mục", "có chữ"]


def test_tables_nested_and_repeated_cells_boxes_and_notes() -> None:
    cell = "<table:table-cell>{}</table:table-cell>"
    inner = "<table:table><table:table-row>" + cell.format(p("x")) + cell.format(p("y")) + "</table:table-row></table:table>"
    row = (
        "<table:table-row>"
        + cell.format(p("1") + p("2"))
        + '<table:table-cell table:number-columns-repeated="2"/>'
        + cell.format(p("ngoài") + inner)
        + '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
    )
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        + p("Nguồn: báo cáo")
        + "</text:note-body></text:note>"
    )
    box = "<draw:frame><draw:text-box>" + p("Trong khung") + "</draw:text-box></draw:frame>"
    body = f"<table:table><table:table-header-rows>{row}</table:table-header-rows></table:table>" + p(f"thân{note} bài{box}")
    content = read(body)
    assert texts(content) == ["1 2 |  |  | ngoài x y", "thân bài", "Trong khung", "Nguồn: báo cáo"]
    assert content.blocks[0].role == "table_row"


def test_lists_are_counted_by_their_style() -> None:
    styles = (
        '<office:automatic-styles><text:list-style style:name="L">'
        '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/>'
        '<text:list-level-style-bullet text:level="3"/></text:list-style></office:automatic-styles>'
    )
    deep = f"<text:list><text:list-item>{p('sâu')}</text:list-item></text:list>"
    inner = f"<text:list><text:list-item>{p('con')}{deep}</text:list-item></text:list>"
    first = f'<text:list text:style-name="L"><text:list-item>{p("a")}{inner}</text:list-item><text:list-item>{p("b")}</text:list-item></text:list>'
    more = f'<text:list text:style-name="L" text:continue-numbering="true"><text:list-item>{p("c")}</text:list-item></text:list>'
    again = f'<text:list text:style-name="L"><text:list-item>{p("d")}</text:list-item></text:list>'
    content = read(first + more + again, styles=styles)
    assert [b.marker for b in content.blocks] == ["1.", "1.a)", "-", "2.", "3.", "1."]
    assert {b.role for b in content.blocks} == {"list_item"}


def test_fonts_of_a_legacy_encoding_are_converted() -> None:
    styles = (
        '<office:font-face-decls><style:font-face style:name="F" svg:font-family="\'VNI-Times\'"/></office:font-face-decls>'
        '<office:automatic-styles><style:style style:name="P1" style:family="paragraph" style:parent-style-name="P0"/>'
        '<style:style style:name="P0" style:family="paragraph"><style:text-properties style:font-name="F"/></style:style>'
        '<style:style style:name="T1" style:family="text"><style:text-properties style:font-name=".VnTime"/></style:style>'
        "</office:automatic-styles>"
    )
    vni, tcvn3 = encode_legacy("Điển hình ", "vni"), encode_legacy("tiên tiến", "tcvn3")
    (block,) = read(p(f'{vni}<text:span text:style-name="T1">{tcvn3}</text:span>', "P1"), styles=styles).blocks
    assert (block.original, block.repaired) == (vni + tcvn3, "Điển hình tiên tiến")


def test_headers_first_footers_last_page_numbers_never() -> None:
    other = (
        "<office:master-styles><style:master-page><style:header>" + p("SỞ NỘI VỤ") + "</style:header>"
        "<style:footer>" + p("<text:page-number>3</text:page-number>/4") + p("Lưu: VT") + "</style:footer>"
        "</style:master-page></office:master-styles>"
    )
    assert texts(read(p("thân bài"), other=other)) == ["SỞ NỘI VỤ", "thân bài", "Lưu: VT"]


def test_slides_are_pages() -> None:
    def frame(text: str, kind: str = "outline") -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'

    notes = f"<presentation:notes>{frame('Lời người trình bày')}</presentation:notes>"
    body = f"<draw:page>{frame('Cách làm', 'title')}{frame('Họp dân')}{notes}</draw:page><draw:page><draw:g><draw:custom-shape>{p('Kết quả')}</draw:custom-shape></draw:g></draw:page>"
    content = read(body, "presentation")
    assert [(b.page, b.role, b.original) for b in content.blocks] == [
        (1, "heading", "Cách làm"), (1, "paragraph", "Họp dân"), (1, "paragraph", "Lời người trình bày"), (2, "paragraph", "Kết quả"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "reason"), [(odf(p("")), "không có chữ"), (odf("<a>"), "hỏng"), (odf(p("a"))[:-60], "hỏng")]
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ExtractError, match=rf"a\.odt: .*{reason}"):
        READER.read(Paper("a.odt", data))


def test_an_encrypted_file_says_so() -> None:
    data = pack({"content.xml": "x", "META-INF/manifest.xml": '<m xmlns:n="urn:n"><n:encryption-data/></m>'})
    with pytest.raises(ExtractError, match="mật khẩu"):
        READER.read(Paper("a.odt", data))


def test_other_packages_get_no_bid() -> None:
    for data in (b"", b"PK", odf(p("a"), "spreadsheet"), pack({"content.xml": "<a/>"})):
        assert READER.bid(Paper("a.odt", data)) == 0.0
