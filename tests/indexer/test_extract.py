from __future__ import annotations

import pytest

from indexer.extract import extract, slug
from indexer.readers.front_matter import read_front_matter
from indexer.readers.markdown import split_markdown
from indexer.readers.text import decode, split_text
from kb.errors import ExtractError
from tests.conftest import CORPUS

RECORD = """---
title: "Tổ tự quản môi trường"
kind: practice
fields: [social_life, agriculture]
subject: collective
year: 2024
place: "Xã Vĩnh Hải, thành phố Hải Phòng"
status: pending
sample: true
---
Tóm tắt một câu.

## Vấn đề đặt ra
Rác ven đường.

## Cách làm
1. Họp **dân**.
2. Thu gom
   hằng tuần.

## Kết quả
- Sạch.
- Đẹp.
"""


def test_a_practice_record_is_read_whole() -> None:
    item = extract("practices/14-to.md", RECORD.encode(), {"licence": "Apache-2.0"})
    assert (item.id, item.kind, item.title, item.year) == ("14-to", "practice", "Tổ tự quản môi trường", 2024)
    assert item.fields == ("social_life", "agriculture")
    assert (item.subject, item.status, item.sample) == ("collective", "pending", True)
    assert item.practice is not None
    assert item.practice.problem == "Rác ven đường."
    assert item.practice.steps == ("Họp dân.", "Thu gom hằng tuần.")
    assert item.practice.results == "Sạch.\nĐẹp."
    assert item.summary == "Tóm tắt một câu."
    assert item.source.licence == "Apache-2.0"
    assert len(item.source.digest) == 64


def test_the_manifest_goes_before_the_front_matter() -> None:
    item = extract("practices/14-to.md", RECORD.encode(), {"year": 2020, "id": "khac"})
    assert (item.year, item.id) == (2020, "khac")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("kind: practice", "kind: poem", "kind"),
        ("[social_life, agriculture]", "[farming]", "fields"),
        ("year: 2024", "year: hai nghìn", "year"),
        ("year: 2024", "year: 20240", "year"),
        ("status: pending", "status: maybe", "status"),
        ('title: "Tổ', 'title: "Tổ" x: [', "YAML"),
    ],
)
def test_a_wrong_attribute_names_the_file_and_itself(before: str, after: str, message: str) -> None:
    with pytest.raises(ExtractError, match=message) as caught:
        extract("practices/x.md", RECORD.replace(before, after).encode(), {})
    assert "practices/x.md" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xff\xfe\xfd", b"abc\0def", bytes(range(256)) * 9])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(ExtractError):
        extract("x.txt", data, {})


def test_a_file_that_is_not_what_the_manifest_says_is_refused() -> None:
    with pytest.raises(ExtractError, match="sha256"):
        extract("x.txt", b"abc", {"sha256": "0" * 64})


def test_the_title_of_a_text_is_its_first_line_or_its_capitals() -> None:
    assert extract("a.txt", "BÉ BƠI\nLƯU ĐỘNG\nĐơn vị: x".encode(), {"kind": "practice"}).title == "BÉ BƠI LƯU ĐỘNG"
    assert extract("a.txt", "Bé bơi\nLưu động".encode(), {"kind": "article"}).title == "Bé bơi"


def test_decoding_accepts_byte_order_marks_and_windows_lines() -> None:
    assert decode("a", "Hải\r\nPhòng".encode("utf-8-sig")) == "Hải\nPhòng"
    assert decode("a", "Hải Phòng".encode("utf-16")) == "Hải Phòng"


def test_markdown_roles_markers_levels_and_tables() -> None:
    blocks = split_markdown(
        "## **Đầu** đề\n\nMột\nhai\n\n- a\n- b\n\n  b2\n\n3. c\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n<b>thô</b>\n"
    )
    found = [(b.role, b.level, b.marker, b.original) for b in blocks]
    assert found == [
        ("heading", 2, "", "Đầu đề"),
        ("paragraph", 0, "", "Một hai"),
        ("list_item", 0, "-", "a"),
        ("list_item", 0, "-", "b"),
        ("list_item", 0, "", "b2"),
        ("list_item", 0, "3.", "c"),
        ("table_row", 0, "", "x | y"),
        ("table_row", 0, "", "1 | 2"),
        ("paragraph", 0, "", "<b>thô</b>"),
    ]


def test_pages_are_counted_at_form_feeds_only() -> None:
    assert [b.page for b in split_text("a\n\nb\fc\n\n\n\nd")] == [1, 1, 2, 2]
    assert [b.page for b in split_markdown("a\n\n\n\n\nb\f# c")] == [1, 1, 2]


def test_lines_of_a_scan_are_kept() -> None:
    blocks = split_text((CORPUS / "documents/43-KH-LMHTX.scan.txt").read_text("utf-8"))
    assert any(block.original.startswith("KE HOACH\nPay manh cdng tac") for block in blocks)


def test_no_letter_of_the_plans_is_lost() -> None:
    """Every word of the files is in the blocks, in order; only Markdown's own signs are gone."""
    import re

    for name in ("238-KH-UBND.md", "43-KH-LMHTX.scan.txt"):
        data = (CORPUS / "documents" / name).read_bytes()
        item = extract(f"documents/{name}", data, {})
        words = re.findall(r"\w+", data.decode())
        shown = re.findall(r"\w+", " ".join(f"{b.marker} {b.original}" for b in item.blocks))
        assert shown == words


def test_front_matter_is_optional_and_must_be_a_mapping() -> None:
    assert read_front_matter("a", "# x") == ({}, "# x")
    with pytest.raises(ExtractError, match="YAML"):
        read_front_matter("a.md", "---\n- a\n- b\n---\nx")


@pytest.mark.parametrize(("text", "expected"), [("Đẩy mạnh 5/6!", "day-manh-5-6"), ("***", "muc"), ("a" * 200, "a" * 80)])
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected
