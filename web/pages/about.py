"""Routes of the pages about the site itself: help, lists to fill in, API, status."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

from kb.errors import NotFoundError
from kb.papers import vocabulary
from search_api.query.parser import field_names
from search_api.service import SearchService
from search_api.tasks.health import for_visitors
from web.contexts import about as contexts
from web.downloads import download
from web.exports import TEMPLATES, template_of, write_template
from web.hosts import is_local
from web.render import PAGE_METHODS, render
from web.uploads import may_upload


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/tro-giup", methods=PAGE_METHODS)
    def help_page() -> Response:
        matches = [(vocabulary.label("match", c), vocabulary.hint("match", c)) for c in vocabulary.codes("match")]
        return render("help.html", contexts.HelpPage(matches, sorted(field_names())))

    @pages.api_route("/mau-danh-sach", methods=PAGE_METHODS)
    def list_templates(request: Request) -> Response:
        return render("list_templates.html", contexts.TemplatesPage(TEMPLATES, may_upload(request)))

    @pages.api_route("/mau-danh-sach/{code}.xlsx", methods=PAGE_METHODS)
    def list_template(request: Request, code: str) -> Response:
        template = template_of(code)
        if template is None:
            raise NotFoundError(f"Không có mẫu danh sách “{code}”.")
        return download(request, "xlsx", f"mau-{code}", partial(write_template, template, dt.date.today()))

    @pages.api_route("/tinh-trang", methods=PAGE_METHODS)
    def status(request: Request) -> Response:
        readiness = for_visitors(service.readiness())
        # Names of files are for whoever keeps the collection, who sits at this machine.
        causes = service.not_read() if is_local(request) else []
        return render(
            "status.html", contexts.StatusPage(readiness, causes, may_upload(request)), 200 if readiness.ready else 503
        )

    @pages.api_route("/api", methods=PAGE_METHODS)
    def api(request: Request) -> Response:
        return render("api.html", contexts.ApiPage(_endpoints(request.app)))


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
