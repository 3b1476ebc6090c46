"""Downloads: written to a temporary file, sent in pieces, gone afterwards; HEAD costs nothing."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import re
from typing import Any, BinaryIO

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from search_api.service import SearchService
from web import downloads
from web.downloads import CHUNK_BYTES, FileAnswer, download
from web.exports import EXPORTS, MEDIA_TYPES

ITEM = "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"


def request_of(method: str = "GET", accepts: str = "") -> Request:
    headers = [(b"accept-encoding", accepts.encode())]
    return Request({"type": "http", "method": method, "path": "/", "query_string": b"", "headers": headers})


@pytest.mark.parametrize("form", [form for form, _ in EXPORTS])
@pytest.mark.parametrize("path", ["/tim/xuat.{}?q=hop+tac+xa", f"/ho-so/xuat.{{}}?muc={ITEM}"])
def test_every_export_says_what_it_is(client: TestClient, form: str, path: str) -> None:
    answer = client.get(path.format(form))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(MEDIA_TYPES[form].partition(";")[0])
    assert answer.headers["x-robots-tag"] == "noindex, nofollow" and f".{form}" in answer.headers["content-disposition"]
    packed = answer.headers.get("content-encoding") == "gzip"
    assert packed == (form in ("csv", "json"))
    plain = client.get(path.format(form), headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content and int(plain.headers["content-length"]) == len(plain.content)


def test_head_does_no_work(client: TestClient, service: SearchService, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object, **more: object) -> object:
        raise AssertionError("HEAD must not export")

    monkeypatch.setattr(SearchService, "found_records", fail)
    monkeypatch.setattr(SearchService, "records", fail)
    for path in ("/tim/xuat.docx?q=a", f"/ho-so/xuat.json?muc={ITEM}", f"/ho-so/an-pham.docx?muc={ITEM}"):
        answer = client.head(path)
        assert answer.status_code == 200 and answer.content == b"" and answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert "content-length" not in answer.headers
    assert client.head("/tim/xuat.pdf").status_code == 404 == client.get("/tim/xuat.pdf").status_code


def test_the_links_to_exports_are_not_followed(client: TestClient) -> None:
    for path in ("/tim?q=hop+tac+xa", f"/muc/{ITEM}", f"/ho-so?muc={ITEM}"):
        links = re.findall(r'<a href="[^"]*/xuat\.[^>]*>', client.get(path).text)
        assert len(links) == len(EXPORTS) and all('rel="nofollow"' in link for link in links)


@pytest.mark.parametrize("query", ["q" * 243, "ữ" * 600, "🌾" * 300, "%00%0b%EF%BF%BE", "‮مرحبا", "=1+1", "<b>&"])
def test_any_query_can_be_taken_away(client: TestClient, query: str) -> None:
    for form, _ in EXPORTS:
        assert client.get(f"/tim/xuat.{form}?q={query}&nguyen-van=1").status_code == 200, form


def test_word_says_what_it_leaves_out(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from web.contexts import search
    from web.pages import dossier

    monkeypatch.setattr(dossier, "EXPORT_LIMIT", 5)
    monkeypatch.setattr(search, "WORD_LIMIT", 5)
    left = json.loads(client.get("/tim/xuat.json").content)
    assert left["left_out"] == 97 and len(left["records"]) == 5
    assert "(5 kết quả đầu)" in client.get("/tim").text


def test_a_file_is_sent_in_pieces_and_closed() -> None:
    def write(out: BinaryIO) -> None:
        out.write(b"x" * (3 * CHUNK_BYTES + 1))

    answer = download(request_of(), "xlsx", "a", write)
    assert isinstance(answer, FileAnswer) and answer.headers["content-length"] == str(3 * CHUNK_BYTES + 1)
    sizes: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sizes.append(len(message["body"]))

    async def receive() -> Any:
        await asyncio.sleep(3600)

    asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    assert sum(sizes) == 3 * CHUNK_BYTES + 1 and max(sizes) == CHUNK_BYTES
    assert answer._file.closed


def test_a_visitor_who_leaves_leaves_no_file() -> None:
    def write(out: BinaryIO) -> None:
        out.write(b"x" * 10 * CHUNK_BYTES)

    answer = download(request_of(), "xlsx", "a", write)
    assert isinstance(answer, FileAnswer)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("gone")

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(BaseException):  # noqa: B017
        asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    assert answer._file.closed


def test_a_full_disk_is_an_answer(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "open_spool", Full)
    answer = client.get(f"/ho-so/xuat.json?muc={ITEM}")
    assert answer.status_code == 503 and "hết chỗ cho tệp tạm" in answer.text and "No space" not in answer.text
