"""Routes of two comparisons: of records side by side, and of a pasted nomination with the collection."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from search_api.service import SearchService
from web.contexts.compare import ComparePage, NominationPage
from web.forms import ONLY_FORMS
from web.render import PAGE_METHODS, render
from web.urls import named_ids


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/so-sanh", methods=PAGE_METHODS)
    def compare(request: Request) -> Response:
        ids = named_ids(request.query_params)
        only = request.query_params.get("khac") == "1"
        return render("compare.html", ComparePage(service.compare(ids), len(ids), only))

    @pages.api_route("/tim-tuong-tu", methods=PAGE_METHODS)
    def nomination_form() -> Response:
        return render("nomination.html", NominationPage("", None))

    @pages.post("/tim-tuong-tu", dependencies=ONLY_FORMS)
    def nomination(van_ban: Annotated[str, Form()] = "") -> Response:
        answer = service.check_nomination(van_ban) if van_ban.strip() else None
        return render("nomination.html", NominationPage(van_ban, answer))
