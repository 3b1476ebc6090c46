"""The web application: pages, JSON API, static files and error pages in one FastAPI app."""

from __future__ import annotations

import logging
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kb.errors import CachHayError
from kb.settings import Settings
from search_api.routes import health_router
from search_api.routes import router as api_router
from search_api.service import SearchService
from web import pages
from web.contexts.about import ErrorPage
from web.exports import MEDIA_TYPES
from web.render import STATIC, render
from web.security import HEADERS, BodyLimit, SecurityHeaders

logger = logging.getLogger("cachhay.web")

_TITLES = {
    404: ("Không có trang này", "Địa chỉ có thể đã gõ sai, hoặc mục này không còn trong kho."),
    405: ("Không dùng được cách gọi này", "Trang chỉ nhận yêu cầu xem (GET)."),
    413: ("Nội dung gửi lên quá lớn", "Chỉ nhận nội dung đến 2 MB. Hãy chia nhỏ rồi gửi lại."),
    422: ("Địa chỉ không hợp lệ", "Một tham số trong địa chỉ không đọc được."),
    503: ("Tạm thời chưa tra cứu được", "Chỉ mục chưa sẵn sàng."),
}
_UNKNOWN = ("Có lỗi trong chương trình", "Lỗi đã được ghi lại. Hãy thử lại sau ít phút.")


class KeptStaticFiles(StaticFiles):
    """Static files that browsers keep for a year, because their addresses hold a digest."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(service: SearchService, settings: Settings) -> FastAPI:
    """The application over one search service."""
    app = FastAPI(
        title="Cách Hay",
        version=version("cachhay"),
        summary="Tra cứu điển hình tiên tiến, mô hình mới, cách làm hay và văn bản liên quan",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.include_router(api_router(service))
    app.include_router(health_router(service))
    app.include_router(pages.router(service))
    app.mount("/static", KeptStaticFiles(directory=STATIC), name="static")
    # Office files are compressed already.
    packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MEDIA_TYPES["xlsx"], MEDIA_TYPES["docx"])
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5, exclude_content_types=packed)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(CachHayError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unknown)
    return app


def _ours(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, CachHayError) else 500
    if status >= 500:
        logger.error("%s: %s", request.url.path, error)
    return _answer(request, status, str(error))


def _http(request: Request, error: Exception) -> Response:
    return _answer(request, error.status_code if isinstance(error, HTTPException) else 500, "")


def _invalid(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    names = ", ".join(sorted({str(problem["loc"][-1]) for problem in problems}))
    return _answer(request, 422, f"Tham số không hợp lệ: {names}.")


def _unknown(request: Request, error: Exception) -> Response:
    logger.exception("%s", request.url.path, exc_info=error)
    return _answer(request, 500, "")


def _answer(request: Request, status: int, detail: str) -> Response:
    title, text = _TITLES.get(status, _UNKNOWN)
    path = request.url.path
    if path.startswith("/api/") or path in ("/healthz", "/readyz"):
        return JSONResponse({"detail": detail or title}, status_code=status)
    response = render("error.html", ErrorPage(status, title, detail or text), status)
    if status == 500:
        # Starlette answers unknown errors outside all middleware, so the security headers are added here.
        response.headers.update(HEADERS)
    return response
