"""A mail is an item, and what is attached to it are others."""

from __future__ import annotations

import email.policy
import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from indexer.discover import FoundFile
from indexer.extract import extract, unpack
from indexer.pipeline import process
from indexer.readers.budget import Budget
from indexer.readers.mail import MailReader
from indexer.readers.outlook import OutlookReader
from indexer.readers.reader import Paper
from indexer.readers.registry import choose
from kb.errors import ExtractError
from tests.indexer.readers.outlook_files import outlook_mail

TEXT = "Kính gửi các xã,\n\nĐề nghị gửi danh sách khen thưởng trước ngày 5.\n"


def made_mail(subject: str = "Đề nghị khen thưởng năm 2024", text: str = TEXT) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Phòng Nội vụ <noivu@haiphong.example>"
    mail["To"] = "xa@haiphong.example"
    mail["Date"] = "Mon, 02 Sep 2024 08:00:00 +0700"
    mail["Subject"] = subject
    mail["MIME-Version"] = "1.0"
    mail.set_content(text)
    return mail


def as_bytes(mail: EmailMessage) -> bytes:
    return mail.as_bytes(policy=email.policy.SMTP)


def test_the_message_has_its_subject_as_title_and_its_text() -> None:
    item = process(FoundFile("thu.eml", Path("thu.eml"), {"kind": "article"}), as_bytes(made_mail()))
    assert item.title == "Đề nghị khen thưởng năm 2024"
    assert [block.original for block in item.blocks] == [
        "Đề nghị khen thưởng năm 2024",
        "Từ: Phòng Nội vụ <noivu@haiphong.example>\nĐến: xa@haiphong.example\nNgày gửi: Mon, 02 Sep 2024 08:00:00 +0700",
        "Kính gửi các xã,",
        "Đề nghị gửi danh sách khen thưởng trước ngày 5.",
    ]


def test_the_words_of_a_mail_in_html_are_read_once() -> None:
    mail = made_mail()
    mail.add_alternative("<style>p {}</style><p>Bản HTML</p>", subtype="html")
    content = MailReader().read(Paper("a.eml", as_bytes(mail)))
    assert "Bản HTML" not in str(content.blocks) and "Kính gửi" in str(content.blocks)
    assert not list(MailReader().parts(Paper("a.eml", as_bytes(mail)), Budget()))
    only = made_mail()
    only.set_content("<html><head><title>x</title></head><body><p>Chỉ có <b>HTML</b></p></body></html>", subtype="html")
    assert MailReader().read(Paper("a.eml", as_bytes(only))).blocks[-1].original == "Chỉ có HTML"


def test_a_forwarded_mail_with_an_attachment_gives_three_items() -> None:
    inner = made_mail("Danh sách", "Danh sách ở tệp đính kèm.\n")
    inner.add_attachment(
        "Bà Nguyễn Thị Hương".encode(), maintype="text", subtype="plain", filename="Danh sách khen thưởng.txt"
    )
    outer = made_mail()
    outer.add_attachment(inner)
    found = {leaf.path: leaf for leaf in unpack("thư.eml", as_bytes(outer))}
    assert list(found) == ["thư.eml", "thư.eml › Danh sách.eml", "thư.eml › Danh sách.eml › Danh sách khen thưởng.txt"]
    assert found["thư.eml › Danh sách.eml › Danh sách khen thưởng.txt"].data == "Bà Nguyễn Thị Hương".encode()
    assert "ở tệp đính kèm" in str(MailReader().read(Paper("a", found["thư.eml › Danh sách.eml"].data)).blocks)


def test_a_mail_without_text_has_its_subject() -> None:
    mail = made_mail(text="")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a/b.pdf")
    found = [leaf.path for leaf in unpack("a.eml", as_bytes(mail))]
    assert found == ["a.eml", "a.eml › a-b.pdf"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1258", "x-unknown", ""])
def test_the_declared_encoding_is_followed_where_it_is_true(encoding: str) -> None:
    declared = f"; charset={encoding}" if encoding else ""
    text = "Bản tin xã".encode()
    head = f"From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain{declared}\r\n"
    data = head.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + (text if encoding != "cp1258" else b"B\xe2ng")
    assert MailReader().read(Paper("a.eml", data)).blocks[-1].original == ("Bâng" if encoding == "cp1258" else "Bản tin xã")


def test_a_saved_web_page_is_no_mail() -> None:
    saved = b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://b.vn\r\nMIME-Version: 1.0\r\n\r\n"
    assert MailReader().bid(Paper("a.mhtml", saved)) == MailReader().bid(Paper("a.txt", saved)) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"From: \xff\xfe\r\nSubject: =?utf-8?b?//8=?=\r\nMIME-Version: 1.0\r\n\r\n\xff\xff",
        b"From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=\xff\r\nSubject: " + b"(" * 3000 + b"\r\n\r\nx",
        b"From: a\r\nMIME-Version: 1.0\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 60,
    ],
)
def test_a_damaged_mail_is_read_or_refused(data: bytes) -> None:
    for leaf in unpack("a.eml", data):
        try:
            process(FoundFile(leaf.path, Path("a"), {}), leaf.data)
        except ExtractError as error:
            assert str(error).startswith("a.eml")


def test_an_outlook_mail_and_what_is_attached_to_it() -> None:
    attached = {"Danh sách khen thưởng.txt": "Bà Nguyễn Thị Hương".encode(), "lớn.txt": b"x" * 9000}
    data = outlook_mail("Đề nghị khen thưởng", "Kính gửi các xã,\r\n\r\nĐề nghị gửi danh sách.\r\n", attached)
    assert choose(Paper("a.txt", data)).name == "thư Outlook (.msg)"
    content = OutlookReader().read(Paper("a.msg", data))
    assert content.attributes == {"title": "Đề nghị khen thưởng"}
    assert [block.original for block in content.blocks] == [
        "Đề nghị khen thưởng",
        'Từ: "Phòng Nội vụ" <noivu@haiphong.example>\nĐến: Bà Hương <huong@xa.example>\nNgày gửi: 02/09/2024 01:00',
        "Kính gửi các xã,",
        "Đề nghị gửi danh sách.",
    ]
    assert {leaf.path.removeprefix("a.msg › "): leaf.data for leaf in unpack("a.msg", data)} == {"a.msg": data, **attached}


def test_an_outlook_mail_in_html_alone() -> None:
    data = outlook_mail("x", "", {}, html="<p>Kính gửi bà</p>".encode())
    assert OutlookReader().read(Paper("a.msg", data)).blocks[-1].original == "Kính gửi bà"


def test_a_cut_or_changed_outlook_mail_is_read_or_refused() -> None:
    data = outlook_mail("Đề nghị", "Kính gửi", {"a.txt": b"abc" * 2000})
    chance = random.Random(3)
    for _ in range(300):
        changed = bytearray(data[: chance.choice((len(data), chance.randrange(len(data))))])
        for _ in range(chance.choice((1, 5, 40))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        for leaf in unpack("a.msg", bytes(changed)):
            assert leaf.path.startswith("a.msg")
            try:
                if leaf.data:
                    extract(leaf.path, leaf.data, {})
            except ExtractError as error:
                assert str(error).startswith("a.msg")


def test_a_damaged_outlook_mail_is_refused() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    assert OutlookReader().bid(Paper("a.msg", ole)) == 0
    with pytest.raises(ExtractError, match=r"^a\.msg: .*chưa đọc được"):
        choose(Paper("a.msg", ole))
    with pytest.raises(ExtractError, match="hỏng"):
        OutlookReader().read(Paper("a.msg", ole))
