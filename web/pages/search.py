"""Routes of the home page and of the results."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from search_api.service import SearchService
from web.contexts import search as contexts
from web.render import PAGE_METHODS, render
from web.uploads import may_upload
from web.urls import SearchState, item_url


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/", methods=PAGE_METHODS)
    def home(request: Request) -> Response:
        return render("home.html", contexts.HomePage(service.overview(), may_upload(request)))

    @pages.api_route("/tim", methods=PAGE_METHODS)
    def results(request: Request) -> Response:
        state = SearchState.from_parameters(request.query_params)
        asked = state.request
        answer = service.search(asked)
        if answer.jump and not (asked.filters or asked.typed or asked.dropped) and asked.page == 1:
            return RedirectResponse(item_url(answer.jump, answer.query), status_code=303)
        return render("results.html", contexts.ResultsPage(answer, state))
