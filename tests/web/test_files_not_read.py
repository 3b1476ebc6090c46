"""The state of the files: counts for everybody, and their names for whoever sits at the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from cachhay import terminal
from cachhay.cli import main
from indexer import Report
from kb.settings import Settings, load_settings
from search_api.service import SearchService
from web.app import create_app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An indexed folder with two pictures, a text, and a front matter with a slip."""
    folder = tmp_path_factory.mktemp("home")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number in (1, 2):
        (corpus / f"ảnh mật {number}.jpg").write_bytes(b"AT&TFORM" + bytes(number))
    (corpus / "tot.txt").write_text("Thi đua yêu nước", "utf-8")
    (corpus / "sai.md").write_text("---\nkimd: practice\n---\nx", "utf-8")
    result = CliRunner().invoke(main, ["index", "--corpus", str(corpus), "--data", str(folder / "var")])
    assert result.exit_code == 3, result.output
    assert "Không nhận 2 tệp: tài liệu DjVu: chưa đọc được" in result.stdout and "    ảnh mật 1.jpg\n" in result.stdout
    assert "Không nhận sai.md: không có khóa “kimd”" in result.stdout
    return folder


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[SearchService]:
    from cachhay.wiring import open_library

    yield SearchService(open_library(load_settings(data_dir=home / "var"), make=False))


def client(service: SearchService, host: str) -> TestClient:
    return TestClient(create_app(service, Settings()), client=(host, 1), base_url="http://127.0.0.1")


def test_the_page_groups_files_of_one_reason_and_lists_them(service: SearchService) -> None:
    page = client(service, "127.0.0.1").get("/tinh-trang").text
    assert "<summary>2 tệp: tài liệu DjVu: chưa đọc được" in page and "<li>ảnh mật 2.jpg</li>" in page
    assert "<dt>Tệp trong thư mục văn bản</dt><dd>4</dd>" in page and "<dt>Chưa đọc được</dt><dd>3</dd>" in page


@pytest.mark.parametrize(("host", "headers"), [("203.0.113.5", {}), ("127.0.0.1", {"X-Forwarded-For": "203.0.113.5"})])
def test_visitors_get_the_counts_and_no_name(service: SearchService, host: str, headers: dict[str, str]) -> None:
    visitor = client(service, host)
    page = visitor.get("/tinh-trang", headers=headers).text
    assert "<dt>Chưa đọc được</dt><dd>3 (danh sách" in page
    ready = visitor.get("/readyz", headers=headers)
    assert ready.json()["files"] == {"found": 4, "parts": 0, "set_aside": 0, "not_read": 3}
    assert "mật" not in page + ready.text and "sai.md" not in page + ready.text


def test_the_command_tells_the_same(home: Path) -> None:
    told = CliRunner().invoke(main, ["status", "--json", "--data", str(home / "var")])
    data = json.loads(told.stdout)
    assert data["files"]["found"] == 4 and len(data["failed"]) == 3 == data["files"]["not_read"]
    text = CliRunner().invoke(main, ["status", "--data", str(home / "var")]).stdout
    assert "Tệp trong thư mục văn bản: 4;" in text and "Không nhận 2 tệp: tài liệu DjVu" in text


def test_a_long_list_is_cut_and_says_where_all_of_it_is() -> None:
    failed = {f"{number}.jpg": "ảnh" for number in range(terminal.MAX_LISTED + 7)}
    text = terminal.report(Report(found=len(failed), failed=failed))
    assert "… và 7 tệp nữa (cả danh sách: cachhay status --json)" in text and "99.jpg" in text and "106.jpg" not in text
