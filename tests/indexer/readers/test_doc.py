from __future__ import annotations

import pytest

from indexer.readers.doc import DocReader
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from tests.indexer.readers.ole import compound
from tests.indexer.readers.word_files import DELETED, ENDS_ROW, HIDDEN, IN_TABLE, LINES, Doc, font, numbered
from vitext import encode_legacy

READER = DocReader()


def read(data: bytes) -> Content:
    paper = Paper("a.doc", data)
    assert READER.bid(paper) == 1.0
    return READER.read(paper)


def texts(content: Content) -> list[str]:
    return [block.best for block in content.blocks]


@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_text_in_wide_letters_and_in_pieces(pieces: int) -> None:
    doc = Doc(wide=True).add("Kế hoạch", style=1).add("Căn cứ Luật Thi đua, khen thưởng;").add("một\tdòng\x0bmới").add("")
    blocks = read(doc.save(pieces=pieces)).blocks
    assert [(b.role, b.level, b.original, b.page) for b in blocks] == [
        ("heading", 1, "Kế hoạch", 1),
        ("paragraph", 0, "Căn cứ Luật Thi đua, khen thưởng;", 1),
        ("paragraph", 0, "một\tdòng\nmới", 1),
    ]


def test_many_paragraphs_on_many_pages_of_properties() -> None:
    doc = Doc(wide=True)
    for number in range(40):
        doc.add(f"Đoạn số {number}", style=number % 2)
    blocks = read(doc.save(pieces=5)).blocks
    assert [(b.role == "heading", b.original) for b in blocks] == [(n % 2 == 1, f"Đoạn số {n}") for n in range(40)]


def test_the_font_of_a_run_tells_its_encoding_and_the_soft_hyphen_is_a_letter() -> None:
    tcvn3, vni = encode_legacy("được tặng", "tcvn3"), encode_legacy("Điển hình", "vni")
    assert "\xad" in tcvn3
    doc = Doc().add((tcvn3, font(1)), " café ", (vni, font(2)))
    (block,) = read(doc.save()).blocks
    assert (block.original, block.repaired) == (f"{tcvn3} café {vni}", "được tặng café Điển hình")


def test_rows_are_blocks_and_a_letterhead_gives_its_paragraphs() -> None:
    doc = Doc(wide=True)
    doc.add("TT", changes=IN_TABLE, end="\x07").add("Đơn", changes=IN_TABLE).add("vị", changes=IN_TABLE, end="\x07")
    doc.add("", changes=ENDS_ROW + LINES, end="\x07")
    doc.add("1", changes=IN_TABLE, end="\x07").add("", changes=IN_TABLE, end="\x07").add(
        "", changes=ENDS_ROW + LINES, end="\x07"
    )
    doc.add("Giữa hai bảng")
    doc.add("UBND TỈNH A", changes=IN_TABLE).add("Số: 1", changes=IN_TABLE, end="\x07")
    doc.add("CỘNG HÒA", changes=IN_TABLE, end="\x07").add("", changes=ENDS_ROW, end="\x07")
    blocks = read(doc.save()).blocks
    assert [(b.role, b.original) for b in blocks] == [
        ("table_row", "TT | Đơn vị"),
        ("table_row", "1"),
        ("paragraph", "Giữa hai bảng"),
        ("paragraph", "UBND TỈNH A"),
        ("paragraph", "Số: 1"),
        ("paragraph", "CỘNG HÒA"),
    ]


def test_markers_of_lists_are_counted() -> None:
    doc = Doc(wide=True)
    for use, level in ((1, 0), (1, 1), (1, 1), (1, 2), (1, 0), (1, 1), (2, 0), (3, 0), (3, 0), (4, 0), (0, 0)):
        doc.add("x", changes=numbered(use, level))
    doc.add("y", changes=numbered(1) + IN_TABLE, end="\x07").add("z", changes=IN_TABLE, end="\x07")
    doc.add("", changes=ENDS_ROW, end="\x07").add("", changes=numbered(1)).add("t", changes=numbered(1), style=1)
    blocks = read(doc.save()).blocks
    assert [b.marker for b in blocks[:7]] == ["1.", "a)", "b)", "-", "2.", "a)", "7."]
    assert [(b.marker, b.original) for b in blocks[7:]] == [
        ("", "Điều 1. x"), ("", "Điều 2. x"), ("", "x"), ("", "x"), ("", "3. y | z"), ("", "4. t"),
    ]  # fmt: skip
    assert {b.role for b in blocks[:7]} == {"list_item"}


def test_fields_deletions_and_hidden_text() -> None:
    doc = Doc(wide=True).add(
        "ngày \x13 DATE \\@ \x1419/5\x15, trang \x13 PAGE \x147\x15",
        ("bỏ", DELETED),
        ("ẩn", HIDDEN),
        " \x13 SEQ a \x13 b \x14c\x15 \x15hết",
    )
    assert texts(read(doc.save())) == ["ngày 19/5, trang  hết"]


def test_headers_first_notes_and_footers_last() -> None:
    doc = Doc(wide=True).add("Thân bài\x02")
    body = doc.length
    notes = doc.add("\x02 Nguồn: báo cáo").length - body
    marks = [0] * 7
    for text in ("SỞ NỘI VỤ", "SỞ NỘI VỤ", "Lưu: VT", "\x13 PAGE \x143\x15"):
        doc.add(text)
        marks.append(doc.length - body - notes)
    data = doc.save(counts=(body, notes, doc.length - body - notes), headers=[*marks, marks[-1]])
    assert texts(read(data)) == ["SỞ NỘI VỤ", "Thân bài", "Nguồn: báo cáo", "Lưu: VT"]


def test_what_cannot_be_read_says_why() -> None:
    good = Doc(wide=True).add("Văn bản").save()
    cases = [
        (Doc().add(" ").save(), "không có chữ"),
        (Doc().add("a").save(flags=0x100), "mật khẩu"),
        (good[:1500], "hỏng"),
        (compound({"WordDocument": b"\xdc\xa5\x65\x00" + bytes(100)}), "trước năm 1997"),
        (compound({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(2000)}), "hỏng"),
    ]
    for data, reason in cases:
        with pytest.raises(ExtractError, match=rf"xã/a\.doc: .*{reason}"):
            READER.read(Paper("xã/a.doc", data))


def test_an_encrypted_package_is_told() -> None:
    paper = Paper("a.docx", compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}))
    assert 0 < READER.bid(paper) < 1
    with pytest.raises(ExtractError, match="mật khẩu"):
        READER.read(paper)


def test_a_damaged_file_never_raises_anything_else() -> None:
    good = (
        Doc(wide=True)
        .add("Kế hoạch", style=1)
        .add("TT", changes=IN_TABLE, end="\x07")
        .add("", changes=ENDS_ROW, end="\x07")
        .save()
    )
    read_well = 0
    for at in range(512, len(good), 97):
        for value in (0x00, 0xFF, good[at] ^ 0x41):
            data = good[:at] + bytes([value]) + good[at + 1 :]
            try:
                read_well += bool(READER.read(Paper("a.doc", data)).blocks)
            except ExtractError as error:
                assert str(error).startswith("a.doc: ")
    assert read_well


def test_other_files_get_no_bid() -> None:
    for data in (b"", b"{\\rtf1}", b"PK\x03\x04", compound({"Workbook": b"a"}), "WordDocument".encode("utf-16-le")):
        assert READER.bid(Paper("a.doc", data)) == 0.0
