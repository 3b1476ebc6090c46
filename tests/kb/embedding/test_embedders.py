"""The numpy embedder gives the vectors of sentence-transformers; other models go through the same port."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.embedding.open import SHIPPED_MODEL, open_embedder
from kb.embedding.options import EmbedOptions
from kb.embedding.package import MODULE
from kb.embedding.static_embedder import StaticEmbedder
from kb.errors import EngineError
from kb.ports import Embedder
from tests.tiny_transformer import HIDDEN, LENGTH, make_tiny_transformer, needs_torch

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
        "import sys; from kb.embedding.open import open_embedder; open_embedder().encode(['a']); "
        "assert 'torch' not in sys.modules and 'sentence_transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_broken_or_unknown_model_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text('[{"type": "vi_static_embedding.ViStaticEmbedding"}]', "utf-8")
    with pytest.raises(EngineError, match="mô hình nhúng"):
        open_embedder(str(tmp_path))
    with pytest.raises(EngineError):
        open_embedder(str(tmp_path / "khong-co"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A transformer that its name tells nothing of."""
    needs_torch()
    return make_tiny_transformer(tmp_path / "tiny-bert")


class Read:
    """What reaches a model: every text it reads, with its marks, and the sizes of the batches."""

    def __init__(self, embedder: Embedder) -> None:
        self.texts: list[str] = []
        self.batches: list[int] = []
        self.longest = 0
        model = embedder._model  # type: ignore[attr-defined]

        def look(module: object, inputs: tuple[dict[str, Any]]) -> None:
            ids = inputs[0]["input_ids"]
            self.batches.append(len(ids))
            self.longest = max(self.longest, ids.shape[1])
            self.texts += [text.replace(" [PAD]", "") for text in model.tokenizer.batch_decode(ids)]

        model[0].register_forward_pre_hook(look)


def test_any_transformer_goes_through_the_port(folder: Path) -> None:
    embedder = open_embedder(str(folder))
    assert (embedder.dimension, embedder.name, len(embedder.digest)) == (HIDDEN, "tiny-bert", 64)
    documents, queries = embedder.encode(["lúa hữu cơ", "cải cách"]), embedder.encode(["lúa hữu cơ"], query=True)
    assert documents.shape == (2, HIDDEN) and documents.dtype == np.float32 and embedder.encode([]).shape == (0, HIDDEN)
    assert np.allclose(documents[0], queries[0], atol=1e-5), "no prefixes"
    theirs = embedder._model.encode(["lúa hữu cơ", "cải cách"])  # type: ignore[attr-defined]
    assert np.linalg.norm(theirs, axis=1).min() > 1.1, "the model itself does not normalise"
    assert np.allclose(documents, theirs / np.linalg.norm(theirs, axis=1, keepdims=True), atol=1e-5)


def test_vectors_of_half_precision_are_unit_too(tmp_path: Path) -> None:
    needs_torch()
    vectors = open_embedder(str(make_tiny_transformer(tmp_path / "half", change=lambda body: body.bfloat16()))).encode(
        ["lúa"]
    )
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


E5 = ("query: ", "passage: ")
INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "


@pytest.mark.parametrize(
    ("name", "prompts", "options", "expected"),
    [
        ("multilingual-e5-base", {}, EmbedOptions(), E5),
        ("me5_tuned", {}, EmbedOptions(), E5),
        ("theme5", {}, EmbedOptions(), ("", "")),
        ("multilingual-e5-large-instruct", {}, EmbedOptions(), (INSTRUCT, "")),
        ("e5", {"query": "q ", "passage": "p "}, EmbedOptions(), ("q ", "p ")),
        ("other", {"query": "q ", "document": "d ", "passage": "p "}, EmbedOptions(), ("q ", "d ")),
        ("other", {"query": "", "document": "", "sts": "s "}, EmbedOptions(), ("", "")),
        ("other", {}, EmbedOptions(query_prefix="tìm: ", document_prefix="đoạn: "), ("tìm: ", "đoạn: ")),
        ("e5", {}, EmbedOptions(document_prefix=""), ("query: ", "")),
        ("e5", {"query": "q "}, EmbedOptions(query_prefix=""), ("", "")),
    ],
)
def test_prefixes_are_as_set_or_the_models_own_or_those_of_e5(
    name: str, prompts: dict[str, str], options: EmbedOptions, expected: tuple[str, str]
) -> None:
    needs_torch()
    from kb.embedding.sentence_transformers import _prefixes

    assert _prefixes(name, prompts, options) == expected


