"""What a visitor sees of an error: a page, or JSON below /api, with the id of the request and nothing of the inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import CachHayError, CancelledError
from web.contexts.about import ErrorPage
from web.render import render

logger = logging.getLogger("cachhay.web")

_TITLES = {
    400: ("Không đọc được yêu cầu này", "Yêu cầu gửi đến máy chủ không đúng dạng. Hãy mở lại trang rồi thử lại."),
    403: ("Không nhận yêu cầu này", "Yêu cầu này không gửi từ trang của kho."),
    404: ("Không có trang này", "Địa chỉ có thể đã gõ sai, hoặc mục này không còn trong kho."),
    405: ("Không dùng được cách gọi này", "Địa chỉ này không nhận cách gọi như vậy. Hãy mở lại trang từ đầu."),
    408: ("Gửi quá chậm", "Máy chủ đã ngừng chờ phần còn lại của yêu cầu. Hãy thử lại."),
    413: ("Nội dung gửi lên quá lớn", "Chỉ nhận nội dung đến 2 MB. Hãy chia nhỏ rồi gửi lại."),
    414: ("Địa chỉ quá dài", "Câu tìm hoặc danh sách trong địa chỉ quá dài. Hãy rút ngắn rồi thử lại."),
    415: ("Không nhận dạng nội dung này", "Trang này chỉ nhận nội dung gửi từ biểu mẫu của nó."),
    422: ("Địa chỉ không hợp lệ", "Một tham số trong địa chỉ không đọc được."),
    429: ("Bạn gửi nhiều yêu cầu quá nhanh", "Hãy chờ một lát rồi thử lại."),
    431: (
        "Phần đầu của yêu cầu quá lớn",
        "Trình duyệt gửi kèm quá nhiều thông tin. Hãy xóa cookie rồi thử lại.",
    ),
    503: ("Tạm thời chưa tra cứu được", "Máy chủ đang bận hoặc kho chưa sẵn sàng. Hãy thử lại sau ít phút."),
}
_UNKNOWN = ("Có lỗi trong chương trình", "Lỗi đã được ghi lại. Hãy thử lại sau ít phút.")
#: Methods that some address answers; used to say which of them this one does.
_METHODS = ("GET", "HEAD", "POST")
#: How the form parser begins the messages about a body that holds more than it accepts.
_TOO_MUCH = ("Too many", "Part exceeded", "Field exceeded")


class RefusedError(HTTPException):
    """A request is refused with `status` and a Vietnamese sentence for the visitor."""

    def __init__(self, status: int, public: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, public, headers)
        self.public = public


class ErrorAnswers:
    """ASGI middleware that answers every error of what is inside it, other middleware included.

    An error after the answer began cannot be answered any more. It is logged, and raised so that the server ends the
    connection: the visitor sees that the answer is not whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if begun:
                logger.error("%s: câu trả lời bị ngắt giữa chừng: %s", scope["path"], error)
                raise
            await answer_error(Request(scope, receive), error)(scope, receive, send)


def answer_error(request: Request, error: Exception) -> Response:
    """The answer to an error. Whatever is a fault of ours goes to the log in full."""
    match error:
        case CachHayError():
            if error.status >= 500 and not isinstance(error, CancelledError):
                logger.error("%s: %s", request.url.path, error)
            return answer(request, error.status, error.public)
        case RefusedError():
            return answer(request, error.status_code, error.public, error.headers)
        case RequestValidationError():
            names = sorted({str(problem["loc"][1]) for problem in error.errors() if len(problem["loc"]) > 1})
            return answer(request, 422, f"Tham số không hợp lệ: {', '.join(names)}." if names else "")
        case HTTPException(status_code=405):
            return _answer_method(request, error)
        case HTTPException():
            too_much = error.status_code == 400 and str(error.detail).startswith(_TOO_MUCH)
            return answer(request, 413 if too_much else error.status_code, "", error.headers)
        case _:
            logger.exception("%s", request.url.path, exc_info=error)
            return answer(request, 500, "")


def _answer_method(request: Request, error: HTTPException) -> Response:
    """405 with the methods that this address has; to OPTIONS, the methods alone."""
    scope = request.scope
    if scope.get("root_path"):  # a folder of files, which says it itself
        allowed = (error.headers or {}).get("Allow", "GET, HEAD").split(", ")
    else:
        routes = request.app.routes
        allowed = [m for m in _METHODS if any(r.matches({**scope, "method": m})[0] is Match.FULL for r in routes)]
    if "GET" in allowed and "HEAD" not in allowed:
        allowed.insert(1, "HEAD")
    headers = {"Allow": ", ".join([*allowed, "OPTIONS"])}
    if scope["method"] == "OPTIONS":
        return Response(status_code=204, headers=headers)
    return answer(request, 405, "", headers)


def answer(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of `status`; `text` is a sentence for the visitor, "" for the usual one."""
    title, usual = _TITLES.get(status, _UNKNOWN)
    request_id = str(request.scope.get("state", {}).get("request_id", ""))
    path = request.scope["path"]
    response: Response
    if path.startswith("/api/") or path in ("/healthz", "/readyz"):
        response = JSONResponse({"detail": text or usual, "request_id": request_id}, status_code=status)
    else:
        response = render("error.html", ErrorPage(status, title, text or usual, request_id), status)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response
