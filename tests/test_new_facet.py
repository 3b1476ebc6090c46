"""A facet is added by a row and a label, and the whole program knows it: engines, API, queries, suggestions, pages, command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from starlette.testclient import TestClient

from indexer import index_corpus
from kb import facets
from kb.engines.open import embedded_engines, memory_engines
from kb.errors import IndexMissingError
from kb.facets import Facet
from kb.item import Item
from kb.library.library import Library
from kb.library.store import Store
from kb.papers import vocabulary
from kb.ports import EngineSet
from search_api.query.composer import Wanted, compose
from search_api.query.parser import parse_query
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.kb.engines.meili_engines import meili_text
from tests.kb.records import HashEmbedder
from tests.web.clients import client_of

ROOT = Path(__file__).parent.parent
HA, BINH = "Trần Thị Thu Hà", "Lê Quang Bình"


def signers(item: Item) -> tuple[str, ...]:
    return (item.document.signer,) if item.document and item.document.signer else ()


def lengths(item: Item) -> tuple[str, ...]:
    return ("long" if len(item.blocks) > 4 else "short",)


#: An open facet, and a closed one whose values have labels in the table.
SIGNER = Facet("signer", ("người ký", "ký bởi"), signers, suggested=True, in_form=True, example="Nguyễn Văn An")
LENGTH = Facet("length", ("độ dài",), lengths, "table", "table", in_form=True)
LABELS = (
    "facet\tsigner\tNgười ký\tHọ tên đầy đủ\n"
    "facet\tlength\tĐộ dài\t\n"
    "length\tshort\tVăn bản ngắn\t\n"
    "length\tlong\tVăn bản dài\t\n"
)  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The tables with the lines of the new facets."""
    folder = tmp_path / "tables"
    shutil.copytree(vocabulary.TABLES, folder)
    with (folder / "labels.tsv").open("a", encoding="utf-8") as file:
        file.write(LABELS)
    return folder


