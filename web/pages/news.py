"""Be told, and tell: what is new, Atom feeds, saved searches, blocks for the page of a portal."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.service import SearchService
from web.contexts.news import Block, BlockHelpPage, NewsPage, SavedPage, describe
from web.feeds import MAX_ENTRIES, Feed, write_atom
from web.render import PAGE_METHODS, render
from web.urls import SearchState

#: Items that a block may show.
BLOCK_SIZES = (3, 5, 10, 20)
#: Characters of a block's title.
MAX_TITLE_LENGTH = 120


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/moi", methods=PAGE_METHODS)
    def news(request: Request) -> Response:
        state = SearchState.read(request.query_params)
        return render("news.html", NewsPage(service.arrivals(state.request, MAX_ENTRIES), state))

    @pages.api_route("/tim.atom", methods=PAGE_METHODS)
    def feed(request: Request) -> Response:
        state = SearchState.read(request.query_params)
        answer = service.arrivals(state.request, MAX_ENTRIES)
        told = Feed(f"Cách Hay: {describe(answer)}", origin_of(request), state.url("/tim.atom"), state.url(), answer)
        return Response(write_atom(told), media_type="application/atom+xml")

    @pages.api_route("/da-luu", methods=PAGE_METHODS)
    def saved() -> Response:
        return render("saved.html", SavedPage())

    @pages.api_route("/nhung", methods=PAGE_METHODS)
    def block_help(request: Request) -> Response:
        return render("block_help.html", BlockHelpPage(_block(request), BLOCK_SIZES, _size(request)))

    @pages.api_route("/nhung/khoi", methods=PAGE_METHODS)
    def block(request: Request) -> Response:
        return render("block.html", _block(request))

    def _block(request: Request) -> Block:
        state = SearchState.read(request.query_params)
        title = " ".join(request.query_params.get("ten", "").split())[:MAX_TITLE_LENGTH]
        return Block(service.arrivals(state.request, _size(request)), state, title, origin_of(request))


def origin_of(request: Request) -> str:
    """ "https://host" as the visitor's browser names this server."""
    return str(request.base_url).rstrip("/")


def _size(request: Request) -> int:
    wanted = request.query_params.get("so", "")
    return int(wanted) if wanted in map(str, BLOCK_SIZES) else BLOCK_SIZES[1]
