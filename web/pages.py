"""The pages: home, results, item, help, API. A few lines each; the answers come from `SearchService`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kb import vocabulary
from search_api.query import FIELD_NAMES
from search_api.service import SearchService
from web import contexts
from web.render import render
from web.urls import SearchState, item_url, read_reading

READ = ["GET", "HEAD"]


def router(service: SearchService) -> APIRouter:
    """The HTML routes."""
    pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @pages.api_route("/", methods=READ)
    def home() -> Response:
        return render("home.html", contexts.HomePage(service.overview()))

    @pages.api_route("/tim", methods=READ)
    def results(request: Request) -> Response:
        state = SearchState.read(request.query_params)
        answer = service.search(state.request())
        if answer.jump and not state.filters and not state.typed and state.page == 1:
            return RedirectResponse(item_url(answer.jump, answer.query), status_code=303)
        return render("results.html", contexts.ResultsPage(answer, state))

    @pages.api_route("/muc/{item_id}", methods=READ)
    def item(request: Request, item_id: str) -> Response:
        query = request.query_params.get("q", "")
        answer = service.item(item_id, query)
        # A number would jump straight back here, so "back" shows what names it.
        back = SearchState(query, typed=True).url() if query else ""
        return render("item.html", contexts.ItemPage(answer, query, back, read_reading(request.query_params)))

    @pages.api_route("/tro-giup", methods=READ)
    def help_page() -> Response:
        matches = [(vocabulary.label("match", c), vocabulary.hint("match", c)) for c in vocabulary.codes("match")]
        return render("help.html", contexts.HelpPage(matches, sorted(FIELD_NAMES)))

    @pages.api_route("/tinh-trang", methods=READ)
    def status() -> Response:
        readiness = service.readiness()
        return render("status.html", contexts.StatusPage(readiness), 200 if readiness.ready else 503)

    @pages.api_route("/api", methods=READ)
    def api(request: Request) -> Response:
        return render("api.html", contexts.ApiPage(_endpoints(request.app)))

    return pages


def _endpoints(app: FastAPI) -> list[contexts.Endpoint]:
    schema = app.openapi()
    out = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            parameters = [(p["name"], _about(p)) for p in operation.get("parameters", [])]
            description = operation.get("description", "")
            out.append(contexts.Endpoint(method.upper(), path, operation.get("summary", ""), description, parameters))
    return out


def _about(parameter: dict[str, Any]) -> str:
    return str(parameter.get("description") or parameter.get("schema", {}).get("description", ""))
