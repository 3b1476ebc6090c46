"""The pages that take files: the switch, other sites, hostile forms, limits, and what is told of each file."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from indexer import index_corpus
from indexer.intake import IntakeFolder
from indexer.intake.desk import Desk, RunState
from indexer.intake.folder import RESERVED_BYTES
from indexer.limits import MAX_BYTES
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.errors import TryLaterError
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import Embedder
from kb.settings import Settings
from search_api.service import SearchService
from web import security, upload_lane
from web.app import create_app
from web.pools import Pool, PoolFullError
from web.upload_lane import TooLateError, UploadLane

PLAN = ("Kế hoạch.txt", "Kế hoạch phát động phong trào thi đua".encode())


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    return open_embedder()


@dataclass
class Office:
    """A site that takes files, over folders of its own."""

    folder: Path
    upload: str = "on"

    def __post_init__(self) -> None:
        self.corpus, self.data = self.folder / "corpus", self.folder / "var"
        self.corpus.mkdir()
        self.settings = Settings(data_dir=self.data, corpus_dir=self.corpus, upload=self.upload)  # type: ignore[arg-type]
        self.library = Library(Store(self.settings.store_path), self.settings.index_dir, embedded_engines(), embedder())
        self.desk = Desk(self.settings.intake_dir)

    def client(self, address: str = "192.0.2.7") -> TestClient:
        app = create_app(SearchService(self.library), self.settings)
        return TestClient(app, raise_server_exceptions=False, follow_redirects=False, client=(address, 5000))

    def index(self) -> None:
        index_corpus(self.library, self.corpus)

    @property
    def kept(self) -> list[str]:
        """The files in the corpus, without the hidden ones that the intake needs itself."""
        files = (path.relative_to(self.corpus) for path in self.corpus.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in files if path.name not in (".khoa", ".nguon.jsonl"))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def send(
    client: TestClient,
    *files: tuple[str, bytes],
    to: str = "/api/intake",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Any:
    parts = [("tep", file) for file in files]
    return client.post(to, data=fields, files=parts, headers=headers or {})


# The switch.


def test_without_the_switch_nothing_is_taken(tmp_path: Path) -> None:
    office = Office(tmp_path, "off")
    page = office.client().get("/nap-tep")
    assert page.status_code == 404 and "Chưa nhận tệp gửi lên" in page.text and "CACHHAY_UPLOAD" not in page.text
    here = office.client("127.0.0.1").get("/nap-tep")
    assert here.status_code == 404 and "CACHHAY_UPLOAD=local" in here.text
    client = office.client("127.0.0.1")
    assert send(client, PLAN, to="/nap-tep").status_code == 404 and send(client, PLAN).status_code == 404
    assert client.get("/api/intake/" + "a" * 22).status_code == 404 == client.get("/nap-tep/" + "a" * 22).status_code
    assert office.kept == [] and not office.desk.asked()
    assert "/api/intake" not in client.get("/api/openapi.json").json()["paths"]
    assert "/nap-tep" not in client.get("/").text + client.get("/tinh-trang").text


def test_the_local_switch_is_for_this_machine_alone(tmp_path: Path) -> None:
    office = Office(tmp_path, "local")
    here, elsewhere = office.client("127.0.0.1"), office.client("192.0.2.7")
    assert here.get("/nap-tep").status_code == 200 and 'href="/nap-tep"' in here.get("/tinh-trang").text
    assert elsewhere.get("/nap-tep").status_code == 404 and "/nap-tep" not in elsewhere.get("/tinh-trang").text
    assert send(elsewhere, PLAN).status_code == 404 == send(here, PLAN, headers={"X-Forwarded-For": "192.0.2.7"}).status_code
    assert office.kept == []
    batch = send(here, PLAN).json()["batch"]
    assert here.get(f"/nap-tep/{batch}").status_code == 200 and elsewhere.get(f"/nap-tep/{batch}").status_code == 404


# From a form to the item.


def test_a_form_leads_to_a_page_that_tells_of_each_file(office: Office) -> None:
    client = office.client()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("Tờ trình.txt", "Tờ trình về việc khen thưởng")
        packed.writestr("phim.mp4", b"\0\0\0 ftypisom")
    files = (PLAN, ("phim.mp4", b"\0\0\0 ftypisom"), ("hồ sơ.zip", archive.getvalue()), ("rỗng.txt", b""))
    answer = send(client, *files, to="/nap-tep", nguon="Văn phòng xã")
    assert answer.status_code == 303
    there = answer.headers["location"]
    waiting = client.get(there)
    assert waiting.headers["cache-control"] == "no-store" and "noindex" in waiting.headers["x-robots-tag"]
    assert waiting.text.count("Đã nhận, đang chờ đọc") == 2 and waiting.text.count("Không nhận") == 2
    assert "tệp phim hoặc tiếng" in waiting.text and "tệp rỗng" in waiting.text and "Xem lại tình trạng" in waiting.text
    assert office.desk.asked(), "a run is asked for"
    office.index()
    done = client.get(there).text
    assert "1 tệp đã vào kho, 1 tệp đọc được một phần, 2 tệp không nhận" in done and "Xem lại tình trạng" not in done
    assert '<a href="/muc/ke-hoach">' in done and '<a href="/muc/ho-so-to-trinh">' in done and "phim.mp4: tệp phim" in done
    assert "Văn phòng xã" in client.get("/muc/ke-hoach").text


def test_the_api_says_the_same(office: Office) -> None:
    client = office.client()
    sent = send(client, PLAN).json()
    [file] = sent["files"]
    assert (file["name"], file["code"], file["known"], sent["waiting"]) == ("Kế hoạch.txt", "waiting", False, 1)
    assert office.kept == [file["path"]]
    office.index()
    found = client.get(f"/api/intake/{sent['batch']}").json()
    assert found["waiting"] == 0 and found["files"][0]["items"] == [
        {"id": "ke-hoach", "title": "Kế hoạch phát động phong trào thi đua", "url": "/muc/ke-hoach"}
    ]


def test_a_second_time_nothing_is_copied(office: Office) -> None:
    client = office.client()
    send(client, PLAN)
    office.index()
    [again] = send(client, ("ten khac.txt", PLAN[1])).json()["files"]
    assert again["known"] and again["code"] == "found" and again["path"] == "" and len(office.kept) == 1
    assert [file["known"] for file in send(client, PLAN, ("b.txt", b"b"), ("c.txt", b"b")).json()["files"]] == [
        True,
        False,
        True,
    ]
    assert len(office.kept) == 2


def test_a_batch_grows_over_several_requests_and_processes(office: Office) -> None:
    first = send(office.client(), PLAN).json()["batch"]
    other = office.client()  # another worker over the same folders
    more = send(other, ("b.txt", b"Quy trinh"), luot=first).json()
    assert more["batch"] == first and [file["name"] for file in more["files"]] == ["b.txt"]
    assert [file["name"] for file in office.client().get(f"/api/intake/{first}").json()["files"]] == [
        "Kế hoạch.txt",
        "b.txt",
    ]


def test_internal_files_are_in_and_not_shown(office: Office) -> None:
    client = office.client()
    batch = send(client, PLAN, noi_bo="1").json()["batch"]
    office.index()
    [file] = client.get(f"/api/intake/{batch}").json()["files"]
    assert (file["code"], file["items"], file["hidden"]) == ("found", [], 1)
    assert "1 mục nội bộ" in client.get(f"/nap-tep/{batch}").text
    assert client.get("/muc/ke-hoach").status_code == 404
    [again] = send(client, PLAN).json()["files"]
    assert again["known"] and again["items"] == [] and again["path"] == "", "the place of an internal paper is not told"


def test_what_is_said_of_files_must_stand_before_them(office: Office) -> None:
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in ((b"tep", b'; filename="a.txt"', b"Bien ban hop kin"), (b"noi_bo", b"", b"1"))
    )
    answer = office.client().post(
        "/api/intake", content=body + b"--x--\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 422 and "phải đứng trước" in answer.json()["detail"]
    assert office.kept == [], "it is not public for the time being"


@pytest.mark.parametrize(
    ("state", "local", "said"),
    [
        (RunState(), False, "Sẽ đọc trong giây lát"),
        (RunState("running", "read", 3, 9), False, "Đang đọc tệp: 3/9"),
        (RunState("running"), False, "Đang đọc."),
        (
            RunState("failed", reason="/srv/kho: disk", again_at="2026-11-29T08:00:00+00:00"),
            True,
            "(/srv/kho: disk); sẽ thử lại lúc",
        ),
        (
            RunState("failed", reason="/srv/kho: disk", again_at="2026-11-29T08:00:00+00:00"),
            False,
            "chưa xong; sẽ thử lại lúc",
        ),
    ],
)
def test_how_the_run_goes_is_told(state: RunState, local: bool, said: str, office: Office) -> None:
    client = office.client("127.0.0.1" if local else "192.0.2.7")
    batch = send(client, PLAN).json()["batch"]
    office.desk.tell(state)
    assert said in client.get(f"/nap-tep/{batch}").text


@pytest.mark.parametrize("batch", ["x", "a" * 22, "..%2f..%2fstore", "a" * 500, "%00" * 22])
def test_a_batch_that_is_not_there(batch: str, office: Office) -> None:
    client = office.client()
    assert client.get(f"/nap-tep/{batch}").status_code == 404 == client.get(f"/api/intake/{batch}").status_code
    assert send(client, PLAN, luot=batch).status_code == 422 and office.kept == []


# Other sites.

OWN = "http://testserver"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, False),
        ({"Origin": OWN}, True),
        ({"Origin": "HTTP://TESTSERVER:80"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://testserver:8080"}, False),
        ({"Origin": "https://testserver"}, False),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "null", "Referer": f"{OWN}/nap-tep"}, False),
        ({"Referer": f"{OWN}/nap-tep"}, True),
        ({"Referer": "http://evil.example/testserver"}, False),
        ({"Origin": "http://[", "Referer": OWN}, False),
    ],
)
@pytest.mark.parametrize("to", ["/nap-tep", "/api/intake"])
def test_only_our_own_pages_send(to: str, headers: dict[str, str], allowed: bool, office: Office) -> None:
    answer = send(office.client(), PLAN, to=to, headers=headers)
    assert answer.status_code == ((303 if to == "/nap-tep" else 200) if allowed else 403)
    assert bool(office.kept) is allowed


# Forms that no browser sends.


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="tep"; filename="a.txt"\r\n\r\nKe hoach thi dua'


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", form(FILE, end=b""), 400),
        ("multipart/form-data; boundary=x", form(FILE)[:60], 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"no form at all", 400),
        ("multipart/form-data; boundary=x", form(b"Broken\r\n\r\n"), 400),
        ("multipart/form-data; boundary=x", form(b"X: " + b"y" * 10_000 + b"\r\n\r\n"), 400),
        (
            "multipart/form-data; boundary=x",
            form(b'Content-Disposition: form-data; name="nguon"\r\n\r\n' + b"a" * 5000, FILE),
            413,
        ),
        ("multipart/form-data; boundary=x", form(*[b'Content-Disposition: form-data; name="a"\r\n\r\n'] * 1100), 413),
        ("multipart/form-data; boundary=x", form(b'Content-Disposition: form-data; name="nguon"\r\n\r\na'), 422),
        ("multipart/form-data; boundary=x", form(b'Content-Disposition: form-data; name="tep"; filename=""\r\n\r\n'), 422),
        ("multipart/form-data", form(FILE), 415),
        ("multipart/form-data; boundary=" + "x" * 300, form(FILE), 400),
        ("application/x-www-form-urlencoded", b"tep=a", 415),
        ("application/json", b"{}", 415),
        ("text/plain", form(FILE), 415),
        ("", form(FILE), 415),
    ],
)
def test_what_is_no_such_form_is_refused(content_type: str, body: bytes, status: int, office: Office) -> None:
    answer = office.client().post("/api/intake", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status and answer.json()["detail"]
    assert not list(office.corpus.rglob("*.part"))
    assert len(office.kept) <= 1 and all(path.endswith("/a.txt") for path in office.kept), "only what came whole"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../tmp/x.txt", "x.txt"),
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/cron.d/x", "x"),
        (".bashrc", "bashrc"),
        ("nul.txt", "_nul.txt"),
        ("Bản đồ\u202etxt.exe", "Bản đồtxt.exe"),
        ("a\x00.txt", "a.txt"),
        ("%2e%2e%2fx.txt", "%2e%2e%2fx.txt"),
        ("<script>alert(1)</script>.txt", "script.txt"),
        ("x" * 3000 + ".txt", "x" * 176 + ".txt"),
    ],
)
def test_hostile_names(name: str, kept: str, office: Office) -> None:
    head = f'Content-Disposition: form-data; name="tep"; filename="{name}"\r\n\r\n'.encode()
    answer = office.client().post(
        "/nap-tep", content=form(head + PLAN[1]), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 303
    [path] = office.kept
    assert path.rpartition("/")[2] == kept and path.startswith("da-nap/20")
    page = office.client().get(answer.headers["location"]).text
    assert "<script>alert" not in page and "\u202e" not in page


# Limits.


def test_a_file_that_is_too_large_is_refused_and_the_others_are_taken(office: Office) -> None:
    files = send(office.client(), ("to.txt", b"a" * (MAX_BYTES + 1)), PLAN).json()["files"]
    assert [file["code"] for file in files] == ["refused", "waiting"] and "quá lớn" in files[0]["reasons"][0]
    assert len(office.kept) == 1 and not list(office.corpus.rglob("*.part"))


@pytest.mark.parametrize("announced", [True, False])
def test_a_form_that_is_too_large_is_refused(announced: bool, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "MAX_UPLOAD_BYTES", 3_000_000)
    body = form(FILE[:-10] + b"a" * 4_000_000)

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 100_000):
            yield body[at : at + 100_000]

    content: Any = body if announced else pieces()
    answer = office.client().post(
        "/api/intake", content=content, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 413 and "1 GB" in answer.json()["detail"]
    assert office.kept == []
    other = office.client().post(
        "/tim-tuong-tu", content=b"a" * 2_500_000, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert other.status_code == 413, "other forms have the limit that they had"


def test_a_large_file_passes_and_is_not_held_in_memory(office: Office) -> None:
    large = b"%PDF-1.7\n" + bytes(range(256)) * 40_000
    [file] = send(office.client(), ("lon.pdf", large)).json()["files"]
    assert (office.corpus / file["path"]).read_bytes() == large


def test_a_full_disk_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: IntakeFolder, size: int) -> None:
        assert size < RESERVED_BYTES
        raise TryLaterError("ổ đĩa chứa văn bản đã đầy")

    monkeypatch.setattr(IntakeFolder, "check_free", full)
    answer = send(office.client(), PLAN)
    assert answer.status_code == 503 and "đã đầy" in answer.json()["detail"] and office.kept == []


def test_without_a_corpus_nothing_is_made(office: Office) -> None:
    office.corpus.rmdir()
    answer = send(office.client(), PLAN)
    assert answer.status_code == 500 and str(office.folder) not in answer.text and not office.corpus.exists()


# The lane.


async def run(lane: UploadLane, receive: Callable[[], Any], address: str = "a") -> None:
    async def send(message: Any) -> None:
        pass

    await lane(address, {"type": "http"}, receive, send)


async def reading(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass


def test_a_body_that_stops_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_lane, "BODY_GRACE", 0.05)

    async def never() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(TooLateError):
        asyncio.run(run(UploadLane(reading), never))


def test_beyond_the_places_of_the_lane_it_is_refused_at_once() -> None:
    async def many() -> int:
        lane, gone = UploadLane(reading, Pool(1, 4)), asyncio.Event()

        async def waiting() -> Any:
            await gone.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        tasks = [asyncio.create_task(run(lane, waiting, address)) for address in ("a", "b", "c", "d")]
        await asyncio.sleep(0)
        refused = 0
        for address in ("e", "a"):
            try:
                await run(lane, waiting, address)
            except PoolFullError:
                refused += 1
        gone.set()
        await asyncio.gather(*tasks)
        await run(lane, waiting, "e")
        return refused

    assert asyncio.run(many()) == 2


def test_a_visitor_who_leaves_leaves_nothing(office: Office) -> None:
    app = create_app(SearchService(office.library), office.settings)
    body = form(FILE * 400)[:6000]

    async def pieces() -> AsyncIterator[Any]:
        yield {"type": "http.request", "body": body, "more_body": True}
        yield {"type": "http.disconnect"}

    async def ask() -> list[Any]:
        messages, said = pieces(), []

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/api/intake", "raw_path": b"/api/intake", "root_path": "", "query_string": b"", "server": ("testserver", 80),
            "headers": [(b"host", b"testserver"), (b"content-type", b"multipart/form-data; boundary=x")], "client": ("192.0.2.7", 1),
        }  # fmt: skip
        await app(scope, lambda: anext(messages), send)
        return said

    assert asyncio.run(ask()) == [], "there is nobody to answer"
    assert office.kept == [] and not list(office.corpus.rglob("*.part"))


@pytest.mark.slow
def test_answers_are_as_described(office: Office) -> None:
    description = schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_app(SearchService(office.library), office.settings)
    )
    asked = set()
    for result in description.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if not operation.path.startswith("/api/intake"):
            continue

        @settings(max_examples=8, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
        def answer_as_described(case: Case[Any]) -> None:
            asked.add((case.method, case.path))
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        answer_as_described()
    assert asked == {("POST", "/api/intake"), ("GET", "/api/intake/{batch}")}
