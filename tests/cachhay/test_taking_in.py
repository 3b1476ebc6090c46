"""`cachhay index` with a folder, files and addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cachhay import taking_in
from cachhay.cli import main
from tests.indexer.intake.site import Page, Site, fetcher_for_tests, running


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "co-san.md").write_text("# Tổ tự quản\n\nTổ tự quản sửa kênh mương.", "utf-8")
    return tmp_path / "c"


def index(corpus: Path, *given: str) -> Result:
    return CliRunner().invoke(main, ["index", str(corpus), *given, "--data", str(corpus.parent / "var")])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(taking_in, "make_fetcher", lambda settings: fetcher_for_tests())
    with running() as made:
        yield made


def test_a_folder_is_the_corpus(corpus: Path) -> None:
    done = index(corpus)
    assert done.exit_code == 0 and "1 mục trong kho" in done.stdout
    same = CliRunner().invoke(main, ["index", "--corpus", str(corpus), "--json", "--data", str(corpus.parent / "var")])
    assert json.loads(same.stdout)["unchanged"] == 1 and "sources" not in json.loads(same.stdout)


def test_a_file_is_taken_in_and_found(corpus: Path, tmp_path: Path) -> None:
    paper = tmp_path / "Tờ trình.txt"
    paper.write_text("Tờ trình về việc khen thưởng", "utf-8")
    done = index(corpus, str(paper), "--json")
    assert done.exit_code == 0, done.output
    [source] = json.loads(done.stdout)["sources"]
    assert (source["state"], source["items"]) == ("taken", ["to-trinh"])
    assert source["path"].startswith("da-nap/") and (corpus / source["path"]).read_bytes() == paper.read_bytes()
    again = index(corpus, str(paper))
    assert again.exit_code == 0 and "Đã có sẵn" in again.stderr and "→ to-trinh" in again.stdout


def test_an_address_is_fetched_and_found(corpus: Path, site: Site) -> None:
    text = "<p>Tổ dân phố phân loại rác, 120 hộ cùng làm mỗi tuần hai buổi.</p>" * 5
    site.pages["/tin.html"] = Page(
        f"<!doctype html><title>Phân loại rác</title><article><h1>Phân loại rác</h1>{text}</article>".encode()
    )
    done = index(corpus, site.url("/tin.html"), "--json")
    assert done.exit_code == 0, done.output
    [source] = json.loads(done.stdout)["sources"]
    assert source["source"] == site.url("/tin.html") and len(source["items"]) == 1


def test_what_is_refused_is_told_and_the_rest_is_indexed(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "phim.mp4").write_bytes(b"\0\0\0 ftypisom")
    done = index(corpus, str(tmp_path / "phim.mp4"), "http://127.0.0.1/")
    assert done.exit_code == 3 and "1 mục trong kho" in done.stdout
    assert "phim.mp4: tệp phim" in done.stderr and "địa chỉ nội bộ" in done.stderr


def test_internal_files_are_hidden(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "mat.txt").write_text("Biên bản họp kín", "utf-8")
    assert index(corpus, str(tmp_path / "mat.txt"), "--internal").exit_code == 0
    found = CliRunner().invoke(main, ["search", "biên bản họp kín", "--json", "--data", str(tmp_path / "var")])
    assert json.loads(found.stdout)["total"] == 0


def test_usage(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    assert index(corpus, str(tmp_path / "d")).exit_code == 2
    assert index(corpus, "--corpus", str(tmp_path / "d")).exit_code == 2
    missing = index(corpus, "khong-co.pdf")
    assert missing.exit_code == 2 and "Không có tệp hay thư mục" in missing.stderr
    nowhere = CliRunner().invoke(
        main, ["index", str(corpus / "co-san.md"), "--corpus", str(tmp_path / "x"), "--data", str(tmp_path / "v")]
    )
    assert nowhere.exit_code == 2 and not (tmp_path / "x").exists()
