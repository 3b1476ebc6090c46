"""The numpy reader gives the vectors of sentence-transformers; other models go through the same port."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from kb.engines import SHIPPED_MODEL, open_embedder
from kb.engines.static_model import StaticEmbedder
from kb.errors import EngineError

ROOT = Path(__file__).parent.parent.parent.parent
ODD = [
    "",
    " ",
    "👨‍👩‍👧",
    "\0",
    "Привет мир",
    "北京",
    "ﬁne ½ m² ①",
    "nhi¢ém N§i m0’1",
    "x" * 20000,
    "İstanbul Straße",
    "Đ" * 50,
]


def texts() -> list[str]:
    found = [path.read_text("utf-8") for path in sorted((ROOT / "corpus").rglob("*")) if path.suffix in (".md", ".txt")]
    blocks = [block for text in found for block in text.split("\n\n") if block.strip()]
    return [*found[:40], *blocks[:400], *(unicodedata.normalize("NFD", block) for block in blocks[:40]), *ODD]


def test_the_reader_equals_sentence_transformers() -> None:
    reason = "PyTorch and sentence-transformers are not installed: run `make models`"
    sentence_transformers = pytest.importorskip("sentence_transformers", reason=reason)
    model = sentence_transformers.SentenceTransformer(str(SHIPPED_MODEL), device="cpu", trust_remote_code=True)
    sample = texts()
    theirs = model.encode(sample, normalize_embeddings=True, show_progress_bar=False)
    ours = open_embedder().encode(sample)
    assert np.abs(ours - theirs).max() < 1e-5


def test_vectors_are_unit_and_deterministic() -> None:
    embedder = open_embedder()
    vectors = embedder.encode(texts())
    assert vectors.shape == (len(texts()), embedder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors, StaticEmbedder(SHIPPED_MODEL).encode(texts()))
    assert embedder.encode([]).shape == (0, embedder.dimension)


def test_accents_matter_little_and_meaning_much() -> None:
    clean, plain, other = open_embedder().encode(
        ["mô hình trồng lúa hữu cơ", "mo hinh trong lua huu co", "cải cách thủ tục hành chính một cửa"]
    )
    assert float(clean @ plain) > 0.95 > 0.5 > float(clean @ other)


def test_start_up_needs_no_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from kb.engines import open_embedder; open_embedder().encode(['a']); assert 'torch' not in sys.modules"
    )
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert time.perf_counter() - start < 10


def test_a_broken_or_unknown_model_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text('[{"type": "vi_static_embedding.ViStaticEmbedding"}]', "utf-8")
    with pytest.raises(EngineError, match="mô hình nhúng"):
        open_embedder(str(tmp_path))
    with pytest.raises(EngineError):
        open_embedder(str(tmp_path / "khong-co"))


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-e5"])
def test_any_transformer_goes_through_the_port(name: str, tmp_path: Path) -> None:
    """A small transformer made on the spot: two layers, a handful of word pieces."""
    reason = "PyTorch and sentence-transformers are not installed: run `make models`"
    pytest.importorskip("sentence_transformers", reason=reason)
    folder = tmp_path / name
    make_tiny_transformer(folder)
    embedder = open_embedder(str(folder))
    documents, queries = embedder.encode(["lúa hữu cơ", "cải cách"]), embedder.encode(["lúa hữu cơ"], query=True)
    assert documents.shape == (2, 16) and np.allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert embedder.dimension == 16 and embedder.name == name and len(embedder.digest) == 64
    same = np.allclose(documents[0], queries[0], atol=1e-5)
    assert same == (name == "tiny-bert"), "e5 models tell queries from passages by a prefix"


def make_tiny_transformer(folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(0)
    source = folder.parent / "bert"
    source.mkdir()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", "query", "passage", *["lúa", "hữu", "cơ", "cải", "cách"]]
    (source / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    tokenizer = BertTokenizer(str(source / "vocab.txt"), do_lower_case=False)
    tokenizer.save_pretrained(source)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(source)
    body = Transformer(str(source), max_seq_length=32)
    SentenceTransformer(modules=[body, Pooling(16)], device="cpu").save(str(folder))
