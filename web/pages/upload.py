"""Routes that take files: the page with its form, what became of the files that were sent together, and the same as API."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.requests import ClientDisconnect

from indexer.intake.batches import Sent
from kb.errors import IntakeError, NotFoundError
from kb.settings import Settings
from web.contexts.upload import SentFiles, SentPage, UploadOffPage, UploadPage, describe
from web.errors import RefusedError
from web.hosts import is_local
from web.render import PAGE_METHODS, render
from web.same_origin import ONLY_SAME_ORIGIN
from web.uploads import BATCH, FILES, INTERNAL, ORIGIN, Uploads, may_upload

#: The form as its description for programs says it.
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILES],
                    "properties": {
                        BATCH: {"type": "string", "description": "Thêm vào lượt nạp đã có; phải đứng trước các tệp"},
                        ORIGIN: {"type": "string", "description": "Nguồn của các tệp; phải đứng trước các tệp"},
                        INTERNAL: {"type": "string", "description": "1 là mục nội bộ; phải đứng trước các tệp"},
                        FILES: {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            }
        },
    }
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Biểu mẫu hỏng"},
    403: {"description": "Gửi từ trang khác"},
    404: {"description": "Không có lượt nạp này, hoặc trang nạp tệp chưa bật"},
    413: {"description": "Quá lớn"},
    415: {"description": "Không phải biểu mẫu có tệp"},
    422: {"description": "Không nhận được"},
    503: {"description": "Máy chủ đang bận, hoặc ổ đĩa đã đầy"},
}


def upload_router(settings: Settings) -> APIRouter:
    """The routes. Where no files are taken, the page says so, and there is no API."""
    router = APIRouter(default_response_class=HTMLResponse)
    uploads = Uploads(settings)
    _add_pages(router, uploads)
    if settings.upload != "off":
        _add_api(router, uploads)
    return router


def _add_pages(router: APIRouter, uploads: Uploads) -> None:
    @router.api_route("/nap-tep", methods=PAGE_METHODS, include_in_schema=False)
    def form(request: Request) -> Response:
        if not may_upload(request):
            return render("upload_off.html", UploadOffPage(is_local(request)), 404)
        return render("upload.html", UploadPage())

    @router.post("/nap-tep", include_in_schema=False, dependencies=ONLY_SAME_ORIGIN)
    async def send(request: Request) -> Response:
        batch, _ = await _receive(uploads, request)
        return RedirectResponse(f"/nap-tep/{batch}", status_code=303)

    @router.api_route("/nap-tep/{batch}", methods=PAGE_METHODS, include_in_schema=False)
    def sent(request: Request, batch: str) -> Response:
        answer = render("sent.html", SentPage(_describe(uploads, request, batch)))
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _add_api(router: APIRouter, uploads: Uploads) -> None:
    @router.post(
        "/api/intake",
        summary="Nạp tệp",
        response_model=SentFiles,
        response_class=JSONResponse,
        responses=_REFUSALS,
        openapi_extra=_FORM,
        dependencies=ONLY_SAME_ORIGIN,
    )
    async def send_by_program(request: Request) -> SentFiles:
        """Gửi một hay nhiều tệp; mỗi tệp được nhận, đã có sẵn, hoặc không nhận kèm lý do. Tệp được đọc ngay sau đó."""
        batch, sent = await _receive(uploads, request)
        return describe(batch, await run_sync(uploads.progress, sent), uploads.run_state(), local=is_local(request))

    @router.get(
        "/api/intake/{batch}",
        summary="Những tệp đã nạp cùng lượt",
        response_model=SentFiles,
        response_class=JSONResponse,
        responses={404: _REFUSALS[404], 503: _REFUSALS[503]},
    )
    def sent_by_program(request: Request, batch: str) -> SentFiles:
        """Mỗi tệp đã thành mục nào, chưa đọc được vì sao, hay còn chờ."""
        return _describe(uploads, request, batch)


async def _receive(uploads: Uploads, request: Request) -> tuple[str, list[Sent]]:
    """The batch of the files that a form sends, and these files. Raises RefusedError, NotFoundError."""
    _check_open(request)
    size = request.headers.get("content-length", "")
    try:
        return await uploads.receive(
            request.headers.get("content-type", ""),
            int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
            request.stream(),
        )
    except IntakeError as error:
        raise RefusedError(error.status, f"Chưa nhận được tệp: {error}.") from error
    except ClientDisconnect as error:
        raise ConnectionError from error


def _describe(uploads: Uploads, request: Request, batch: str) -> SentFiles:
    _check_open(request)
    return describe(batch, uploads.progress(uploads.sent(batch)), uploads.run_state(), local=is_local(request))


def _check_open(request: Request) -> None:
    if not may_upload(request):
        raise NotFoundError("Trang nạp tệp chưa bật cho nơi gửi này (CACHHAY_UPLOAD).")
