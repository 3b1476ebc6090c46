"""`cachhay adapt`: from the command to the model in use, and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cachhay.cli import main
from cachhay.wiring import open_library
from indexer.adaptation import fine_tune
from kb.settings import load_settings
from tests.tiny_static import TITLE_NAMES, fill, make_tiny_static

QUERY = " ".join(TITLE_NAMES[:3])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def hits() -> list[str]:
    result = run("search", QUERY, "--limit", "50", "--json")
    assert result.exit_code == 0, result.stderr
    return [hit["card"]["id"] for hit in json.loads(result.stdout)["hits"]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection whose titles and texts have no word in common, and a small model in the shipped one's place."""
    monkeypatch.setattr(fine_tune, "MIN_STEPS", 20)
    monkeypatch.setattr(fine_tune, "MAX_STEPS", 20)
    monkeypatch.setattr(fine_tune, "LEARNING_RATE", 0.05)
    monkeypatch.setattr("kb.embedding.open.SHIPPED_MODEL", make_tiny_static(tmp_path / "tiny"))
    monkeypatch.setenv("CACHHAY_DATA_DIR", str(tmp_path / "var"))
    fill(open_library(load_settings()), 200)
    return tmp_path / "var"


def test_adapt_is_used_shown_and_undone(data: Path) -> None:
    before = hits()
    adapted = run("adapt")
    assert adapted.exit_code == 0, adapted.output
    for part in ("Học từ kho: 20/20", "So sánh trước và sau khi học: 5/5", "Lập lại chỉ mục từ kho: 200/200"):
        assert part in adapted.stderr
    for part in ("trong 200 mục", "MRR@10 0,0", " → ", "khoảng tin cậy 95 %", "tiny-adapted-", "cachhay adapt --undo"):
        assert part in adapted.stdout
    status = run("status")
    assert status.exit_code == 0 and "tiny-adapted-" in status.stdout and "đã học từ 200 mục" in status.stdout
    as_json = json.loads(run("status", "--json").stdout)
    assert as_json["model"].startswith("tiny-adapted-") and as_json["fine_tuned"]["items"] == 200
    assert hits() != before

    undone = run("adapt", "--undo")
    assert undone.exit_code == 0 and "Đã bỏ" in undone.stdout and "Lập lại chỉ mục từ kho: 200/200" in undone.stderr
    assert hits() == before and not (data / "models").exists()
    assert json.loads(run("status", "--json").stdout)["fine_tuned"] is None
    again = run("adapt", "--undo", "--json")
    assert again.exit_code == 0 and json.loads(again.stdout) == {"undone": False, "model": "tiny"}


def test_adapt_as_json(data: Path) -> None:
    report = json.loads(run("adapt", "--json").stdout)
    assert (report["outcome"], report["items"]) == ("kept", 200)
    assert report["fine_tuning"]["before"]["mrr"] < report["fine_tuning"]["after"]["mrr"]


def test_no_gain_is_said_with_both_figures(data: Path) -> None:
    shutil.rmtree(data)
    fill(open_library(load_settings()), 200, related=False)
    result = run("adapt")
    assert result.exit_code == 0 and "không có gì thay đổi" in result.stdout and result.stdout.count("→") == 2
    assert json.loads(run("adapt", "--json").stdout)["outcome"] == "not_better"


def test_too_few_items_say_how_many_are_needed(data: Path) -> None:
    shutil.rmtree(data)
    fill(open_library(load_settings()), 30)
    result = run("adapt")
    assert result.exit_code == 0 and "Kho có 30 mục" in result.stdout and "khoảng 100 mục" in result.stdout


def test_without_an_index_it_says_what_to_run(data: Path) -> None:
    shutil.rmtree(data)
    result = run("adapt")
    assert result.exit_code == 4 and "cachhay index" in result.stderr


def test_a_broken_model_falls_back_and_says_so(data: Path) -> None:
    before = hits()
    assert run("adapt").exit_code == 0
    (folder,) = (path for path in (data / "models").iterdir() if path.is_dir())
    (folder / "model.safetensors").write_bytes(b"x")
    result = run("search", QUERY)
    assert result.exit_code == 4 and len(result.stderr.strip().splitlines()) == 2
    assert "dùng mô hình gốc" in result.stderr and "cachhay index" in result.stderr
    assert run("adapt", "--undo").exit_code == 0
    assert hits() == before


def test_only_a_static_model_can_be_fine_tuned(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHHAY_EMBED_MODEL", "to-chuc/mo-hinh")
    result = run("adapt")
    assert result.exit_code == 2 and len(result.stderr.strip().splitlines()) == 1
    assert "CACHHAY_EMBED_MODEL" in result.stderr and "mô hình tĩnh" in result.stderr


def test_what_was_learned_is_no_start(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("adapt").exit_code == 0
    (folder,) = (path for path in (data / "models").iterdir() if path.is_dir())
    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(folder))
    for arguments in ("adapt",), ("adapt", "--undo"):
        assert run(*arguments).exit_code == 2 and folder.is_dir()


def test_another_model_that_is_named_is_used_as_it_is(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learned stands in for the model it was made from, and for no other."""
    assert run("adapt").exit_code == 0
    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(make_tiny_static(tmp_path / "khac", seed=1)))
    library = open_library(load_settings())
    assert library.embedder.name == "khac"
    monkeypatch.delenv("CACHHAY_EMBED_MODEL")
    assert open_library(load_settings()).embedder.name.startswith("tiny-adapted-")
    assert open_library(load_settings(), adapted=False).embedder.name == "tiny"
