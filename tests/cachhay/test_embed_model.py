"""Another embedding model, from the setting to the results: a transformer made on the spot, the shipped model, and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cachhay.cli import main
from cachhay.wiring import open_library
from kb.library.library import embed_items
from kb.settings import load_settings
from tests.tiny_transformer import HIDDEN, make_tiny_transformer, needs_torch

pytestmark = pytest.mark.slow

TEXTS = {
    "lua": "Mô hình trồng lúa hữu cơ của hợp tác xã: nhân rộng trong toàn huyện.",
    "thi-dua": "Phong trào thi đua yêu nước, tuyên truyền điển hình tiên tiến.",
    "mot-cua": "Cải cách hành chính, rút ngắn thời gian giải quyết hồ sơ tại bộ phận một cửa.",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def ids(query: str) -> list[str]:
    result = run("search", query, "--json")
    assert result.exit_code == 0, result.stderr
    return [hit["card"]["id"] for hit in json.loads(result.stdout)["hits"]]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an e5 model; the settings are those of a corpus of three texts and the shipped model."""
    needs_torch()
    (tmp_path / "corpus").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "corpus" / f"{name}.txt").write_text(text, "utf-8")
    monkeypatch.setenv("CACHHAY_CORPUS_DIR", str(tmp_path / "corpus"))
    monkeypatch.setenv("CACHHAY_DATA_DIR", str(tmp_path / "var"))
    return make_tiny_transformer(tmp_path / "tiny-e5")


def assert_vectors_match(dimension: int) -> None:
    """Every vector that is served is the one that the model of the settings makes."""
    library = open_library(load_settings())
    with library.view() as view:
        for item in view.snapshot.items():
            served = view.vectors.item_vector(item.id)
            assert served is not None and served.shape == (dimension,)
            assert np.allclose(served, embed_items(library.embedder, [item])[1][0], atol=1e-2)
            assert float(np.linalg.norm(served)) == pytest.approx(1, abs=1e-2)


def test_models_come_and_go(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("index").exit_code == 0
    shipped = ids("trồng lúa hữu cơ")
    assert shipped[0] == "lua"
    dimension = open_library(load_settings()).embedder.dimension

    def switch(stderr: str) -> None:
        stale = run("search", "trồng lúa hữu cơ")
        assert stale.exit_code == 4 and "mô hình khác" in stale.stderr, "never served with vectors of another model"
        status = json.loads(run("status", "--json").stdout)
        assert status["status"] == "outdated"
        made = run("index")
        assert made.exit_code == 0 and stderr in made.stderr and "3 giữ nguyên" in made.stdout

    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(model))
    switch("Lập lại chỉ mục từ kho: 3/3")
    assert ids("trồng lúa hữu cơ")[0] == "lua"
    assert json.loads(run("status", "--json").stdout)["model"] == "tiny-e5"
    assert_vectors_match(HIDDEN)

    monkeypatch.setenv("CACHHAY_EMBED_DOCUMENT_PREFIX", "")
    switch("Lập lại chỉ mục từ kho: 3/3")
    assert_vectors_match(HIDDEN)

    monkeypatch.delenv("CACHHAY_EMBED_MODEL")
    switch("Lập lại chỉ mục từ kho: 3/3")
    assert ids("trồng lúa hữu cơ") == shipped
    assert_vectors_match(dimension)


def test_what_changes_no_vector_needs_no_rebuild(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(model))
    assert run("index").exit_code == 0
    monkeypatch.setenv("CACHHAY_EMBED_BATCH", "1")
    assert ids("thi đua yêu nước")[0] == "thi-dua"
    assert "Lập lại" not in run("index").stderr


def test_a_query_is_read_as_a_query(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item found by meaning only is shown at its paragraph closest to the query, which has the query's prefix."""
    from kb.embedding.sentence_transformers import SentenceTransformerEmbedder as Model

    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(model))
    assert run("index").exit_code == 0
    read: list[tuple[bool, str]] = []
    encode = Model.encode

    def listen(self: Model, texts: list[str], *, query: bool = False) -> object:
        read.extend((query, text) for text in texts)
        return encode(self, texts, query=query)

    monkeypatch.setattr(Model, "encode", listen)
    assert ids("nông dân thi đua")
    assert {query for query, text in read if "nông dân" in text} == {True}
    assert not any(query for query, text in read if text in TEXTS.values())


@pytest.mark.parametrize(
    ("name", "value", "exit_code"),
    [("CACHHAY_EMBED_BATCH", "0", 2), ("CACHHAY_EMBED_DEVICE", "?", 2), ("CACHHAY_EMBED_DEVICE", "cuda:99", 4)],
)
def test_a_bad_setting_is_one_line(
    name: str, value: str, exit_code: int, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHHAY_EMBED_MODEL", str(model))
    monkeypatch.setenv(name, value)
    result = run("index")
    assert result.exit_code == exit_code and name in result.stderr and len(result.stderr.strip().splitlines()) == 1
