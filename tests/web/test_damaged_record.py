"""One damaged record of the store breaks no page, no list and no export, and the next run reads its paper again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.records import DAMAGED_TITLE
from kb.library.store import Store
from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app

PAPERS = ("mot", "hai", "ba")
PAGES = (
    "/",
    "/tim?q=kênh",
    "/tim",
    "/muc/hai",
    "/muc/mot",
    "/moi",
    "/api/search?q=kênh",
    "/api/items/hai",
    "/api/items/mot",
    "/api/arrivals",
    "/api/suggest?q=ke",
    "/dia-ban",
    "/linh-vuc",
    "/linh-vuc/agriculture",
    "/tim.atom?q=kênh",
    "/tim/xuat.csv?q=kênh",
    "/tim/xuat.docx?q=kênh",
    "/ho-so/an-pham?muc=hai&muc=mot",
    "/so-sanh?a=hai&b=mot",
    "/nhung/khoi",
    "/tinh-trang",
    "/ho-so?muc=hai&muc=mot",
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in PAPERS:
        text = f"---\ntitle: Dọn kênh {name}\nkind: practice\nfields: [agriculture]\nplace: Xã An Khánh, Hải Phòng\n---\n"
        (corpus / f"{name}.md").write_text(text + f"Nhóm {name} dọn bờ kênh mỗi tuần.\n", "utf-8")
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "index", embedded_engines(), open_embedder())
    assert index_corpus(library, corpus).items == 3
    with sqlite3.connect(tmp_path / "s.sqlite") as connection:
        connection.execute("UPDATE items SET payload = replace(payload, '\"practice\"', 'null') WHERE id = 'hai'")
    return library


def test_pages_stay_whole_and_the_next_run_heals(library: Library, tmp_path: Path) -> None:
    service = SearchService(library)
    client = TestClient(create_app(service, Settings()), raise_server_exceptions=False)
    before = {page: client.get(page).status_code for page in PAGES}
    assert not {page: code for page, code in before.items() if code >= 500}
    assert before["/tim?q=kênh"] == before["/muc/mot"] == before["/api/search?q=kênh"] == 200
    assert DAMAGED_TITLE in client.get("/tim?q=kênh").text and "Dọn kênh mot" in client.get("/tim").text
    assert "cachhay" not in client.get("/muc/hai").text.split("<main", 1)[-1].split("</main", 1)[0]
    report = index_corpus(library, tmp_path / "corpus")
    assert (report.changed, report.unchanged, report.items) == (1, 2, 3)
    assert "Dọn kênh hai" in client.get("/tim").text and DAMAGED_TITLE not in client.get("/tim").text
    with library.store.snapshot() as snapshot:
        assert snapshot.unreadable() == [] and [event.event for event in snapshot.history("hai")] == ["added"]
        assert snapshot.word_count("kênh") == 6, "its words are counted once"
