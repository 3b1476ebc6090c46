"""What the server answers where a request is no HTTP, or its first lines are too long: before any application sees it."""

from __future__ import annotations

import secrets
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.security import HEADERS

#: Bytes of the first line and the headers of a request, together at most: the address of the largest dossier has 20,000.
MAX_HEAD_BYTES = 65_536
_SAID = {
    400: ("Bad Request", "Không đọc được yêu cầu này."),
    414: ("URI Too Long", "Địa chỉ quá dài. Hãy rút ngắn câu tìm hoặc danh sách rồi thử lại."),
    431: ("Request Header Fields Too Large", "Phần đầu của yêu cầu quá lớn. Hãy xóa cookie rồi thử lại."),
}


class ClearProtocol(H11Protocol):
    """uvicorn's protocol, whose refusals say which limit was passed, with the headers that every other answer has."""

    def send_400_response(self, msg: str) -> None:
        error = sys.exc_info()[1]  # uvicorn calls this where it catches the error, and does not pass it on
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if status == 431 and b"\n" not in self.conn.trailing_data[0]:
            status = 414
        reason, text = _SAID.get(status, _SAID[400])
        body = text.encode()
        headers = [
            *HEADERS.items(),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Request-ID", secrets.token_hex(8)),
            ("Connection", "close"),
        ]
        head = h11.Response(status_code=status if status in _SAID else 400, headers=headers, reason=reason)
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
