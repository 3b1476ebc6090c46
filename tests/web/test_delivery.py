"""How long answers are kept, what search engines may list, and the figures for Prometheus."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from kb.settings import Settings
from search_api.service import SearchService
from tests.conftest import ROOT
from web.app import create_app
from web.render import STATIC, asset, digest_of


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/muc/238-kh-ubnd", "no-cache"),
        ("/tim?q=a", "no-cache"),
        ("/dia-ban?ten=Hải Phòng", "no-cache"),
        ("/api/facets", "no-cache"),
        ("/tim.atom", "no-cache"),
        ("/nhung/khoi", "no-cache"),
        ("/tim/xuat.csv?q=rươi", "no-cache"),
        ("/healthz", "no-store"),
        ("/readyz", "no-store"),
        ("/tinh-trang", "no-store"),
        ("/khong-co", "no-store"),
        ("/api/search?page=x", "no-store"),
        (asset("style.css"), "public, max-age=31536000, immutable"),
        ("/static/style.css", "no-cache"),
        ("/static/style.css?v=", "no-cache"),
        ("/static/style.css?v=0123456789", "no-cache"),
        ("/static/suggest.css?v=" + digest_of("style.css"), "no-cache"),
        ("/static/khong-co.css?v=" + digest_of("style.css"), "no-store"),
    ],
)
def test_every_answer_says_how_long_it_is_kept(path: str, kept: str, client: TestClient) -> None:
    assert client.get(path).headers["cache-control"] == kept
    assert client.delete(path).headers["cache-control"] == "no-store"


def test_pages_with_internal_items_are_private(service: SearchService) -> None:
    client = TestClient(create_app(service, Settings(internal=True)))
    assert client.get("/").headers["cache-control"] == "private, no-cache"


def test_a_page_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    for path in ("/muc/238-kh-ubnd", "/api/facets", asset("style.css")):
        first = client.get(path)
        for known in (first.headers["etag"], first.headers["etag"].removeprefix("W/"), f'"x", {first.headers["etag"]}', "*"):
            again = client.get(path, headers={"If-None-Match": known})
            assert again.status_code == 304 and not again.content, known
            assert again.headers["etag"] == first.headers["etag"] and again.headers["vary"] == "Accept-Encoding"
            assert again.headers["cache-control"] == first.headers["cache-control"]
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.headers["vary"] == "Accept-Encoding" and plain.content == first.content
    assert client.get("/muc/43-kh-lmhtx").headers["etag"] != client.get("/muc/238-kh-ubnd").headers["etag"]
    assert "etag" not in client.get("/khong-co").headers


def test_style_sheets_name_fonts_by_their_digest() -> None:
    named = re.findall(r"url\((fonts/[^)?]+)\?v=([^)]*)\)", (STATIC / "style.css").read_text("utf-8"))
    assert len(named) == 6 and all(digest == digest_of(font) for font, digest in named)
    assert all("url(" not in sheet.read_text("utf-8") for sheet in STATIC.glob("*.css") if sheet.name != "style.css")


def test_what_search_engines_may_list(client: TestClient, service: SearchService) -> None:
    from urllib.robotparser import RobotFileParser

    rules = RobotFileParser()
    rules.parse(client.get("/robots.txt").text.splitlines())
    for path in ("/", "/tim", "/muc/238-kh-ubnd", "/linh-vuc/health", "/dia-ban/hai-phong", asset("style.css")):
        assert rules.can_fetch("*", path) and "x-robots-tag" not in client.get(path).headers, path
    for path in (
        "/tim/xuat.docx?q=a",
        "/tim.atom?q=a",
        "/ho-so?muc=a",
        "/so-sanh?muc=a",
        "/nhung/khoi",
        "/api/search?q=a",
        "/moi",
    ):
        assert not rules.can_fetch("*", path), path
    for path in ("/tim/xuat.csv?q=rươi", "/ho-so/xuat.json?muc=238-kh-ubnd", "/tim.atom", "/api/facets", "/nhung/khoi"):
        assert client.get(path).headers["x-robots-tag"] == "noindex, nofollow", path
    assert "Disallow: /tim?*" in client.get("/robots.txt").text

    addresses = [node.text or "" for node in ET.fromstring(client.get("/sitemap.xml").content).iterfind(".//{*}loc")]
    assert len(addresses) == len(set(addresses)) > len(service.item_ids()) > 90
    assert client.get(addresses[-1]).status_code == 200
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").text


# Metrics.


def test_there_are_no_metrics_by_default(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_metrics_count_requests_by_route(service: SearchService) -> None:
    client = TestClient(create_app(service, Settings(metrics="on")), raise_server_exceptions=False)
    for at in range(30):
        client.get(f"/khong-co/{at}")
        client.request(f"BREW{at}", "/tim")
    client.get("/muc/238-kh-ubnd")
    client.get("/muc/43-kh-lmhtx")
    client.post("/tim-tuong-tu", content=b"x", headers={"Content-Type": "text/plain"})
    answer = client.get("/metrics")
    assert answer.headers["cache-control"] == "no-store" and answer.headers["content-type"].startswith("text/plain")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert figures['cachhay_requests_total{method="GET",route="/muc/{item_id}",status="200"}'] == "2.0"
    assert figures['cachhay_requests_total{method="GET",route="unknown",status="404"}'] == "30.0"
    assert figures['cachhay_requests_total{method="OTHER",route="/tim",status="405"}'] == "30.0"
    assert figures['cachhay_refusals_total{reason="type"}'] == "1.0"
    assert figures["cachhay_requests_running"] == "1.0", "this one"
    assert float(figures["cachhay_items"]) == len(service.item_ids()) and figures["cachhay_ready"] == "1.0"
    assert float(figures["cachhay_generation_age_seconds"]) >= 0
    assert len({name for name in figures if name.startswith("cachhay_requests_total")}) == 4


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.9", 404)])
def test_metrics_for_this_machine_only(address: str, status: int, service: SearchService) -> None:
    app = create_app(service, Settings(metrics="local", trusted_proxies="10.0.0.1"))
    assert TestClient(app, client=(address, 1)).get("/metrics").status_code == status


@pytest.mark.slow
def test_workers_add_up_their_metrics() -> None:
    code = """
import subprocess, sys
from web.metrics import shared_between_workers
work = '''
from web.metrics import Metrics
made = Metrics(lambda: None)
for _ in range(3):
    made.begin(); made.end("/tim", "GET", 200, 0.1)
made.begin()
'''
ask = '''
from search_api.schema import Readiness
from web.metrics import Metrics
state = Readiness(ready=True, status="ok", text="embedded", items=7, generation="g")
print(Metrics(lambda: state).text()[0].decode(), flush=True)
'''
with shared_between_workers() as forget:
    workers = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(2)]
    assert all(worker.wait() == 0 for worker in workers)
    subprocess.run([sys.executable, "-c", ask], check=True)
    forget(workers[0].pid)
    subprocess.run([sys.executable, "-c", ask], check=True)
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.count('cachhay_requests_total{method="GET",route="/tim",status="200"} 6.0') == 2
    assert said.count("cachhay_items 7.0") == 2
    assert re.findall(r"^cachhay_requests_running (.*)$", said, re.MULTILINE) == ["2.0", "1.0"], "of living workers only"
