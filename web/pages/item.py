"""Route of the page of one item."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.query.request import SearchRequest
from search_api.service import SearchService
from web.contexts.item import ItemPage
from web.render import PAGE_METHODS, render
from web.urls import SearchState, asked_part, asked_version


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/muc/{item_id}", methods=PAGE_METHODS)
    def item(request: Request, item_id: str) -> Response:
        query = request.query_params.get("q", "")
        answer = service.item(item_id, query, asked_part(request.query_params))
        # The number of a paper would lead directly back to this page: then "back" searches for exactly what was typed.
        leads_here = bool(answer.card.number) and any(sign.isdigit() for sign in query)
        back = SearchState(SearchRequest(query, typed=leads_here)).url() if query else ""
        return render("item.html", ItemPage(answer, query, back, asked_version(request.query_params)))
