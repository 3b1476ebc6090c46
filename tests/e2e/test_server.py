"""Over real HTTP: one file from corpus/ to its HTML hit, and what a socket can do to a server."""

from __future__ import annotations

import contextlib
import socket
import urllib.parse
import urllib.request

import pytest

from tests.conftest import CORPUS
from tests.work import cpu_seconds_of

pytestmark = pytest.mark.slow


def get(address: str, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_a_file_from_the_corpus_reaches_html(server: str) -> None:
    line = "Tham mưu phát hành ấn phẩm điển hình tiên tiến của thành phố."
    assert line in (CORPUS / "documents/238-KH-UBND.md").read_text("utf-8")
    query = urllib.parse.quote("an pham dien hinh tien tien")
    _, html = get(server, f"/tim?q={query}")
    assert "phát hành <mark>ấn phẩm điển hình tiên tiến</mark> của thành phố." in html
    _, page = get(server, f"/muc/238-kh-ubnd?q={query}")
    assert 'tabindex="-1">ấn phẩm điển hình tiên tiến</mark> của thành phố.' in page


@pytest.mark.parametrize(
    ("parts", "status", "said"),
    [
        ([b"GET /tim?q=", *[b"a" * 30_000] * 3], 414, "Địa chỉ quá dài"),
        ([b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ", *[b"a" * 30_000] * 3], 431, "Phần đầu của yêu cầu quá lớn"),
        ([b"RAC\r\n\r\n"], 400, "Không đọc được yêu cầu này"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"], 400, "Không đọc được yêu cầu này"),
        ([b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"], 400, "Máy chủ không nhận tên này"),
    ],
    ids=["address", "headers", "no HTTP", "two hosts", "another host"],
)
def test_the_server_refuses_in_words(parts: list[bytes], status: int, said: str, server: str) -> None:
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", int(server.rsplit(":", 1)[1])), timeout=60) as link,
        contextlib.suppress(OSError),
    ):
        for part in parts:
            link.sendall(part)
        while part := link.recv(65_536):
            answer += part
    head, _, body = answer.decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ") and said in body
    names = {line.partition(":")[0].lower() for line in head.splitlines()[1:]}
    assert {"content-security-policy", "x-content-type-options", "x-request-id", "cache-control"} <= names


def test_raw_requests_are_never_a_server_error_and_little_work(program: tuple[str, int]) -> None:
    server, process_id = program
    port = int(server.rsplit(":", 1)[1])
    for target in (
        b"/tim?q=" + b"a" * 100_000,
        b"/tim?q=%FF%FE%00%ED%A0%80",
        b"/tim?q=%",
        b"/tim?%00=%00&&&=&q",
        b"/muc/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        b"/static/%2e%2e/%2e%2e/pyproject.toml",
        b"//evil.example/",
        b"/tim?q=a HTTP/1.1\r\nX: y",
    ):
        before = cpu_seconds_of(process_id)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
            link.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            head = b""
            while b"\r\n" not in head and (part := link.recv(4096)):
                head += part
        assert cpu_seconds_of(process_id) - before < 2, target[:60]
        status = int(head.split()[1]) if head else 400
        assert status < 500, (target[:60], head[:80])
    assert get(server, "/healthz")[0] == 200
