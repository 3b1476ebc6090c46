"""Routes of the fields and of the places: their lists, and a page for each."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kb.errors import NotFoundError
from kb.papers import places, vocabulary
from search_api.query.request import SearchRequest
from search_api.schema import Arrival
from search_api.service import SearchService
from web.contexts.topics import FieldPage, FieldsPage, PlacePage, PlacesPage
from web.render import PAGE_METHODS, render
from web.urls import place_url

#: Places at most that are listed for an ambiguous name.
MAX_PLACES = 60
#: New items that are listed on the page of a field or place.
NEWS_COUNT = 4


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/linh-vuc", methods=PAGE_METHODS)
    def fields() -> Response:
        return render("fields.html", FieldsPage(vocabulary.fields(), service.fields()))

    @pages.api_route("/linh-vuc/{code}", methods=PAGE_METHODS)
    def field(code: str) -> Response:
        found = next((field for field in vocabulary.fields() if field.code == code), None)
        if found is None:
            raise NotFoundError(f"Không có lĩnh vực “{code}”.")
        return render(
            "field.html", FieldPage(service.topic("field", code), _news(service, "field", code), "field", code, found)
        )

    @pages.api_route("/dia-ban", methods=PAGE_METHODS)
    def all_places(request: Request) -> Response:
        name = " ".join(request.query_params.get("ten", "").split())[:200]
        meant = places.resolve(name)
        if meant:
            return RedirectResponse(place_url(meant), status_code=303)
        found = places.candidates(name)
        return render("places.html", PlacesPage(service.count_values("place"), name, found[:MAX_PLACES]))

    @pages.api_route("/dia-ban/{code}", methods=PAGE_METHODS)
    def one_place(code: str) -> Response:
        place = places.by_code(code)
        if place is None:
            raise NotFoundError(f"Không có địa bàn “{code}”.")
        topic, news = service.topic("place", place.name), _news(service, "place", place.name)
        return render("place.html", PlacePage(topic, news, "place", place.name, place, service.count_values("place")))


def _news(service: SearchService, facet: str, value: str) -> list[Arrival]:
    """The last arrivals with a value of a facet."""
    return service.arrivals(SearchRequest(filters={facet: (value,)}), NEWS_COUNT).arrivals
