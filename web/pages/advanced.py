"""Routes of the advanced form, which writes a query and leads to its results, and of the search for a list of names."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from kb.errors import NotFoundError
from search_api.query.composer import Wanted, compose
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.batch import MAX_LINES, read_file, read_lines, write_lines
from web import exports
from web.contexts.advanced import FORM_PARAMETERS, AdvancedPage, BatchPage, form_facets, form_parameter
from web.forms import ONLY_FORMS
from web.render import PAGE_METHODS, download, render
from web.urls import ACCENTS_PARAMETER, SearchState


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/tim-nang-cao", methods=PAGE_METHODS)
    def advanced(request: Request) -> Response:
        given = request.query_params
        values = {facet.code: given.get(form_parameter(facet), "") for facet in form_facets()}
        wanted = Wanted(**{name: given.get(parameter, "") for name, parameter in FORM_PARAMETERS.items()}, values=values)
        accents = given.get(ACCENTS_PARAMETER) == "1"
        query = compose(wanted)
        if "tim" in given and query:
            return RedirectResponse(SearchState(SearchRequest(query, accents=accents)).url(), status_code=303)
        return render("advanced.html", AdvancedPage(wanted, accents, asked="tim" in given))

    @pages.api_route("/tim-theo-danh-sach", methods=PAGE_METHODS)
    def list_form() -> Response:
        return render("batch.html", BatchPage("", None, MAX_LINES))

    @pages.post("/tim-theo-danh-sach/xuat.{form}", dependencies=ONLY_FORMS)
    def export_list(form: str, danh_sach: Annotated[str, Form()] = "") -> Response:
        answer = service.batch(read_lines(danh_sach))
        if form == "xlsx":
            return download(exports.write_batch_xlsx(answer, dt.date.today()), form, "danh-sach")
        if form == "csv":
            return download(exports.write_batch_csv(answer), form, "danh-sach")
        raise NotFoundError(f"Không có dạng tệp “{form}”.")

    @pages.post("/tim-theo-danh-sach", dependencies=ONLY_FORMS)
    def search_list(danh_sach: Annotated[str, Form()] = "", tep: Annotated[UploadFile | None, File()] = None) -> Response:
        text = read_file(tep.file.read()) if tep and tep.size else danh_sach
        names = read_lines(text)
        return render("batch.html", BatchPage(write_lines(names), service.batch(names), MAX_LINES))
