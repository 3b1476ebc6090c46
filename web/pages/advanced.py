"""Routes of the advanced form, which writes a query and leads to its results, and of the search for a list of names."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, BinaryIO

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from kb.errors import NotFoundError
from search_api.query.composer import Wanted, compose
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.batch import MAX_LINES, read_file, read_lines, write_lines
from web import exports
from web.contexts.advanced import FORM_PARAMETERS, AdvancedPage, BatchPage, form_facets, form_parameter
from web.downloads import download
from web.forms import ONLY_FORMS
from web.render import PAGE_METHODS, render
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
    def export_list(request: Request, form: str, danh_sach: Annotated[str, Form()] = "") -> Response:
        if form not in ("xlsx", "csv"):
            raise NotFoundError(f"Không có dạng tệp “{form}”.")

        def write(out: BinaryIO) -> None:
            rows = service.batch(read_lines(danh_sach)).rows
            if form == "xlsx":
                exports.write_batch_xlsx(rows, dt.date.today(), out)
            else:
                exports.write_batch_csv(rows, out)

        return download(request, form, "danh-sach", write)

    @pages.post("/tim-theo-danh-sach", dependencies=ONLY_FORMS)
    def search_list(danh_sach: Annotated[str, Form()] = "", tep: Annotated[UploadFile | None, File()] = None) -> Response:
        text = read_file(tep.file.read()) if tep and tep.size else danh_sach
        names = read_lines(text)
        return render("batch.html", BatchPage(write_lines(names), service.batch(names), MAX_LINES))
