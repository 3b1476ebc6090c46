"""The routes of the pages, with a module for each part of the site. Each route is a few lines; `SearchService` answers."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from search_api.service import SearchService
from web.pages import about, advanced, compare, dossier, item, news, operation, original, search, topics

PARTS = (search, advanced, item, original, compare, topics, dossier, news, about, operation)


def router(service: SearchService) -> APIRouter:
    """The HTML routes of every part."""
    pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for part in PARTS:
        part.add_routes(pages, service)
    return pages
