from __future__ import annotations

import pytest

from indexer.readers.reader import Content, Paper
from indexer.readers.rtf import RtfReader
from kb.errors import ExtractError
from tests.work import cpu_seconds
from vitext import encode_legacy

READER = RtfReader()
FONTS = (
    r"{\fonttbl{\f0\froman\fcharset0 Times New Roman;}{\f1\fnil\fcharset0{\*\panose 020b}.VnTime{\*\falt Arial};}"
    r"{\f2\fcharset163 Tahoma;}{\f3\fcharset0 VNI-Times;}{\f4\fcharset204 Arial Cyr;}}"
)
STYLES = r"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\*\cs10 Default;}}"


def rtf(body: str, encoding: str = "latin-1") -> bytes:
    escaped = "".join(c if ord(c) < 0x80 else f"\\'{c.encode(encoding).hex()}" for c in body)
    return (r"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + STYLES + escaped + "}").encode("ascii")


def read(data: bytes) -> Content:
    paper = Paper("a.rtf", data)
    assert READER.bid(paper) == 1.0
    return READER.read(paper)


def texts(body: str, encoding: str = "latin-1") -> list[str]:
    return [block.best for block in read(rtf(body, encoding)).blocks]


def unicode(text: str) -> str:
    return "".join(c if ord(c) < 0x80 else f"\\u{ord(c) if ord(c) < 0x8000 else ord(c) - 0x10000}?" for c in text)


def test_unicode_with_and_without_its_fallback() -> None:
    body = (
        unicode("Kế hoạch số 1") + r"\par \uc2\u7871\'ab\'cd x\par \uc0\u7871 y\par\uc1\u7871\endash z\u-10179?\u-8704?\par"
    )
    assert texts(body) == ["Kế hoạch số 1", "ế x", "ếy", "ếz😀"]


def test_the_font_of_a_run_tells_its_encoding() -> None:
    tcvn3, vni = encode_legacy("được tặng", "tcvn3"), encode_legacy("Điển hình", "vni")
    (block,) = read(rtf(rf"\pard\plain\f1 {tcvn3}{{\f3  {vni}}}{{\f0  café}}\par")).blocks
    assert (block.original, block.repaired) == (f"{tcvn3} {vni} café", "được tặng Điển hình café")


def test_character_sets_of_fonts() -> None:
    windows = "T\u00f4\u0309 d\u00e2n ph\u00f4\u0301".encode("cp1258").hex(" ").split()
    body = r"\pard\f2 " + "".join(rf"\'{byte}" for byte in windows) + r"{\f4 \'c4\'e0}\par"
    assert texts(body) == ["Tổ dân phốДа"]


def test_paragraphs_headings_signs_and_markers() -> None:
    body = (
        r"\pard\s1 " + unicode("Mục đích") + r"\par\pard\outlinelevel2 Ba\par\pard a\tab b\line c\~d\_e\-f \bullet  \ldblquote g\rdblquote\par"
        r"{\listtext\pard\plain 1.\tab}" + unicode("Họp dân") + r"\par{\pntext\'b7\tab}Hai\par \{x\}\\" + "\\\n tail"
    )  # fmt: skip
    blocks = read(rtf(body)).blocks
    assert [(b.role, b.level, b.marker, b.original) for b in blocks] == [
        ("heading", 1, "", "Mục đích"),
        ("heading", 3, "", "Ba"),
        ("paragraph", 0, "", "a\tb\nc\xa0d-e\xadf • “g”"),
        ("list_item", 0, "1.", "Họp dân"),
        ("list_item", 0, "-", "Hai"),
        ("paragraph", 0, "", "{x}\\"),
        ("paragraph", 0, "", "tail"),
    ]


def test_rows_are_blocks_and_a_letterhead_gives_its_paragraphs() -> None:
    line = r"\clbrdrt\brdrs\clbrdrl\brdrs\clbrdrb\brdrs\clbrdrr\brdrs"
    ruled = rf"\trowd{line}\cellx100{line}\cellx200 "
    body = (
        ruled + r"\pard\intbl TT\cell a\par {\listtext\pard\plain 1)\tab}b\cell\row"
        r"\pard\intbl 1\cell\cell\row\pard Sau\par"
        r"\trowd\cellx100\cellx200\pard\intbl UBND A\par S\'f4\cell C\'c9NG\cell\row\pard End\par"
    )
    blocks = read(rtf(body)).blocks
    assert [(b.role, b.original) for b in blocks] == [
        ("table_row", "TT | a 1) b"),
        ("table_row", "1"),
        ("paragraph", "Sau"),
        ("paragraph", "UBND A"),
        ("paragraph", "Sô"),
        ("paragraph", "CÉNG"),
        ("paragraph", "End"),
    ]


def test_what_is_not_printed_is_left_out() -> None:
    body = (
        r"{\info{\title x}}{\*\generator y;}{\pict 00ff}a{\v hidden}{\deleted gone}{\*\bkmkstart z}"
        r"{\field{\*\fldinst{ DATE }}{\fldrslt 19/5}}, trang {\field{\*\fldinst PAGE }{\fldrslt 7}}"
        r"{\upr{old}{\*\ud new}}{\bin3 }}}b\par"
    ).replace(r"{\bin3 }}}", r"{\bin3 }}x}")
    assert texts(body) == ["a19/5, trang newb"]


def test_headers_first_boxes_notes_and_footers_last() -> None:
    box = r"{\shp{\*\shpinst{\sp{\sn t}{\sv 1}}{\shptxt \pard SAO Y\par}}{\shprslt{\*\do{\dptxbxtext SAO Y\par}}}}"
    body = (
        r"{\header\pard SO NOI VU\par}{\headerf\pard SO NOI VU\par}{\footer\pard\chpgn 3\par Luu: VT\par}"
        r"\pard than{\footnote\pard nguon\par} bai" + box + r"\par"
    )  # fmt: skip
    assert texts(body) == ["SO NOI VU", "than bai", "SAO Y", "nguon", "Luu: VT"]


def test_what_cannot_be_read_says_why() -> None:
    with pytest.raises(ExtractError, match=r"xã/a\.rtf: không có chữ"):
        READER.read(Paper("xã/a.rtf", rtf(r"\par")))
    with pytest.raises(ExtractError, match=r"a\.rtf: tệp lồng quá nhiều lớp"):
        READER.read(Paper("a.rtf", rtf("{" * 10_000)))


def test_a_damaged_file_never_raises_anything_else() -> None:
    good = rtf(
        r"{\field{\*\fldinst PAGE}{\fldrslt 7}}\trowd\cellx1\intbl a\cell\row\pard\f1 \'ae\u7871?{\footnote b\par}\par"
    )
    for at in range(len(good)):
        for data in (
            good[:at],
            good[:at] + b"{" + good[at:],
            good[:at] + b"}" + good[at:],
            good[:at] + b"\\" + good[at + 1 :],
        ):
            try:
                READER.read(Paper("a.rtf", data))
            except ExtractError as error:
                assert str(error).startswith("a.rtf: ")


def test_the_work_grows_with_the_file_only() -> None:
    """A file of brackets and one of letters by their bytes cost no more than a small multiple of their length."""
    for data in (rtf("{}" * 200_000 + "a"), rtf(r"\'e1" * 200_000)):
        assert cpu_seconds(lambda data=data: READER.read(Paper("a.rtf", data))) < 20  # type: ignore[misc]


def test_other_files_get_no_bid() -> None:
    for data in (b"", b"rtf", b"PK\x03\x04", b"{ rtf"):
        assert READER.bid(Paper("a.rtf", data)) == 0.0
