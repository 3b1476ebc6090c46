"""Pages in every state, over the real corpus and over services that fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import EngineError
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.web.clients import client_of
from web.render import STATIC
from web.security import HEADERS
from web.urls import SearchState, item_url

TEMPLATES = STATIC.parent / "templates"
PATHS = [
    "/",
    "/tim",
    "/tim?q=thi+%C4%91ua",
    "/muc/238-kh-ubnd",
    "/tro-giup",
    "/api",
    "/khong-co",
    "/api/search?q=a",
    "/healthz",
    "/api/items/x",
]


def small(tmp_path: Path, **files: str) -> SearchService:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, text in files.items():
        (corpus / (name if "." in name else f"{name}.md")).write_text(text, "utf-8")
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "i", memory_engines(), open_embedder())
    index_corpus(library, corpus)
    return SearchService(library)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<(head|script|style).*?</\1>", " ", html, flags=re.DOTALL)).split())


def test_home_shows_the_14_fields_with_counts(client: TestClient, service: SearchService) -> None:
    html = client.get("/").text
    for field in service.overview().fields:
        link = re.search(rf'<a href="/linh-vuc/{field.code}">.*?</a>', html, re.DOTALL)
        assert link and field.label in link[0] and f">{field.count}<" in link[0]
    assert html.count('<ul class="cards">') == 1


def test_results_carry_badges_facets_snippets_and_state(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "đẩy mạnh công tác tuyên truyền", "kind": "document"}).text
    assert "<strong>2 kết quả</strong>" in html
    assert 'match-exact" title="Khớp các từ' in html and 'match-repaired"' in html
    assert "Chất lượng nhận dạng: Kém" in html
    assert "<mark>Đẩy mạnh công tác tuyên truyền</mark>" in html
    assert '<input type="hidden" name="kind" value="document">' in html, "a new query keeps the filters"
    assert "Bỏ bộ lọc Loại nội dung: Văn bản" in html


def test_every_link_of_a_results_page_answers(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "mô hình", "page": "2"}).text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', html)}
    assert len(links) > 40
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_facet_link_shows_its_number(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "mô hình"}).text
    pairs = re.findall(r'<li><a href="(/tim\?[^"]+)"><span>[^<]*</span><span class="count">([\d.]+)</span>', html)
    assert len(pairs) > 20
    for link, count in pairs:
        assert f"<strong>{count} kết quả</strong>" in client.get(link.replace("&amp;", "&")).text


def test_a_number_redirects_to_the_document_and_back_lists_who_names_it(client: TestClient) -> None:
    answer = client.get("/tim", params={"q": "238/KH-UBND"})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "Được triển khai bởi" in page and "43/KH-LMHTX" in page
    back = re.search(r'<p class="back"><a href="([^"]+)"', page)
    assert back
    listed = client.get(back[1].replace("&amp;", "&"))
    assert listed.status_code == 200 and "43/KH-LMHTX" in listed.text


def test_item_page_of_the_scan_warns(client: TestClient) -> None:
    html = client.get("/muc/43-kh-lmhtx", params={"q": "thi dua"}).text
    assert re.search(r"Văn bản do máy đọc lại, [\d.]+ âm tiết chưa chắc chắn, đối chiếu bản gốc trước khi trích dẫn\.", html)
    assert re.search(r"\d+ % âm tiết chưa chắc chắn\.", html)
    assert '<mark id="h1" tabindex="-1">' in html and 'id="b0"' in html
    assert 'href="/muc/238-kh-ubnd"' in html
    assert "Sao chép trích dẫn" in html and "SHA-256" in html
    assert "Trang 1" not in html, "the file marks no pages, so none is named"


def test_pages_are_named_where_the_file_marks_them(tmp_path: Path) -> None:
    client = client_of(small(tmp_path, a="# Kế hoạch\n\nMột\n\fHai trang về lúa hữu cơ"))
    assert "Trang 2" in client.get("/muc/a").text
    assert '<span class="page">Trang 2</span>' in client.get("/tim?q=h%E1%BB%AFu+c%C6%A1").text


def test_empty_and_error_are_different(client: TestClient) -> None:
    empty = client.get("/tim", params={"q": "rươi", "year": "1999"})
    assert empty.status_code == 200
    words = text_of(empty.text)
    assert "Không tìm thấy kết quả phù hợp" in words and "Bộ lọc “Năm: 1999” làm rỗng kết quả." in words
    way = re.search(r"Bỏ bộ lọc Năm: 1999 (\d+) kết quả", words)
    assert way and int(way[1]) > 0 and "0 kết quả" in words
    missing = client.get("/muc/khong-co")
    assert missing.status_code == 404 and "Không có trang này" in missing.text
    assert "Không tìm thấy kết quả" not in missing.text
    assert client.get("/khong-co").status_code == 404
    for path in ("/api/items/khong-co", "/api/khong-co"):
        assert client.get(path).status_code == 404 and client.get(path).json()["detail"]


def test_one_result_and_an_empty_store(tmp_path: Path) -> None:
    one = client_of(small(tmp_path, a="# Lúa\n\nTrồng lúa"))
    assert "<strong>1 kết quả</strong>" in one.get("/tim?q=l%C3%BAa").text
    (tmp_path / "x").mkdir()
    nothing = client_of(small(tmp_path / "x"))
    assert "Kho chưa có mục nào" in nothing.get("/").text
    assert nothing.get("/healthz").json()["status"] == "empty"


def test_no_index_is_503_without_the_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "i", memory_engines(), open_embedder())
    client = client_of(SearchService(library))
    for path in ("/", "/tim?q=a", "/muc/a"):
        answer = client.get(path)
        assert answer.status_code == 503 and "Kho đang được chuẩn bị" in answer.text and "cachhay index" not in answer.text
    search = client.get("/api/search")
    assert search.status_code == 503 and "Kho đang được chuẩn bị" in search.json()["detail"]
    assert search.json()["request_id"] == search.headers["x-request-id"]
    for path in ("/healthz", "/readyz", "/tinh-trang"):
        answer = client.get(path)
        assert answer.status_code == 503 and "đang được chuẩn bị" in answer.text and "cachhay index" not in answer.text
    assert "cachhay index" in caplog.text, "the log of the operator has the command"
    assert client.get("/tro-giup").status_code == 200


@pytest.mark.parametrize(("error", "status"), [(EngineError("đĩa hỏng"), 503), (RuntimeError("bí mật"), 500)])
def test_a_failing_engine_is_a_page(
    error: Exception, status: int, service: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(SearchService, "search", fail)
    client = client_of(service)
    page, answer = client.get("/tim?q=a"), client.get("/api/search?q=a")
    assert page.status_code == answer.status_code == status
    assert "<h1>" in page.text and "bí mật" not in page.text + answer.text
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("path", [*PATHS, "/static/style.css"])
def test_every_answer_has_the_security_headers(path: str, client: TestClient) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_pages_answer_head_as_monitors_ask(client: TestClient) -> None:
    for path in ("/", "/tim", "/muc/238-kh-ubnd", "/tro-giup", "/api"):
        answer = client.head(path)
        assert answer.status_code == 200 and answer.content == b""


def test_stored_markup_comes_out_as_text(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script> "><img src=x onerror=alert(2)> <mark>x</mark> {{7*7}} ‮đảo‬'
    front = "---\ntitle: '<b onmouseover=alert(3)>Tên</b>'\nkind: practice\nunit: '\"><script>u</script>'\nplace: \"<i>nơi</i>\"\n---\n"
    client = client_of(small(tmp_path, evil=front + evil + "\n\n## Cách làm\n1. " + evil))
    for path in (
        "/",
        "/tim",
        "/tim?q=alert",
        "/muc/evil",
        "/muc/evil?q=alert+script",
        "/tim?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        html = client.get(path).text
        assert "<script>alert" not in html and "<img" not in html and "<b onmouse" not in html and "<i>" not in html
        assert "&lt;b onmouseover" in html or path == "/tim?q=%3Cscript%3Ealert(1)%3C/script%3E"
        assert "49" not in text_of(html) or "{{7*7}}" in html


def test_templates_hold_no_inline_code_and_no_foreign_host() -> None:
    for template in TEMPLATES.glob("*.html"):
        source = template.read_text("utf-8")
        assert not re.search(r"\son\w+=|style=|<style|javascript:|\|\s*safe", source), template.name
        assert not re.search(r"https?://", source), template.name
        assert all("src=" in script for script in re.findall(r"<script[^>]*>", source))
    for name in ("style.css", "page.js"):
        assert not re.search(r"https?://|@import", (STATIC / name).read_text("utf-8"))


def test_assets_are_served_and_kept(client: TestClient) -> None:
    html = client.get("/").text
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(assets) >= 4
    for asset in assets:
        answer = client.get(asset)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    css = client.get(next(a for a in assets if "style.css" in a)).text
    for font in re.findall(r"url\((fonts/[^)]+)\)", css):
        assert client.get(f"/static/{font}").status_code == 200
    assert client.get("/static/../app.py").status_code == 404


def test_pages_are_light(client: TestClient) -> None:
    for path in ("/", "/tim?q=m%C3%B4+h%C3%ACnh", "/tro-giup"):
        assert len(client.get(path).content) < 150_000, path
    assert (STATIC / "style.css").stat().st_size < 25_000 and (STATIC / "page.js").stat().st_size < 6_000


def test_addresses_round_trip() -> None:
    from starlette.datastructures import QueryParams

    state = SearchState(
        SearchRequest(
            'a&b=c#d+e "đ"', {"field": ("health", "x&y"), "place": ("Xã A, B",)}, 3, sort="newest", typed=True,
            excluded={"year": ("2023",)},
        )
    )  # fmt: skip
    assert SearchState.from_parameters(QueryParams(state.url().partition("?")[2])) == state
    assert "page" not in state.choosing("year", "2024") and "year=2024" in state.choosing("year", "2024")
    assert "place" not in state.without("place") and "field=health" in state.without("field", "x&y")
    assert item_url("a/b?c", "x") == "/muc/a%2Fb%3Fc?q=x"
    for bad in ("page=-1", "page=x", "page=1e9", "page=99999999999", "sort=;", "page=%D9%A1"):
        assert SearchState.from_parameters(QueryParams(bad)) == SearchState()


def test_the_openapi_description_is_real(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/search",
        "/api/facets",
        "/api/arrivals",
        "/api/suggest",
        "/api/items/{item_id}",
        "/api/items/{item_id}/similar",
        "/api/items/{item_id}/original",
        "/api/items/{item_id}/pages/{number}",
        "/api/items/{item_id}/pages/{number}/image",
        "/api/items/{item_id}/blocks/{block}/image",
        "/healthz",
        "/readyz",
    }
    for path, operations in schema["paths"].items():
        operation = operations["get"]
        problem = "#/components/schemas/Problem"
        told = {
            code: answer["content"]["application/json"]["schema"]["$ref"]
            for code, answer in operation["responses"].items()
            if "application/json" in answer.get("content", {})
        }
        binary = path.endswith(("/image", "/original"))
        assert set(operation["responses"]) - set(told) == (
            {"200", "304"} if "/image" in path else {"200"} if binary else set()
        )
        assert all(
            told[code] == problem for code in told if code not in ("200", "503") or (code == "503" and "/api/" in path)
        )
        assert {"400", "413"} <= set(told) and ("422" in told) == ("/api/" in path) == ("429" in told)
        assert operation["summary"] and len(operation["description"]) > 20, path
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["schema"].get("description") or parameter["name"] == "limit", (
                parameter
            )
    page = client.get("/api").text
    assert all(path in page for path in schema["paths"])


def test_a_copy_stands_under_its_record_with_a_count(client: TestClient, service: SearchService) -> None:
    query = "tưới cạn vườn thuốc nam trạm y tế"
    answer = service.search(SearchRequest(query))
    copies = {hit.card.id: hit.repeats for hit in answer.hits if hit.repeats}
    assert copies == {"06-vuon-thuoc-nam-tram-y-te-scan": "06-vuon-thuoc-nam-tram-y-te"}
    html = client.get("/tim", params={"q": query}).text
    assert "1 mục gần trùng" in html and html.count('href="/muc/06-vuon-thuoc-nam-tram-y-te-scan') == 1
    assert str(answer.total) in html, "the count is still that of the set"


def test_json_and_page_agree(client: TestClient, service: SearchService) -> None:
    answer = client.get("/api/search", params={"q": "hợp tác xã", "field": "agriculture"}).json()
    own = service.search(SearchRequest("hợp tác xã", {"field": ("agriculture",)}))
    assert [h["card"]["id"] for h in answer["hits"]] == [h.card.id for h in own.hits]
    html = client.get("/tim", params={"q": "hợp tác xã", "field": "agriculture"}).text
    shown = re.findall(r'<h2><a href="/muc/([^?"]+)', html)
    assert shown == [h.card.id for h in own.hits if not h.repeats]
    item = client.get("/api/items/238-kh-ubnd").json()
    assert item["card"]["number"] == "238/KH-UBND"
    similar = client.get("/api/items/238-kh-ubnd/similar").json()
    assert similar["id"] == "238-kh-ubnd"


def test_dates_are_iso_in_the_api_and_written_for_people_elsewhere(client: TestClient) -> None:
    item = client.get("/api/items/238-kh-ubnd").json()
    assert (item["card"]["date"], item["card"]["year"]) == ("2024-10-18", 2024)
    assert {a["name"]: a["value"] for a in item["attributes"]}["date"] == "2024-10-18"
    practice = client.get("/api/items/04-lua-huu-co-tha-vit").json()["card"]
    assert practice["date"] is None and practice["year"] > 2000
    both = "muc=238-kh-ubnd&muc=43-kh-lmhtx"
    for path in (
        "/tim?q=238/KH-UBND&nguyen-van=1",
        "/tim.atom?q=238/KH-UBND",
        "/nhung/khoi?q=238/KH-UBND",
        "/muc/238-kh-ubnd",
        f"/so-sanh?{both}",
        f"/ho-so?{both}",
        f"/ho-so/in?{both}",
        f"/ho-so/an-pham?{both}",
        f"/ho-so/xuat.csv?{both}",
    ):
        html = client.get(path).text
        assert "18/10/2024" in html and "2024-10-18" not in html, path
    assert f"<dt>Năm</dt>\n<dd>{practice['year']}" in client.get("/muc/04-lua-huu-co-tha-vit").text


def test_both_colour_schemes_have_contrast() -> None:
    """Every text colour against every ground it stands on: at least 4.5:1."""
    css = (STATIC / "style.css").read_text("utf-8")
    schemes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", part)) for part in css.split("prefers-color-scheme: dark")[:2]
    ]
    schemes = [{k: v for k, v in s.items()} for s in schemes]

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    pairs = [(ink, ground) for ink in ("ink", "soft", "link", "brand") for ground in ("paper", "panel", "wash")]
    pairs += [(name, f"{name}-wash") for name in ("good", "warn", "bad", "mind", "plain")] + [
        ("ink", "mark"),
        ("ink", "warn-wash"),
        ("soft", "warn-wash"),
        ("bad", "warn-wash"),
        ("panel", "brand"),
    ]
    for scheme in schemes:
        for ink, ground in pairs:
            a, b = sorted((light(scheme[ink]), light(scheme[ground])), reverse=True)
            assert (a + 0.05) / (b + 0.05) >= 4.5, (ink, ground)
