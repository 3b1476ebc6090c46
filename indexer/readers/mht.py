"""Read web archives (MHT, MHTML): a web page and its pictures in one file, as browsers save them."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default

from indexer.readers.html import decode_html, read_page
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError

#: Bytes in which the headers of the file are looked for.
HEAD_BYTES = 8192

_HEADERS = re.compile(rb"\A\s*(?:[A-Za-z0-9-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+", re.ASCII)
_ARCHIVE = re.compile(
    rb"^content-type:\s*(?:multipart/related|text/html|multipart/alternative)", re.IGNORECASE | re.MULTILINE
)
_BROWSER = re.compile(
    rb"^(?:snapshot-content-location:|from:\s*<saved by)|^content-location:\s*http", re.IGNORECASE | re.MULTILINE
)
_LETTER = re.compile(rb"^(?:received|to|delivered-to|message-id):", re.IGNORECASE | re.MULTILINE)


class MhtReader:
    """Web archives. What has an addressee is a letter, and is left to the reader of mails."""

    name = "trang web lưu trữ (MHT)"

    def bid(self, paper: Paper) -> float:
        """.95 for headers as browsers write them, .5 for a page with its pictures that nobody sent."""
        headers = _HEADERS.match(paper.data[:HEAD_BYTES].replace(b"\r\n", b"\n"))
        if not headers or not _ARCHIVE.search(headers[0]):
            return 0.0
        if _BROWSER.search(headers[0]):
            return 0.95
        return 0.0 if _LETTER.search(headers[0]) else 0.5

    def read(self, paper: Paper) -> Content:
        """The article of the page. Raises ExtractError for an archive that is damaged or holds no page."""
        try:
            message = email.message_from_bytes(paper.data, policy=default)
            page = _page(message)
            data = page.get_payload(decode=True) if page is not None else None
            location = str((page["Content-Location"] if page is not None else "") or "")
            declared = page.get_content_charset() if page is not None else None
            address = str(message["Snapshot-Content-Location"] or "") or location
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ExtractError(f"{paper.path}: tệp MHT bị hỏng; hãy lưu lại trang từ trình duyệt") from error
        if not isinstance(data, bytes) or not data:
            raise ExtractError(f"{paper.path}: tệp MHT không có trang web nào bên trong; hãy lưu lại trang từ trình duyệt")
        return read_page(paper.path, decode_html(data, declared), "".join(address.split()))


def _page(message: EmailMessage) -> EmailMessage | None:
    """The part that is the page: the one that the archive names as its start, else the first in HTML."""
    start = message.get_param("start")
    parts = [part for part in message.walk() if part.get_content_type() == "text/html"]
    named = [part for part in parts if start and part["Content-ID"] == start]
    return next(iter([*named, *parts]), None)