@pytest.fixture
def add_facets(tables: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Adds the two facets for the rest of the test."""

    def add() -> None:
        monkeypatch.setattr(facets, "FACETS", (*facets.FACETS, SIGNER, LENGTH))
        monkeypatch.setattr(vocabulary, "TABLES", tables)
        vocabulary._labels.cache_clear()

    yield add
    monkeypatch.undo()
    vocabulary._labels.cache_clear()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()

    def paper(name: str, title: str, signer: str, more: str = "") -> None:
        text = f"---\ntitle: {title}\n---\n\nCác phòng, ban tổ chức thực hiện.\n\n{more}**CHỦ TỊCH**\n\n**{signer}**\n"
        (folder / f"{name}.md").write_text(text, "utf-8")

    paper("mot", "Kế hoạch trồng rừng ngập mặn", HA)
    paper("hai", "Kế hoạch dọn vệ sinh bãi biển", HA, "Một.\n\nHai.\n\nBa.\n\n")
    paper("ba", "Thông báo lịch tiếp công dân", BINH)
    (folder / "bon.md").write_text("---\nkind: practice\ntitle: Kế hoạch tưới tiết kiệm\n---\n\nMỗi hộ một bể.\n", "utf-8")
    return folder


@pytest.fixture(params=["embedded", "memory", "meilisearch"])
def engines(request: pytest.FixtureRequest) -> Iterator[EngineSet]:
    if request.param == "meilisearch":
        with meili_text() as text:
            yield text.engines()
    else:
        yield embedded_engines() if request.param == "embedded" else memory_engines()


def open_library(folder: Path, engines: EngineSet) -> Library:
    return Library(Store(folder / "store.sqlite"), folder / "index", engines, HashEmbedder())


@pytest.fixture
def service(corpus: Path, tmp_path: Path, engines: EngineSet, add_facets: Callable[[], None]) -> SearchService:
    add_facets()
    library = open_library(tmp_path, engines)
    assert not index_corpus(library, corpus).failed
    return SearchService(library)


@pytest.fixture
def client(service: SearchService) -> Iterator[TestClient]:
    with client_of(service) as made:
        yield made


def found(service: SearchService, query: str, **filters: tuple[str, ...]) -> set[str]:
    return {hit.card.id for hit in service.search(SearchRequest(query, filters)).hits}


def test_it_is_counted_and_every_number_is_what_choosing_it_shows(service: SearchService) -> None:
    answer = service.search(SearchRequest())
    counted = {f.name: (f.label, [(v.code, v.label, v.count) for v in f.values]) for f in answer.facets}
    assert counted["signer"] == ("Người ký", [(HA, HA, 2), (BINH, BINH, 1)])
    assert counted["length"] == ("Độ dài", [("short", "Văn bản ngắn", 3), ("long", "Văn bản dài", 1)])
    assert found(service, "", signer=(HA,)) == {"mot", "hai"} and found(service, "", signer=(HA, BINH)) == {
        "mot",
        "hai",
        "ba",
    }
    assert found(service, "", signer=(HA,), length=("long",)) == {"hai"}
    (chosen,) = service.search(SearchRequest("", {"signer": (BINH,)})).filters
    assert (chosen.facet_label, chosen.label, chosen.total_without) == ("Người ký", BINH, 4)


def test_the_api_takes_it_and_says_so(client: TestClient) -> None:
    def total(**parameters: str) -> int:
        answer = client.get("/api/search", params=parameters)
        assert answer.status_code == 200
        return int(answer.json()["total"])

    assert (total(), total(signer=HA), total(not_signer=HA), total(signer=HA, not_length="long")) == (4, 2, 2, 1)
    assert client.get("/api/arrivals", params={"signer": HA}).json()["total"] == 2
    (left_out,) = client.get("/api/search", params={"not_signer": HA}).json()["filters"]
    assert left_out["excluded"] and left_out["label"] == HA and left_out["total_without"] == 4
    operation = client.get("/api/openapi.json").json()["paths"]["/api/search"]["get"]
    about = {parameter["name"]: parameter["description"] for parameter in operation["parameters"]}
    assert about["signer"] == "Người ký, đúng như trong bộ lọc" and about["length"] == "Độ dài: short, long"
    assert about["not_signer"].startswith("Loại trừ") and "Độ dài" in about["not_length"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("người ký:thu hà", {"mot", "hai"}),
        ('nguoi ky:"le quang binh"', {"ba"}),
        ("ký bởi:Thu Hà kế hoạch", {"mot", "hai"}),
        ("rừng người ký:Trần Thị Thu Hà", {"mot"}),
        ("độ dài:văn bản dài", {"hai"}),
        ("do dai:short thông báo", {"ba"}),
    ],
)
def test_a_query_names_it(query: str, ids: set[str], service: SearchService) -> None:
    assert found(service, query) == ids
    assert not [n for n in service.search(SearchRequest(query)).notices if n.code == "ignored"]


def test_a_value_that_nobody_has_is_said_so(service: SearchService) -> None:
    (problem,) = service.search(SearchRequest("người ký:Zzqx")).notices[:1]
    assert problem.code == "unknown_value" and "người ký “Zzqx”" in problem.text


def test_it_is_suggested(service: SearchService) -> None:
    by_words = [s for s in service.suggest("thu ha").suggestions if s.kind == "signer"]
    assert [(s.text, s.query, s.hint) for s in by_words] == [(HA, f'người ký:"{HA}"', "2 mục")]
    assert [s.text for s in service.suggest("kế hoạch người ký:").suggestions] == [HA, BINH]
    assert [s.text for s in service.suggest("độ dài:").suggestions] == ["Văn bản ngắn", "Văn bản dài"]
    assert service.suggest("kế hoạch ngườ").suggestions[0].query == "kế hoạch người ký:"
    for suggestion in (*by_words, *service.suggest("độ dài:").suggestions):
        assert found(service, suggestion.query)


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="(/tim\?[^"]+)"', html)]


def test_the_pages_show_it_and_keep_it(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "kế hoạch"}).text
    column = re.search(r'<section class="facet" aria-label="Người ký">.*?</section>', html, re.DOTALL)
    assert column and HA in column[0]
    choose, leave_out = links(column[0])[:2]
    assert choose == f"/tim?q=k%E1%BA%BF+ho%E1%BA%A1ch&signer={quote_plus(HA)}" and "&not_signer=" in leave_out
    chosen = client.get(choose).text
    assert "<strong>2 kết quả</strong>" in chosen and f'aria-label="Bỏ bộ lọc Người ký: {HA}"' in chosen
    assert f'<input type="hidden" name="signer" value="{HA}">' in chosen, "a new query keeps the filter"
    assert all("signer=" in link for link in links(chosen) if "sort=newest" in link)
    assert f"<s>Người ký: {HA}</s>" in client.get(leave_out).text
    assert "<strong>1 kết quả</strong>" in client.get("/tim", params={"q": "kế hoạch", "not_signer": HA}).text


def test_help_form_and_box_name_it(client: TestClient) -> None:
    assert "nguoi ky" in client.get("/tro-giup").text
    blank = client.get("/tim-nang-cao").text
    assert '<label for="nguoi-ky">Người ký</label>' in blank and "Ví dụ: Nguyễn Văn An" in blank and "Họ tên đầy đủ" in blank
    assert '<option value="long">Văn bản dài</option>' in blank
    sent = client.get("/tim-nang-cao", params={"tim": "1", "nguoi-ky": "Thu Hà", "do-dai": "long"})
    assert sent.status_code == 303 and "<strong>1 kết quả</strong>" in client.get(sent.headers["location"]).text
    labels = re.search(r"data-facets='([^']+)'", client.get("/").text)
    assert labels and json.loads(labels[1])["signer"] == "Người ký"


def test_what_the_form_writes_is_read_back(add_facets: Callable[[], None]) -> None:
    add_facets()
    query = compose(Wanted("rừng", values={"signer": "Thu Hà", "length": "short"}))
    kept = {name: v for only in parse_query(query, lambda code: [HA]).constraints for name, v in only.facets.items()}
    assert kept == {"signer": (HA,), "length": ("short",)}


def test_an_index_made_without_it_is_made_anew(
    corpus: Path, tmp_path: Path, engines: EngineSet, add_facets: Callable[[], None]
) -> None:
    library = open_library(tmp_path, engines)
    index_corpus(library, corpus)
    with library.view():
        add_facets()
    with pytest.raises(IndexMissingError), library.view():
        pass
    report = index_corpus(open_library(tmp_path, engines), corpus)
    assert report.rebuilt and report.unchanged == 4
    assert found(SearchService(open_library(tmp_path, engines)), "", signer=(BINH,)) == {"ba"}


COMMAND = """
import sys
from pathlib import Path
from kb import facets
from kb.papers import vocabulary
vocabulary.TABLES = Path(sys.argv[1])
signers = lambda item: (item.document.signer,) if item.document and item.document.signer else ()
facets.FACETS += (facets.Facet("signer", ("người ký",), signers),)
from cachhay.cli import main
main(sys.argv[2:])
"""


def test_the_command_takes_it(corpus: Path, tables: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        given = [sys.executable, "-c", COMMAND, str(tables), *arguments, "--data", str(tmp_path / "var")]
        done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("index", "--corpus", str(corpus))
    answer = json.loads(run("search", "kế hoạch", "--signer", HA, "--json"))
    assert {hit["card"]["id"] for hit in answer["hits"]} == {"mot", "hai"}