@pytest.mark.parametrize(
    ("name", "prompts", "options", "query", "document"),
    [
        ("tiny-e5", None, EmbedOptions(), "query : lúa", "passage : lúa"),
        ("tiny", {"query": "cải cách "}, EmbedOptions(), "cải cách lúa", "lúa"),
        ("tiny", None, EmbedOptions(query_prefix="mô hình: ", document_prefix="thi đua "), "mô hình : lúa", "thi đua lúa"),
    ],
)
def test_prefixes_reach_the_model(
    name: str, prompts: dict[str, str] | None, options: EmbedOptions, query: str, document: str, tmp_path: Path
) -> None:
    needs_torch()
    embedder = open_embedder(str(make_tiny_transformer(tmp_path / name, prompts=prompts)), options)
    read = Read(embedder)
    embedder.encode(["lúa"])
    embedder.encode(["lúa"], query=True)
    assert read.texts == [f"[CLS] {document} [SEP]", f"[CLS] {query} [SEP]"]


def test_the_batch_is_what_is_set(folder: Path) -> None:
    embedder = open_embedder(str(folder), EmbedOptions(batch=3))
    read = Read(embedder)
    embedder.encode(["lúa"] * 7)
    assert read.batches == [3, 3, 1]


def test_nothing_of_a_long_text_is_lost(folder: Path) -> None:
    """Texts longer than the model reads are read in windows, and order within the answer stays."""
    embedder = open_embedder(str(folder), EmbedOptions(document_prefix="passage: "))
    read = Read(embedder)
    words = ["lúa", "hữu", "cơ", "cải", "cách", "thi", "đua"] * 20
    texts = ["mô hình", " ".join(words), "yêu nước", " ".join([*words, "tuyên", "truyền"]), "x" * 90]
    vectors = embedder.encode(texts)
    assert read.longest <= LENGTH and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[[0, 2]], embedder.encode(["mô hình", "yêu nước"]), atol=1e-5)
    assert not np.allclose(vectors[1], vectors[3], atol=1e-3), "the last words count"
    seen = [text.removeprefix("[CLS] passage : ").removesuffix(" [SEP]").split() for text in read.texts]
    assert sum(text.count("lúa") for text in seen) == 40 and sum(text.count("truyền") for text in seen) == 1
    assert all(text.startswith("[CLS] passage : ") for text in read.texts)
    assert sum(text.count("x") for text in read.texts) == 90


def test_the_digest_is_of_what_changes_vectors(folder: Path, tmp_path: Path) -> None:
    def digest(of: Path = folder, **options: Any) -> str:
        return open_embedder(str(of), EmbedOptions(**options)).digest

    own = digest()
    assert digest(batch=1) == own and digest(query_prefix="", document_prefix="") == own
    assert len({own, digest(query_prefix="q: "), digest(document_prefix="q: ")}) == 3
    (folder / "README.md").write_text("khác", "utf-8")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.json").write_text("{}", "utf-8")
    assert digest() == own, "notes do not change vectors"

    def last_layer(body: Any) -> None:
        body.encoder.layer[-1].output.dense.weight.data += 0.01

    assert digest(make_tiny_transformer(tmp_path / "a" / "tiny-bert")) == own, "the same model elsewhere"
    assert digest(make_tiny_transformer(tmp_path / "b" / "tiny-bert", change=last_layer)) != own
    (folder / "tokenizer_config.json").write_text(
        (folder / "tokenizer_config.json").read_text("utf-8").replace('"do_lower_case": false', '"do_lower_case": true'),
        "utf-8",
    )
    assert digest() != own


