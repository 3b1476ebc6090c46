"""Understanding: the page of one item."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.service import SearchService
from web.contexts.item import ItemPage
from web.render import READ, render
from web.urls import SearchState, read_reading


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/muc/{item_id}", methods=READ)
    def item(request: Request, item_id: str) -> Response:
        query = request.query_params.get("q", "")
        answer = service.item(item_id, query)
        # A number would jump straight back here, so "back" shows what names it.
        back = SearchState(query, typed=True).url() if query else ""
        return render("item.html", ItemPage(answer, query, back, read_reading(request.query_params)))
