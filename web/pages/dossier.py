"""Routes of the exports of results, of the dossier (Hồ sơ chọn) with its exports, and of the booklet."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kb.errors import NotFoundError
from search_api.schema import Record
from search_api.service import SearchService
from search_api.tasks.export import EXPORT_LIMIT
from web import exports
from web.contexts.dossier import BookletPage, DossierPage, PrintPage
from web.exports import Note
from web.hosts import origin_of
from web.render import PAGE_METHODS, download, render
from web.urls import SearchState, named_ids

#: Characters of the name of a dossier at most.
MAX_NAME_LENGTH = 150


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/tim/xuat.{form}", methods=PAGE_METHODS)
    def export_results(request: Request, form: str) -> Response:
        state = SearchState.from_parameters(request.query_params)
        total = service.facets(state.request).total
        title = f"Kết quả tìm: {state.request.query}" if state.request.query else "Kết quả duyệt kho"
        note = Note(title, origin_of(request) + state.url(), dt.date.today(), max(0, total - EXPORT_LIMIT))
        return _export(form, service.found_records(state.request), note, "ket-qua")

    @pages.api_route("/ho-so", methods=PAGE_METHODS)
    def dossier(request: Request) -> Response:
        return render("dossier.html", _dossier(request))

    @pages.api_route("/ho-so/xuat.{form}", methods=PAGE_METHODS)
    def export_dossier(request: Request, form: str) -> Response:
        page = _dossier(request)
        note = Note(page.title, origin_of(request) + page.at("/ho-so"), dt.date.today(), page.left_out)
        return _export(form, page.records, note, "ho-so")

    @pages.api_route("/ho-so/in", methods=PAGE_METHODS)
    def print_dossier(request: Request) -> Response:
        page = _dossier(request)
        return render("dossier_print.html", PrintPage(page, origin_of(request) + page.at("/ho-so"), dt.date.today()))

    @pages.api_route("/ho-so/an-pham", methods=PAGE_METHODS)
    def booklet(request: Request) -> Response:
        page = _dossier(request)
        return render("booklet.html", BookletPage(_booklet(request, page), page.at("/ho-so")))

    @pages.api_route("/ho-so/an-pham.docx", methods=PAGE_METHODS)
    def booklet_docx(request: Request) -> Response:
        written = exports.write_booklet(_booklet(request, _dossier(request)))
        return download(written, "docx", "an-pham")

    def _dossier(request: Request) -> DossierPage:
        ids = named_ids(request.query_params)
        name = " ".join(request.query_params.get("ten", "").split())[:MAX_NAME_LENGTH]
        return DossierPage(service.records(ids), len(ids), name)

    def _booklet(request: Request, page: DossierPage) -> exports.Booklet:
        issuer = " ".join(request.query_params.get("don-vi", "").split())[:MAX_NAME_LENGTH]
        address = origin_of(request) + page.at("/ho-so")
        return exports.make_booklet(page.records, page.name, issuer, address, dt.date.today())


def _export(form: str, records: list[Record], note: Note, name: str) -> Response:
    match form:
        case "csv":
            written = exports.write_csv(records)
        case "json":
            written = exports.write_json(records, note)
        case "xlsx":
            written = exports.write_xlsx(records, note)
        case "docx":
            written = exports.write_docx(records, note)
        case _:
            raise NotFoundError(f"Không có dạng tệp “{form}”.")
    return download(written, form, name)
