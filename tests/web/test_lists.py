"""Pages of lists: the lists to fill in, a list with its rows, a row."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.service import SearchService
from tests.indexer.lists.files import as_csv, as_xlsx, classic, person
from tests.web.clients import client_of
from web.exports import TEMPLATES


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "corpus").mkdir()
    fill(folder / "corpus")
    library = Library(Store(folder / "s.sqlite"), folder / "i", memory_engines(), open_embedder())
    index_corpus(library, folder / "corpus")
    with client_of(SearchService(library)) as made:
        yield made


def fill(corpus: Path) -> None:
    (corpus / "ds.xlsx").write_bytes(as_xlsx(*classic()))
    many: list[list[object]] = [
        ["STT", "Họ và tên", "Thành tích"],
        *([at, f"{person(at)} {at}", f"Việc tốt số {at}"] for at in range(1, 231)),
    ]
    (corpus / "khen-thuong.csv").write_bytes(as_csv(many))


def test_every_list_to_fill_in_can_be_downloaded(client: TestClient) -> None:
    page = client.get("/mau-danh-sach").text
    links = re.findall(r'href="(/mau-danh-sach/[^"]+)"', page)
    assert links == [f"/mau-danh-sach/{template.code}.xlsx" for template in TEMPLATES]
    for template, link in zip(TEMPLATES, links, strict=True):
        answer = client.get(link)
        assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert [sheet.title for sheet in book.worksheets] == ["Danh sách", "Cách điền"]
        assert all(column.heading in page and column.about in page for column in template.columns)
        head = client.head(link)
        assert head.status_code == 200 and not head.content


def test_an_unknown_list_is_not_found(client: TestClient) -> None:
    assert client.get("/mau-danh-sach/khac.xlsx").status_code == client.get("/mau-danh-sach/ca-nhan.csv").status_code == 404


def test_help_leads_to_the_lists(client: TestClient) -> None:
    assert 'href="/mau-danh-sach"' in client.get("/tro-giup").text


def test_a_list_leads_to_its_rows_and_back(own: TestClient) -> None:
    page = own.get("/muc/ds").text
    assert "<h2>Các mục bên trong</h2>" in page and "46 mục" in page
    rows = re.findall(r'<li><a href="(/muc/ds-[^"]+)">', page)
    assert len(rows) == 46
    row = own.get(rows[0]).text
    assert "<h2>Nằm trong</h2>" in row and '<a href="/muc/ds">DANH SÁCH TẬP THỂ' in row
    assert "<dt>Dòng trong danh sách</dt>\n<dd>Sheet1, dòng 8</dd>" in row
    answer = own.get(f"/api/items/{rows[0].removeprefix('/muc/')}").json()
    assert answer["nesting"]["within"]["id"] == "ds" and answer["nesting"]["inside"] == []


def test_a_long_list_shows_the_first_rows_and_counts_the_others(own: TestClient) -> None:
    page = own.get("/muc/khen-thuong").text
    assert "230 mục" in page and "Và 30 mục nữa" in page
    numbers = [int(n) for n in re.findall(r'<li><a href="/muc/khen-thuong-[^"]+">[^<]*: Việc tốt số (\d+)', page)]
    assert numbers == list(range(1, 201)), "in the order of the list, not of their letters"


def test_an_item_that_is_no_list_has_no_such_section(client: TestClient) -> None:
    page = client.get("/muc/238-kh-ubnd").text
    assert "Các mục bên trong" not in page and "Nằm trong" not in page
