"""Routes of what is new: list of arrivals, Atom feeds, saved searches, columns for the page of a portal."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.service import SearchService
from web.contexts.news import COLUMN_TITLES, ColumnHelpPage, NewsPage, PortalColumn, SavedPage, describe
from web.feeds import MAX_ENTRIES, Feed, write_atom
from web.hosts import origin_of
from web.render import PAGE_METHODS, render
from web.urls import SearchState

#: Numbers of items that a column may show.
COLUMN_SIZES = (3, 5, 10, 20)


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/moi", methods=PAGE_METHODS)
    def news(request: Request) -> Response:
        state = SearchState.from_parameters(request.query_params)
        return render("news.html", NewsPage(service.arrivals(state.request, MAX_ENTRIES), state))

    @pages.api_route("/tim.atom", methods=PAGE_METHODS)
    def feed(request: Request) -> Response:
        state = SearchState.from_parameters(request.query_params)
        answer = service.arrivals(state.request, MAX_ENTRIES)
        told = Feed(
            f"Cách Hay: {describe(answer, state.request)}", origin_of(request), state.url("/tim.atom"), state.url(), answer
        )
        return Response(write_atom(told), media_type="application/atom+xml")

    @pages.api_route("/da-luu", methods=PAGE_METHODS)
    def saved() -> Response:
        return render("saved.html", SavedPage())

    @pages.api_route("/nhung", methods=PAGE_METHODS)
    def column_help(request: Request) -> Response:
        return render("column_help.html", ColumnHelpPage(_column(request), COLUMN_SIZES, _size(request)))

    @pages.api_route("/nhung/khoi", methods=PAGE_METHODS)
    def column(request: Request) -> Response:
        return render("column.html", _column(request))

    def _column(request: Request) -> PortalColumn:
        state = SearchState.from_parameters(request.query_params)
        # Only a title of ours: whatever an address says would otherwise be read as words of this office.
        asked = request.query_params.get("ten", "")
        title = asked if asked in COLUMN_TITLES else ""
        return PortalColumn(service.arrivals(state.request, _size(request)), state, title, origin_of(request))


def _size(request: Request) -> int:
    wanted = request.query_params.get("so", "")
    return int(wanted) if wanted in map(str, COLUMN_SIZES) else COLUMN_SIZES[1]
