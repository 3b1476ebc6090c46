"""Read mail of Outlook (MSG): the message is an item, and each attachment is another."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import olefile
from oxmsg import Message

from indexer.limits import check_text
from indexer.readers.archives import label
from indexer.readers.budget import Budget, BudgetError
from indexer.readers.mail import mail_content, one_line, words_of_html
from indexer.readers.reader import Content, Paper, Part
from indexer.readers.sniff import HEAD_BYTES, OLE, sniff
from kb.errors import ExtractError

#: The stream that every MSG file has, and no other file of the family.
_PROPERTIES = "__properties_version1.0"
_MAX_TITLE = 300


class OutlookReader:
    """A mail as Outlook saves it (.msg)."""

    name = "thư Outlook (.msg)"
    has_text = True

    def bid(self, paper: Paper) -> float:
        if sniff(paper.path, paper.data[:HEAD_BYTES]) is not OLE:
            return 0.0
        try:
            with olefile.OleFileIO(io.BytesIO(paper.data)) as file:
                return 1.0 if file.exists(_PROPERTIES) else 0.0
        except (OSError, ValueError, IndexError, TypeError, struct.error):
            return 0.0

    def read(self, paper: Paper) -> Content:
        message = _load(paper)
        try:
            subject = one_line(message.subject or "")[:_MAX_TITLE]
            sent = message.sent_date
            people = ", ".join(one_line(f"{r.name} <{r.email_address}>") for r in message.recipients)
            shown = [f"Từ: {one_line(message.sender)}"] if message.sender else []
            shown += [f"Đến: {people}"] if people else []
            shown += [f"Ngày gửi: {sent:%d/%m/%Y %H:%M}"] if sent else []
            text = message.body or words_of_html(message.html_body or "")
        except Exception as error:
            raise _damaged(paper, error) from error
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        check_text(paper.path, text)
        return mail_content(subject, shown, text)

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        names: set[str] = set()
        try:
            attachments = [(a.file_name or "đính kèm", a.file_bytes) for a in _load(paper).attachments]
        except ExtractError:
            raise
        except Exception as error:
            raise _damaged(paper, error) from error
        for name, data in attachments:
            try:
                budget.take_part()
                budget.take_bytes(len(data or b""))
            except BudgetError as error:
                raise ExtractError(f"{paper.path}: {error}; phần còn lại chưa đọc") from error
            if data is None:
                yield Part(label(name, names), b"", "là thư hoặc đối tượng nhúng, chưa đọc được; hãy lưu riêng nó")
            else:
                yield Part(label(name.replace("/", "-"), names), data)


def _load(paper: Paper) -> Any:
    try:
        return Message.load(io.BytesIO(paper.data))
    except Exception as error:  # the library raises whatever a damaged file makes it raise
        raise _damaged(paper, error) from error


def _damaged(paper: Paper, error: Exception) -> ExtractError:
    return ExtractError(f"{paper.path}: thư Outlook hỏng ({type(error).__name__}); hãy lưu lại thư, hoặc lưu thành .eml")
