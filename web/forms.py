"""What a form may send: its content type, and how much of it."""

from __future__ import annotations

from fastapi import Depends, Request

from web.errors import RefusedError

#: Fields and files of a form, at most. One field may be as long as a body may be.
MAX_FIELDS, MAX_FILES = 40, 4
_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def _only_forms(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = request.headers.get("content-length", "") == "0" or (
        "content-length" not in request.headers and "transfer-encoding" not in request.headers
    )
    if given not in _TYPES and not (empty and not given):
        raise RefusedError(415, "Trang này chỉ nhận nội dung gửi từ biểu mẫu của nó.")


#: The dependencies of a route that a form is sent to: another content type is answered with 415.
ONLY_FORMS = [Depends(_only_forms)]
