"""The bytes decide who reads a file, and its name only tells apart what is text."""

from __future__ import annotations

import io
import zipfile

import pytest

from indexer.readers.reader import Paper
from indexer.readers.registry import READERS, choose
from kb.errors import ExtractError


def made_zip(names: tuple[str, ...]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "Việc tốt")
    return file.getvalue()


MAIL = b"From: a@b.vn\r\nSubject: Ke hoach\r\nMIME-Version: 1.0\r\n\r\nNoi dung\r\n"


@pytest.mark.parametrize(
    ("name", "data", "reader"),
    [
        ("a.txt", b"# Plan", "văn bản thuần"),
        ("a.md", b"# Plan", "Markdown"),
        ("a", b"Plan", "văn bản thuần"),
        ("a.zip", made_zip(("a.txt",)), "kho nén ZIP"),
        ("a.txt", made_zip(("a.txt",)), "kho nén ZIP"),
        ("a.txt", MAIL, "thư điện tử (.eml)"),
        ("a.eml", b"Subject: Plan\n\nText", "thư điện tử (.eml)"),
        ("a.md", "From: chỗ này đến chỗ kia\n\nVăn bản".encode(), "Markdown"),
    ],
)
def test_who_reads_a_file(name: str, data: bytes, reader: str) -> None:
    assert choose(Paper(name, data)).name == reader


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"", "rỗng"),
        ("a.txt", b"AT&TFORM" + b"x" * 50, "tài liệu DjVu: .*hãy lưu thành PDF"),
        ("a.pdf", b"\x78\x9f\x3e\x22" + b"x" * 50, "winmail.*hãy giải nén"),
        ("a.json", b'{"a": 1}', "đổi đuôi thành .txt"),
        ("a.docx", b"\x00\x05\x0b" * 99, "không rõ là định dạng gì"),
    ],
)
def test_what_nobody_reads_is_named_with_what_would_help(name: str, data: bytes, said: str) -> None:
    with pytest.raises(ExtractError, match=f"^{name}: .*{said}"):
        choose(Paper(name, data))


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_bid_never_raises_and_is_a_share(reader: object) -> None:
    cut = made_zip(("a.txt",))[:30]
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600
    for data in (b"", b"\0", cut, MAIL, ole, b"\x1f\x8b", b"%PDF-1.7", b"{\\rtf1", b"<html>", b"\xff\xfe\0"):
        for name in ("a", "a.md", "a.eml", "a.zip"):
            assert 0 <= reader.bid(Paper(name, data)) <= 1  # type: ignore[attr-defined]
