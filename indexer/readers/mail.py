"""Read mail (EML): the message is an item, and each attachment, also a forwarded mail, is another."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, cast

from indexer.limits import check_text
from indexer.readers.archives import label
from indexer.readers.budget import Budget, BudgetError
from indexer.readers.reader import Content, Paper, Part
from indexer.readers.sniff import HEAD_BYTES, HEADER, MAIL, is_mail, sniff
from indexer.readers.text import decode, split_text
from kb.errors import ExtractError
from kb.item import Block

_WEB_ENDINGS = (".mht", ".mhtml")
_SAVED_PAGE = re.compile(rb"^(?:Snapshot-Content-Location:|From:[ \t]*<Saved by )", re.IGNORECASE | re.MULTILINE)
#: Lines of the header that are shown above the message, with what people call them.
_SHOWN = {"From": "Từ", "To": "Đến", "Cc": "Đồng gửi", "Date": "Ngày gửi"}
_MAX_TITLE = 300
_BREAKS = frozenset({"p", "div", "br", "tr", "li", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head", "title"})


class MailReader:
    """A mail as mail programs save it (.eml). A saved web page (MHT) has the same form, and is none."""

    name = "thư điện tử (.eml)"
    has_text = True

    def bid(self, paper: Paper) -> float:
        head = paper.data[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
        if sniff(paper.path, paper.data[:HEAD_BYTES]) is not MAIL or paper.path.lower().endswith(_WEB_ENDINGS):
            return 0.0
        named = paper.path.lower().endswith(".eml") and HEADER.match(head)
        return 0.7 if (named or is_mail(head)) and not _SAVED_PAGE.search(head) else 0.0

    def read(self, paper: Paper) -> Content:
        message = _parse(paper)
        subject = one_line(_header(message, "Subject"))[:_MAX_TITLE]
        shown = [f"{name}: {one_line(value)}" for key, name in _SHOWN.items() if (value := _header(message, key))]
        text = _body(paper, message)
        check_text(paper.path, text)
        return mail_content(subject, shown, text)

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        names: set[str] = set()
        for part in _attachments(_parse(paper)):
            try:
                budget.take_part()
                data = _part_bytes(part)
                budget.take_bytes(len(data))
            except BudgetError as error:
                raise ExtractError(f"{paper.path}: {error}; phần còn lại chưa đọc") from error
            yield Part(label(_name(part), names), data)


def mail_content(subject: str, shown: list[str], text: str) -> Content:
    """The content of a mail: its subject as heading and title, the lines of its header, its text."""
    blocks = [Block(1, subject, "heading", 1)] if subject else []
    blocks += [Block(1, "\n".join(shown))] if shown else []
    attributes: Mapping[str, Any] = {"title": subject} if subject else {}
    return Content((*blocks, *split_text(text)), attributes, opening=text)


def one_line(text: str) -> str:
    """A value of a header on one line, without controls."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split())).strip()


def _parse(paper: Paper) -> EmailMessage:
    data = paper.data.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        return email.message_from_bytes(data, policy=email.policy.default)
    except Exception as error:  # the parser of headers has many ways to give up
        raise ExtractError(f"{paper.path}: thư hỏng, không đọc được ({type(error).__name__}); hãy lưu lại thư") from error


def _header(message: EmailMessage, key: str) -> str:
    try:
        return str(message.get(key, "") or "").encode("utf-8", "replace").decode()
    except Exception:  # a header that breaks its own rules
        return ""


def _body(paper: Paper, message: EmailMessage) -> str:
    """The text of a mail: the plain version, otherwise the words of the HTML version."""
    try:
        chosen = message.get_body(("plain", "html"))
    except Exception:  # parts that contradict each other
        chosen = None
    if chosen is None:
        return ""
    raw = chosen.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    charset = chosen.get_content_charset("")
    try:
        text = data.decode(charset) if charset else decode(paper.path, data)
    except (LookupError, UnicodeDecodeError):
        text = decode(paper.path, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return words_of_html(text) if chosen.get_content_type() == "text/html" else text


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    try:
        body = message.get_body(("plain", "html"))
    except Exception:
        body = None
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inside = [cast("EmailMessage", p) for p in cast("list[Any]", part.get_payload())]
            other = part.get_content_subtype() == "alternative" and body is not None and any(p is body for p in inside)
            waiting = ([p for p in inside if not p.get_content_type().startswith("text/")] if other else inside) + waiting
        elif part is not body:
            yield part


def _part_bytes(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        inside = cast("list[EmailMessage]", part.get_payload())
        return inside[0].as_bytes() if inside else b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: EmailMessage) -> str:
    try:
        name = part.get_filename("") or ""
    except Exception:
        name = ""
    if not name and part.get_content_type() == "message/rfc822":
        inside = cast("list[EmailMessage]", part.get_payload())
        name = f"{one_line(_header(inside[0], 'Subject')) or 'thư chuyển tiếp'}.eml" if inside else "thư chuyển tiếp.eml"
    return name.replace("/", "-") or f"đính kèm.{part.get_content_subtype()}"


class _Words(HTMLParser):
    """The words of HTML, with a line for every block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.pieces.append("\n\n" if tag in ("p", "table", "blockquote") else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if tag in ("p", "tr", "li", "div"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data if data.strip() else " ")


def words_of_html(text: str) -> str:
    """The words of the HTML version of a mail.

    >>> words_of_html("<p>Kính gửi <b>bà</b><br>Lan</p><style>p {}</style>").strip()
    'Kính gửi bà\\nLan'
    """
    words = _Words()
    words.feed(text)
    words.close()
    lines = ("".join(words.pieces)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines))
