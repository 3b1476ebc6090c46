"""Routes of the original of an item: the file for download, and its pages beside their text."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from kb.errors import PageAwayError
from search_api.routes import API_ERRORS, ItemId, Problem
from search_api.service import SearchService
from web.contexts.original import PagePage
from web.downloads import download_original
from web.render import PAGE_METHODS, render
from web.urls import PageState

#: The largest number of a page that is looked for.
LAST_PAGE = 100_000


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/muc/{item_id}/ban-goc", methods=PAGE_METHODS)
    def original(request: Request, item_id: str) -> Response:
        return download_original(request, *service.pages.file(item_id))

    @pages.api_route("/muc/{item_id}/trang", methods=PAGE_METHODS)
    def choose(request: Request, item_id: str) -> Response:
        """The form that asks for the number of a page leads to its address."""
        asked = request.query_params.get("so", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        state = PageState.from_parameters(item_id, max(1, number), request.query_params)
        return RedirectResponse(state.url(hit=0, passage=""), status_code=303)

    @pages.api_route("/muc/{item_id}/trang/{number}", methods=PAGE_METHODS)
    def page(request: Request, item_id: str, number: Annotated[int, Path(ge=1)]) -> Response:
        if number > LAST_PAGE:
            raise PageAwayError(f"{item_id}: trang {number}")
        state = PageState.from_parameters(item_id, number, request.query_params)
        answer = service.pages.page(item_id, number, state.query, block=state.passage)
        return render("page.html", PagePage(answer, state))


def api_router(service: SearchService) -> APIRouter:
    """The route of the original below /api, which programs use: the same file."""
    api = APIRouter(prefix="/api", tags=["Cách Hay"], responses=API_ERRORS)
    missing: dict[int | str, dict[str, Any]] = {
        404: {"model": Problem, "description": "Không có mục này, hoặc bản gốc không còn trong kho văn bản"},
        200: {
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "Tệp bản gốc, dưới tên của nó",
        },
    }

    @api.get(
        "/items/{item_id}/original",
        summary="Bản gốc",
        description="Tệp như đã đưa vào kho, hoặc phần của kho nén hay thư có mục này, đúng theo `digest` của mục.",
        response_class=Response,
        responses=missing,
    )
    def original_file(request: Request, item_id: ItemId) -> Response:
        return download_original(request, *service.pages.file(item_id))

    return api
