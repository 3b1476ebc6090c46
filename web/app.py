"""The web application: pages, JSON API, static files and error pages in one FastAPI app."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import Scope

from kb.errors import CachHayError
from kb.settings import Settings, networks
from search_api.routes import health_router
from search_api.routes import router as api_router
from search_api.service import SearchService
from web import pages
from web.delivery import Delivery, HeadAsGet, OwnRedirects
from web.downloads import ORIGINAL_TYPES
from web.errors import ErrorAnswers, answer, answer_error
from web.forms import MAX_FIELDS, MAX_FILES
from web.hosts import AllowedHosts
from web.load import Load, LoadControl
from web.metrics import Metrics
from web.pages import operation, original, upload
from web.proxy import ProxyHeaders
from web.rate import make_rate_limit
from web.render import STATIC
from web.request_record import RequestRecord
from web.security import MAX_BODY_BYTES, BodyLimit, SecurityHeaders
from web.static_files import KeptStaticFiles


def create_app(service: SearchService, settings: Settings, load: Load | None = None) -> FastAPI:
    """The application over one search service. `load` bounds its work; without one it has bounds of its own."""
    app = FastAPI(
        title="Cách Hay",
        version=version("cachhay"),
        summary="Tra cứu điển hình tiên tiến, mô hình mới, cách làm hay và văn bản liên quan",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        form_limits={"max_files": MAX_FILES, "max_fields": MAX_FIELDS, "max_part_size": MAX_BODY_BYTES},
    )
    app.state.settings = settings
    uploads = settings.upload != "off"
    app.include_router(api_router(service))
    app.include_router(health_router(service))
    app.include_router(original.api_router(service))
    app.include_router(pages.router(service))
    app.include_router(upload.upload_router(settings))
    load = load or Load(rate=make_rate_limit(settings.rate_per_minute))
    metrics = Metrics(service.readiness) if settings.metrics != "off" and not load.behind else None
    if metrics:
        app.include_router(operation.metrics_router(metrics, local=settings.metrics == "local"))
    app.mount("/static", KeptStaticFiles(directory=STATIC), name="static")
    # What is added later stands outside of what was added before.
    app.add_middleware(Delivery, private=settings.internal)
    # Office files and pictures are compressed already.
    packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *ORIGINAL_TYPES)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5, exclude_content_types=packed)
    app.add_middleware(LoadControl, load=load, refuse=_refuse, uploads=uploads)
    app.add_middleware(BodyLimit, uploads=uploads)
    app.add_middleware(OwnRedirects)
    app.add_middleware(HeadAsGet)
    app.add_middleware(AllowedHosts, settings=settings)
    app.add_middleware(ErrorAnswers)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestRecord, metrics=metrics, told=not load.behind)
    app.add_middleware(ProxyHeaders, trusted=networks(settings.trusted_proxies))
    for kind in (CachHayError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer_error)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _refuse(scope: Scope, status: int, text: str) -> Response:
    """A refusal before any work. It is made once for many requests, so its body has the id of none; its headers have."""
    return answer(Request({**scope, "state": {}}), status, text)


async def _answer_error(request: Request, error: Exception) -> Response:
    return answer_error(request, error)
