"""What outside sees: hosts, errors without anything of the inside, methods, bodies, redirects."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kb.errors import EngineError, IndexMissingError, SettingError, StoreError, TemporarySpaceError
from kb.settings import Settings
from search_api.service import SearchService
from tests.web.clients import client_of
from web.app import create_app
from web.hosts import AllowedHosts
from web.security import HEADERS

EVIL = "evil.example"


def client_with(service: SearchService, **settings: str) -> TestClient:
    app = create_app(service, Settings(**settings))  # type: ignore[arg-type]
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


# Hosts and addresses.


async def nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("settings", "allowed", "refused"),
    [
        (
            {},
            ["localhost", "127.0.0.1:8000", "[::1]:8000", "192.168.1.5:8000", "10.0.0.1", "testserver", "may-phong-3:80"],
            [
                EVIL,
                f"{EVIL}:80",
                "a/b",
                "a b",
                "",
                "a@b",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "[::1",
                "a:b",
                "a:1:2",
            ],
        ),
        (
            {"public_url": "https://kho.example.gov.vn/"},
            ["kho.example.gov.vn", "KHO.example.gov.vn:443", "kho.example.gov.vn.", "localhost", "app:8000"],
            ["example.gov.vn", "x.kho.example.gov.vn", EVIL],
        ),
        (
            {"public_url": "https://kho.example.gov.vn", "allowed_hosts": "b.example, *.c.example"},
            ["kho.example.gov.vn", "b.example", "a.c.example:8000", "127.0.0.1", "localhost"],
            ["c.example", "a.b.c.example", "192.168.1.5", "app", EVIL],
        ),
        ({"allowed_hosts": "*"}, [EVIL, "192.168.1.5"], ["a/b", "a b"]),
        ({"host": "kho.noi-bo.vn"}, ["kho.noi-bo.vn:8000"], [EVIL]),
    ],
)
def test_hosts(settings: dict[str, str], allowed: list[str], refused: list[str]) -> None:
    hosts = AllowedHosts(nothing, Settings(**settings))  # type: ignore[arg-type]
    assert [name for name in allowed if not hosts.allows(name)] == []
    assert [name for name in refused if hosts.allows(name)] == []


def test_another_host_is_refused_in_vietnamese(client: TestClient) -> None:
    page, answer = client.get("/", headers={"Host": EVIL}), client.get("/api/search", headers={"Host": EVIL})
    assert page.status_code == answer.status_code == 400
    assert "Máy chủ không nhận tên này" in page.text and "Máy chủ không nhận tên này" in answer.json()["detail"]
    assert EVIL not in page.text + answer.text
    assert {name: page.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path", ["/tim.atom", "/nhung", "/nhung/khoi", "/tim/xuat.json?q=rươi", "/ho-so/in", "/robots.txt", "/sitemap.xml"]
)
def test_the_public_url_stands_in_whatever_leaves_the_site(path: str, service: SearchService) -> None:
    text = client_with(service, public_url="https://kho.example.gov.vn").get(path, headers={"Host": "10.1.2.3:8000"}).text
    assert "https://kho.example.gov.vn/" in text and "10.1.2.3" not in text
    plain = client_with(service).get(path, headers={"Host": "10.1.2.3:8000"}).text
    assert "http://10.1.2.3:8000/" in plain


@pytest.mark.parametrize("public_url", ["", "https://kho.example.gov.vn"])
def test_redirects_stay_here(public_url: str, service: SearchService) -> None:
    client = client_with(service, public_url=public_url)
    for path, there in {
        "/tim/": "/tim",
        "/tim?q=238/KH-UBND": "/muc/238-kh-ubnd?q=238%2FKH-UBND",
        "/dia-ban?ten=Hải Phòng": "/dia-ban/hai-phong",
        "/tim-nang-cao?tim=1&q=//evil.example/": "/tim?q=%2F%2Fevil.example%2F",
    }.items():
        answer = client.get(path)
        assert answer.status_code in (303, 307) and answer.headers["location"] == there
    for path in (
        "//evil.example/",
        "//evil.example/tim/",
        "/\\evil.example/",
        "/%5Cevil.example/",
        "/tim//",
        "/%2F%2Fevil.example/",
    ):
        answer = client.get(f"http://testserver{path}")
        assert not re.match(r"(https?:)?[/\\]{2}|/?\\", answer.headers.get("location", "/")), path


# Errors say nothing of the inside.

INSIDE = "/srv/kho/store.sqlite: tantivy: invalid Term; hãy chạy `cachhay index --rebuild`, CACHHAY_DATA_DIR"
PAGES = [
    "/", "/tim?q=a", "/muc/a", "/moi", "/tim.atom", "/nhung", "/nhung/khoi", "/linh-vuc", "/linh-vuc/health", "/dia-ban/hai-phong",
    "/so-sanh?muc=a&muc=b", "/ho-so?muc=a", "/ho-so/in?muc=a", "/ho-so/an-pham?muc=a", "/tim/xuat.csv", "/ho-so/xuat.docx?muc=a",
    "/sitemap.xml", "/api/search", "/api/facets", "/api/suggest?q=abc", "/api/items/a", "/api/items/a/similar", "/api/arrivals",
]  # fmt: skip


class Failing:
    """A service in which everything raises one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> object:
        def fail(*arguments: object, **named: object) -> None:
            raise self._error

        return fail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreError(INSIDE), 503),
        (EngineError(INSIDE), 503),
        (IndexMissingError(INSIDE), 503),
        (SettingError(INSIDE), 500),
        (TemporarySpaceError(INSIDE), 503),
        (OSError(13, "Permission denied", INSIDE), 500),
        (ValueError(INSIDE), 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_shows_its_id_and_logs_the_rest(error: Exception, status: int, caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(Failing(error))  # type: ignore[arg-type]
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == status, path
        assert not re.search(r"sqlite|tantivy|cachhay index|CACHHAY_|Permission|Traceback|\.py", answer.text), path
        assert "Hãy thử lại" in answer.text, path
        request_id = answer.headers["x-request-id"]
        assert request_id in answer.text and answer.headers["cache-control"] == "no-store"
        assert {
            name: answer.headers[name] for name in HEADERS if name != "Content-Security-Policy"
        }.items() <= HEADERS.items()
        if path.startswith("/api/"):
            assert set(answer.json()) == {"detail", "request_id"}
    assert INSIDE in caplog.text


def test_a_refusal_that_is_made_once_has_the_id_of_no_request(service: SearchService) -> None:
    client = client_with(service, rate_per_minute="1")
    refused = [answer for answer in (client.get("/tro-giup") for _ in range(4)) if answer.status_code == 429]
    assert len(refused) >= 2 and len({answer.headers["x-request-id"] for answer in refused}) == len(refused)
    assert all("Bạn gửi nhiều yêu cầu quá nhanh" in answer.text and int(answer.headers["retry-after"]) for answer in refused)
    assert all("Mã yêu cầu" not in answer.text and answer.text == refused[0].text for answer in refused)


def test_ids_of_requests(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    made = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    for given in (b"<script>", b"a b", b"a" * 65, b"", "é".encode()):
        made.add(client.get("/healthz", headers=[(b"X-Request-ID", given)]).headers["x-request-id"])
    assert len(made) == 8 and all(re.fullmatch("[0-9a-f]{16}", one) for one in made)


def test_the_public_sees_no_paths_of_files(service: SearchService, monkeypatch: pytest.MonkeyPatch) -> None:
    library = service._library
    monkeypatch.setattr(library, "internal", False)
    client = client_of(SearchService(library))
    assert client.get("/api/items/238-kh-ubnd").json()["path"] == ""
    page = client.get("/muc/238-kh-ubnd").text
    assert "238-KH-UBND.md" not in page and "Mã kiểm SHA-256" in page


def test_what_is_invalid_is_named_and_not_repeated(client: TestClient) -> None:
    answer = client.get(
        "/api/search",
        params={"page": "<script>x</script>", "per_page": "99", "sort": "đẹp", "typed": "có", "q": "x" * 10_001},
    )
    assert answer.status_code == 422
    assert answer.json() == {
        "detail": "Tham số không hợp lệ: page, per_page, q, sort, typed.",
        "request_id": answer.headers["x-request-id"],
    }
    many = client.get("/api/search", params={"place": ["a"] * 31})
    assert many.status_code == 422 and "place" in many.json()["detail"]
    page = client.post("/tim-theo-danh-sach", files={"danh_sach": ("a.csv", b"x")})
    assert page.status_code == 422 and "danh_sach" in page.text


def test_missing_pages_repeat_nothing(client: TestClient) -> None:
    for path in (
        "/linh-vuc/ong-nam-nhan-tien",
        "/dia-ban/ong-nam-nhan-tien",
        "/muc/ong-nam-nhan-tien",
        "/ong-nam-nhan-tien",
    ):
        answer = client.get(path)
        assert answer.status_code == 404 and "ong-nam" not in answer.text
    for path in ("/api/khong-co", "/api//search", "/api/items/%00", "/api/items/%FF"):
        answer = client.get(path)
        assert answer.status_code == 404 and set(answer.json()) == {"detail", "request_id"}


@pytest.mark.parametrize(
    "path",
    ["/%00", "/muc/%00", "/muc/%ED%A0%80", "/muc/..%2f..%2fetc", "/static/%00", "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py",
     "/static/" + "a" * 5000, "/" + "a" * 20_000, "//", "/muc//", "/%zz", "/static/fonts"],
)  # fmt: skip
def test_odd_paths_are_missing_pages(path: str, client: TestClient) -> None:
    answer = client.get(f"http://testserver{path}")
    assert answer.status_code in (404, 307) and "Traceback" not in answer.text


# Methods.


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/muc/a", "GET, HEAD, OPTIONS"),
        ("/tim-tuong-tu", "GET, HEAD, POST, OPTIONS"),
        ("/tim-theo-danh-sach/xuat.csv", "POST, OPTIONS"),
        ("/api/search", "GET, HEAD, OPTIONS"),
        ("/api/items/a/similar", "GET, HEAD, OPTIONS"),
        ("/api/openapi.json", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/static/style.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_every_address_says_its_methods(path: str, allowed: str, client: TestClient) -> None:
    for method in ("DELETE", "PATCH", "BREW"):
        answer = client.request(method, path)
        assert answer.status_code == 405 and answer.headers["allow"] == allowed, method
        assert answer.headers["content-type"].startswith(
            "application/json" if path.startswith(("/api/", "/healthz")) else "text/html"
        )
    options = client.options(path)
    assert options.status_code == 204 and options.headers["allow"] == allowed and not options.content


@pytest.mark.parametrize(
    "path",
    ["/", "/tim", "/api/facets", "/api/openapi.json", "/healthz", "/readyz", "/tim.atom", "/tim/xuat.csv?q=rươi", "/static/style.css",
     "/robots.txt", "/sitemap.xml", "/khong-co", "/api/khong-co"],
)  # fmt: skip
def test_head_is_get_without_a_body(path: str, client: TestClient) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code and not head.content and whole.content
    own = ("x-request-id", "date", "content-length" if "khong-co" in path or "xuat" in path else "")
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in whole.headers.items() if k not in own
    }


# Bodies.

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_text_of_more_than_a_megabyte_is_read(client: TestClient) -> None:
    text = "lua " * 300_000
    for answer in (
        client.post("/tim-tuong-tu", data={"van_ban": text[:900_000]}),
        client.post("/tim-theo-danh-sach", files={"tep": ("a", text.encode())}),
    ):
        assert answer.status_code == 200
    part = client.post("/tim-tuong-tu", data={"van_ban": text[:1_100_000]}, files={"x": ("a", b"")})
    assert part.status_code == 200


def test_bodies_that_are_refused(client: TestClient) -> None:
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    whole = b'--x\r\nContent-Disposition: form-data; name="van_ban"\r\n\r\na\r\n--x--\r\n'

    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield b"a" * 100_000

    for content, headers, status in (
        (b"a" * 2_000_001, FORM, 413),
        (pieces(), FORM, 413),
        (b"&".join(b"a%d=1" % at for at in range(60)), FORM, 413),
        (whole.replace(b"--x--\r\n", b"") * 60 + b"--x--\r\n", multipart, 413),
        (b"rac", multipart, 400),
        (whole.replace(b"form-data; ", b""), multipart, 400),
        (whole, {"Content-Type": "multipart/form-data"}, 400),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"a=1", {"Content-Type": "text/plain"}, 415),
        (b"a=1", {}, 415),
        (b"", FORM, 200),
        (b"", {}, 200),
    ):
        answer = client.post("/tim-tuong-tu", content=content, headers=headers)
        assert answer.status_code == status, (content, headers, answer.status_code)
        if status != 200:
            assert answer.headers["x-request-id"] and "<h1" in answer.text
            assert not re.search(r"parsing|boundary|Maximum|form-data", answer.text), "no message of the parser"
    announced = client.post("/tim-tuong-tu", content=b"", headers=FORM | {"Content-Length": "9" * 30})
    assert announced.status_code == 413


# The access log.


def test_the_access_log_knows_nobody(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = logging.getLogger("cachhay.access")
    monkeypatch.setattr(access, "propagate", True)
    with caplog.at_level(logging.INFO, "cachhay.access"):
        client.get("/muc/238-kh-ubnd?q=Nguyễn+Văn+A", headers={"User-Agent": "Trinh duyet", "X-Request-ID": "r1"})
        client.get("/khong/co/Nguyen-Van-A")
        client.get("/static/style.css")
        client.request("BREW", "/tim?q=Nguyen-Van-A", headers={"Host": EVIL})
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "cachhay.access"]
    assert [set(line) for line in lines] == [{"time", "id", "method", "route", "status", "ms", "bytes"}] * 4
    shown = [(line["method"], line["route"], line["status"]) for line in lines]
    assert shown == [
        ("GET", "/muc/{item_id}", 200), ("GET", "unknown", 404), ("GET", "/static/{path}", 200), ("OTHER", "unknown", 400),
    ]  # fmt: skip
    assert lines[0]["id"] == "r1" and lines[0]["bytes"] > 1000
    assert not re.search(
        "Nguy|Trinh|evil|testclient|127",
        "".join(record.getMessage() for record in caplog.records).replace(lines[0]["time"], ""),
    )
