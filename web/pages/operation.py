"""Routes for machines that look after the site or find it: robots.txt, the map of the site, metrics."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from kb.errors import NotFoundError
from kb.papers import vocabulary
from search_api.service import SearchService
from web.hosts import is_local, origin_of
from web.metrics import Metrics
from web.render import PAGE_METHODS
from web.robots import robots_txt
from web.urls import field_page_url, item_url

#: Addresses that a map may hold (sitemaps.org); the newest items are the ones that others do not know yet.
MAX_MAPPED = 50_000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/robots.txt", methods=PAGE_METHODS)
    def robots(request: Request) -> Response:
        return PlainTextResponse(robots_txt(origin_of(request)))

    @pages.api_route("/sitemap.xml", methods=PAGE_METHODS)
    def sitemap(request: Request) -> Response:
        paths = ["/", "/linh-vuc", "/dia-ban", *(field_page_url(field.code) for field in vocabulary.fields())]
        paths += [item_url(item_id) for item_id in service.item_ids()]
        root = ET.Element("urlset", {"xmlns": _SITEMAP})
        for path in paths[:MAX_MAPPED]:
            ET.SubElement(ET.SubElement(root, "url"), "loc").text = origin_of(request) + path
        written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return Response(written, media_type="application/xml")


def metrics_router(metrics: Metrics, *, local: bool) -> APIRouter:
    """The route /metrics. With `local`, only a program on this machine finds it, and no visitor whom a proxy brings."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def show(request: Request) -> Response:
        if local and not is_local(request):
            raise NotFoundError("/metrics: chỉ cho máy này (CACHHAY_METRICS=local).")
        text, media_type = metrics.text()
        return Response(text, media_type=media_type)

    return router