def test_threads_take_turns(folder: Path) -> None:
    embedder = open_embedder(str(folder))
    texts = ["lúa hữu cơ", "cải cách " * 40, "thi đua"]
    alone = embedder.encode(texts)
    with ThreadPoolExecutor(8) as pool:
        for vectors in pool.map(lambda _: embedder.encode(texts), range(40)):
            assert np.allclose(vectors, alone, atol=1e-5)


def fill(value: float) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for parameter in body.parameters():
            parameter.data.fill_(value)

    return change


@pytest.mark.parametrize(("value", "message"), [(float("nan"), "NaN"), (0.0, "véc-tơ rỗng")])
def test_a_model_without_usable_vectors_is_refused(value: float, message: str, tmp_path: Path) -> None:
    needs_torch()
    with pytest.raises(EngineError, match=message):
        open_embedder(str(make_tiny_transformer(tmp_path / "tiny", change=fill(value))))


@pytest.mark.parametrize("device", ["cuda:99", "meta", "vulkan", "máy lạ"])
def test_an_unknown_device_names_those_there_are(device: str, folder: Path) -> None:
    with pytest.raises(EngineError, match=r"CACHHAY_EMBED_DEVICE là: cpu"):
        open_embedder(str(folder), EmbedOptions(device=device))


def test_a_prefix_too_long_for_the_model_names_the_setting(folder: Path) -> None:
    with pytest.raises(EngineError, match="CACHHAY_EMBED_QUERY_PREFIX"):
        open_embedder(str(folder), EmbedOptions(query_prefix="lúa " * LENGTH))


def test_a_folder_that_is_no_model_says_what_it_lacks(tmp_path: Path) -> None:
    needs_torch()
    with pytest.raises(EngineError, match=r"modules\.json"):
        open_embedder(str(tmp_path))


@pytest.mark.parametrize("path", ["/khong/co", "./khong-co", "~/khong-co", "a/b/c"])
def test_a_missing_folder_is_not_looked_for_on_the_hub(path: str) -> None:
    with pytest.raises(EngineError, match="Không có thư mục"):
        open_embedder(path)


def test_a_hub_name_without_network_says_that_a_folder_works(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_torch()
    import huggingface_hub

    def unreachable(self: object, name: str, **_: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    with pytest.raises(EngineError, match=r"khong-co/mo-hinh: Name or service not known\. .*thư mục"):
        open_embedder("khong-co/mo-hinh")


def test_a_hub_model_is_read_from_the_cache_without_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi, constants

    cached = tmp_path / "hub" / "models--to-chuc--tiny-e5"
    revision = "0123456789" * 4
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text(revision)
    shutil.copytree(folder, cached / "snapshots" / revision)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(HfApi, "model_info", lambda *_, **__: pytest.fail("asked the hub"))
    embedder = open_embedder("to-chuc/tiny-e5")
    assert embedder.name == "to-chuc/tiny-e5"
    passage, query = (embedder.encode(["lúa"], query=query) for query in (False, True))
    assert not np.allclose(passage, query, atol=1e-3), "an e5 model"
    shutil.copytree(folder, cached / "snapshots" / ("f" * 40))
    (cached / "refs" / "main").write_text("f" * 40)
    assert open_embedder("to-chuc/tiny-e5").digest != embedder.digest, "another revision is another model"
    same = open_embedder(str(cached / "snapshots" / revision))
    assert same.name == "to-chuc/tiny-e5", "the folder of the cache is known for what it is"


def test_the_module_beside_the_shipped_weights_is_the_module_that_packages_them() -> None:
    assert (SHIPPED_MODEL / MODULE.name).read_bytes() == MODULE.read_bytes()
