"""Routes of the exports of results, of the dossier (Hồ sơ chọn) with its exports, and of the booklet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.service import SearchService
from search_api.tasks.export import EXPORT_LIMIT, MAX_PAGE_LENGTH, WORD_LIMIT, RecordReader
from web import exports
from web.contexts.dossier import BookletPage, DossierPage, PrintPage
from web.contexts.search import results_title
from web.downloads import download
from web.exports import Note
from web.hosts import origin_of
from web.render import PAGE_METHODS, render
from web.urls import SearchState, named_ids

#: Characters of the name of a dossier at most.
MAX_NAME_LENGTH = 150


def add_routes(pages: APIRouter, service: SearchService) -> None:
    @pages.api_route("/tim/xuat.{form}", methods=PAGE_METHODS)
    def export_results(request: Request, form: str) -> Response:
        state = SearchState.from_parameters(request.query_params)
        word = form == "docx"

        def write(out: BinaryIO) -> None:
            most = WORD_LIMIT if word else EXPORT_LIMIT
            with service.found_records(state.request, most, explained=not word) as found:
                title = results_title(state.request, found.group)
                _write(form, found, title, origin_of(request) + state.url(), out)

        return download(request, form, "ket-qua", write)

    @pages.api_route("/ho-so", methods=PAGE_METHODS)
    def dossier(request: Request) -> Response:
        with _chosen(request) as chosen:
            return render("dossier.html", _page(request, chosen, each=0))

    @pages.api_route("/ho-so/xuat.{form}", methods=PAGE_METHODS)
    def export_dossier(request: Request, form: str) -> Response:
        def write(out: BinaryIO) -> None:
            with _chosen(request) as chosen:
                page = DossierPage([], chosen.ids, chosen.total, _name(request))
                _write(form, chosen, page.title, origin_of(request) + page.at("/ho-so"), out)

        return download(request, form, "ho-so", write)

    @pages.api_route("/ho-so/in", methods=PAGE_METHODS)
    def print_dossier(request: Request) -> Response:
        with _chosen(request) as chosen:
            page = _page(request, chosen)
        return render("dossier_print.html", PrintPage(page, origin_of(request) + page.at("/ho-so"), dt.date.today()))

    @pages.api_route("/ho-so/an-pham", methods=PAGE_METHODS)
    def booklet(request: Request) -> Response:
        with _chosen(request) as chosen:
            made = _booklet(request, chosen)
            records = list(chosen.records(made.ids, most=MAX_PAGE_LENGTH))
            back = DossierPage([], chosen.ids, chosen.total, _name(request)).at("/ho-so")
        return render("booklet.html", BookletPage(made, records, back))

    @pages.api_route("/ho-so/an-pham.docx", methods=PAGE_METHODS)
    def booklet_docx(request: Request) -> Response:
        def write(out: BinaryIO) -> None:
            with _chosen(request) as chosen:
                made = _booklet(request, chosen)
                exports.write_booklet(made, chosen.records(made.ids), out)

        return download(request, "docx", "an-pham", write)

    @contextmanager
    def _chosen(request: Request) -> Iterator[RecordReader]:
        with service.records(named_ids(request.query_params)) as chosen:
            yield chosen


def _name(request: Request) -> str:
    return " ".join(request.query_params.get("ten", "").split())[:MAX_NAME_LENGTH]


def _page(request: Request, chosen: RecordReader, each: int = MAX_PAGE_LENGTH) -> DossierPage:
    records = list(chosen.records(most=MAX_PAGE_LENGTH, each=each))
    return DossierPage(records, chosen.ids, chosen.total, _name(request))


def _booklet(request: Request, chosen: RecordReader) -> exports.Booklet:
    issuer = " ".join(request.query_params.get("don-vi", "").split())[:MAX_NAME_LENGTH]
    cards = (record.card for record in chosen.records(each=0))
    return exports.make_booklet(cards, _name(request), issuer, dt.date.today())


def _write(form: str, reader: RecordReader, title: str, address: str, out: BinaryIO) -> None:
    """One of the formats of `web.exports.EXPORTS`."""
    note = Note(title, address, dt.date.today(), len(reader.ids), reader.left_out, reader.group)
    writers = {
        "csv": exports.write_csv,
        "json": exports.write_json,
        "xlsx": exports.write_xlsx,
        "docx": exports.write_docx,
    }
    writers[form](reader.records(), note, out)
