"""Fetching from a real server on this machine: names, robots.txt, pauses, redirects, limits, and what goes wrong."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from indexer.intake import Fetcher, Guard, http
from indexer.intake.addresses import Target
from indexer.intake.fetch import MAX_REDIRECTS
from indexer.intake.http import ask
from kb.errors import IntakeError, TryLaterError
from tests.indexer.intake.site import Page, Pauses, Site, fetcher_for_tests

PAGE = "<html><title>Mô hình mới</title>".encode()


def get(fetcher: Fetcher, address: str, limit: int = 100_000) -> bytes:
    with fetcher.fetch(address) as answer:
        return answer.read(limit)


def test_a_page_is_asked_for_under_our_own_name(site: Site) -> None:
    site.pages["/tin?a=1"] = Page(PAGE)
    assert get(fetcher_for_tests(), site.url("/tin?a=1#b")) == PAGE
    path, headers = site.asked[-1]
    assert path == "/tin?a=1"
    assert headers["user-agent"] == "CachHay/1 (+admin@kho.example)"
    assert headers["host"] == f"bao.example:{site.port}"
    assert "cookie" not in headers and "authorization" not in headers


def test_this_machine_is_refused_in_production(site: Site) -> None:
    site.pages["/"] = Page(PAGE)
    for host in ("127.0.0.1", "localhost", "[::1]"):
        for guard in (Guard(), Guard(ports=None)):
            with pytest.raises(IntakeError):
                get(Fetcher(guard=guard), f"http://{host}:{site.port}/")
    assert site.asked == []


def test_robots_are_asked_once_a_site_and_obeyed(site: Site) -> None:
    site.pages |= {"/robots.txt": Page(b"User-agent: *\nDisallow: /rieng"), "/tin": Page(PAGE), "/rieng/1": Page(PAGE)}
    fetcher = fetcher_for_tests()
    for _ in range(3):
        assert get(fetcher, site.url("/tin")) == PAGE
    with pytest.raises(IntakeError, match=r"robots\.txt"):
        get(fetcher, site.url("/rieng/1"))
    assert [path for path, _ in site.asked] == ["/robots.txt", "/tin", "/tin", "/tin"]


@pytest.mark.parametrize(
    ("robots", "may"),
    [(Page(status=404), True), (Page(status=403), True), (Page(status=500), False), (Page(status=429), False)],
)
def test_a_site_whose_robots_cannot_be_read_is_left_for_now(robots: Page, may: bool, site: Site) -> None:
    site.pages |= {"/robots.txt": robots, "/tin": Page(PAGE)}
    fetcher = fetcher_for_tests()
    for _ in range(2):
        if may:
            assert get(fetcher, site.url("/tin")) == PAGE
        else:
            with pytest.raises(TryLaterError, match=r"robots\.txt"):
                get(fetcher, site.url("/tin"))
    assert len(site.paths) == (2 if may else 0)
    assert len(site.asked) - len(site.paths) == 1


def test_requests_to_one_host_are_apart(site: Site) -> None:
    site.pages |= {"/robots.txt": Page(b"User-agent: *\nCrawl-delay: 5"), "/tin": Page(PAGE)}
    pauses = Pauses()
    fetcher = fetcher_for_tests(pauses)
    for host in ("a.example", "a.example", "b.example", "a.example"):
        get(fetcher, site.url("/tin", host))
    assert pauses.slept == [5.0, 5.0]
    site.pages["/robots.txt"] = Page(status=404)
    pauses = Pauses()
    fetcher = fetcher_for_tests(pauses)
    for _ in range(3):
        get(fetcher, site.url("/tin"))
    assert pauses.slept == [1.0, 1.0]


# Redirects.


def moved(to: str, status: int = 302) -> Page:
    return Page(status=status, headers={"Location": to})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int, site: Site) -> None:
    site.pages |= {"/a": moved("b/../c?x=1", status), "/c?x=1": moved(site.url("/d", "khac.example")), "/d": Page(PAGE)}
    with fetcher_for_tests().fetch(site.url("/a")) as answer:
        assert answer.read(1000) == PAGE and answer.target.url == site.url("/d", "khac.example")


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://10.0.0.1/", "nội bộ"),
        ("http://169.254.169.254/latest/meta-data/", "nội bộ"),
        ("http://[::1]/", "nội bộ"),
        ("//192.168.1.1/", "nội bộ"),
        ("file:///etc/passwd", "chỉ tải địa chỉ http"),
        ("javascript:alert(1)", "chỉ tải địa chỉ http"),
        ("http://a:b@bao.example/", "tên đăng nhập"),
        ("http://[", "không đọc được"),
        ("", "không nói đến đâu"),
    ],
)
def test_each_step_of_a_redirect_is_checked(to: str, reason: str, site: Site) -> None:
    site.pages["/a"] = moved(to)

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "bao.example" else [host]

    with pytest.raises(IntakeError, match=reason):
        get(fetcher_for_tests(resolve=resolve), site.url("/a"))
    assert site.paths == ["/a"]


def test_robots_hold_behind_a_redirect_and_their_own_redirects_are_checked(site: Site) -> None:
    site.pages |= {"/robots.txt": Page(b"User-agent: *\nDisallow: /rieng"), "/a": moved("/rieng/1"), "/rieng/1": Page(PAGE)}
    with pytest.raises(IntakeError, match=r"robots\.txt"):
        get(fetcher_for_tests(), site.url("/a"))
    site.pages["/robots.txt"] = moved("http://10.0.0.1/robots.txt")
    with pytest.raises(IntakeError, match="nội bộ"):
        get(fetcher_for_tests(resolve=lambda host, port: ["127.0.0.1" if host == "bao.example" else host]), site.url("/a"))


def test_redirects_end(site: Site) -> None:
    site.pages["/a"] = moved("/a")
    with pytest.raises(IntakeError, match="chuyển hướng hơn"):
        get(fetcher_for_tests(), site.url("/a"))
    assert len(site.paths) == MAX_REDIRECTS + 1


def test_the_name_is_resolved_once_and_its_checked_address_is_connected(site: Site) -> None:
    """A second answer of the name server (DNS rebinding) has no effect, and each step of a redirect is checked anew."""
    site.pages |= {"/robots.txt": Page(), "/a": Page(PAGE), "/b": moved("/a")}
    answers: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        answers.append(host)
        return ["127.0.0.1"] if len(answers) <= 3 else ["10.0.0.1"]

    fetcher = fetcher_for_tests(resolve=rebinding)
    assert get(fetcher, site.url("/a")) == PAGE
    assert len(answers) == 2, "once for robots.txt, once for the page; never again to connect"
    with pytest.raises(IntakeError, match="nội bộ"):
        get(fetcher, site.url("/b"))
    assert site.paths == ["/a", "/b"]


# Limits, and what servers do wrong.


def endless() -> Iterator[bytes]:
    while True:
        yield b"a" * 50_000


def test_a_body_without_end_is_left(site: Site) -> None:
    site.pages["/a"] = Page(pieces=endless)
    with pytest.raises(IntakeError, match="quá lớn"):
        get(fetcher_for_tests(), site.url("/a"), limit=1_000_000)


def test_a_bomb_is_counted_while_it_is_unpacked(site: Site) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    assert len(bomb) < 300_000
    site.pages["/a"] = Page(bomb, headers={"Content-Encoding": "gzip"})
    with fetcher_for_tests().fetch(site.url("/a")) as answer:
        pieces = [len(piece) for _, piece in zip(range(1000), answer.pieces, strict=False)]
    assert max(pieces) <= 65_536
    with pytest.raises(IntakeError, match="quá lớn"):
        get(fetcher_for_tests(), site.url("/a"), limit=1_000_000)


def test_packed_answers_are_unpacked(site: Site) -> None:
    site.pages["/a"] = Page(gzip.compress(PAGE * 5000), headers={"Content-Encoding": "GZIP"})
    assert get(fetcher_for_tests(), site.url("/a"), 1_000_000) == PAGE * 5000
    site.pages["/b"] = Page(b"x", headers={"Content-Encoding": "br"})
    with pytest.raises(IntakeError, match="nén kiểu br"):
        get(fetcher_for_tests(), site.url("/b"))


@pytest.mark.parametrize(
    "page",
    [
        Page(PAGE, announced=10_000),
        Page(gzip.compress(PAGE)[:-10], headers={"Content-Encoding": "gzip"}),
        Page(b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        Page(headers={"Transfer-Encoding": "chunked"}, pieces=lambda: iter([b"5\r\nab"])),
        Page(headers={"Transfer-Encoding": "chunked"}, pieces=lambda: iter([b"zz\r\nab\r\n"])),
    ],
    ids=["short", "gzip cut off", "no gzip", "chunk cut off", "no chunk"],
)
def test_half_an_answer_is_none(page: Page, site: Site) -> None:
    site.pages["/a"] = page
    with pytest.raises(TryLaterError):
        get(fetcher_for_tests(), site.url("/a"))


def test_a_server_that_drips_its_headers_is_left() -> None:
    """Each drop comes in time, all of them together do not: the clock goes on by a second for each."""
    pauses = Pauses()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            link, _ = server.accept()
            with link:
                link.sendall(b"HTTP/1.1 200 OK\r\n")
                try:
                    while True:
                        link.sendall(b"X: " + b"y" * 2000 + b"\r\n")
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()

        def clock() -> float:
            pauses.now += 1
            return pauses.now

        target = Target("http", "bao.example", server.getsockname()[1], "/", ("127.0.0.1",))
        with pytest.raises(TryLaterError), ask(target, {}, seconds=5, clock=clock):
            pytest.fail("there is no answer")
        thread.join()
    assert pauses.now < 20


@pytest.mark.parametrize(
    ("status", "later"),
    [
        (401, False),
        (403, False),
        (404, False),
        (410, False),
        (418, False),
        (206, False),
        (304, False),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_other_answers_are_reasons(status: int, later: bool, site: Site) -> None:
    site.pages["/a"] = Page(PAGE if status != 304 else b"", status=status)
    with pytest.raises(IntakeError) as refused:
        get(fetcher_for_tests(), site.url("/a"))
    assert isinstance(refused.value, TryLaterError) is later


def test_a_host_that_does_not_answer_is_told(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TryLaterError, match="không nhận được trả lời"):
        get(fetcher_for_tests(), f"http://bao.example:{port}/")


def test_another_of_the_checked_addresses_is_tried(site: Site) -> None:
    site.pages["/a"] = Page(PAGE)
    guard = Guard(lambda host, port: ["127.0.0.2", "127.0.0.1"], lambda ip: True, None)
    assert get(Fetcher(guard=guard, sleep=lambda seconds: None), site.url("/a")) == PAGE


def test_what_a_person_writes_as_contact_cannot_add_a_header() -> None:
    assert Fetcher("a@b.vn\r\nX: y) ơ", "1").user_agent == "CachHay/1 (+a@b.vnX: y )"


def test_certificates_are_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with a certificate of its own: refused by itself, taken where it is trusted, refused under another name."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine, to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bao.example -addext subjectAltName=DNS:bao.example"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(3):
                link, _ = server.accept()
                with suppress(OSError), own.wrap_socket(link, server_side=True) as secured:
                    secured.recv(4000)
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        targets = {
            host: Target("https", host, server.getsockname()[1], "/", ("127.0.0.1",))
            for host in ("bao.example", "khac.example")
        }
        with pytest.raises(IntakeError, match="chứng chỉ"), ask(targets["bao.example"], {}):
            pytest.fail("it is not trusted")
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(http, "_secure", lambda: trusting)
        with ask(targets["bao.example"], {}) as answer:
            assert answer.read(100) == b"hello"
        with pytest.raises(IntakeError, match="chứng chỉ"), ask(targets["khac.example"], {}):
            pytest.fail("it is another's")
        thread.join()
